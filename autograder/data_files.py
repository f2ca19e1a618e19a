"""The data of an assignment: ``data/`` is handed out, ``hidden/`` stays with the grader.

In ``assignment.yaml`` the expression ``data("words.json")`` is the content of a JSON file of either
folder.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from autograder.errors import SpecError

DATA = "data"  # the function's name in expressions
HANDED_OUT, HIDDEN = "data", "hidden"


def handed_out(assignment_folder: Path) -> Mapping[str, bytes]:
    """The files that lie beside a notebook, by name."""
    folder = assignment_folder / HANDED_OUT
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def read_data(assignment_folder: Path, name: str) -> object:
    """The content of a JSON file; shared by all callers, so it must not be changed.

    Raises
    ------
    SpecError
        When there is no such file in ``data/`` or ``hidden/``, or it is no JSON.
    """
    for folder in (HANDED_OUT, HIDDEN):
        path = assignment_folder / folder / name
        if Path(name).name == name and path.is_file():
            return _load(path, path.stat().st_mtime_ns)
    raise SpecError(f"{assignment_folder}: data({name!r}) is in neither data/ nor hidden/.")


@lru_cache(maxsize=16)
def _load(path: Path, _changed: int) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecError(f"{path} is no JSON ({error}).") from None
