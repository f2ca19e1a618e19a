"""An assignment's text as the instructor's notebook, with all that exists elsewhere put in.

``notebook.md`` is markdown. Four kinds of code fences become labelled cells, any other ``python``
fence an ordinary one:

    ```python name="setup"            imports; locked, the first code cell
    ```python carried="softmax"       empty: the student pastes an earlier assignment's function
    ```python solution="rnn_step"     empty: stub and solution come from the reference function; the
                                      test cell, with the question's points, is put below it
    ```python name="demo-plot"        an example or a plot; locked, not run when graded
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.errors import SpecError
from autograder.solution import solution_source
from autograder.spec import Assignment

TEXT_FILE = "notebook.md"
CARRIED_PREFIX = "carried-"
_OPTIONS = {"name", "solution", "carried", "tags"}
_LAYOUT = {"lines_to_next_cell", "lines_to_end_of_cell_marker"}  # jupytext's own
_COMPARED = ("grade_id", "points", "grade", "solution", "locked")


def build_source(assignment: Assignment) -> dict[str, Any]:
    """The instructor's notebook, with all solutions in it.

    Returns
    -------
    dict
        A notebook of nbformat 4.5. The same assignment always gives the same notebook.

    Raises
    ------
    SpecError
        When ``notebook.md`` is missing, or lacks a function or has it twice.
    """
    path = assignment.folder / TEXT_FILE
    cells: list[dict[str, Any]] = []
    for number, cell in enumerate(_read_text(path)):
        options = {key: value for key, value in cell["metadata"].items() if key in _OPTIONS}
        unknown = set(cell["metadata"]) - _OPTIONS - _LAYOUT
        if unknown:
            raise SpecError(
                f"{path}: a code fence has the unknown option {min(unknown)!r}; known are "
                f"{', '.join(sorted(_OPTIONS))}."
            )
        try:
            cells += _build_cells(assignment, cell["cell_type"], cell["source"], options, number)
        except SpecError as error:
            raise SpecError(f"{path}: {error}") from None
    _check_complete(assignment, path, cells)
    _check_unique(path, cells)
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
            "autograder": {"assignment": assignment.name, "built": fingerprint(cells)},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def fingerprint(cells: Sequence[Any]) -> str:
    """Changes with what an instructor edits, not with outputs or Jupyter's own metadata."""
    seen = []
    for cell in cells:
        source = cell.get("source", "")
        text = "".join(source) if isinstance(source, list) else str(source)
        label = cell.get("metadata", {}).get("nbgrader", {})
        seen.append([cell.get("cell_type"), text, [label.get(key) for key in _COMPARED]])
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:32]


def _read_text(path: Path) -> Sequence[Mapping[str, Any]]:
    import jupytext  # noqa: PLC0415

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise SpecError(f"{path} cannot be read: {error}. It holds the notebook's text.") from None
    cells: Sequence[Mapping[str, Any]] = jupytext.reads(text, fmt="md").cells
    return [cell for cell in cells if cell["cell_type"] == "code" or cell["source"].strip()]


def _build_cells(
    assignment: Assignment, cell_type: str, source: str, options: Mapping[str, Any], number: int
) -> list[dict[str, Any]]:
    tags = {"tags": options["tags"]} if "tags" in options else {}
    if cell_type != "code":
        return [_cell("markdown", f"text-{number}", source, tags)]
    if "solution" in options:
        function = options["solution"]
        points = _points(assignment, function)
        return [
            _solution(assignment, function, function, source),
            _code(f"test_{function}", f'check("{function}")', locked=True, points=points),
        ]
    if "carried" in options:
        function = options["carried"]
        if function not in assignment.carried:
            raise SpecError(f"assignment.yaml does not list {function!r} under `carried`.")
        return [_solution(assignment, CARRIED_PREFIX + function, function, source)]
    if "name" in options:
        if options["name"] != "setup" and not str(options["name"]).startswith("demo-"):
            raise SpecError(f"the fence {options['name']!r} must be named setup or demo-...")
        return [_code(options["name"], source, locked=True, more=tags)]
    return [_cell("code", f"code-{number}", source, tags)]


def _points(assignment: Assignment, function: str) -> float:
    try:
        points = assignment.question(function).points
    except KeyError:
        raise SpecError(f"assignment.yaml has no question for the function {function!r}.") from None
    return int(points) if points == int(points) else points


def _solution(assignment: Assignment, grade_id: str, function: str, source: str) -> dict[str, Any]:
    if source.strip():
        raise SpecError(f"the fence of {function!r} must be empty: its code is the reference's.")
    known = [*assignment.carried, *(question.function for question in assignment.questions)]
    code = solution_source(assignment.reference_functions[function], known=known)
    return _code(grade_id, code, solution=True)


def _code(
    grade_id: str,
    source: str,
    *,
    locked: bool = False,
    solution: bool = False,
    points: float | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A code cell with nbgrader's label."""
    label = {
        "grade": points is not None,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        **({} if points is None else {"points": points}),
    }
    return _cell("code", grade_id, source, {"nbgrader": label, **(more or {})})


def _cell(cell_type: str, name: str, source: str, metadata: Mapping[str, Any]) -> dict[str, Any]:
    code = cell_type == "code"
    extra: dict[str, Any] = {"execution_count": None, "outputs": []} if code else {}
    return {
        "cell_type": cell_type,
        "id": name[:64],
        "metadata": dict(metadata),
        "source": source.splitlines(keepends=True),
        **extra,
    }


def _check_complete(assignment: Assignment, path: Path, cells: Sequence[Mapping[str, Any]]) -> None:
    """Refuse a text that lacks a function's fence, or the setup."""
    names = [cell["id"] for cell in cells]
    wanted = {question.function: "solution" for question in assignment.questions}
    for function, option in wanted.items():
        if function not in names:
            raise SpecError(f'{path} has no fence ```python {option}="{function}"; add it.')
    for function in assignment.carried:
        if CARRIED_PREFIX + function not in names:
            raise SpecError(f'{path} has no fence ```python carried="{function}"; add it.')
    if "setup" not in names:
        raise SpecError(f'{path} has no fence ```python name="setup"; add it before all others.')


def _check_unique(path: Path, cells: Sequence[Mapping[str, Any]]) -> None:
    names = [cell["id"] for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise SpecError(f"{path} has two cells {name!r}; remove or rename one.")
