"""The course folder: where everything lies, what nbgrader's configuration says, and its secret.

The layout is nbgrader's, ``submitted/<student>/<assignment>/<assignment>.ipynb`` and so on, with
``results/<assignment>/<student>.json`` added.
"""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.errors import CourseError, UsageError

CONFIG_FILE = "nbgrader_config.py"
SECRET_FILE = ".autograder-secret"
SECRET_VARIABLE = "AUTOGRADER_SECRET"
STEPS = ("source", "release", "submitted", "autograded", "feedback")
_STRUCTURE = os.path.join("{nbgrader_step}", "{student_id}", "{assignment_id}")


@dataclass(frozen=True, slots=True)
class Course:
    """A course folder.

    Attributes
    ----------
    path : pathlib.Path
        Absolute.
    """

    path: Path

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(os.path.abspath(self.path)))

    def source(self, assignment: str) -> Path:
        """The instructor's notebook, with the solutions."""
        return self._step("source") / assignment / f"{assignment}.ipynb"

    def release(self, assignment: str) -> Path:
        """The students' notebook."""
        return self._step("release") / assignment / f"{assignment}.ipynb"

    def submitted(self, assignment: str, student: str) -> Path:
        """The folder that a student handed in."""
        return self.submissions / student / assignment

    def autograded(self, assignment: str, student: str) -> Path:
        """The folder of a graded submission."""
        return self._step("autograded") / student / assignment

    def feedback(self, assignment: str, student: str) -> Path:
        """The folder of a student's feedback page."""
        return self._step("feedback") / student / assignment

    def results(self, assignment: str) -> Path:
        """The folder of an assignment's result records."""
        return self.path / "results" / assignment

    def result(self, assignment: str, student: str) -> Path:
        """One student's result record."""
        return self.results(assignment) / f"{student}.json"

    @property
    def submissions(self) -> Path:
        """The folder with one folder a student."""
        return self._step("submitted")

    @property
    def gradebook_url(self) -> str:
        """SQLAlchemy's address of nbgrader's database."""
        configured = self.config.get("CourseDirectory", {}).get("db_url")
        return str(configured or f"sqlite:///{self.path / 'gradebook.db'}")

    @property
    def course_id(self) -> str:
        """The course's name in nbgrader; may be empty."""
        return str(self.config.get("CourseDirectory", {}).get("course_id", "")).strip()

    @property
    def config(self) -> Any:
        """The course's nbgrader configuration, a ``traitlets.config.Config``; do not change it."""
        path = self.path / CONFIG_FILE
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        return _load_config(path, changed)

    def secret(self) -> str:
        """What each student's random cases are derived from.

        Read from the course folder, or, where that is a fresh checkout, from the environment
        variable ``AUTOGRADER_SECRET``.

        Raises
        ------
        CourseError
            When there is none: without it a regrade would draw other cases.
        """
        path = self.path / SECRET_FILE
        try:
            secret = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            secret = os.environ.get(SECRET_VARIABLE, "").strip()
        except (OSError, ValueError) as error:
            raise CourseError(f"{path} cannot be read: {error}.") from None
        if len(secret) < 16:
            raise CourseError(
                f"{path} is missing or shorter than 16 characters. Run `autograder init "
                f"{self.path}`, or set {SECRET_VARIABLE} to the course's secret."
            )
        return secret

    def _step(self, step: str) -> Path:
        return self.path / str(
            self.config.get("CourseDirectory", {}).get(f"{step}_directory", step)
        )


def open_course(path: Path | str) -> Course:
    """The course at ``path``, checked for what every command needs.

    Raises
    ------
    UsageError
        When it is not a course folder.
    CourseError
        When its configuration cannot be read, or asks for what is not supported.
    """
    course = Course(Path(path))
    if not course.path.is_dir():
        raise UsageError(f"{course.path} is not a folder. Make a course: `autograder init DIR`.")
    if not (course.path / CONFIG_FILE).is_file():
        raise UsageError(
            f"{course.path} is not a course folder, for it holds no {CONFIG_FILE}. "
            f"Make it one: `autograder init {course.path}`, or name another with --course."
        )
    structure = course.config.get("CourseDirectory", {}).get("directory_structure", _STRUCTURE)
    if structure != _STRUCTURE:
        raise CourseError(
            f"{course.path / CONFIG_FILE}: c.CourseDirectory.directory_structure is {structure!r}; "
            f"only nbgrader's own, {_STRUCTURE!r}, is supported."
        )
    return course


@lru_cache(maxsize=8)
def _load_config(path: Path, _changed: int) -> Any:
    from traitlets.config.loader import Config, PyFileConfigLoader  # noqa: PLC0415

    if not path.is_file():
        return Config()
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:
        raise CourseError(
            f"{path} cannot be run ({type(error).__name__}: {error}). Correct it; "
            "`autograder init --force` writes a fresh one and keeps yours beside it."
        ) from error
