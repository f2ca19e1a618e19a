"""Put results into the course: graded copy, marks, page and record, each whole or not at all.

The record comes last. So a record means that everything before it is
in place, and after a run that died the next one does what is left.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from autograder.autograded import graded_copy, write_autograded
from autograder.course import Course
from autograder.course_records import in_batches
from autograder.errors import NotebookError
from autograder.files import remove_leftovers, write_file
from autograder.grade import refused
from autograder.gradebook import Adjustments, Marks
from autograder.graded import Graded
from autograder.interrupts import postponed
from autograder.report.page import has_remarks
from autograder.report.record_file import render_json
from autograder.score import Result
from autograder.spec import Assignment
from autograder.student_page import feedback_page, visible_part
from autograder.submissions import copy_receipt, find_submission

if TYPE_CHECKING:
    from autograder.gradebook import Gradebook


class Writer:
    """Puts results into the course as they come; the gradebook is opened for the first."""

    def __init__(self, course: Course, assignment: Assignment) -> None:
        self.course = course
        self.assignment = assignment
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

    @property
    def gradebook(self) -> "Gradebook":
        """The course's gradebook."""
        if self._gradebook is None:
            from autograder.gradebook import Gradebook  # noqa: PLC0415 - loads SQLAlchemy

            self._gradebook = self._open.enter_context(Gradebook(self.course))
        return self._gradebook

    def write(self, batch: Sequence[Graded]) -> list[Result]:
        """Write some results, the graded copies of their notebooks included."""
        gradebook = self.gradebook  # is it there?
        copied = [self._write_copy(graded) for graded in batch]
        return store_results(self.course, self.assignment, copied, gradebook)

    def _write_copy(self, graded: Graded) -> Graded:
        result = graded.result
        if result.status != "graded":
            return graded
        try:
            notebook = graded.notebook or self._copy(result)
        except NotebookError:
            reason = "The notebook changed after it was graded; run the command again."
            changed = refused(self.assignment, result.student, "grader_error", reason)
            return Graded(result=changed)
        with postponed():
            write_autograded(self.course, result, notebook)
        return graded

    def _copy(self, result: Result) -> str:
        """The graded notebook, made of the one that was handed in."""
        name = self.assignment.name
        submitted = find_submission(self.course, name, result.student)
        if submitted.notebook is None:
            raise NotebookError(submitted.problem)
        return graded_copy(self.course.release(name), submitted.notebook, result.as_dict())

    def renew_page(self, result: Result) -> None:
        """Write the student's page again where the gradebook now says something else."""
        path = _page(self.course, result)
        page = feedback_page(self.assignment, result, self.gradebook)
        with suppress(OSError):
            if path.read_text(encoding="utf-8") == page:
                return
        write_file(path, page)


def store_results(
    course: Course, assignment: Assignment, batch: Sequence[Graded], gradebook: "Gradebook"
) -> list[Result]:
    """Write results' marks, their pages and, last, the records that vouch for the rest."""
    results = [graded.result for graded in batch]
    seen = [visible_part(assignment, result) for result in results]
    for graded, alone in zip(batch, gradebook.record_results(seen), strict=True):
        result = graded.result
        page = feedback_page(assignment, result, gradebook, ready=graded.page, alone=alone)
        path = _page(course, result)
        with postponed():
            write_file(path, page)
            copy_receipt(course.submitted(result.assignment, result.student), path.parent)
            record = graded.record or render_json(result)
            write_file(course.result(result.assignment, result.student), record)
    return results


def _page(course: Course, result: Result) -> Path:
    return course.feedback(result.assignment, result.student) / f"{result.assignment}.html"


def complete(writer: Writer, records: Iterable[Result]) -> None:
    """Write again what is missing beside sound records, such as marks after a gradebook's loss.

    Who was late is marked by today's due date and extension, which may have changed. Pages say what
    was added in the formgrader since, and no longer what was taken back.
    """
    course, assignment = writer.course, writer.assignment
    for batch, gradebook in in_batches(course, records):
        students = [record.student for record in batch]
        kept = gradebook.automatic_marks(assignment.name, students)
        added = gradebook.adjustments(assignment.name, students)
        for record in batch:
            _complete(writer, record, kept.get(record.student), added.get(record.student, {}))


def _complete(writer: Writer, record: Result, kept: Marks | None, added: Adjustments) -> None:
    copy = writer.course.autograded(record.assignment, record.student)
    page = _page(writer.course, record)
    whole = (copy / f"{record.assignment}.ipynb").is_file() or record.status != "graded"
    if not (whole and page.is_file() and _has_marks(kept, record)):
        writer.write([Graded(result=record)])
    elif is_late(added):
        writer.gradebook.renew_penalty(record.assignment, record.student)
        writer.renew_page(record)
    elif (
        writer.assignment.counterexample == "after-deadline"
        or _has_words_of_a_person(added)
        or has_remarks(page.read_text(encoding="utf-8", errors="replace"))
    ):
        writer.renew_page(record)


def is_late(added: Adjustments) -> bool:
    """Whether the penalty may be another one by today's due date, extensions and plug-in."""
    return bool(added and (added["late_days"] or added["late_penalty"]))


def _has_words_of_a_person(entry: Adjustments) -> bool:
    """Whether a comment, a manual mark or extra credit was entered."""
    if not entry:
        return False
    keys = ("comment", "manual_score", "extra_credit")
    of_questions = (question.get(key) for question in entry["questions"].values() for key in keys)
    return bool(entry["comments"]) or any(value not in (None, "") for value in of_questions)


def _has_marks(marks: Marks | None, record: Result) -> bool:
    """Whether the gradebook's marks are the record's."""
    if marks is None or record.status != "graded":
        return marks is not None
    return all(
        abs((marks.get(f"test_{question.id}") or 0.0) - question.score) < 1e-6
        and marks.get(f"test_{question.id}") is not None
        for question in record.questions
    )


def clear_away(course: Course, assignment: str, students: Sequence[str]) -> None:
    """Remove what a run that was killed left aside."""
    copies = [course.autograded(assignment, student).parent for student in students]
    pages = [course.feedback(assignment, student) for student in students]
    remove_leftovers([course.results(assignment), course.path / "feedback", *copies, *pages])
