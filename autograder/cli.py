"""The command line: words to arguments, errors to one sentence, results to an exit status.

Nothing is imported here but the standard library, so that ``--help`` is instant; each command
loads what it needs.
"""

import argparse
import gc
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from autograder import __version__
from autograder.errors import AutograderError, UsageError
from autograder.interrupts import Stopped, stoppable

GRADED, SOME_UNGRADED, WRONG_USAGE = 0, 1, 2

EPILOG = """\
exit status: 0 all went well, 1 some submission could not be graded (each is named) or the
grader met a fault, 2 wrong usage.

students:      autograder check NOTEBOOK
a first look:  autograder demo
"""
# Little here is in cycles, and loading what a command needs makes much that stays: Python's own
# thresholds (700, 10, 10) cost some per cent of a class.
_COLLECTING = (20_000, 20, 20)
_EXTRAS = {"distributed": "dask", "psycopg": "postgresql"}  # all else comes with "instructor"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the console script's entry point.

    Returns
    -------
    int
        The exit status.
    """
    gc.set_threshold(*_COLLECTING)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character says "?"
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "run"):
        parser.print_help()
        return WRONG_USAGE
    try:
        with stoppable(), _warming_up(options):
            return int(_handler(options.run)(options))
    except UsageError as error:
        print(f"autograder {options.command}: {error}", file=sys.stderr)
        return WRONG_USAGE
    except AutograderError as error:
        print(f"autograder {options.command}: {error}", file=sys.stderr)
        return SOME_UNGRADED
    except BrokenPipeError:
        return SOME_UNGRADED
    except ModuleNotFoundError as error:
        print(f"autograder {options.command}: {_missing(error)}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt as error:
        kept = "What was graded is kept; the next run goes on."
        print("\nInterrupted.", *getattr(error, "__notes__", [kept]), file=sys.stderr)
        return error.status if isinstance(error, Stopped) else 130


def _missing(error: ModuleNotFoundError) -> str:
    """Which extra brings the module; an error of our own goes on."""
    module = (error.name or "").partition(".")[0]
    if module in ("", "autograder", "reference"):
        raise error
    extra = _EXTRAS.get(module, "instructor")
    return (
        f"{module} is not installed here. Install the grader with its extra {extra!r}: put "
        f"[{extra}] behind the name of the package or wheel that you give to pip."
    )


@contextmanager
def _warming_up(options: argparse.Namespace) -> Iterator[None]:
    """Start what runs student code while the rest is loaded, where submissions are graded."""
    # Matrices are small here: more threads in each process would only be in each other's way.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    expected = _expected(options) if options.run == "grade" else 0
    if not expected:
        yield
        return
    from autograder.runner import spare  # noqa: PLC0415

    try:
        spare.prepare(expected, allow_unsafe=options.allow_unsafe)
        yield
    finally:
        spare.discard()


def _expected(options: argparse.Namespace) -> int:
    """How many processes will grade, as far as a look at a course's folders can tell."""
    if options.notebook:
        return 1
    if options.scheduler:
        return 0
    submitted, results = options.course / "submitted", options.course / "results"
    again = options.student or options.force or options.diff
    try:
        students = options.student or os.listdir(submitted)
    except OSError:
        return 0
    waiting = (
        student
        for student in students
        if os.path.isdir(submitted / student / options.assignment)
        and (again or not os.path.exists(results / options.assignment / f"{student}.json"))
    )
    return sum(1 for _ in islice(waiting, options.jobs or os.cpu_count() or 1))


