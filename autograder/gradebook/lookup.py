"""Ask the database what it holds without importing nbgrader, which takes seconds."""

from collections.abc import Mapping

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
    from sqlalchemy import create_engine, text  # noqa: PLC0415

    require_file(url)
    check_sound(url)
    found: dict[str, dict[str, float | None]] = {}
    with explained(url):
        engine = create_engine(address(url))
        try:
            with engine.connect() as connection:
                for student, cell, score in connection.execute(
                    text(_QUERY), {"assignment": assignment}
                ):
                    marks = found.setdefault(str(student), {})
                    if cell is not None:
                        marks[str(cell)] = None if score is None else float(score)
        finally:
            engine.dispose()
    return found  # type: ignore[return-value]
