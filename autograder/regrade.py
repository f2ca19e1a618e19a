"""What a regrade would change: grade again, compare with the records, write nothing."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from autograder.class_run import Setup, grade_class
from autograder.course import Course
from autograder.course_run import Options, choose_jobs
from autograder.errors import CourseError
from autograder.progress import Progress
from autograder.report.record_file import read_record
from autograder.score import QuestionResult, Result
from autograder.spec import Assignment
from autograder.submissions import list_submissions


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One student before and after.

    Attributes
    ----------
    before : Result or None
        The record there is; ``None`` for a submission that was never graded.
    """

    before: Result | None
    after: Result

    @property
    def differs(self) -> bool:
        """Whether the status or any mark is another one."""
        return self.before is None or _marks(self.before) != _marks(self.after)


def preview_marks(course: Course, assignment: Assignment, options: Options) -> tuple[Change, ...]:
    """Grade all chosen submissions again, and put each beside its record.

    Returns
    -------
    tuple of Change
        In the order of the students' names, those without a difference included.
    """
    jobs = choose_jobs(list_submissions(course, assignment.name), options)
    setup = Setup(
        assignment_folder=assignment.folder,
        secret=course.secret(),
        allow_unsafe=options.allow_unsafe,
    )
    processes = max(1, min(options.processes or os.cpu_count() or 1, len(jobs)))
    changes = []
    with Progress(len(jobs), "submissions") as progress:
        for after in grade_class(setup, jobs, processes=processes):
            changes.append(Change(before=_record(course, after), after=after))
            progress.step()
    return tuple(sorted(changes, key=lambda change: change.after.student))


def render_changes(changes: Sequence[Change]) -> str:
    """A paragraph for each student whose marks change, and how many do not."""
    lines = []
    for change in changes:
        if change.differs:
            before, after = change.before, change.after
            was = _mark(before) if before else "not graded yet"
            lines.append(f"{after.student}: {was} -> {_mark(after)}")
            lines += [f"    {reason}" for reason in _reasons(change)]
    same = sum(not change.differs for change in changes)
    lines.append(f"{len(changes) - same} would change, {same} would stay as they are.")
    return "\n".join(lines)


def _record(course: Course, after: Result) -> Result | None:
    with suppress(CourseError):
        return read_record(course.result(after.assignment, after.student))
    return None


def _marks(result: Result) -> tuple[object, ...]:
    checks = [
        (question.id, check.name, check.score, check.max_score)
        for question in result.questions
        for check in question.checks
    ]
    return (result.status, result.score, result.max_score, checks)


def _mark(result: Result) -> str:
    if result.status != "graded":
        return result.status
    return f"{result.score:g} of {result.max_score:g}"


def _reasons(change: Change) -> Iterator[str]:
    before, after = change.before, change.after
    if before is None:
        return
    if before.source_hash != after.source_hash:
        yield "The notebook is another one than the one that was graded."
    if after.status != "graded":
        yield after.message
    old = {question.id: question for question in before.questions}
    for question in after.questions:
        yield from _question_reasons(old.get(question.id), question)
    for name in sorted(old.keys() - {question.id for question in after.questions}):
        yield f"{name}: no longer a question"


def _question_reasons(before: QuestionResult | None, after: QuestionResult) -> Iterator[str]:
    if before is None:
        yield f"{after.id}: a new question, {after.score:g} of {after.max_score:g}"
        return
    old = {check.name: check for check in before.checks}
    new = {check.name: check for check in after.checks}
    for name, check in new.items():
        was = old.get(name)
        if was is None:
            yield f"{after.id}, {name}: new, {check.score:g} of {check.max_score:g}"
        elif (was.score, was.max_score) != (check.score, check.max_score):
            message = check.message or was.message
            yield (
                f"{after.id}, {name}: {was.score:g} of {was.max_score:g} -> "
                f"{check.score:g} of {check.max_score:g}" + (f" ({message})" if message else "")
            )
    for name in old.keys() - new.keys():
        yield f"{after.id}, {name}: no longer tested, was {old[name].score:g}"
