"""Which students handed in what: the folders under ``submitted/``, taken as they are."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Course
from autograder.errors import CourseError, NotebookError
from autograder.files import as_text, write_file
from autograder.notebook_file import read_file

# What nbgrader's exchange puts beside a submission. It asks for the same files beside a graded copy
# and its page: only who has the secret gets the feedback.
RECEIPT = ("timestamp.txt", "submission_secret.txt")
CLASS_PAGE = "-class.html"  # after the assignment's name, beside the students' folders of pages
_LONGEST_RECEIPT = 1000  # bytes
_MAX_ENTRIES = 2000
_MAX_DEPTH = 4
_LONGEST_NAME = 200  # bytes; a record's file has the student's name and an ending
_IGNORED = {".ipynb_checkpoints", "__MACOSX", "__pycache__"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """One student's folder.

    Attributes
    ----------
    notebook : pathlib.Path or None
        The notebook to grade.
    problem : str
        Why there is none, in a sentence; else empty.
    handed_in : bool
        Whether there is a folder for this assignment at all.
    notes : tuple of str
        What was odd but cost nothing.
    """

    student: str
    notebook: Path | None
    problem: str = ""
    handed_in: bool = True
    notes: tuple[str, ...] = ()


def list_submissions(course: Course, assignment: str) -> tuple[Submitted, ...]:
    """Every student with a folder in ``submitted/``, in alphabetical order.

    Raises
    ------
    CourseError
        When ``submitted/`` is missing or unreadable.
    """
    try:
        with os.scandir(course.submissions) as entries:
            names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    except OSError as error:
        raise CourseError(
            f"{course.submissions} cannot be read ({error.strerror}). It should hold one folder a "
            "student, and in each a folder of the assignment's name."
        ) from None
    folders = (name for name in names if not stat.S_ISREG(_mode(course.submissions / name)))
    return tuple(find_submission(course, assignment, name) for name in folders)


def find_submission(course: Course, assignment: str, student: str) -> Submitted:
    """What one student handed in; links are never followed."""
    if trouble := _unfit(student):
        short = student.encode("utf-8", "replace")[: _LONGEST_NAME // 2].decode("utf-8", "ignore")
        digest = hashlib.sha256(os.fsencode(student)).hexdigest()[:8]
        return _none(f"{short}…{digest}", f"The name of the student's folder is {trouble}.")
    folder = course.submitted(assignment, student)
    for path in (folder.parent, folder):
        mode = _mode(path)
        if mode == 0:
            absent = f"Nothing was handed in for {assignment}."
            return Submitted(student=student, notebook=None, problem=absent, handed_in=False)
        if not stat.S_ISDIR(mode):
            return _none(student, f"{path.name} is a link or a file instead of a folder.")
    try:
        return _choose(student, folder, f"{assignment}.ipynb")
    except OSError as error:
        return _none(student, f"The folder cannot be read: {error.strerror}.")


def _unfit(student: str) -> str:
    """Why a record cannot have a student's name, and what to do; empty when it can."""
    if as_text(student) != student:
        return "not valid text; rename it"
    if len(os.fsencode(student)) > _LONGEST_NAME:
        return "too long; shorten it"
    if student.endswith(CLASS_PAGE):
        return "that of a page of the class; rename it"
    return ""


def _choose(student: str, folder: Path, expected: str) -> Submitted:
    if _mode(folder / expected):
        return _unless_linked(student, folder, folder / expected)
    found = [path for path in _notebooks(folder) if stat.S_ISREG(_mode(path))]
    named = [path for path in found if path.name.lower() == expected.lower()]
    for candidates in (found, named):
        if len(candidates) == 1:
            where = candidates[0].relative_to(folder)
            note = f"The notebook was found as {as_text(where)}; the expected name is {expected}."
            return _unless_linked(student, folder, candidates[0], note)
    if not found:
        return _none(student, f"The folder holds no notebook; {expected} was expected.")
    names = ", ".join(sorted(as_text(path.relative_to(folder)) for path in found)[:5])
    return _none(
        student, f"There are {len(found)} notebooks ({names}), none at {expected}; rename one."
    )


def _unless_linked(student: str, folder: Path, notebook: Path, *notes: str) -> Submitted:
    """Take a notebook, unless its file has another name outside of what was handed in.

    A file that is a classmate's, too, is what a copy would be: a pair for the class report. Neither
    of the two is refused, for nobody can tell which is the link.
    """
    status = notebook.lstat()
    if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
        students, inner = folder.parents[1], notebook.relative_to(folder.parent)
        names = (os.path.join(students, name, inner) for name in os.listdir(students))
        if sum(_inode(name) == (status.st_dev, status.st_ino) for name in names) < status.st_nlink:
            return _none(
                student,
                f"{as_text(notebook.name)} is a hard link: the same file has a name elsewhere. "
                "Put a copy in its place.",
            )
    return Submitted(student=student, notebook=notebook, notes=notes)


def _inode(path: str) -> tuple[int, int] | None:
    """What names a file on this machine; None where there is nothing."""
    try:
        status = os.lstat(path)
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _none(student: str, problem: str) -> Submitted:
    return Submitted(student=student, notebook=None, problem=problem)


def _notebooks(folder: Path) -> Iterator[Path]:
    """Notebooks in the folder and, for archives unpacked one level too deep, below it."""
    budget = _MAX_ENTRIES
    for top, folders, files in os.walk(folder):
        depth = len(Path(top).relative_to(folder).parts)
        folders[:] = (
            [name for name in folders if name not in _IGNORED] if depth < _MAX_DEPTH else []
        )
        budget -= len(folders) + len(files)
        if budget < 0:
            return
        for name in files:
            if name.lower().endswith(".ipynb") and not name.startswith("."):
                yield Path(top) / name


def _mode(path: Path) -> int:
    """The file's type without following a link; 0 when there is nothing."""
    try:
        return os.lstat(path).st_mode
    except (OSError, ValueError):
        return 0


def copy_receipt(submitted: Path, target: Path) -> None:
    """Put the exchange's files of a submission into the folder of its copy or its page."""
    for name in RECEIPT:
        with suppress(NotebookError):  # none, or a student put something else in its place
            write_file(target / name, read_file(submitted / name)[:_LONGEST_RECEIPT])
