"""Ask the database what it holds without importing nbgrader, which takes seconds."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from autograder.class_list import Person
from autograder.gradebook.adjustments import Adjustments, adjustments_of
from autograder.gradebook.database import address, check_sound, explained, require_file

Marks = Mapping[str, float | None]  # of each cell that holds points, by its name

_QUERY = """
select submitted_assignment.student_id, base_cell.name, grade.auto_score
from assignment
join submitted_assignment on submitted_assignment.assignment_id = assignment.id
left join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id
left join grade on grade.notebook_id = submitted_notebook.id
left join base_cell on base_cell.id = grade.cell_id
where assignment.name = :assignment and student_id in :students
"""


class Lookup:
    """An open gradebook that is only read, for a part of the class at a time.

    Each question stands alone: others may write between two, this process too.
    """

    def __init__(self, url: str, engine: Any) -> None:
        self._url = url
        self._engine = engine

    def automatic_marks(self, assignment: str, students: Sequence[str]) -> dict[str, Marks]:
        """The marks that the grader gave, by student: of those who are in the gradebook."""
        from sqlalchemy import bindparam, text  # noqa: PLC0415

        query = text(_QUERY).bindparams(bindparam("students", expanding=True))
        asked = {"assignment": assignment, "students": list(students)}
        found: dict[str, dict[str, float | None]] = {}
        with self._connected() as connection:
            for student, cell, score in connection.execute(query, asked):
                marks = found.setdefault(str(student), {})
                if cell is not None:
                    marks[str(cell)] = None if score is None else float(score)
        return found  # type: ignore[return-value]

    def adjustments(self, assignment: str, students: Sequence[str]) -> dict[str, Adjustments]:
        """What the gradebook adds to these students' results, as `adjustments_of` says."""
        with self._connected() as connection:
            return adjustments_of(connection, assignment, students)

    def people(self) -> tuple[Person, ...]:
        """The class list, as nbgrader keeps it."""
        from sqlalchemy import text  # noqa: PLC0415

        query = text(
            "select id, first_name, last_name, email, lms_user_id from student order by id"
        )
        with self._connected() as connection:
            return tuple(
                Person(**{field: str(value or "") for field, value in row._mapping.items()})
                for row in connection.execute(query)
            )

    @contextmanager
    def _connected(self) -> Iterator[Any]:
        with explained(self._url), self._engine.connect() as connection:
            yield connection


@contextmanager
def look_up(url: str) -> Iterator[Lookup]:
    """The gradebook, found to be sound, to be asked what it holds.

    Raises
    ------
    GradebookError
        When the database is missing, locked or damaged; so do its methods.
    """
    from sqlalchemy import create_engine  # noqa: PLC0415

    require_file(url)
    check_sound(url)
    with explained(url):
        engine = create_engine(address(url))
    try:
        yield Lookup(url, engine)
    finally:
        engine.dispose()
