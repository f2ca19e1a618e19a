"""Write marks and comments into nbgrader's database: one writer, one commit for what is there."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, create_engine, inspect
from sqlalchemy.exc import IntegrityError

from autograder.class_list import Person
from autograder.course import Course
from autograder.errors import GradebookError
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
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_OfNotebook = TypeVar("_OfNotebook", Grade, Comment)


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

    def record_results(self, results: Sequence[Result]) -> list[bool]:
        """Write marks and comments of some students; all of it or, after an error, nothing.

        Manual marks, manual comments and extra credit stay. A submission that was not graded keeps
        the marks it had and is marked as needing a person.

        Parameters
        ----------
        results : sequence of Result
            Of one assignment.

        Returns
        -------
        list of bool
            For each, whether there is nothing else: the submission is a new one, handed in on time.
        """
        handed_in = [result for result in results if result.status != "missing"]
        alone = self._in_one_go(handed_in) if handed_in else set()
        return [result.student in alone for result in results]

    def _in_one_go(self, results: Sequence[Result]) -> set[str]:
        with explained(self._url):
            for attempt in range(_TRIES):
                try:
                    alone = self._record(results)
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
                grades = rows.read_grades(connection, [submission], master)
                score = sum(grade.score for grade in grades if grade.notebook == book)
                penalty = self._penalty(student, score, _seconds_late(submission, master))
                rows.write_penalties(connection, {book: penalty})
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

    def _record(self, results: Sequence[Result]) -> set[str]:
        """Write the rows; return the students who have nothing else there."""
        master = self._master(results[0].assignment)
        submissions, grades, comments = self._rows(master, [result.student for result in results])
        grades_of, comments_of = _by_notebook(grades), _by_notebook(comments)
        written, alone = _Written(), set()
        for result in results:
            submission = submissions[result.student]
            book = self._notebook(submission, master, result.assignment)
            timestamp = read_timestamp(self._course.submitted(result.assignment, result.student))
            if timestamp is not None:
                written.moments[submission.id] = timestamp
                submission = replace(submission, timestamp=timestamp)
            late = _seconds_late(submission, master)
            score = written.add(result, book, grades_of.get(book, ()), comments_of.get(book, ()))
            if submission.new and late <= 0:
                alone.add(result.student)
            elif score is not None:
                written.penalties[book] = self._penalty(result.student, score, late)
        written.write(self._connection)
        return alone

    def _master(self, assignment: str) -> Master:
        master = rows.find_master(self._connection, assignment)
        if master is None:
            raise self._not_released(assignment)
        return master

    def _rows(
        self, master: Master, students: Sequence[str]
    ) -> tuple[dict[str, Submission], Sequence[Grade], Sequence[Comment]]:
        """The submissions with their marks and comments, made where they are new."""
        found = rows.find_submissions(self._connection, master.name, students)
        new = [student for student in students if student not in found]
        there, grades, comments = found, [], []
        if found:
            grades = rows.read_grades(self._connection, found.values(), master)
            comments = rows.read_comments(self._connection, found.values(), master)
        if new:
            made, more_grades, more_comments = rows.add_submissions(self._connection, master, new)
            there, grades, comments = found | made, grades + more_grades, comments + more_comments
        return there, grades, comments

    def _find_submission(self, assignment: str, student: str) -> Submission | None:
        return rows.find_submissions(self._connection, assignment, [student]).get(student)

    def _penalty(self, student: str, score: float, late: float) -> float | None:
        """As nbgrader's own preprocessor does, with the plug-in that the course names."""
        penalty = self._late_penalty(student, score, late) if late > 0 else None
        return None if penalty is None else min(max(penalty, 0.0), score)

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


@dataclass(slots=True)
class _Written:
    """What is written of some results, by the keys of the rows; a kind of rows at a time."""

    moments: dict[str, datetime] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    comments: dict[str, str | None] = field(default_factory=dict)
    for_a_person: list[str] = field(default_factory=list)
    penalties: dict[str, float | None] = field(default_factory=dict)

    def add(
        self, result: Result, book: str, grades: Sequence[Grade], comments: Sequence[Comment]
    ) -> float | None:
        """Marks and comments of one; what its notebook has then, a person's marks included."""
        keys = {comment.name: comment.id for comment in comments}
        asked = [question for question in result.questions if question.id in keys]
        if result.status != "graded":
            self.for_a_person.append(book)
            text = not_graded_comment(result)
            self.comments |= {keys[question.id]: text for question in asked[:1]}
            return None
        self.comments |= {keys[question.id]: question_comment(question) for question in asked}
        found = {grade.name: grade for grade in grades}
        for question in result.questions:
            name = f"test_{question.id}"
            grade = found.get(name)
            if grade is None or abs(grade.max_score - question.max_score) > 1e-6:
                raise GradebookError(
                    f"The gradebook's cell {name} of {result.assignment} is missing or "
                    f"not worth {question.max_score:g} points: the assignment changed after "
                    f"its release. Run `autograder release {result.assignment}` again."
                )
            score = min(max(question.score, 0.0), grade.max_score)
            found[name] = replace(grade, auto=score)
            self.scores[grade.id] = score
        return sum(grade.score for grade in found.values())

    def write(self, connection: Connection) -> None:
        rows.write_timestamps(connection, self.moments)
        rows.write_scores(connection, self.scores)
        rows.ask_for_person(connection, self.for_a_person)
        rows.write_comments(connection, self.comments)
        rows.write_penalties(connection, self.penalties)


def _by_notebook(found: Iterable[_OfNotebook]) -> dict[str, list[_OfNotebook]]:
    sorted_: dict[str, list[_OfNotebook]] = {}
    for one in found:
        sorted_.setdefault(one.notebook, []).append(one)
    return sorted_


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
    except Exception:  # whatever a student put there, the class is graded
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
        except ValueError:  # as a file's path, a name would open any file of the machine
            zones["ZONE"] = tz.gettz(name) if _ZONE.fullmatch(name) else None
        text = f"{words[0]} {words[1]} ZONE"
    moment: datetime = parser.parse(text, tzinfos=zones)
    offset = moment.utcoffset()
    return moment if offset is None else (moment - offset).replace(tzinfo=None)
