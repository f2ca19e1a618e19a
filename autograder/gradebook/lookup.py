"""Ask the database what it holds without importing nbgrader, which takes seconds."""

from collections.abc import Iterator, Mapping
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
where assignment.name = :assignment
"""


def read_automatic_marks(url: str, assignment: str) -> dict[str, Marks]:
    """The marks that the grader gave, by student: of everybody who is in the gradebook.

    Raises
    ------
    GradebookError
        When the database is missing, locked or damaged.
    """
    from sqlalchemy import text  # noqa: PLC0415

    found: dict[str, dict[str, float | None]] = {}
    with connected(url) as connection:
        for student, cell, score in connection.execute(text(_QUERY), {"assignment": assignment}):
            marks = found.setdefault(str(student), {})
            if cell is not None:
                marks[str(cell)] = None if score is None else float(score)
    return found  # type: ignore[return-value]


def read_adjustments(url: str, assignment: str) -> dict[str, Adjustments]:
    """What the gradebook adds to each student's result, as `adjustments_of` says.

    Raises
    ------
    GradebookError
        When the database is missing, locked or damaged.
    """
    with connected(url) as connection:
        return adjustments_of(connection, assignment)


def read_people(url: str) -> tuple[Person, ...]:
    """The class list, as nbgrader keeps it.

    Raises
    ------
    GradebookError
        When the database is missing, locked or damaged.
    """
    from sqlalchemy import text  # noqa: PLC0415

    query = text("select id, first_name, last_name, email, lms_user_id from student order by id")
    with connected(url) as connection:
        return tuple(
            Person(**{field: str(value or "") for field, value in row._mapping.items()})
            for row in connection.execute(query)
        )


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """A connection to a sound database, and what it says as sentences."""
    from sqlalchemy import create_engine  # noqa: PLC0415

    require_file(url)
    check_sound(url)
    with explained(url):
        engine = create_engine(address(url))
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            engine.dispose()
