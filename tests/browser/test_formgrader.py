"""nbgrader's formgrader in a browser: what its buttons and fields do to marks."""

import json
import shutil

import pytest
from jupyter_pages import row, said_by_dialog
from tiny import NAME, RIGHT, submit

from autograder.cli import main
from autograder.course import Course, open_course
from autograder.gradebook import Gradebook

pytestmark = pytest.mark.filterwarnings("ignore")

WRONG = RIGHT | {"double": "def double(x):\n    return 3 * x"}


def without_tests(document):
    cells = document["cells"]
    document["cells"] = [cell for cell in cells if "test_" not in str(cell["metadata"])]


def marks(course: Course, *students: str) -> dict[str, object]:
    with Gradebook(course) as book:
        return {student: book.adjustments(NAME, student) for student in students}


def press(page, server, student: str, button: str) -> str:
    """Press a button in a student's row; what the dialog says."""
    page.goto(f"{server}formgrader/manage_submissions/{NAME}")
    row(page, student).locator(f".{button} a").click()
    return said_by_dialog(page)


def open_submission(page, server, student: str) -> None:
    """Go to a student's notebook as a person does, by the list of submissions."""
    page.goto(f"{server}formgrader/manage_submissions/{NAME}")
    row(page, student).locator("td a").first.click()
    page.wait_for_url(f"**/{student}/{NAME}")
    page.locator("tbody a", has_text=NAME).click()
    page.locator(".nbgrader_cell").first.wait_for()
    page.wait_for_load_state("networkidle")  # fields come to life with the marks


def enter(page, field, value: str) -> None:
    """Type into a field and wait until nbgrader has saved it."""
    with page.expect_response(lambda reply: reply.request.method == "PUT") as saved:
        field.fill(value)
        field.blur()
    assert saved.value.ok


def test_the_assignment_is_on_the_list(page, server, home):
    submit(home.course, "listed", RIGHT)
    page.goto(f"{server}formgrader/manage_assignments")
    entry = page.locator("tbody tr", has=page.get_by_text(NAME, exact=True))
    entry.wait_for()
    assert int(entry.locator(".num-submissions").inner_text()) >= 1


def test_the_autograde_button_gives_the_marks_of_the_command(page, server, home, tmp_path):
    course = home.course
    submit(course, "right", RIGHT)
    submit(course, "wrong", WRONG)
    submit(course, "no-tests", RIGHT, change=without_tests)
    broken = submit(course, "broken", RIGHT)
    broken.write_text(broken.read_text()[:400])
    shutil.copytree(course.path, tmp_path / "copy")

    for student in ("right", "wrong", "no-tests"):
        assert "Successfully autograded" in press(page, server, student, "autograde")
    said = press(page, server, "broken", "autograde")
    assert "There was an error autograding" in said
    assert "broken has no marks: unreadable. The notebook is damaged" in said
    page.goto(f"{server}formgrader/manage_submissions/{NAME}")
    row(page, "wrong").get_by_text("2 / 5").wait_for()
    row(page, "right").get_by_text("5 / 5").wait_for()
    row(page, "broken").get_by_text("needs autograding").wait_for()

    copy = open_course(tmp_path / "copy")
    assert main(["grade", NAME, "--course", str(copy.path), "--jobs", "1"]) == 1
    students = ("right", "wrong", "no-tests", "broken")
    assert marks(copy, *students) == marks(course, *students)


def test_what_a_person_enters_survives_each_way_of_grading_again(page, server, home):
    course = home.course
    submit(course, "by-hand", WRONG)
    press(page, server, "by-hand", "autograde")
    open_submission(page, server, "by-hand")
    carried, double = (
        page.locator("textarea.comment").nth(0),
        page.locator("textarea.comment").nth(1),
    )
    enter(page, carried, "As it should be.")
    enter(page, double, "Nearly: look at <b>the factor</b>.")
    enter(page, page.locator("input.score").first, "1.5")
    enter(page, page.locator("input.extra-credit").last, "0.25")
    by_hand = marks(course, "by-hand")["by-hand"]
    assert by_hand["score"] == 3.75
    assert by_hand["questions"]["double"] == {
        "score": 1.5,
        "manual_score": 1.5,
        "extra_credit": None,
        "comment": "Nearly: look at <b>the factor</b>.",
    }

    assert "Successfully" in press(page, server, "by-hand", "autograde")
    assert marks(course, "by-hand")["by-hand"] == by_hand
    main(["grade", NAME, "--course", str(course.path), "--force", "--jobs", "1"])
    assert marks(course, "by-hand")["by-hand"] == by_hand
    open_submission(page, server, "by-hand")
    assert page.locator("input.score").first.input_value() == "1.5"
    assert page.locator("input.extra-credit").last.input_value() == "0.25"
    assert page.locator("textarea.comment").nth(1).input_value().startswith("Nearly")

    path = course.feedback(NAME, "by-hand") / f"{NAME}.html"
    path.unlink()
    assert "Successfully generated" in press(page, server, "by-hand", "generate-feedback")
    page.goto(path.as_uri())
    shown = " ".join(page.locator("body").inner_text().split())
    assert "3.75 / 5 marks" in shown
    assert "double: Nearly: look at <b>the factor</b>." in shown
    assert "halve: As it should be." in shown


def test_the_submissions_page_shows_the_marks_and_their_reason(page, server, home):
    submit(home.course, "shown", WRONG)
    press(page, server, "shown", "autograde")
    open_submission(page, server, "shown")
    text = page.locator("#notebook-container, body").last.inner_text()
    assert "return 3 * x" in text
    assert "0 of 3 points: failed" in text
    assert "2 of 2 points: passed" in text
    hint = page.locator("textarea.comment").nth(1).get_attribute("placeholder")
    record = json.loads(home.course.result(NAME, "shown").read_text())
    assert record["questions"][0]["message"].split()[0] in hint