def _handler(name: str) -> Callable[[argparse.Namespace], int]:
    from autograder import commands  # noqa: PLC0415 - loads numpy and more

    return getattr(commands, name)  # type: ignore[no-any-return]


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; also the source of their reference page."""
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Grade notebooks on recurrent networks: fair marks, confined execution, "
        "feedback that teaches.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"autograder {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    _add_course_commands(commands)
    _add_other_commands(commands)
    return parser


def _add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, about: str,
         *, course: bool = False) -> argparse.ArgumentParser:  # fmt: skip
    parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    parser.set_defaults(run=name)
    if course:
        parser.add_argument(
            "--course", type=Path, default=Path(), metavar="DIR",
            help="the course folder (default: the current folder)",
        )  # fmt: skip
    return parser


def _add_course_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    demo = _add(commands, "demo", "a whole course on this machine: release, a class, marks, pages")
    demo.add_argument(
        "dir", nargs="?", type=Path, default=Path("demo-course"), metavar="DIR",
        help="a new or empty folder, or that of an earlier demo (default: demo-course)",
    )  # fmt: skip

    init = _add(commands, "init", "a new course folder with nbgrader's layout and configuration")
    init.add_argument("dir", type=Path, metavar="DIR", help="made where it is missing")
    init.add_argument(
        "--force", action="store_true",
        help="write the configuration again; yours is kept beside it",
    )  # fmt: skip

    release = _add(
        commands, "release", "build an assignment's notebook and release it", course=True
    )
    release.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as bptt")
    release.add_argument(
        "--force", action="store_true", help="replace a source notebook that was edited in Jupyter"
    )

    grade = _add(commands, "grade", "grade all that was submitted, or one notebook", course=True)
    grade.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as bptt")
    grade.add_argument("--student", action="append", metavar="S", help="only this one; repeatable")
    grade.add_argument("--jobs", type=_positive, metavar="N", help="processes (default: all cores)")
    grade.add_argument("--shard", type=_shard, metavar="K/N", help="only part K of N of the class")
    grade.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="grade on the workers of a Dask cluster"
    )
    grade.add_argument("--force", action="store_true", help="grade unchanged submissions again")
    grade.add_argument(
        "--diff", action="store_true",
        help="grade again, list whose marks would change and why, and write nothing",
    )  # fmt: skip
    grade.add_argument("--notebook", type=Path, metavar="FILE", help="one notebook, no course")
    grade.add_argument("--json", metavar="FILE", help="with --notebook: its record; - for stdout")
    grade.add_argument(
        "--gradescope", type=Path, metavar="FILE", help="with --notebook: its results.json"
    )
    _add_ci(grade)
    _add_unsafe(grade)

    report = _add(commands, "report", "the class on one page", course=True)
    report.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as bptt")

    export = _add(commands, "export", "marks for other systems", course=True)
    export.add_argument("assignment", metavar="ASSIGNMENT", help="its name, such as bptt")
    export.add_argument(
        "--to", required=True, dest="format",
        choices=("csv", "canvas", "moodle", "gradescope", "junit"), help="the format",
    )  # fmt: skip
    export.add_argument(
        "--output", type=Path, metavar="FILE",
        help="default: standard output; a folder for gradescope, which gets a file a student",
    )  # fmt: skip
    export.add_argument("--student", action="append", metavar="S", help="only this one; repeatable")
    export.add_argument(
        "--column", metavar="TITLE", help="the assignment's title in Canvas or Moodle"
    )

    students = _add(commands, "students", "put a class list into the gradebook", course=True)
    students.add_argument(
        "list", type=Path, metavar="FILE",
        help="CSV: Canvas's gradebook export, Moodle's participants, or id,first_name,last_name,"
        "email,lms_user_id",
    )  # fmt: skip
    students.add_argument(
        "--id", dest="id_column", metavar="COLUMN",
        help="the column that names a student's folder under submitted/",
    )  # fmt: skip

    replay = _add(commands, "replay", "make one case again from its token", course=True)
    replay.add_argument("token", metavar="TOKEN", help="of a case that failed, from its record")


def _add_other_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    audit = _add(commands, "audit", "are the tests themselves any good: mutants, right answers",
                 course=True)  # fmt: skip
    audit.add_argument("assignment", nargs="*", metavar="ASSIGNMENT", help="default: all")
    audit.add_argument(
        "--quick", action="store_true", help="a part of the mutants and few seeds, as in CI"
    )
    audit.add_argument(
        "--seeds", type=_positive, metavar="N",
        help="students whose cases each right answer is graded with (default: 2000, quick: 3)",
    )  # fmt: skip
    audit.add_argument("--jobs", type=_positive, metavar="N", help="processes (default: all cores)")
    audit.add_argument("--json", metavar="FILE", help="all that was found; - for stdout")
    audit.add_argument("--html", type=Path, metavar="FILE", help="all on one page")
    audit.add_argument("--markdown", type=Path, metavar="FILE", help="add a summary to this file")
    check = _add(commands, "check", "try your own notebook on the visible cases")
    check.add_argument(
        "notebook", type=Path, metavar="NOTEBOOK", help="a file with its .checks.json beside it"
    )
    _add_ci(check)
    check.add_argument("--junit", type=Path, metavar="FILE", help="the visible cases as JUnit XML")
    _add(commands, "doctor", "what this machine offers to confine student code")


def _add_ci(parser: argparse.ArgumentParser) -> None:
    """What CI services show besides the log."""
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="add a summary to this file")
    parser.add_argument(
        "--annotate", action="store_true", help="remarks on cells, as GitHub Actions reads them"
    )
    parser.add_argument(
        "--code-quality", type=Path, metavar="FILE", help="remarks on cells, as GitLab reads them"
    )


def _add_unsafe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--allow-unsafe", action="store_true",
        help="run student code unconfined where this machine cannot confine it",
    )  # fmt: skip


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    part, slash, parts = text.partition("/")
    if not (slash and part.isdigit() and parts.isdigit() and 1 <= int(part) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not K/N with K from 1 to N, such as 2/4")
    return int(part), int(parts)
