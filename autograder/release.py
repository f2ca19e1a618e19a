"""Release an assignment: its notebook into ``source/``, the students' through nbgrader.

What an instructor edited in Jupyter wins over the assignment's text, unless told otherwise.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.errors import CourseError
from autograder.files import write_file
from autograder.source_notebook import build_source, fingerprint
from autograder.spec import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What ``release_assignment`` did.

    Attributes
    ----------
    folder : pathlib.Path
        What students get.
    notes : tuple of str
        Sentences for the instructor: whose edits were kept, what was put aside.
    """

    folder: Path
    notes: tuple[str, ...]


def release_assignment(course: Course, assignment: Assignment, *, force: bool = False) -> Released:
    """Write ``source/<assignment>/`` and have nbgrader make ``release/<assignment>/`` of it.

    Parameters
    ----------
    force : bool
        Build the source notebook again even where the instructor edited it; the edited one is put
        into ``backups/``.

    Raises
    ------
    SpecError, CourseError, GradebookError
        For faults of the assignment, of an edited notebook, and of nbgrader's database.
    """
    from autograder.gradebook import generate_assignment  # noqa: PLC0415
    from autograder.visible import write_visible_cases  # noqa: PLC0415

    built = build_source(assignment)
    target = course.source(assignment.name)
    recorded, notes = _instructors_copy(course, assignment, built, force=force)
    if recorded is not None:
        files, more = _copy_data(assignment, target.parent, recorded, force=force)
        notes += more
        built["metadata"]["autograder"]["files"] = files
        write_file(target, json.dumps(built, ensure_ascii=False, indent=1) + "\n")
    write_visible_cases(assignment, target.parent)
    generate_assignment(course, assignment.name)
    return Released(folder=course.release(assignment.name).parent, notes=notes)


def _instructors_copy(
    course: Course, assignment: Assignment, built: Mapping[str, Any], *, force: bool
) -> tuple[Mapping[str, str] | None, tuple[str, ...]]:
    """Whose source notebook counts.

    Returns the hashes of data files written last time when ours may be written, ``None`` when the
    instructor's stays, and notes.
    """
    target = course.source(assignment.name)
    if not target.exists():
        return {}, ()
    try:
        document = json.loads(target.read_text(encoding="utf-8"))
        current = fingerprint(document["cells"])
        recorded = document["metadata"].get("autograder", {})
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        if not force:
            raise CourseError(
                f"{target} cannot be read ({error}). Mend it, or let --force put it into backups/ "
                "and build it anew."
            ) from None
        current, recorded = "unreadable", {}
    if current == recorded.get("built"):
        return recorded.get("files", {}), ()
    if force:
        backup = course.path / "backups" / f"{assignment.name}-{current[:8]}.ipynb"
        write_file(backup, target.read_bytes())
        return recorded.get("files", {}), (f"Your edited notebook was put into {backup}.",)
    _check_edited(target, assignment, document["cells"])
    note = f"{target} was edited by hand, so it was released as it is."
    if recorded.get("built") != built["metadata"]["autograder"]["built"]:
        note += " The assignment's text has changed since it was built; --force builds it anew."
    return None, (note,)


def _check_edited(path: Path, assignment: Assignment, cells: Sequence[Any]) -> None:
    """An instructor may change everything but what marks are written to."""
    labels = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    points = {label.get("grade_id"): label.get("points") for label in labels if label}
    for question in assignment.questions:
        name = f"test_{question.function}"
        if name not in points:
            raise CourseError(
                f"{path} has no cell {name}, which holds the marks of {question.function}. Undo "
                "its removal, or remove the question from a copy of the assignment."
            )
        if points[name] != question.points:
            raise CourseError(
                f"{path}: {name} is worth {points[name]} points, but assignment.yaml says "
                f"{question.points:g}. Change points in assignment.yaml; marks come from there."
            )


def _copy_data(
    assignment: Assignment, folder: Path, recorded: Mapping[str, str], *, force: bool
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Put the assignment's data beside the notebook; a file edited there stays as it is."""
    files: dict[str, str] = {}
    notes = []
    data = assignment.folder / "data"
    for path in sorted(data.rglob("*")) if data.is_dir() else ():
        if not path.is_file():
            continue
        name = path.relative_to(data).as_posix()
        target = folder / name
        if target.exists() and not force and _hash(target) not in (_hash(path), recorded.get(name)):
            notes.append(f"{target} was edited by hand and stays as it is.")
            files[name] = recorded.get(name, "")
            continue
        write_file(target, path.read_bytes())
        files[name] = _hash(path)
    return files, tuple(notes)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32]
