"""Grade a course's submissions: the pool works, this process writes.

For each submission the gradebook comes first and the result record last, and each is written
whole or not at all. So a record means that everything before it is in place, and after a run that
died the next one does what is left.
"""

import errno
import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder import __version__
from autograder.autograded import write_autograded
from autograder.class_run import Setup, grade_class
from autograder.course import Course
from autograder.errors import CourseError, NotebookError, UsageError
from autograder.export import Mark, combine_marks
from autograder.files import write_file
from autograder.grade import source_hash
from autograder.gradebook import Gradebook, preload
from autograder.notebook_file import read_file
from autograder.progress import Progress
from autograder.report.class_report import render_class_report
from autograder.report.page import render_feedback
from autograder.report.record_file import read_record, write_record
from autograder.score import Result
from autograder.spec import Assignment
from autograder.submissions import Submitted, list_submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line said about a run."""

    students: tuple[str, ...] = ()
    processes: int = 0  # 0: one for each core
    shard: tuple[int, int] = (1, 1)
    force: bool = False
    allow_unsafe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRun:
    """What a run did.

    Attributes
    ----------
    graded : tuple of Result
        Records made now.
    unchanged : tuple of Result
        Records of submissions that are as they were when they were graded.
    """

    graded: tuple[Result, ...]
    unchanged: tuple[Result, ...]
    report: Path

    @property
    def ungraded(self) -> tuple[Result, ...]:
        """Those that have no marks, old ones included."""
        both = (*self.graded, *self.unchanged)
        return tuple(result for result in both if result.status != "graded")


def grade_course(course: Course, assignment: Assignment, options: Options) -> CourseRun:
    """Grade what was submitted and write marks, pages, records and the class report.

    Raises
    ------
    CourseError
        When another run is under way, or the course folder cannot be written.
    GradebookError
        When the gradebook is locked, damaged or lacks the assignment.
    """
    with _only_run(course, assignment.name), _explained(course):
        jobs = choose_jobs(list_submissions(course, assignment.name), options)
        version = version_of(assignment)
        changed, unchanged = [], []
        for job in jobs:
            record = None if options.force else _still_valid(course, assignment, version, job)
            changed.append(job) if record is None else unchanged.append(record)
        graded = _grade(course, assignment, changed, options, version)
        report = write_class_report(course, assignment)
    return CourseRun(graded=graded, unchanged=tuple(unchanged), report=report)


def write_class_report(course: Course, assignment: Assignment) -> Path:
    """Write the class on one page, from all records there are."""
    path = course.path / "feedback" / f"{assignment.name}-class.html"
    write_file(path, render_class_report(read_records(course, assignment.name)))
    return path


def read_records(course: Course, assignment: str) -> list[Result]:
    """All records of an assignment, in the order of the students' names."""
    return [read_record(path) for path in sorted(course.results(assignment).glob("*.json"))]


def read_marks(course: Course, assignment: Assignment) -> tuple[Mark, ...]:
    """Everybody's mark as it leaves the course, with what the gradebook adds to the records."""
    results = read_records(course, assignment.name)
    with Gradebook(course) as gradebook:
        adjustments = {
            result.student: gradebook.adjustments(assignment.name, result.student)
            for result in results
        }
        people = gradebook.people()
    return combine_marks(
        results,
        adjustments,
        people,
        assignment=assignment.name,
        title=assignment.title,
        max_score=assignment.max_score,
    )


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
    files = [path for path in assignment.folder.rglob("*") if path.suffix in (".yaml", ".py")]
    for path in sorted({*files, *map(Path, modules)}):
        with suppress(OSError):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _python_functions(assignment: Assignment) -> Iterator[Any]:
    yield from assignment.reference_functions.values()
    yield from assignment.judges.values()


def _still_valid(
    course: Course, assignment: Assignment, version: str, job: Submitted
) -> Result | None:
    """The record of an unchanged submission; ``None`` where it must be graded."""
    with suppress(CourseError, NotebookError):
        record = read_record(course.result(assignment.name, job.student))
        content = read_file(job.notebook) if job.notebook else b""
        same = record.source_hash == source_hash(content) and record.tests == version
        if same and record.status in ("graded", "unreadable"):
            return record
    return None


