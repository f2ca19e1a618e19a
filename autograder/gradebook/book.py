"""Write marks and comments into nbgrader's database: one writer, one commit a submission."""

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from autograder.class_list import Person
from autograder.course import Course
from autograder.errors import GradebookError, NotebookError
from autograder.gradebook.adjustments import adjustments_of
from autograder.gradebook.comments import not_graded_comment, question_comment
from autograder.gradebook.database import (
    address,
    check_sound,
    explained,
    require_course_id,
    require_file,
)
from autograder.gradebook.loading import import_api, own_programs_on_path, plugins_of
from autograder.notebook_file import read_file

_TRIES = 3


class Gradebook:
    """The open gradebook of a course; a context manager.

    Parameters
    ----------
    course : Course
    url : str, optional
        Another database than the one that the course's configuration names.
    create : bool
        Make the database where there is none; only one process may do so at a time.

    Raises
    ------
    GradebookError
        On opening and on every use, when the database is missing, locked or damaged.
    """

    def __init__(self, course: Course, *, url: str | None = None, create: bool = False) -> None:
        self._course = course
        self._url = url or course.gradebook_url
        self._create = create
        self._book: Any = None

    def __enter__(self) -> Self:
        if not self._create:
            require_file(self._url)
        check_sound(self._url)
        require_course_id(self._url, self._course.course_id)
        api = import_api()
        with explained(self._url), own_programs_on_path():
            self._book = api.Gradebook(address(self._url), self._course.course_id)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._book.close()

    def record_result(self, result: Mapping[str, Any]) -> None:
        """Write one result record's marks and comments; all of it or, after an error, nothing.

        Manual marks, manual comments and extra credit stay. A submission that was not graded keeps
        the marks it had and is marked as needing a person.

        Parameters
        ----------
        result : mapping
            As ``results/<assignment>/<student>.json`` holds it.
        """
        if result["status"] == "missing":
            return
        from sqlalchemy.exc import IntegrityError  # noqa: PLC0415

        with explained(self._url):
            for attempt in range(_TRIES):
                try:
                    self._record(result)
                    self._book.db.commit()
                    return
                except IntegrityError:  # another writer made the same rows first: now they exist
                    self._book.db.rollback()
                    if attempt == _TRIES - 1:
                        raise
                except BaseException:
                    self._book.db.rollback()
                    raise

    def adjustments(self, assignment: str, student: str) -> dict[str, Any]:
        """What the gradebook adds to a result: manual marks, comments, late penalty and days.

        Returns
        -------
        dict
            As `autograder.gradebook.adjustments.adjustments_of` says; empty when there is no such
            submission.
        """
        with explained(self._url):
            found = adjustments_of(self._book.db, assignment, student).get(student, {})
            self._book.db.rollback()
        return found

    def renew_penalty(self, assignment: str, student: str) -> None:
        """Take off for handing in late what the due date, extensions and plug-in say now."""
        with explained(self._url):
            submission = self._find_submission(assignment, student)
            if submission is not None:
                self._assign_late_penalty(submission, self._notebook(submission, assignment))
                self._book.db.commit()

    def is_closed(self, assignment: str, student: str) -> bool:
        """Whether the student's deadline, an extension included, has passed.

        Never where the gradebook has no due date.
        """
        api = import_api()
        with explained(self._url):
            master = self._book.db.query(api.Assignment).filter_by(name=assignment).one_or_none()
            due: datetime | None = master.duedate if master else None
            submission = self._find_submission(assignment, student)
            if due is not None and submission is not None and submission.extension:
                due += submission.extension
            self._book.db.rollback()
        return due is not None and datetime.now(UTC).replace(tzinfo=None) > due

    def enrol(self, people: Sequence[Person]) -> int:
        """Put students on the class list, or what is new about them; nobody is taken off.

        Returns
        -------
        int
            How many were not on the list before.
        """
        with explained(self._url):
            known = {student.id for student in self._book.students}
            for person in people:
                told = {key: value for key, value in asdict(person).items() if value}
                self._book.update_or_create_student(told.pop("id"), **told)
        return sum(person.id not in known for person in people)

    def _record(self, result: Mapping[str, Any]) -> None:
        submission = self._submission(result["assignment"], result["student"])
        timestamp = read_timestamp(self._course.submitted(result["assignment"], result["student"]))
        if timestamp is not None:
            submission.timestamp = timestamp
        notebook = self._notebook(submission, result["assignment"])
        if result["status"] == "graded":
            self._write_marks(notebook, result)
            self._assign_late_penalty(submission, notebook)
        else:
            for grade in notebook.grades:
                grade.needs_manual_grade = True
            asked = {question["id"] for question in result["questions"]}
            for comment in [c for c in notebook.comments if c.cell.name in asked][:1]:
                comment.auto_comment = not_graded_comment(result)

    def _submission(self, assignment: str, student: str) -> Any:
        """The submission's row, made with all rows below it where it is new."""
        found = self._find_submission(assignment, student)
        if found is not None:
            return found
        api, db = import_api(), self._book.db
        master = db.query(api.Assignment).filter_by(name=assignment).one_or_none()
        if master is None:
            raise self._not_released(assignment)
        person = db.get(api.Student, student) or api.Student(id=student)
        with db.no_autoflush:
            submission = api.SubmittedAssignment(assignment=master, student=person)
            for notebook in master.notebooks:
                copy = api.SubmittedNotebook(notebook=notebook, assignment=submission)
                for cell in (*notebook.grade_cells, *notebook.task_cells):
                    api.Grade(cell=cell, notebook=copy)
                for cell in (*notebook.solution_cells, *notebook.task_cells):
                    api.Comment(cell=cell, notebook=copy)
            db.add(submission)
        db.flush()
        return submission

    def _find_submission(self, assignment: str, student: str) -> Any:
        api = import_api()
        with suppress(api.MissingEntry):
            return self._book.find_submission(assignment, student)
        return None

    def _notebook(self, submission: Any, assignment: str) -> Any:
        for notebook in submission.notebooks:
            if notebook.name == assignment:
                return notebook
        raise self._not_released(assignment)

    def _write_marks(self, notebook: Any, result: Mapping[str, Any]) -> None:
        grades = {grade.cell.name: grade for grade in notebook.grades}
        comments = {comment.cell.name: comment for comment in notebook.comments}
        for question in result["questions"]:
            name = question["id"]
            grade = grades.get(f"test_{name}")
            if grade is None or abs(grade.cell.max_score - question["max_score"]) > 1e-6:
                raise GradebookError(
                    f"The gradebook's cell test_{name} of {result['assignment']} is missing or "
                    f"not worth {question['max_score']:g} points: the assignment changed after "
                    f"its release. Run `autograder release {result['assignment']}` again."
                )
            grade.auto_score = min(max(question["score"], 0.0), grade.cell.max_score)
            grade.needs_manual_grade = False
            if name in comments:
                comments[name].auto_comment = question_comment(question)

    def _assign_late_penalty(self, submission: Any, notebook: Any) -> None:
        """As nbgrader's own preprocessor does, with the plug-in that the course names."""
        from nbgrader.preprocessors import AssignLatePenalties  # noqa: PLC0415

        notebook.late_submission_penalty = None
        if submission.assignment.duedate is None:  # nbgrader cannot add an extension to that
            return
        seconds = submission.total_seconds_late
        if seconds <= 0:
            return
        self._book.db.flush()
        self._book.db.refresh(notebook, ["score"])
        try:
            with plugins_of(self._course.path):
                assign = AssignLatePenalties(config=self._course.config)
                assign.init_plugin()
                penalty = assign.plugin_inst.late_submission_penalty(
                    submission.student.id, notebook.score, seconds
                )
        except Exception as error:
            raise GradebookError(
                f"The course's late penalty plug-in failed ({type(error).__name__}: {error}). "
                "Correct c.AssignLatePenalties in nbgrader_config.py."
            ) from error
        if penalty is not None:
            notebook.late_submission_penalty = min(max(penalty, 0.0), notebook.score)

    def _not_released(self, assignment: str) -> GradebookError:
        return GradebookError(
            f"The gradebook has no notebook {assignment!r}. Release the assignment first: "
            f"`autograder release {assignment}`."
        )


def read_timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, by its ``timestamp.txt``, in UTC; None if it does not say.

    Never blocks on, or follows, what a student put there instead of a file.
    """
    import_api()
    from nbgrader.utils import parse_utc  # noqa: PLC0415

    path = folder / "timestamp.txt"
    if not os.path.lexists(path):
        return None
    try:
        moment: datetime | None = parse_utc(read_file(path)[:200].decode("utf-8").strip() or None)
    except (NotebookError, ValueError, OverflowError, TypeError):
        return None
    return moment
