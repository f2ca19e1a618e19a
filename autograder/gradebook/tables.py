"""The tables of nbgrader's database, as far as grading needs them.

nbgrader's own classes say the same and more, but importing them takes a second, and through them
every mark is a query of its own. A test holds each column here against theirs.
"""

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Float,
    Interval,
    MetaData,
    String,
    Table,
    Text,
)

METADATA = MetaData()


def _key() -> Column[str]:
    return Column("id", String(32), primary_key=True)


def _link(name: str) -> Column[str]:
    """Holds another table's key."""
    return Column(name, String(32))


assignment = Table(
    "assignment", METADATA, _key(), Column("name", String(128)), Column("duedate", DateTime)
)
notebook = Table("notebook", METADATA, _key(), Column("name", String(128)), _link("assignment_id"))
base_cell = Table(
    "base_cell", METADATA, _key(), Column("name", String(128)), _link("notebook_id"),
    Column("type", String(50)),
)  # fmt: skip
grade_cells = Table("grade_cells", METADATA, _key(), Column("max_score", Float))
task_cells = Table("task_cells", METADATA, _key(), Column("max_score", Float))
student = Table(
    "student", METADATA, Column("id", String(128), primary_key=True),
    Column("first_name", String(128)), Column("last_name", String(128)),
    Column("email", String(128)), Column("lms_user_id", String(128)),
)  # fmt: skip
submitted_assignment = Table(
    "submitted_assignment", METADATA, _key(), _link("assignment_id"),
    Column("student_id", String(128)), Column("timestamp", DateTime),
    Column("extension", Interval),
)  # fmt: skip
submitted_notebook = Table(
    "submitted_notebook", METADATA, _key(), _link("assignment_id"), _link("notebook_id"),
    Column("flagged", Boolean), Column("late_submission_penalty", Float),
)  # fmt: skip
grade = Table(
    "grade", METADATA, _key(), _link("notebook_id"), _link("cell_id"),
    Column("auto_score", Float), Column("manual_score", Float), Column("extra_credit", Float),
    Column("needs_manual_grade", Boolean),
)  # fmt: skip
comment = Table(
    "comment", METADATA, _key(), _link("notebook_id"), _link("cell_id"),
    Column("auto_comment", Text), Column("manual_comment", Text),
)  # fmt: skip