def _grade(
    course: Course,
    assignment: Assignment,
    jobs: Sequence[Submitted],
    options: Options,
    version: str,
) -> tuple[Result, ...]:
    if not jobs:
        return ()
    setup = Setup(
        assignment_folder=assignment.folder,
        secret=course.secret(),
        allow_unsafe=options.allow_unsafe,
    )
    processes = min(options.processes or os.cpu_count() or 1, len(jobs))
    # nbgrader takes seconds to import: do it while the first submissions are graded.
    loading = threading.Thread(target=preload, daemon=True)
    loading.start()
    results = []
    with Progress(len(jobs), "submissions") as progress, _Writer(course, assignment) as writer:
        for graded in grade_class(setup, jobs, processes=processes):
            loading.join()
            result = writer.write(graded, version)
            results.append(result)
            if result.status != "graded":
                progress.say(f"{result.student}: {result.status}: {result.message}")
            progress.step()
    return tuple(sorted(results, key=lambda result: result.student))


class _Writer:
    """Puts one result after another into the course; the gradebook is opened for the first."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self._course = course
        self._assignment = assignment
        self._open = ExitStack()
        self._gradebook: Gradebook | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def write(self, result: Result, version: str) -> Result:
        """Write one result, the graded copy of its notebook included."""
        if self._gradebook is None:
            self._gradebook = self._open.enter_context(Gradebook(self._course))
        if result.status == "graded":
            write_autograded(self._course, self._assignment.name, result.as_dict())
        return store_result(self._course, self._assignment, result, version, self._gradebook)


def store_result(
    course: Course, assignment: Assignment, result: Result, version: str, gradebook: Gradebook
) -> Result:
    """Write a result's marks, its page and, last, the record that vouches for the rest.

    Parameters
    ----------
    version : str
        From ``version_of``; kept in the record.
    """
    name, student = assignment.name, result.student
    result = replace(result, tests=version)
    gradebook.record_result(result.as_dict())
    page = course.feedback(name, student) / f"{name}.html"
    write_file(page, feedback_page(assignment, result, gradebook))
    write_record(result, course.result(name, student))
    return result


def feedback_page(assignment: Assignment, result: Result, gradebook: Gradebook) -> str:
    """The student's page, with what a person added in the formgrader."""
    added = gradebook.adjustments(result.assignment, result.student)
    notes = []
    for function, entry in added.get("questions", {}).items():
        if entry.get("comment"):
            notes.append(f"Comment on {function}: {entry['comment']}")
        if entry.get("manual_score") is not None:
            notes.append(f"{function} was marked by hand: {entry['manual_score']:g}.")
        if entry.get("extra_credit"):
            notes.append(f"Extra credit for {function}: {entry['extra_credit']:g}.")
    late = added.get("late_penalty") or 0.0
    if notes or late:
        taken = f", {late:g} off for handing in late" if late else ""
        notes.append(f"Marks in the gradebook: {added['score']:g}{taken}.")
    shown = visible_part(assignment, result)
    return render_feedback(replace(shown, notes=(*shown.notes, *notes)))


def visible_part(assignment: Assignment, result: Result, *, closed: bool = False) -> Result:
    """What of a result the student's page shows, by the assignment's policy.

    Parameters
    ----------
    closed : bool
        The deadline has passed.
    """
    policy = assignment.counterexample
    if policy == "always" or (policy == "after-deadline" and closed):
        return result
    questions = tuple(replace(question, counterexample=None) for question in result.questions)
    return replace(result, questions=questions)


@contextmanager
def _only_run(course: Course, assignment: str) -> Iterator[None]:
    """Keep a second run on the same assignment out until this one has ended or died."""
    path = course.path / f".{assignment}.lock"
    try:
        lock = path.open("a")
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourseError(
                f"{assignment} is being graded by another process in this course. "
                "Wait for it to end, then run the command again."
            ) from None
        yield


@contextmanager
def _explained(course: Course) -> Iterator[None]:
    """Turn a full disk or a read-only folder into a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        raise CourseError(
            f"{error.filename or course.path} cannot be written: {error.strerror}. "
            "What was graded before is kept; mend this and run the command again."
        ) from error
