"""The plug-ins that make nbgrader's own commands, and the formgrader's buttons, grade with us.

``nbgrader_config.py`` names them. nbgrader hands over a notebook's file name and writes what comes
back; reading, grading and marking happen here, so a notebook that nbgrader could not even open gets
its record like any other. Imported by nbgrader alone.
"""

import atexit
import glob
import shutil
import textwrap
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, NotebookExporter
from nbgrader.exchange.default import ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from autograder.autograded import graded_copy
from autograder.class_run import Grader, Setup
from autograder.course import CONFIG_FILE, Course, open_course
from autograder.course_run import version_of
from autograder.course_writer import store_results
from autograder.errors import AutograderError, CourseError
from autograder.gradebook import Gradebook
from autograder.library import find_assignment
from autograder.report.record_file import read_record
from autograder.score import Result
from autograder.student_page import feedback_page
from autograder.submissions import Submitted, find_submission

Resources = dict[str, Any]
_DIALOG = 72  # characters that the formgrader shows of a line
_FROM_THE_EXCHANGE = ("timestamp.txt", "submission_secret.txt")


def choose_notebook(*, assignment: str, student: str, notebooks: list[str]) -> None:  # noqa: ARG001
    """Have nbgrader grade the assignment's notebook under whatever name it was handed in.

    Called before each submission, with nbgrader's own list of paths, which is changed in place.
    Further notebooks stay where the release has them too.
    """
    if not notebooks:
        return
    folder = Path(notebooks[0]).absolute().parent
    release = _course_of(folder).release(assignment)
    further = {path.name for path in release.parent.glob("*.ipynb")} - {release.name}
    kept = [path for path in notebooks if Path(path).name in further]
    notebooks[:] = [str(folder / release.name), *kept]


class SubmissionExporter(NotebookExporter):
    """Grades a submitted notebook and gives back its graded copy."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **more: Any
    ) -> tuple[Any, Resources]:
        """Grade the file; nbgrader's second pass finds the graded copy and keeps it.

        Raises
        ------
        AutograderError
            When there are no marks. The reason is on record by then; nbgrader reports the student,
            removes the copy that it began, and goes on with the next.
        """
        path, resources = Path(filename).absolute(), {} if resources is None else resources
        course, place = _course_of(path), resources["nbgrader"]
        name, student = place["assignment"], place["student"]
        if place["notebook"] != name:  # one that the instructor added and marks by hand
            return super().from_filename(filename, resources, **more)
        resources["output_extension"] = ".ipynb"
        if course.submitted(name, student) != path.parent:
            return path.read_text(encoding="utf-8"), resources
        submitted = find_submission(course, name, student)
        result = _grade(course, name, submitted, place["db_url"])
        if result.status != "graded" or submitted.notebook is None:
            reason = f"{student} has no marks: {result.status}. {result.message}"
            # nbgrader shows the exception below a traceback, and wraps no line in its dialog.
            self.log.error("%s", textwrap.fill(reason, _DIALOG))
            raise AutograderError(reason)
        released = course.release(name)
        return graded_copy(released, submitted.notebook, result.as_dict()), resources


class FeedbackExporter(HTMLExporter):
    """Gives the feedback page of a graded notebook, with what a person added in the formgrader."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **more: Any
    ) -> tuple[Any, Resources]:
        """Render the page from the result record; without one, nbgrader's own page."""
        resources = {} if resources is None else resources
        course, place = _course_of(Path(filename)), resources["nbgrader"]
        name, student = place["assignment"], place["student"]
        record = course.result(name, student)
        if place["notebook"] != name or not record.is_file():
            return super().from_filename(filename, resources, **more)
        resources["output_extension"] = ".html"
        assignment = find_assignment(name, course.path)
        with Gradebook(course, url=place["db_url"]) as gradebook:
            return feedback_page(assignment, read_record(record), gradebook), resources


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]  # nbgrader has no types
    """Releases the pages of all who handed in through the exchange, whoever else is in the class.

    The exchange knows a page's owner by files that came with the submission. A submission that was
    put into its folder by hand has none; nbgrader's own command stops there with an error, and
    whoever comes next gets no page.
    """

    src_path: str

    def copy_files(self) -> None:
        """Release each student's pages, and name those that cannot go this way."""
        for folder in map(Path, sorted(glob.glob(self.src_path))):
            if all((folder / name).is_file() for name in _FROM_THE_EXCHANGE):
                self.src_path = glob.escape(str(folder))
                super().copy_files()
                self._release_under_own_name(folder)
            elif any(folder.glob("*.html")):
                self.log.warning(
                    "%s did not hand in through the exchange; send the page in another way: %s",
                    folder.parent.name, folder,
                )  # fmt: skip

    def _release_under_own_name(self, folder: Path) -> None:
        """Let who renamed the notebook find the page: nbgrader asks by the name handed in."""
        name, student = self.coursedir.assignment_id, folder.parent.name
        notebook = find_submission(_course_of(folder), name, student).notebook
        secret = (folder / "submission_secret.txt").read_text(encoding="utf-8")
        place = Path(self.dest_path)
        page = place / f"{notebook_hash(secret=secret, notebook_id=name)}.html"
        if notebook is not None and notebook.stem != name and page.is_file():
            shutil.copy(
                page, place / f"{notebook_hash(secret=secret, notebook_id=notebook.stem)}.html"
            )


def _course_of(path: Path) -> Course:
    for folder in path.absolute().parents:
        if (folder / CONFIG_FILE).is_file():
            return open_course(folder)
    raise CourseError(f"{path} lies in no course folder, for none above it holds {CONFIG_FILE}.")


def _grade(course: Course, name: str, job: Submitted, url: str) -> Result:
    assignment = find_assignment(name, course.path)
    version = version_of(assignment)
    unsafe = bool(course.config.get("SubmissionExporter", {}).get("allow_unsafe", False))
    graded = _grader(assignment.folder, course.secret(), version, unsafe).grade(job)
    with Gradebook(course, url=url) as gradebook:
        return store_results(course, assignment, [graded], gradebook)[0]


@lru_cache(maxsize=1)
def _grader(folder: Path, secret: str, version: str, allow_unsafe: bool) -> Grader:
    """One warm worker for all notebooks that this process is given."""
    setup = Setup(assignment_folder=folder, secret=secret, allow_unsafe=allow_unsafe, tests=version)
    grader = Grader(setup)
    atexit.register(grader.close)
    return grader
