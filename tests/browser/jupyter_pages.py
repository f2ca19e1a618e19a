"""Parts of the pages of JupyterLab and of nbgrader's formgrader, found as a person finds them."""

from typing import Any


def row(page: Any, name: str) -> Any:
    """The row of a formgrader's table in which one cell is this name."""
    return page.locator("tbody tr", has=page.get_by_text(name, exact=True))


def said_by_dialog(page: Any) -> str:
    """What the formgrader's dialog says once the work is done."""
    dialog = page.locator(".modal.in")
    title = dialog.locator(".modal-title")
    title.filter(has_text="Success").or_(title.filter(has_text="Error")).wait_for()
    return str(dialog.inner_text())


def validate(page: Any) -> str:
    """Press the button of the open notebook; what JupyterLab's dialog says."""
    toolbar = page.get_by_role("toolbar", name="main area toolbar")  # the list has a button, too
    toolbar.get_by_text("Validate", exact=True).click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    dialog.wait_for()
    said = str(dialog.inner_text())
    dialog.locator(".jp-mod-accept").click()
    dialog.wait_for(state="detached")
    return said


def open_notebook(page: Any, server: str, path: str) -> None:
    """Show a notebook below the server's folder."""
    page.goto(f"{server}lab/tree/{path}?reset")
    page.locator(".jp-Notebook .jp-CodeCell:visible").first.wait_for()
