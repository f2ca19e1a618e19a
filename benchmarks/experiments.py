"""The experiments: each makes what it needs in a folder, measures, and returns tables."""

import os
import statistics
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from autograder.course import Course
from benchmarks import dask_cluster
from benchmarks.classes import (
    ASSIGNMENT,
    Answers,
    answers_of_class,
    copy_course,
    make_course,
    right_answers,
)
from benchmarks.limit import Bare, build_shell
from benchmarks.measure import Cost, Spread, interleaved, run, spread
from benchmarks.memory import Watch
from benchmarks.rivals import Nbgrader, Otter, otter_environment
from benchmarks.table import Promise, Table

PROGRAMS = Path(sys.executable).parent
CLASS, BATCH = 60, 10  # submissions for us, and for nbgrader
FEW, MORE = 20, 80  # of which the difference is what a further submission costs
GROWTH = (50, 500, 2000)
CLUSTER = {"name-tagger": 40, "bptt": 240}  # submissions
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "autograder-benchmarks"


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0))


def grade(course: Course, *more: str, name: str = ASSIGNMENT) -> Cost:
    """Grade a course with the command."""
    words = ["grade", name, "--course", str(course.path), *more]
    return run([PROGRAMS / "autograder", *words])


def _afresh(original: Course, folder: Path, *more: str) -> Callable[[], Cost]:
    """Grades an untouched copy each time."""
    return lambda: grade(copy_course(original, folder), *more)


def _row(name: str, costs: Sequence[Cost], count: int, unit: float = 1e-3) -> list[str]:
    each = [cost.each(count) for cost in costs]
    digits = 0 if unit < 1 else 2
    return [
        name,
        spread([cost.wall for cost in each]).text(unit, digits),
        spread([cost.cpu for cost in each]).text(unit, digits),
    ]


def _middle(costs: Sequence[Cost], count: int = 1, *, cpu: bool = False) -> float:
    return statistics.median(cost.cpu if cpu else cost.wall for cost in costs) / count


def compare(folder: Path, rounds: int) -> list[Table]:
    """A class, with pages and gradebook, beside nbgrader and otter-grader."""
    size, batch = CLASS, BATCH
    original = make_course(folder / "original", answers_of_class(size))
    nbgrader = Nbgrader(folder / "nbgrader", answers_of_class(batch))
    otter = Otter(folder / "otter", answers_of_class(rounds), otter_environment(CACHE / "otter"))
    turn = iter(range(rounds))

    def both() -> Cost:
        nbgrader.clear()
        one = run(nbgrader.command("autograde"), folder=nbgrader.folder)
        other = run(nbgrader.command("generate_feedback"), folder=nbgrader.folder)
        return Cost(wall=one.wall + other.wall, cpu=one.cpu + other.cpu)

    costs = interleaved(
        {
            "ours": _afresh(original, folder / "copy"),
            "nbgrader": both,
            "otter": lambda: run(otter.command(next(turn)), folder=otter.folder),
        },
        rounds,
    )
    ratios = [
        theirs.wall / batch / (ours.wall / size)
        for ours, theirs in zip(costs["ours"], costs["nbgrader"], strict=True)
    ]
    return [
        Table(
            title=f"A submission of {ASSIGNMENT}, in a class",
            about="Milliseconds for one submission, start of the program included; median "
            "(least–most) over the rounds.",
            head=["", "wall, ms", "CPU, ms"],
            rows=[
                _row(f"`autograder grade`, class of {size}", costs["ours"], size),
                _row(
                    f"`nbgrader autograde` + `generate_feedback`, batch of {batch}",
                    costs["nbgrader"],
                    batch,
                ),
                _row("`otter run`, one", costs["otter"], 1),
            ],
            promises=[
                Promise(
                    text="Wall seconds a submission, nbgrader's over ours",
                    ratio=statistics.median(ratios),
                    bound=30,
                    at_least=True,
                )
            ],
        )
    ]


