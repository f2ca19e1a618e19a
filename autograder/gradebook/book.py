"""Write marks and comments into nbgrader's database: one writer, one commit a submission."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import IntegrityError

from autograder.class_list import Person
from autograder.course import Course
from autograder.errors import GradebookError, NotebookError
from autograder.gradebook import rows
from autograder.gradebook.adjustments import adjustments_of
from autograder.gradebook.comments import not_graded_comment, question_comment
from autograder.gradebook.database import (
    address,
    check_sound,
    explained,
    require_course_id,
    require_file,
)
from autograder.gradebook.loading import make_tables, plugins_of
from autograder.gradebook.rows import Comment, Grade, Master, Submission
from autograder.notebook_file import read_file
from autograder.score import Result

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
        self._open = ExitStack()
        self._connection: Connection

    def __enter__(self) -> Self:
        if not self._create:
            require_file(self._url)
        check_sound(self._url)
        require_course_id(self._url, self._course.course_id)
        with explained(self._url), ExitStack() as opened:
            if self._create:
                make_tables(address(self._url), self._course.course_id)
            engine = create_engine(address(self._url))
            opened.callback(engine.dispose)
            self._connection = opened.enter_context(engine.connect())
            if not inspect(self._connection).has_table("assignment"):
                raise GradebookError(
                    "The gradebook is empty. Release an assignment first: "
                    "`autograder release ASSIGNMENT` makes its tables."
                )
            rows.require_tables(self._connection)
            self._connection.rollback()
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    def record_result(self, result: Result) -> bool:
        """Write one result's marks and comments; all of it or, after an error, nothing.

        Manual marks, manual comments and extra credit stay. A submission that was not graded keeps
        the marks it had and is marked as needing a person.

        Returns
        -------
        bool
            Whether there is nothing else: the submission is a new one, handed in on time.
        """
        if result.status == "missing":
            return False
        alone = False
        with explained(self._url):
            for attempt in range(_TRIES):
                try:
                    alone = self._record(result)
                    self._connection.commit()
                    break
                except IntegrityError:  # another writer made the same rows first: now they exist
                    self._connection.rollback()
                    if attempt == _TRIES - 1:
                        raise
                except BaseException:
                    self._connection.rollback()
                    raise
        return alone

    def adjustments(self, assignment: str, student: str) -> dict[str, Any]:
        """What the gradebook adds to a result: manual marks, comments, late penalty and days.

        Returns
        -------
        dict
            As `autograder.gradebook.adjustments.adjustments_of` says; empty when there is no such
            submission.
        """
        with self._reading() as connection:
            return adjustments_of(connection, assignment, [student]).get(student, {})

    def renew_penalty(self, assignment: str, student: str) -> None:
        """Take off for handing in late what the due date, extensions and plug-in say now."""
        with self._reading() as connection:
            submission = self._find_submission(assignment, student)
            if submission is not None:
                master = self._master(assignment)
                book = self._notebook(submission, master, assignment)
                grades = rows.read_grades(connection, submission, master)
                score = sum(grade.score for grade in grades if grade.notebook == book)
                self._assign_late_penalty(submission, master, book, student, score)
                connection.commit()

    def is_closed(self, assignment: str, student: str) -> bool:
        """Whether the student's deadline, an extension included, has passed.

        Never where the gradebook has no due date.
        """
        with self._reading() as connection:
            due = rows.find_due(connection, assignment)
            if due is not None:
                submission = self._find_submission(assignment, student)
                due += submission.extension if submission else timedelta(0)
        return due is not None and datetime.now(UTC).replace(tzinfo=None) > due

    def enrol(self, people: Sequence[Person]) -> int:
        """Put students on the class list, or what is new about them; nobody is taken off.

        Returns
        -------
        int
            How many were not on the list before.
        """
        with self._reading() as connection:
            known = rows.read_student_keys(connection)
            for person in people:
                told = {key: value for key, value in asdict(person).items() if value}
                rows.put_student(connection, told, new=person.id not in known)
            connection.commit()
        return sum(person.id not in known for person in people)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A transaction that keeps nothing of what was not committed."""
        with explained(self._url):
            try:
                yield self._connection
            finally:
                self._connection.rollback()

    def _record(self, result: Result) -> bool:
        master = self._master(result.assignment)
        submission, grades, comments = self._rows(master, result.student)
        book = self._notebook(submission, master, result.assignment)
        grades = [grade for grade in grades if grade.notebook == book]
        said = {comment.name: comment.id for comment in comments if comment.notebook == book}
        timestamp = read_timestamp(self._course.submitted(result.assignment, result.student))
        if timestamp is not None:
            rows.write_timestamp(self._connection, submission.id, timestamp)
            submission = replace(submission, timestamp=timestamp)
        if result.status == "graded":
            score = self._write_marks(grades, said, result)
            self._assign_late_penalty(submission, master, book, result.student, score)
        else:
            rows.ask_for_person(self._connection, book)
            asked = [said[question.id] for question in result.questions if question.id in said]
            text = not_graded_comment(result)
            rows.write_comments(self._connection, dict.fromkeys(asked[:1], text))
        return submission.new and _seconds_late(submission, master) <= 0

    def _master(self, assignment: str) -> Master:
        master = rows.find_master(self._connection, assignment)
        if master is None:
            raise self._not_released(assignment)
        return master

    def _rows(
        self, master: Master, student: str
    ) -> tuple[Submission, Sequence[Grade], Sequence[Comment]]:
        """The submission with its marks and comments, made where it is new."""
        found = self._find_submission(master.name, student)
        if found is None:
            return rows.add_submission(self._connection, master, student)
        return (
            found,
            rows.read_grades(self._connection, found, master),
            rows.read_comments(self._connection, found, master),
        )

    def _find_submission(self, assignment: str, student: str) -> Submission | None:
        return rows.find_submission(self._connection, assignment, student)

    def _write_marks(
        self, found: Sequence[Grade], said: Mapping[str, str], result: Result
    ) -> float:
        """Write marks and comments; return what the notebook has now, a person's marks included."""
        grades = {grade.name: grade for grade in found}
        scores, texts = {}, {}
        for question in result.questions:
            grade = grades.get(f"test_{question.id}")
            if grade is None or abs(grade.max_score - question.max_score) > 1e-6:
                raise GradebookError(
                    f"The gradebook's cell test_{question.id} of {result.assignment} is missing or "
                    f"not worth {question.max_score:g} points: the assignment changed after "
                    f"its release. Run `autograder release {result.assignment}` again."
                )
            scores[grade.id] = min(max(question.score, 0.0), grade.max_score)
            grades[grade.name] = replace(grade, auto=scores[grade.id])
            if question.id in said:
                texts[said[question.id]] = question_comment(question)
        rows.write_scores(self._connection, scores)
        rows.write_comments(self._connection, texts)
        return sum(grade.score for grade in grades.values())

    def _assign_late_penalty(
        self, submission: Submission, master: Master, book: str, student: str, score: float
    ) -> None:
        """As nbgrader's own preprocessor does, with the plug-in that the course names."""
        late = _seconds_late(submission, master)
        penalty = self._late_penalty(student, score, late) if late > 0 else None
        if penalty is not None:
            penalty = min(max(penalty, 0.0), score)
        rows.write_penalty(self._connection, book, penalty)

    def _late_penalty(self, student: str, score: float, seconds: float) -> float | None:
        from nbgrader.preprocessors import AssignLatePenalties  # noqa: PLC0415

        try:
            with plugins_of(self._course.path):
                assign = AssignLatePenalties(config=self._course.config)
                assign.init_plugin()
                penalty: float | None = assign.plugin_inst.late_submission_penalty(
                    student, score, seconds
                )
        except Exception as error:
            raise GradebookError(
                f"The course's late penalty plug-in failed ({type(error).__name__}: {error}). "
                "Correct c.AssignLatePenalties in nbgrader_config.py."
            ) from error
        return penalty

    def _notebook(self, submission: Submission, master: Master, assignment: str) -> str:
        """The key of the submitted notebook that is graded."""
        book = submission.notebooks.get(master.notebooks.get(assignment, ""))
        if book is None:
            raise self._not_released(assignment)
        return book

    def _not_released(self, assignment: str) -> GradebookError:
        return GradebookError(
            f"The gradebook has no notebook {assignment!r}. Release the assignment first: "
            f"`autograder release {assignment}`."
        )


