"""Where assignments are kept: a course's own ``assignments/`` first, then the package's."""

import importlib.util
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from autograder.assignment_file import load_assignment
from autograder.errors import UsageError
from autograder.spec import Assignment


def assignment_folders(course: Path | None = None) -> dict[str, Path]:
    """Folders of all known assignments by name; a course's own replaces the package's."""
    folders: dict[str, Path] = {}
    for root in _roots(course):
        for path in sorted(root.iterdir()):
            if (path / "assignment.yaml").is_file():
                folders[path.name] = path.resolve()
    return folders


def find_assignment(name: str, course: Path | None = None) -> Assignment:
    """Load an assignment by name.

    Parameters
    ----------
    name : str
    course : pathlib.Path, optional
        A course folder, which may hold assignments of its own.

    Raises
    ------
    UsageError
        When there is no such assignment; lists those there are.
    SpecError
        When its files are wrong.
    """
    folders = assignment_folders(course)
    if name not in folders:
        known = ", ".join(folders) or "none: install the instructor's edition of the package"
        raise UsageError(f"There is no assignment {name!r}; known are {known}.")
    return _load(folders[name], _stamp(folders[name]))


@lru_cache(maxsize=32)
def _load(folder: Path, _stamp: tuple[int, ...]) -> Assignment:
    return load_assignment(folder)


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes whenever a file of the assignment does."""
    return tuple(p.stat().st_mtime_ns for p in sorted(folder.rglob("*")) if p.suffix != ".pyc")


def _roots(course: Path | None) -> Sequence[Path]:
    """Folders that may hold assignments, least important first."""
    roots = []
    package = importlib.util.find_spec("autograder")
    if package is not None and package.submodule_search_locations:
        roots.append(Path(package.submodule_search_locations[0]).parent / "assignments")
    if course is not None:
        roots.append(course / "assignments")
    return [root for root in roots if root.is_dir()]
