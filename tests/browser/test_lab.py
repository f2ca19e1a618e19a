"""A student's day in JupyterLab, and what comes of it in the instructor's formgrader."""

import json

import pytest
from jupyter_pages import open_notebook, row, said_by_dialog, validate
from tiny import NAME, RIGHT

pytestmark = pytest.mark.filterwarnings("ignore")


def fill(path, sources) -> None:
    """Write these functions into the notebook's cells."""
    document = json.loads(path.read_text(encoding="utf-8"))
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removeprefix("carried-")
        cell["source"] = sources.get(label, cell["source"])
    path.write_text(json.dumps(document), encoding="utf-8")


def open_assignment_list(page, server) -> None:
    page.goto(f"{server}lab?reset")
    page.locator("#jp-MainMenu").get_by_text("Nbgrader").click()
    page.get_by_text("Assignment List", exact=True).click()


def test_from_fetching_to_feedback(page, server, home):
    page.goto(f"{server}formgrader/manage_assignments")
    row(page, NAME).locator(".release a").click()
    assert "Successfully released" in said_by_dialog(page)

    open_assignment_list(page, server)
    page.get_by_text("Fetch", exact=True).click()
    page.get_by_text("Submit", exact=True).wait_for()
    notebook = home.path / NAME / f"{NAME}.ipynb"
    assert notebook.with_name(f"{NAME}.checks.json").is_file()

    fill(notebook, RIGHT | {"double": "def double(x):\n    return 3 * x"})
    open_notebook(page, server, f"{NAME}/{NAME}.ipynb")
    said = validate(page)
    assert "✗ double: 0 of" in said
    assert "your function gave" in said
    assert "Traceback" not in said

    fill(notebook, RIGHT)
    open_notebook(page, server, f"{NAME}/{NAME}.ipynb")
    assert "passes all the tests" in validate(page)

    open_assignment_list(page, server)
    page.get_by_text("Submit", exact=True).click()
    page.get_by_text("There are no submitted assignments.").wait_for(state="hidden")

    page.goto(f"{server}formgrader/manage_assignments")
    row(page, NAME).locator(".collect a").click()
    assert "Successfully collected" in said_by_dialog(page)
    page.goto(f"{server}formgrader/manage_submissions/{NAME}")
    row(page, home.student).locator(".autograde a").click()
    assert "Successfully autograded" in said_by_dialog(page)
    page.goto(f"{server}formgrader/manage_submissions/{NAME}")
    row(page, home.student).get_by_text("5 / 5").wait_for()
    row(page, home.student).locator(".release-feedback a").click()
    assert "Successfully released feedback" in said_by_dialog(page)

    open_assignment_list(page, server)
    page.get_by_text("Fetch Feedback", exact=True).click()
    page.get_by_text("(view feedback)").wait_for()
    (feedback,) = (home.path / NAME / "feedback").rglob("*.html")
    assert "Everything is right." in feedback.read_text(encoding="utf-8")
