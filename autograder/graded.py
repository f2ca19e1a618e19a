"""A result with the files that are written about it, made where it was graded.

The one writer then has little left to do than to put them in place. What is not there, or no longer
right because a person or a date added something in the gradebook, the writer makes.
"""

from dataclasses import dataclass
from pathlib import Path

from autograder.score import Result
from autograder.spec import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A result and the contents of its files; those that were not made are empty.

    Attributes
    ----------
    notebook : str
        The graded copy of the notebook.
    page : str
        The student's page, by the grader's marks alone.
    record : str
        The result record.
    """

    result: Result
    notebook: str = ""
    page: str = ""
    record: str = ""


def preload_files() -> None:
    """Compile the templates of `with_files`, before processes are forked that all need them."""
    from autograder.report.page import TEMPLATES  # noqa: PLC0415
    from autograder.report.rendering import template  # noqa: PLC0415

    for name in TEMPLATES:
        template(name)


def with_files(assignment: Assignment, result: Result, content: bytes, released: Path) -> Graded:
    """Make the files of a result.

    Parameters
    ----------
    content : bytes
        Of the notebook that was graded.
    released : pathlib.Path
        The notebook that students were given.

    Raises
    ------
    CourseError
        When the released notebook cannot be read.
    """
    from autograder.autograded import graded_copy  # noqa: PLC0415 - pages load a template engine
    from autograder.report.page import render_feedback  # noqa: PLC0415
    from autograder.report.record_file import render_json  # noqa: PLC0415
    from autograder.student_page import visible_part  # noqa: PLC0415

    if result.status != "graded":
        return Graded(result=result)
    record = result.as_dict()
    return Graded(
        result=result,
        notebook=graded_copy(released, content, record),
        page=render_feedback(visible_part(assignment, result)),
        record=render_json(record),
    )
