"""Grade a course's submissions: the pool works, this process writes."""

import hashlib
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.autograded import read_released
from autograder.class_run import Setup, grade_class
from autograder.course import Course
from autograder.course_lock import explained, only_run
from autograder.course_records import as_in_gradebook, read_records, with_adjustments
from autograder.course_writer import Writer, clear_away, complete, is_late
from autograder.errors import CourseError, NotebookError, UsageError
from autograder.files import write_file
from autograder.grade import source_hash
from autograder.gradebook import preload
from autograder.graded import Graded
from autograder.notebook_file import read_file
from autograder.progress import Progress
from autograder.report.class_report import SimilarPair, render_class_report
from autograder.report.cleaning import log_line
from autograder.report.record_file import read_record
from autograder.score import Outcome, Result
from autograder.spec import Assignment
from autograder.submissions import CLASS_PAGE, Submitted, list_submissions

__all__ = [
    "CourseRun",
    "Options",
    "choose_jobs",
    "grade_course",
    "renew_pages",
    "version_of",
    "write_class_report",
]

_DECIDING = (".yaml", ".py", ".json")  # files of an assignment that can change a mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said about a run."""

    students: tuple[str, ...] = ()
    processes: int = 0  # 0: one for each core
    shard: tuple[int, int] = (1, 1)
    force: bool = False
    allow_unsafe: bool = False
    scheduler: str = ""  # address of a Dask cluster; empty: this machine


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRun:
    """What a run did.

    Attributes
    ----------
    graded : tuple of Outcome
        Of submissions that were graded now.
    unchanged : tuple of Outcome
        Of submissions that are as they were when they were graded.
    marks : mapping of str to Outcome
        By student, all that have a record: with what the gradebook adds.
    report : pathlib.Path
        The class on one page.
    """

    graded: tuple[Outcome, ...]
    unchanged: tuple[Outcome, ...]
    marks: Mapping[str, Outcome]
    report: Path

    @property
    def ungraded(self) -> tuple[Outcome, ...]:
        """Those that have no marks, old ones included."""
        both = (*self.graded, *self.unchanged)
        return tuple(outcome for outcome in both if outcome.status != "graded")


def grade_course(course: Course, assignment: Assignment, options: Options) -> CourseRun:
    """Grade what was submitted and write marks, pages, records and the class report.

    Raises
    ------
    CourseError
        When another run is under way, or the course folder cannot be written.
    GradebookError
        When the gradebook is locked, damaged or lacks the assignment.
    """
    with (
        only_run(course, assignment.name, options.shard),
        explained(course),
        Writer(course, assignment) as writer,
    ):
        graded, unchanged = _bring_up_to_date(writer, options)
        report, marks = write_class_report(course, assignment)
    return CourseRun(graded=graded, unchanged=unchanged, marks=marks, report=report)


def _bring_up_to_date(
    writer: Writer, options: Options
) -> tuple[tuple[Outcome, ...], tuple[Outcome, ...]]:
    """Grade what changed, and complete what did not."""
    course, assignment = writer.course, writer.assignment
    jobs = choose_jobs(list_submissions(course, assignment.name), options)
    clear_away(course, assignment.name, [job.student for job in jobs])
    version = version_of(assignment)
    changed, unchanged = [], []
    for job in jobs:
        outcome = None if options.force else _still_valid(course, assignment, version, job)
        changed.append(job) if outcome is None else unchanged.append(outcome)
    graded = _grade(writer, changed, options, version)
    if unchanged:
        valid = [outcome.student for outcome in unchanged]
        complete(writer, read_records(course, assignment.name, valid))
    return graded, tuple(unchanged)


def write_class_report(
    course: Course, assignment: Assignment, *, similar: Sequence[SimilarPair] | None = None
) -> tuple[Path, Mapping[str, Outcome]]:
    """Write the class on one page: all records there are, with the gradebook's marks.

    Returns
    -------
    path : pathlib.Path
    marks : mapping of str to Outcome
        What it says of each student.
    """
    path = course.path / "feedback" / f"{assignment.name}{CLASS_PAGE}"
    marks: dict[str, Outcome] = {}

    def passing() -> Iterator[Result]:
        records = read_records(course, assignment.name)
        for result in as_in_gradebook(course, assignment.name, records):
            marks[result.student] = result.outcome
            yield result

    write_file(path, render_class_report(passing(), similar=similar))
    return path, marks