def alone(folder: Path, rounds: int) -> list[Table]:
    """One submission of a class that is there."""
    students = answers_of_class(4)
    course = make_course(folder / "course", students)
    nbgrader = Nbgrader(folder / "nbgrader", students)
    name = "s0002"  # has one mistake
    notebook = course.submitted(ASSIGNMENT, name) / f"{ASSIGNMENT}.ipynb"
    file_alone = ["grade", ASSIGNMENT, "--notebook", notebook, "--course", course.path]
    costs = interleaved(
        {
            "course": lambda: grade(course, "--student", name, "--force"),
            "file": lambda: run([PROGRAMS / "autograder", *file_alone, "--json", os.devnull]),
            "nbgrader": lambda: run(nbgrader.command("autograde", name), folder=nbgrader.folder),
        },
        rounds,
    )
    theirs = _middle(costs["nbgrader"])
    return [
        Table(
            title="One submission alone",
            head=["", "wall, ms", "CPU, ms"],
            rows=[
                _row(
                    "`autograder grade bptt --student s0002`: marks, page, class report",
                    costs["course"],
                    1,
                ),
                _row("`autograder grade bptt --notebook bptt.ipynb`", costs["file"], 1),
                _row("`nbgrader autograde --student`", costs["nbgrader"], 1),
            ],
            promises=[
                Promise(text=f"{words} over nbgrader's", ratio=_middle(own) / theirs, bound=0.25)
                for words, own in (
                    ("`--student`", costs["course"]),
                    ("`--notebook`", costs["file"]),
                )
            ],
        )
    ]


def start(_folder: Path, rounds: int) -> list[Table]:
    """What the command and the package take before they do anything."""
    python = Path(sys.executable)
    costs = interleaved(
        {
            "nothing": lambda: run([python, "-c", "pass"]),
            "numpy": lambda: run([python, "-c", "import numpy"]),
            "help": lambda: run([PROGRAMS / "autograder", "--help"]),
            "import": lambda: run([python, "-c", "import autograder"]),
            "check": lambda: run([python, "-c", "import numpy; from autograder import check"]),
        },
        5 * rounds,
    )
    numpy = _middle(costs["numpy"], cpu=True)
    names = {
        "nothing": '`python -c "pass"`',
        "numpy": '`python -c "import numpy"`',
        "help": "`autograder --help`",
        "import": '`python -c "import autograder"`',
        "check": '`python -c "import numpy; from autograder import check"`',
    }
    return [
        Table(
            title="Start",
            head=["", "wall, ms", "CPU, ms"],
            rows=[_row(names[key], costs[key], 1) for key in costs],
            promises=[
                Promise(
                    text=f"CPU of {names[key]} over that of importing numpy",
                    ratio=_middle(costs[key], cpu=True) / numpy,
                    bound=2,
                )
                for key in ("help", "import", "check")
            ],
        )
    ]


def limit(folder: Path, rounds: int) -> list[Table]:
    """CPU of a further submission, beside what the students' own code costs."""
    few, more = FEW, MORE
    rows, promises = [], []
    interactive = build_shell()
    groups: dict[str, list[Answers]] = {
        "right notebooks": [right_answers()] * more,
        "the class, half of it with mistakes": answers_of_class(more),
    }
    for name, students in groups.items():
        small = make_course(folder / name / "small", students[:few])
        large = make_course(folder / name / "large", students)
        bare = Bare(interactive, students)
        bare.run()
        costs = interleaved(
            {
                "few": _afresh(small, folder / "copy", "--jobs", "1"),
                "more": _afresh(large, folder / "copy", "--jobs", "1"),
                "bare": bare.run,
                "shorter": lambda bare=bare: bare.run(shorter=True),
            },
            rounds,
        )
        pairs = zip(costs["more"], costs["few"], strict=True)
        whole = spread([(one.cpu - other.cpu) / (more - few) for one, other in pairs])
        own, shorter = (
            spread([cost.cpu / more for cost in costs[key]]) for key in ("bare", "shorter")
        )
        rows.append(
            [
                name,
                whole.text(1e-3, 1),
                own.text(1e-3, 1),
                f"{whole.middle / own.middle:.2f}",
                shorter.text(1e-3, 1),
                f"{whole.middle / shorter.middle:.2f}",
            ]
        )
        if name == "right notebooks":
            text = (
                "CPU of a further right submission, marks, page and gradebook included, over bare"
            )
            promises.append(Promise(text=text, ratio=whole.middle / own.middle, bound=2))
    return [
        Table(
            title="The limit",
            about="CPU milliseconds: of a further submission, all included, and of bare execution "
            "(a fork of a process with numpy and IPython runs the cells and makes the calls once, "
            "with nothing around them), where IPython's `run_cell` runs the cells, and where they "
            "are compiled and run by the grader's shorter way. Mistakes cost more: what fails runs "
            "again in a fork of its own, is explained, and gets its smallest failing case.",
            head=["", "`autograder grade`", "bare", "ratio", "bare, shorter way", "ratio"],
            rows=rows,
            promises=promises,
        )
    ]


