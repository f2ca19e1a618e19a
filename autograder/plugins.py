"""nbgrader's own commands and the formgrader's buttons, grading with autograder.

``nbgrader_config.py`` names these two exporters. nbgrader hands over a notebook's file name and
writes what comes back; reading, grading and marking happen here, so a notebook that nbgrader could
not even open gets its record like any other. Imported by nbgrader alone.
"""

import atexit
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, NotebookExporter

from autograder.autograded import build_autograded, read_released
from autograder.class_run import Grader, Setup
from autograder.course import CONFIG_FILE, Course, open_course
from autograder.course_run import feedback_page, store_result, version_of
from autograder.errors import CourseError
from autograder.gradebook import Gradebook
from autograder.library import find_assignment
from autograder.notebook import read_notebook
from autograder.report.record_file import read_record
from autograder.score import Result
from autograder.submissions import Submitted

Resources = dict[str, Any]


class SubmissionExporter(NotebookExporter):
    """Grades a submitted notebook and gives back its graded copy."""

    def from_filename(  # type: ignore[override]
        self, filename: str, resources: Resources | None = None, **_: Any
    ) -> tuple[str, Resources]:
        """Grade the file; nbgrader's second pass finds the graded copy and keeps it."""
        path, resources = Path(filename), resources or {}
        resources["output_extension"] = ".ipynb"
        course, place = _course_of(path), resources["nbgrader"]
        name, student = place["assignment"], place["student"]
        if course.submitted(name, student) != path.absolute().parent:
            return path.read_text(encoding="utf-8"), resources
        result = _grade(course, name, Submitted(student=student, notebook=path.absolute()))
        cells = read_notebook(path).cells if result.status == "graded" else ()
        document = build_autograded(read_released(course, name), cells, result.as_dict())
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n", resources


class FeedbackExporter(HTMLExporter):
    """Gives the feedback page of a graded notebook, with what a person added in the formgrader."""

    def from_filename(  # type: ignore[override]
        self, filename: str, resources: Resources | None = None, **_: Any
    ) -> tuple[str, Resources]:
        """Render the page from the result record."""
        resources = resources or {}
        resources["output_extension"] = ".html"
        course, place = _course_of(Path(filename)), resources["nbgrader"]
        name, student = place["assignment"], place["student"]
        assignment = find_assignment(name, course.path)
        record = read_record(course.result(name, student))
        with Gradebook(course) as gradebook:
            return feedback_page(assignment, record, gradebook), resources


def _course_of(path: Path) -> Course:
    for folder in path.absolute().parents:
        if (folder / CONFIG_FILE).is_file():
            return open_course(folder)
    raise CourseError(f"{path} lies in no course folder, for none above it holds {CONFIG_FILE}.")


def _grade(course: Course, name: str, job: Submitted) -> Result:
    assignment = find_assignment(name, course.path)
    version = version_of(assignment)
    result = _grader(assignment.folder, course.secret(), version).grade(job)
    with Gradebook(course) as gradebook:
        return store_result(course, assignment, result, version, gradebook)


@lru_cache(maxsize=1)
def _grader(folder: Path, secret: str, _version: str) -> Grader:
    """One warm worker for all notebooks that this process is given."""
    grader = Grader(Setup(assignment_folder=folder, secret=secret))
    atexit.register(grader.close)
    return grader