def _seconds_late(submission: Submission, master: Master) -> float:
    if submission.timestamp is None or master.due is None:
        return 0.0
    return (submission.timestamp - master.due - submission.extension).total_seconds()


def read_timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, by its ``timestamp.txt``, in UTC; None if it does not say.

    Never blocks on, or follows, what a student put there instead of a file.
    """
    path = folder / "timestamp.txt"
    if not os.path.lexists(path):
        return None
    try:
        text = read_file(path)[:200].decode("utf-8").strip()
        return _parse_moment(text) if text else None
    except (NotebookError, ValueError, OverflowError, TypeError):
        return None


def _parse_moment(text: str) -> datetime:
    """A moment in UTC; nbgrader writes ``2030-01-02 03:04:05 UTC``, and reads much else."""
    from dateutil import parser, tz  # noqa: PLC0415

    words = text.split(" ")
    zones: dict[str, Any] = {}
    if len(words) == 3:  # the zone by its name, or as seconds east of Greenwich
        name = words[2]
        try:
            zones["ZONE"] = int(name)
        except ValueError:
            zones["ZONE"] = tz.gettz(name)
        text = f"{words[0]} {words[1]} ZONE"
    moment: datetime = parser.parse(text, tzinfos=zones)
    offset = moment.utcoffset()
    return moment if offset is None else (moment - offset).replace(tzinfo=None)
