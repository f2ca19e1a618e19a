"""What a regrade would change: grade again, compare with the records, write nothing."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from autograder.class_run import Setup, grade_class
from autograder.course import Course
from autograder.course_run import Options, choose_jobs
from autograder.errors import CourseError, GradebookError
from autograder.gradebook import look_up
from autograder.progress import Progress
from autograder.report.record_file import read_record
from autograder.score import CheckResult, QuestionResult, Result
from autograder.spec import Assignment
from autograder.submissions import list_submissions

# By student and function: they stay, whatever the grader finds.
MarksByHand = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a regrade would change for one student.

    Attributes
    ----------
    was, now : str
        The marks before and after in words.
    status : str
        After it.
    differs : bool
        Whether the status or any mark is another one.
    reasons : tuple of str
        A sentence for each difference.
    checks, gained, lost : tuple of str
        The groups of cases: all of them, and those that count more and less than before.
    """

    student: str
    was: str
    now: str
    status: str
    differs: bool
    reasons: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


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
    by_hand = _marks_by_hand(course, assignment.name, [job.student for job in jobs])
    changes = []
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}
    with Progress(len(jobs), "submissions") as progress:
        for after in (graded.result for graded in grade_class(setup, jobs, processes=processes)):
            change = _compare(_record(course, after), after, by_hand.get(after.student, {}))
            checks = alike.setdefault(change.checks, change.checks)
            changes.append(replace(change, checks=checks))
            progress.step()
    return tuple(sorted(changes, key=lambda change: change.student))


def render_changes(changes: Sequence[Change]) -> str:
    """A paragraph for each student whose marks change, then by check, and how many stay."""
    lines = []
    for change in changes:
        if change.differs:
            lines.append(f"{change.student}: {change.was} -> {change.now}")
            lines += [f"    {reason}" for reason in change.reasons]
    lines += _by_check(changes)
    same = sum(not change.differs for change in changes)
    lines.append(f"{len(changes) - same} would change, {same} would stay as they are.")
    return "\n".join(lines)


def _by_check(changes: Sequence[Change]) -> Iterator[str]:
    """How many gain and lose by each check: what a correction did, at a glance."""
    gains = Counter(name for change in changes for name in change.gained)
    losses = Counter(name for change in changes for name in change.lost)
    names = dict.fromkeys(name for change in changes for name in change.checks)
    moved = [name for name in names if gains[name] or losses[name]]
    if moved:
        yield "By check:"
    for name in moved:
        yield f"    {name}: {gains[name]} gain, {losses[name]} lose"


def _compare(before: Result | None, after: Result, by_hand: Mapping[str, float]) -> Change:
    old = {name: check.score for name, check in _checks(before)}
    new = list(_checks(after))
    differs = before is None or _marks(before) != _marks(after)
    return Change(
        student=after.student,
        was=_mark(before) if before else "not graded yet",
        now=_mark(after),
        status=after.status,
        differs=differs,
        reasons=tuple(_reasons(before, after, by_hand)) if before and differs else (),
        checks=tuple(name for name, _ in new),
        gained=tuple(name for name, check in new if name in old and check.score > old[name]),
        lost=tuple(name for name, check in new if name in old and check.score < old[name]),
    )


def _checks(result: Result | None) -> Iterator[tuple[str, CheckResult]]:
    for question in result.questions if result else ():
        for check in question.checks:
            yield f"{question.id}, {check.name}", check


def _marks_by_hand(course: Course, assignment: str, students: Iterable[str]) -> MarksByHand:
    found = {}
    with suppress(GradebookError), look_up(course.gradebook_url) as gradebook:
        for student in students:
            for added in gradebook.adjustments(assignment, [student]).values():
                found[student] = {
                    function: entry["manual_score"]
                    for function, entry in added["questions"].items()
                    if entry["manual_score"] is not None
                }
    return found


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


def _reasons(before: Result, after: Result, by_hand: Mapping[str, float]) -> Iterator[str]:
    if before.source_hash != after.source_hash:
        yield "The notebook is another one than the one that was graded."
    if after.status != "graded":
        yield after.message
    old = {question.id: question for question in before.questions}
    for question in after.questions:
        reasons = list(_question_reasons(old.get(question.id), question))
        yield from reasons
        if reasons and question.id in by_hand:
            yield f"{question.id}: marked by hand, {by_hand[question.id]:g} stays"
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
            message = f"now: {check.message}" if check.message else f"before: {was.message}"
            said = check.message or was.message
            yield (
                f"{after.id}, {name}: {was.score:g} of {was.max_score:g} -> "
                f"{check.score:g} of {check.max_score:g}" + (f" ({message})" if said else "")
            )
    for name in old.keys() - new.keys():
        yield f"{after.id}, {name}: no longer tested, was {old[name].score:g}"
