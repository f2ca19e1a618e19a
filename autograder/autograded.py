"""The graded copy of a notebook that nbgrader's formgrader shows.

It has the student's cells in their order. Locked cells are the released ones whatever the student
made of them, missing ones are put back, and a test cell's output is what the grader found.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.errors import CourseError
from autograder.files import new_folder
from autograder.harmless_markdown import harmless
from autograder.notebook import Cell, read_notebook
from autograder.report.cleaning import visible
from autograder.score import Result
from autograder.submissions import copy_receipt

_MAX_OUTPUTS = 50  # of one cell
_MAX_OUTPUT = 20_000  # characters of text in one output
_MAX_PICTURE = 2_000_000  # characters of an encoded picture
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}")


def write_autograded(course: Course, result: Result, notebook: str) -> None:
    """Write ``autograded/<student>/<assignment>/``, in one step.

    Parameters
    ----------
    notebook : str
        The graded copy.
    """
    with new_folder(course.autograded(result.assignment, result.student)) as folder:
        (folder / f"{result.assignment}.ipynb").write_text(notebook, encoding="utf-8")
        copy_receipt(course.submitted(result.assignment, result.student), folder)


def graded_copy(released: Path, source: Path | bytes, record: Mapping[str, Any]) -> str:
    """The graded notebook as JSON text.

    Parameters
    ----------
    released : pathlib.Path
        The notebook that students were given.
    source : pathlib.Path or bytes
        The submitted one, or its content.
    record : mapping
        The result record of a graded submission.

    Raises
    ------
    NotebookError
        When the submitted notebook cannot be read.
    CourseError
        When the released one cannot.
    """
    cells = read_notebook(source).cells
    return render_notebook(build_autograded(read_released(released), cells, record))


def render_notebook(document: Mapping[str, Any]) -> str:
    """The notebook as JSON text, a cell a line: full indentation takes ten times as long."""
    cells = ",\n  ".join(json.dumps(cell, ensure_ascii=False) for cell in document["cells"])
    rest = {key: value for key, value in document.items() if key != "cells"}
    return f'{{\n "cells": [\n  {cells}\n ],\n {json.dumps(rest, ensure_ascii=False)[1:-1]}\n}}\n'


def build_autograded(
    released: Mapping[str, Any], cells: Iterable[Cell], record: Mapping[str, Any]
) -> dict[str, Any]:
    """The graded notebook from the released one, the student's cells and the record."""
    originals = {_label(cell): cell for cell in released["cells"] if _label(cell)}
    built: list[dict[str, Any]] = []
    for number, cell in enumerate(cells):
        original = originals.get(cell.grade_id or "")
        if original is None:
            built.append(_plain(cell, number))
        elif original["metadata"]["nbgrader"]["locked"]:
            built.append(_copy(original))
        else:
            built.append(_answer(original, cell))
    _put_back(built, released["cells"])
    questions = {f"test_{question['id']}": question for question in record["questions"]}
    for entry in built:
        if (question := questions.get(_label(entry))) is not None:
            entry["outputs"] = [_found(question)]
    return {**released, "cells": built}


def read_released(path: Path) -> dict[str, Any]:
    """The notebook that students were given.

    Raises
    ------
    CourseError
        When it cannot be read.
    """
    try:
        return _load_released(path, path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"{path} cannot be read ({error}). Run `autograder release {path.stem}`."
        ) from None


@lru_cache(maxsize=8)
def _load_released(path: Path, _changed: int) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _label(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _copy(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {**cell, "metadata": dict(cell["metadata"])}


def _plain(cell: Cell, number: int) -> dict[str, Any]:
    return {
        "cell_type": cell.cell_type,
        "id": f"student-{number}",
        "metadata": {},
        **_content(cell, cell.cell_type),
    }


def _answer(original: Mapping[str, Any], cell: Cell) -> dict[str, Any]:
    """A released cell that the student filled in; its type is the released one."""
    return {**_copy(original), **_content(cell, original["cell_type"])}


def _content(cell: Cell, cell_type: str) -> dict[str, Any]:
    if cell_type == "code":
        return {"source": cell.source, **_outputs(cell)}
    return {"source": harmless(cell.source) if cell_type == "markdown" else cell.source}


def _outputs(cell: Cell) -> dict[str, Any]:
    """What a student's cell printed and drew; nothing that a browser would run."""
    kept = (_safe(output) for output in cell.outputs[:_MAX_OUTPUTS])
    return {"execution_count": None, "outputs": [output for output in kept if output]}


def _safe(output: Mapping[str, Any]) -> dict[str, Any] | None:
    """One output as text, or as a picture of a moderate size."""
    if output.get("output_type") == "stream":
        return _stream(_joined(output.get("text")))
    if output.get("output_type") == "error":
        return _stream(f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}")
    data = output.get("data")
    if not isinstance(data, dict):
        return None
    for kind in ("image/png", "image/jpeg"):
        picture = _joined(data.get(kind)).strip()
        if picture and len(picture) < _MAX_PICTURE and _BASE64.fullmatch(picture):
            return {"output_type": "display_data", "metadata": {}, "data": {kind: picture}}
    return _stream(_joined(data.get("text/plain")))


def _joined(value: object) -> str:
    if isinstance(value, list):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _stream(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    return {"output_type": "stream", "name": "stdout", "text": visible(text, _MAX_OUTPUT)}


def _put_back(built: list[dict[str, Any]], released: Iterable[Mapping[str, Any]]) -> None:
    """Insert the labelled cells that the student deleted, each after the one before it."""
    present = [_label(cell) for cell in built]
    before = ""
    for original in released:
        label = _label(original)
        if not label:
            continue
        if label not in present:
            place = present.index(before) + 1 if before else 0
            built.insert(place, _copy(original))
            present.insert(place, label)
        before = label


def _found(question: Mapping[str, Any]) -> dict[str, Any]:
    """The output of a test cell: the marks and, where some are missing, why."""
    status = question["status"].replace("_", " ")
    lines = [f"{question['score']:g} of {question['max_score']:g} points: {status}"]
    for check in question.get("checks", ()):
        message = f": {check['message']}" if check.get("message") else ""
        lines.append(f"  {check['score']:g}/{check['max_score']:g} {check['name']}{message}")
    text = visible("\n".join(lines), _MAX_OUTPUT)
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {"text/plain": text, "text/html": f"<pre>{html.escape(text)}</pre>"},
    }
