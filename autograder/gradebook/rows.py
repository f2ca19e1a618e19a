"""Rows of the gradebook: what there is of an assignment and a submission, and how it is written.

Nothing here begins or ends a transaction.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, bindparam, func, insert, select, update

from autograder.gradebook.tables import (
    METADATA,
    assignment,
    base_cell,
    comment,
    grade,
    grade_cells,
    notebook,
    student,
    submitted_assignment,
    submitted_notebook,
    task_cells,
)

_WITH_GRADE, _WITH_COMMENT = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell of a released notebook; of its ``max_score`` points none where it is not marked."""

    id: str
    name: str
    kind: str
    max_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A released assignment: its notebooks' keys by name, and their cells by key."""

    id: str
    name: str
    due: datetime | None
    notebooks: Mapping[str, str] = field(default_factory=dict)
    cells: Mapping[str, Sequence[Cell]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A student's submission: ``notebooks`` are its notebooks' keys by their masters' keys."""

    id: str
    new: bool = False
    timestamp: datetime | None = None
    extension: timedelta = timedelta(0)
    notebooks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """Marks of one cell of a submitted notebook, whose key is ``notebook``."""

    id: str
    notebook: str
    name: str
    max_score: float
    auto: float | None = None
    manual: float | None = None
    extra: float | None = None

    @property
    def score(self) -> float:
        """What counts: a person's marks before the grader's, and what was added."""
        marks = self.auto if self.manual is None else self.manual
        return 0.0 if marks is None else marks + (self.extra or 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What is said about one cell of a submitted notebook."""

    id: str
    notebook: str
    name: str


def require_tables(connection: Connection) -> None:
    """Ask for every column that is used: one that is missing is an error now, not half way."""
    for table in METADATA.tables.values():
        connection.execute(select(table).limit(0))


def find_master(connection: Connection, name: str) -> Master | None:
    """The released assignment of a name."""
    points = func.coalesce(grade_cells.c.max_score, task_cells.c.max_score, 0.0).label("points")
    query = (
        select(
            assignment.c.id,
            assignment.c.duedate,
            notebook.c.id.label("notebook_id"),
            notebook.c.name.label("notebook"),
            base_cell.c.id.label("cell_id"),
            base_cell.c.name.label("cell"),
            base_cell.c.type,
            points,
        )
        .select_from(assignment)
        .outerjoin(notebook, notebook.c.assignment_id == assignment.c.id)
        .outerjoin(base_cell, base_cell.c.notebook_id == notebook.c.id)
        .outerjoin(grade_cells, grade_cells.c.id == base_cell.c.id)
        .outerjoin(task_cells, task_cells.c.id == base_cell.c.id)
        .where(assignment.c.name == name)
    )
    found = connection.execute(query).all()
    if not found:
        return None
    cells: dict[str, list[Cell]] = {row.notebook_id: [] for row in found if row.notebook_id}
    for row in found:
        if row.cell_id:
            cells[row.notebook_id].append(
                Cell(id=row.cell_id, name=row.cell, kind=row.type, max_score=float(row.points))
            )
    return Master(
        id=found[0].id,
        name=name,
        due=found[0].duedate,
        notebooks={row.notebook: row.notebook_id for row in found if row.notebook_id},
        cells=cells,
    )


def find_due(connection: Connection, name: str) -> datetime | None:
    """When an assignment is due, by its name."""
    return connection.execute(
        select(assignment.c.duedate).where(assignment.c.name == name)
    ).scalar()


def find_submissions(
    connection: Connection, name: str, students: Collection[str]
) -> dict[str, Submission]:
    """Submissions of the assignment of a name, by student: of those who have one."""
    query = (
        select(
            submitted_assignment.c.id,
            submitted_assignment.c.student_id,
            submitted_assignment.c.timestamp,
            submitted_assignment.c.extension,
            submitted_notebook.c.id.label("book"),
            submitted_notebook.c.notebook_id,
        )
        .select_from(submitted_assignment)
        .join(assignment, submitted_assignment.c.assignment_id == assignment.c.id)
        .outerjoin(
            submitted_notebook, submitted_notebook.c.assignment_id == submitted_assignment.c.id
        )
        .where(assignment.c.name == name, submitted_assignment.c.student_id.in_(students))
    )
    found = connection.execute(query).all()
    books: dict[str, dict[str, str]] = {row.id: {} for row in found}
    for row in found:
        if row.book:
            books[row.id][row.notebook_id] = row.book
    return {
        row.student_id: Submission(
            id=row.id,
            timestamp=row.timestamp,
            extension=row.extension or timedelta(0),
            notebooks=books[row.id],
        )
        for row in found
    }


def add_submissions(
    connection: Connection, master: Master, students: Collection[str]
) -> tuple[dict[str, Submission], list[Grade], list[Comment]]:
    """Make submissions' rows, as nbgrader makes them; and a student's where it is missing."""
    known = connection.execute(select(student.c.id).where(student.c.id.in_(students))).scalars()
    missing = set(students).difference(known)
    _insert(connection, student, [{"id": who} for who in students if who in missing])
    made = {
        who: Submission(
            id=_new_key(), new=True, notebooks={key: _new_key() for key in master.cells}
        )
        for who in students
    }
    _insert(
        connection,
        submitted_assignment,
        [
            {"id": one.id, "assignment_id": master.id, "student_id": who}
            for who, one in made.items()
        ],
    )
    books: list[dict[str, Any]] = [
        {"id": own, "assignment_id": one.id, "notebook_id": key, "flagged": False}
        for one in made.values()
        for key, own in one.notebooks.items()
    ]
    _insert(connection, submitted_notebook, books)
    cells = [(book["id"], cell) for book in books for cell in master.cells[book["notebook_id"]]]
    marked = [(_row(book, cell), cell) for book, cell in cells if cell.kind in _WITH_GRADE]
    said = [(_row(book, cell), cell) for book, cell in cells if cell.kind in _WITH_COMMENT]
    _insert(connection, grade, [{**row, "needs_manual_grade": True} for row, _ in marked])
    _insert(connection, comment, [row for row, _ in said])
    grades = [
        Grade(id=row["id"], notebook=row["notebook_id"], name=cell.name, max_score=cell.max_score)
        for row, cell in marked
    ]
    comments = [
        Comment(id=row["id"], notebook=row["notebook_id"], name=cell.name) for row, cell in said
    ]
    return made, grades, comments


def _row(book: str, cell: Cell) -> dict[str, Any]:
    return {"id": _new_key(), "notebook_id": book, "cell_id": cell.id}


def _insert(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _new_key() -> str:
    return uuid4().hex


def read_grades(
    connection: Connection, submissions: Collection[Submission], master: Master
) -> list[Grade]:
    """Marks of all cells."""
    cells = {cell.id: cell for all_ in master.cells.values() for cell in all_}
    query = select(grade).where(grade.c.notebook_id.in_(_books(submissions)))
    return [
        Grade(
            id=row.id,
            notebook=row.notebook_id,
            name=cells[row.cell_id].name,
            auto=row.auto_score,
            manual=row.manual_score,
            extra=row.extra_credit,
            max_score=cells[row.cell_id].max_score,
        )
        for row in connection.execute(query)
        if row.cell_id in cells
    ]


def read_comments(
    connection: Connection, submissions: Collection[Submission], master: Master
) -> list[Comment]:
    """What is said about all cells."""
    names = {cell.id: cell.name for all_ in master.cells.values() for cell in all_}
    query = select(comment).where(comment.c.notebook_id.in_(_books(submissions)))
    return [
        Comment(
            id=row.id,
            notebook=row.notebook_id,
            name=names[row.cell_id],
        )
        for row in connection.execute(query)
        if row.cell_id in names
    ]


def _books(submissions: Collection[Submission]) -> list[str]:
    return [book for one in submissions for book in one.notebooks.values()]


def write_scores(connection: Connection, scores: Mapping[str, float]) -> None:
    """Set the grader's marks by the keys of their rows; nobody need look at them."""
    rows = [{"row": key, "marks": score} for key, score in scores.items()]
    if rows:
        statement = update(grade).where(grade.c.id == bindparam("row"))
        values = {"auto_score": bindparam("marks"), "needs_manual_grade": False}
        connection.execute(statement.values(values), rows)


def ask_for_person(connection: Connection, books: Collection[str]) -> None:
    """Mark all cells of submitted notebooks as needing a person."""
    if books:
        connection.execute(
            update(grade).where(grade.c.notebook_id.in_(books)).values(needs_manual_grade=True)
        )


def write_comments(connection: Connection, texts: Mapping[str, str | None]) -> None:
    """Set the grader's comments by the keys of their rows."""
    rows = [{"row": key, "said": text} for key, text in texts.items()]
    if rows:
        statement = update(comment).where(comment.c.id == bindparam("row"))
        connection.execute(statement.values(auto_comment=bindparam("said")), rows)


def write_timestamps(connection: Connection, moments: Mapping[str, datetime]) -> None:
    """Set when submissions were handed in, by the keys of their rows."""
    rows = [{"row": key, "moment": moment} for key, moment in moments.items()]
    if rows:
        statement = update(submitted_assignment).where(
            submitted_assignment.c.id == bindparam("row")
        )
        connection.execute(statement.values(timestamp=bindparam("moment")), rows)


def write_penalties(connection: Connection, points: Mapping[str, float | None]) -> None:
    """Set what submitted notebooks lose for being late, by their keys."""
    rows = [{"row": key, "points": taken} for key, taken in points.items()]
    if rows:
        statement = update(submitted_notebook).where(submitted_notebook.c.id == bindparam("row"))
        connection.execute(statement.values(late_submission_penalty=bindparam("points")), rows)


def read_student_keys(connection: Connection) -> set[str]:
    """Who is on the class list."""
    return set(connection.execute(select(student.c.id)).scalars())


def put_student(connection: Connection, told: Mapping[str, str], *, new: bool) -> None:
    """Add a student, or what is new about one."""
    if new:
        connection.execute(insert(student).values(**told))
    else:
        connection.execute(update(student).where(student.c.id == told["id"]).values(**told))
