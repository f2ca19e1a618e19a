"""What CI services show besides the log: a summary, and remarks on the cells of notebooks."""

from contextlib import suppress
from pathlib import Path

from autograder.course import Course
from autograder.errors import NotebookError
from autograder.files import as_text
from autograder.notebook_file import read_file
from autograder.report.annotations import Remark, make_remarks
from autograder.score import Result
from autograder.submissions import find_submission


def remarks_on_file(result: Result, path: Path) -> tuple[Remark, ...]:
    """Remarks on one notebook, with its path as the repository has it: seen from this folder."""
    place, here = path.absolute(), Path.cwd()
    shown = place.relative_to(here) if place.is_relative_to(here) else place
    text = ""
    with suppress(NotebookError):
        text = read_file(path).decode("utf-8", "replace")
    return make_remarks(result, as_text(shown.as_posix()), text)


def remarks_on(course: Course, result: Result) -> tuple[Remark, ...]:
    """Remarks on a submitted notebook, with its path as the repository has it.

    The course folder is taken as the repository's root.
    """
    submitted = find_submission(course, result.assignment, result.student)
    place = submitted.notebook or course.submitted(result.assignment, result.student)
    text = ""
    if submitted.notebook is not None:
        with suppress(NotebookError):
            text = read_file(submitted.notebook).decode("utf-8", "replace")
    return make_remarks(result, as_text(place.relative_to(course.path).as_posix()), text)
