"""What people and dates make of the grader's marks: read with plain SQL, many students at once."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

Adjustments = dict[str, Any]  # see `adjustments_of`

_GRADES = """
select submitted_assignment.student_id, submitted_assignment.timestamp,
    submitted_assignment.extension, assignment.duedate, notebook.name as notebook,
    submitted_notebook.id as copy, submitted_notebook.late_submission_penalty as penalty,
    base_cell.name as cell, grade.auto_score, grade.manual_score, grade.extra_credit,
    coalesce(grade_cells.max_score, task_cells.max_score, 0.0) as max_score
from assignment
join submitted_assignment on submitted_assignment.assignment_id = assignment.id
join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id
join notebook on notebook.id = submitted_notebook.notebook_id
join grade on grade.notebook_id = submitted_notebook.id
join base_cell on base_cell.id = grade.cell_id
left join grade_cells on grade_cells.id = base_cell.id
left join task_cells on task_cells.id = base_cell.id
where assignment.name = :assignment and student_id in :students
"""
_COMMENTS = """
select submitted_assignment.student_id, base_cell.name as cell, comment.manual_comment as said
from assignment
join submitted_assignment on submitted_assignment.assignment_id = assignment.id
join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id
join notebook on notebook.id = submitted_notebook.notebook_id and notebook.name = assignment.name
join comment on comment.notebook_id = submitted_notebook.id
join base_cell on base_cell.id = comment.cell_id
where assignment.name = :assignment and student_id in :students
    and comment.manual_comment is not null
"""


def adjustments_of(
    database: Any, assignment: str, students: Sequence[str]
) -> dict[str, Adjustments]:
    """What the gradebook adds to the results of some students, by student.

    Parameters
    ----------
    database : connection or session of SQLAlchemy

    Returns
    -------
    dict
        ``score``, with the penalty taken off, and ``max_score`` of all notebooks,
        ``late_penalty``, ``late_days`` and, by function, under ``questions``: ``score``,
        ``manual_score``, ``extra_credit``, ``comment`` (a person's, or None); under ``comments``
        those on cells without marks.
    """
    from sqlalchemy import DateTime, Interval, bindparam, text  # noqa: PLC0415

    asked = {"assignment": assignment, "students": list(students)}
    several: Any = bindparam("students", expanding=True)
    grades = (
        text(_GRADES)
        .bindparams(several)
        .columns(timestamp=DateTime, extension=Interval, duedate=DateTime)
    )
    found: dict[str, Adjustments] = {}
    penalties: dict[str, dict[str, float]] = {}
    for row in database.execute(grades, asked):
        entry = found.setdefault(
            str(row.student_id),
            {"score": 0.0, "max_score": 0.0, "late_penalty": 0.0, "questions": {}, "comments": {},
             "late_days": _days_late(row.timestamp, row.duedate, row.extension)},
        )  # fmt: skip
        score = _score(row)
        entry["score"] += score
        entry["max_score"] += row.max_score
        if row.notebook == assignment:
            penalties.setdefault(str(row.student_id), {})[row.copy] = row.penalty or 0.0
            entry["questions"][row.cell.removeprefix("test_")] = {
                "score": score, "manual_score": row.manual_score,
                "extra_credit": row.extra_credit, "comment": None,
            }  # fmt: skip
    for name, taken in penalties.items():
        penalty = found[name]["late_penalty"] = sum(taken.values())
        found[name]["score"] = max(0.0, found[name]["score"] - penalty)
    for row in database.execute(text(_COMMENTS).bindparams(several), asked):
        of_student = found.get(str(row.student_id), {"questions": {}, "comments": {}})
        if row.cell in of_student["questions"]:
            of_student["questions"][row.cell]["comment"] = row.said
        elif row.said:
            of_student["comments"][row.cell] = row.said
    return found


def _score(grade: Any) -> float:
    """As nbgrader counts: a person's mark in place of the grader's, and extra credit for both."""
    score = grade.auto_score if grade.manual_score is None else grade.manual_score
    return 0.0 if score is None else float(score) + float(grade.extra_credit or 0.0)


def _days_late(
    handed_in: datetime | None, due: datetime | None, extension: timedelta | None
) -> float:
    if handed_in is None or due is None:
        return 0.0
    seconds = (handed_in - due - (extension or timedelta())).total_seconds()
    return math.ceil(max(0.0, seconds) / 864) / 100  # a minute late is late
