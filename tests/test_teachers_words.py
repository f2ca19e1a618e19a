"""What a teacher enters in the formgrader reaches the student's page, and leaves it again."""

import sqlite3

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def course(tmp_path):
    course = released_course(tmp_path)
    submit(course, "ana", RIGHT | {"double": "def double(x):\n    return 3 * x"})
    grade(course)
    return course


def grade(course) -> str:
    """Grade what changed; ana's page."""
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    return (course.feedback(NAME, "ana") / f"{NAME}.html").read_text(encoding="utf-8")


def enter(course, table: str, cell: str, **values: object) -> None:
    """Write as the formgrader does."""
    connection = sqlite3.connect(course.path / "gradebook.db")
    with connection:
        assignments = ", ".join(f"{key} = :{key}" for key in values)
        where = "cell_id = (select id from base_cell where name = :cell)"
        connection.execute(
            f"update {table} set {assignments} where {where}", values | {"cell": cell}
        )
    connection.close()


def test_words_come_and_go_with_the_next_run(course):
    before = grade(course)
    assert "From your teacher" not in before
    enter(course, "comment", "carried-halve", manual_comment="Tidy & <short>.")
    assert "<code>halve</code>: Tidy &amp; &lt;short&gt;." in grade(course)
    enter(course, "grade", "test_double", manual_score=1.5)
    enter(course, "grade", "test_shift", extra_credit=0.25)
    page = grade(course)
    assert "<b>3.75</b>" in page
    assert "<code>double</code> was marked by hand: 1.5. The grader gave 0." in page
    assert "Extra credit for <code>shift</code>: 0.25." in page
    enter(course, "comment", "carried-halve", manual_comment=None)
    enter(course, "grade", "test_double", manual_score=None)
    enter(course, "grade", "test_shift", extra_credit=None)
    assert grade(course) == before


def test_a_person_marks_what_could_not_be_graded(course):
    path = course.submitted(NAME, "ana") / f"{NAME}.ipynb"
    path.write_text(path.read_text()[:300])
    main(["grade", NAME, "--course", str(course.path), "--jobs", "1"])
    page = course.feedback(NAME, "ana") / f"{NAME}.html"
    assert "Marks in the gradebook" not in page.read_text(encoding="utf-8")
    enter(course, "comment", "double", manual_comment="Bring it to me.")
    main(["grade", NAME, "--course", str(course.path), "--jobs", "1"])
    said = page.read_text(encoding="utf-8")
    assert "Bring it to me." in said
    assert "Marks in the gradebook: 2." in said  # of the run before