def renew_pages(course: Course, assignment: Assignment) -> None:
    """Write all students' pages again: with what was added in the formgrader, by today's dates."""
    with explained(course), Writer(course, assignment) as writer:
        records = read_records(course, assignment.name)
        for record, added in with_adjustments(course, assignment.name, records):
            if is_late(added):
                writer.gradebook.renew_penalty(assignment.name, record.student)
            writer.renew_page(record)


def choose_jobs(submissions: Sequence[Submitted], options: Options) -> list[Submitted]:
    """The submissions that a run is about."""
    known = {job.student: job for job in submissions}
    unknown = [student for student in options.students if student not in known]
    if unknown:
        raise UsageError(f"--student {unknown[0]}: there is no such folder in submitted/.")
    part, parts = options.shard
    return [
        job
        for number, job in enumerate(submissions)
        if number % parts == part - 1
        and (job.student in options.students if options.students else job.handed_in)
    ]


def version_of(assignment: Assignment) -> str:
    """Changes with anything that can change a mark: this package, the assignment, its reference."""
    digest = hashlib.sha256(__version__.encode())
    modules = {function.__code__.co_filename for function in _python_functions(assignment)}
    files = [path for path in assignment.folder.rglob("*") if path.suffix in _DECIDING]
    for path in sorted({*files, *map(Path, modules)}):
        with suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _python_functions(assignment: Assignment) -> Iterator[Any]:
    yield from assignment.reference_functions.values()
    yield from assignment.judges.values()


def _still_valid(
    course: Course, assignment: Assignment, version: str, job: Submitted
) -> Outcome | None:
    """What the record of an unchanged submission says; ``None`` where it must be graded."""
    with suppress(CourseError, NotebookError):
        record = read_record(course.result(assignment.name, job.student))
        content = read_file(job.notebook) if job.notebook else b""
        same = (record.student, record.source_hash, record.tests) == (
            job.student,
            source_hash(content),
            version,
        )
        if same and record.status in ("graded", "unreadable"):
            return record.outcome
    return None


def _grade(
    writer: Writer, jobs: Sequence[Submitted], options: Options, version: str
) -> tuple[Outcome, ...]:
    if not jobs:
        return ()
    setup = Setup(
        assignment_folder=writer.assignment.folder,
        secret=writer.course.secret(),
        allow_unsafe=options.allow_unsafe,
        tests=version,
        released=writer.course.release(writer.assignment.name),
    )
    read_released(writer.course.release(writer.assignment.name))  # what is wrong, before the work
    outcomes = []
    with (
        Progress(len(jobs), "submissions") as progress,
        closing(_results(setup, jobs, options)) as results,
    ):
        for batch in results:
            for outcome in (result.outcome for result in writer.write(batch)):
                outcomes.append(outcome)
                if outcome.status != "graded":
                    line = f"{outcome.student}: {outcome.status}: {outcome.message}"
                    progress.say(log_line(line))
                progress.step()
    return tuple(sorted(outcomes, key=lambda outcome: outcome.student))


def _results(
    setup: Setup, jobs: Sequence[Submitted], options: Options
) -> Generator[Sequence[Graded], None, None]:
    """Results as they come, from this machine's processes or from a cluster.

    Workers need a while for the first ones; meanwhile this process imports what writing needs.
    """
    if options.scheduler:
        from autograder.cluster import grade_on_cluster  # noqa: PLC0415

        yield from grade_on_cluster(setup, jobs, address=options.scheduler, meanwhile=preload)
        return
    processes = min(options.processes or os.cpu_count() or 1, len(jobs))
    with closing(grade_class(setup, jobs, processes=processes, meanwhile=preload)) as results:
        for graded in results:
            yield (graded,)