def growth(folder: Path, rounds: int) -> list[Table]:
    """The cost of a submission, and memory, from 50 submissions to 2,000."""
    sizes, costs, watches = GROWTH, {}, {}
    for size in sizes:
        course = make_course(folder / str(size), answers_of_class(size))
        costs[size] = []
        for _ in range(rounds if size == min(sizes) else 1):
            with Watch() as watch:
                costs[size].append(_afresh(course, folder / "copy")())
            watches[size] = watch
    unchanged = grade(Course(folder / "copy"))
    small, large = (_middle(costs[size], size, cpu=True) for size in (sizes[0], sizes[-1]))

    def further(one: int, other: int) -> float:
        spent = [_middle(costs[sizes[place]], cpu=True) for place in (one, other)]
        return (spent[1] - spent[0]) / (sizes[other] - sizes[one])

    watch = watches[sizes[-1]]
    roles = {"grader": "the grader", "worker": "each worker", "student": "each zygote or fork"}
    return [
        Table(
            title="Growth",
            head=["submissions", "wall of each, ms", "CPU of each, ms", "all, s"],
            rows=[
                [*_row(f"{size}", costs[size], size), f"{_middle(costs[size]):.1f}"]
                for size in sizes
            ]
            + [
                [
                    f"{sizes[-1]}, all unchanged",
                    *_row("", [unchanged], sizes[-1])[1:],
                    f"{unchanged.wall:.1f}",
                ]
            ],
            promises=[
                Promise(
                    text=f"CPU of each at {sizes[-1]:,} over that at {sizes[0]}",
                    ratio=large / small,
                    bound=1.1,
                ),
                Promise(
                    text=f"CPU of a further one from {sizes[1]} to {sizes[-1]:,} over that of one "
                    f"from {sizes[0]} to {sizes[1]}, where the start is paid",
                    ratio=further(1, 2) / further(0, 1),
                    bound=1.1,
                ),
            ],
        ),
        Table(
            title=f"Memory over {sizes[-1]:,} submissions",
            about="MiB, shared pages counted by their share (PSS). A worker keeps the class's "
            "cases, the reference's answers, what known mistakes give on them and what students' "
            "functions returned, 38 MiB at most.",
            head=["", "after a tenth", "after half", "at the end", "at most"],
            rows=[
                [
                    text,
                    *(f"{watch.at(share, role):.0f}" for share in (0.1, 0.5, 1.0)),
                    f"{watch.most(role):.0f}",
                ]
                for role, text in roles.items()
            ],
            promises=[
                Promise(
                    text=f"Memory of {text} at the end over that after a tenth",
                    ratio=watch.at(1.0, role) / watch.at(0.1, role),
                    bound=1.5,
                )
                for role, text in roles.items()
                if role != "student"
            ],
        ),
    ]


def cluster(folder: Path, rounds: int) -> list[Table]:
    """Two Dask workers beside one."""
    courses = {
        name: make_course(folder / name, answers_of_class(size, name), name)
        for name, size in CLUSTER.items()
    }

    def with_workers(name: str, bound: bool, count: int) -> Cost:
        with dask_cluster.running(count, bound=bound) as address:
            copy = copy_course(courses[name], folder / "copy")
            return grade(copy, "--scheduler", address, name=name)

    ways = [(name, True) for name in CLUSTER] + [(ASSIGNMENT, False)]
    labels = {
        (name, bound): f"{name}, {CLUSTER[name]} submissions" + ("" if bound else ", not bound")
        for name, bound in ways
    }
    costs = interleaved(
        {
            f"{labels[way]}, {count}": partial(with_workers, *way, count)
            for way in ways
            for count in (1, 2)
        },
        rounds,
    )
    walls: dict[str, Spread] = {
        key: spread([cost.wall for cost in found]) for key, found in costs.items()
    }
    ratios = {
        way: walls[f"{label}, 1"].middle / walls[f"{label}, 2"].middle
        for way, label in labels.items()
    }
    return [
        Table(
            title="Dask workers",
            about="Each worker is bound to one core, as [advised](scaling.md#dask). The cores are "
            "shared with the command, which writes marks and pages, and with Dask itself. A worker "
            "that is not bound takes more than one core where another is free, and two such "
            "workers get into each other's way: last row.",
            head=["class", "one worker, s", "two workers, s", "ratio"],
            rows=[
                [
                    label,
                    walls[f"{label}, 1"].text(),
                    walls[f"{label}, 2"].text(),
                    f"{ratios[way]:.2f}",
                ]
                for way, label in labels.items()
            ],
            promises=[
                Promise(
                    text=f"{name}: one worker's wall seconds over those of two",
                    ratio=ratios[name, True],
                    bound=1.7,
                    at_least=True,
                )
                for name in CLUSTER
            ],
        )
    ]
