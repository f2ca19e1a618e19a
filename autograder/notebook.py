"""Read a submitted notebook: any bytes become a ``Submission`` or one sentence for the student."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from autograder.errors import NotebookError
from autograder.notebook_file import load_cells

MAX_CELLS = 3000
MAX_CODE = 4 * 2**20  # characters of all code cells together

Kind = Literal["solution", "test", "demo", "setup", "plain", "text"]

_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
# No two parts of a pattern may fit the same spaces: a million of them would take for ever.
_CHECK_CALL = re.compile(r"""check\(\s*(["'])\w+\1\s*\)\s*;?""")
_DEFINITION = re.compile(r"^(?:async[ ]+)?def[ ]+(\w+)|^(\w+)[ ]*=(?!=)", re.MULTILINE)

# Stands in for the grader's package, so that `from autograder import check` and a test cell that
# lost its label cost nothing where the package must not be reachable.
PRELUDE = """\
import sys, types
import numpy as np
_stand_in = types.ModuleType("autograder")
_stand_in.check = check = lambda *args, **kwargs: None
sys.modules["autograder"] = _stand_in
del sys, types, _stand_in
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell as the student left it.

    Attributes
    ----------
    index : int
        Position in the notebook, from 0; -1 for a cell that the grader adds.
    grade_id : str or None
        nbgrader's label, on the first of several cells that carry it.
    copy_of : str or None
        The label that a duplicate carried.
    """

    index: int
    cell_type: str
    source: str
    kind: Kind
    grade_id: str | None = None
    copy_of: str | None = None
    outputs: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A readable notebook; ``notes`` says what was odd about it but cost nothing."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells in their order."""
        return tuple(cell for cell in self.cells if cell.cell_type == "code")

    @property
    def grade_ids(self) -> frozenset[str]:
        """Labels of all cells: tells one assignment's notebook from another's."""
        return frozenset(cell.grade_id for cell in self.cells if cell.grade_id is not None)

    @property
    def defined_names(self) -> frozenset[str]:
        """Names that some code cell defines or assigns at the left margin."""
        found = (match for cell in self.code_cells for match in _DEFINITION.findall(cell.source))
        return frozenset(function or name for function, name in found)


def read_notebook(source: Path | bytes) -> Submission:
    """Read a notebook of nbformat 3 or 4, however it was mistreated.

    Parameters
    ----------
    source : pathlib.Path or bytes
        The file, or its content.

    Raises
    ------
    NotebookError
        When it cannot be read; the message is written for the student.
    """
    raw_cells, notes = load_cells(source)
    if len(raw_cells) > MAX_CELLS:
        raise NotebookError(
            f"The notebook has {len(raw_cells)} cells; at most {MAX_CELLS} are read. "
            "Delete those that you do not need and submit it again."
        )
    cells = []
    for index, raw in enumerate(raw_cells):
        if isinstance(raw, dict):
            cells.append(_cell(index, raw))
        else:
            notes = (*notes, f"Entry {index + 1} of the notebook is not a cell; it was left out.")
    if sum(len(cell.source) for cell in cells if cell.cell_type == "code") > MAX_CODE:
        raise NotebookError(
            f"The notebook's code is longer than {MAX_CODE // 2**20} million characters. "
            "Remove pasted data from its code cells and submit it again."
        )
    return _label(cells, notes)


def executable_cells(submission: Submission) -> tuple[Cell, ...]:
    """The code to run when grading: numpy, then every cell but locked tests and demos."""
    prelude = Cell(index=-1, cell_type="code", source=PRELUDE, kind="setup")
    own = (cell for cell in submission.code_cells if cell.kind not in ("test", "demo"))
    return (prelude, *(cell for cell in own if cell.source.strip()))


def mentioned(
    names: Sequence[str], function: str, sources: Sequence[str], graded: Sequence[str]
) -> tuple[str, ...]:
    """Which names stand in a function's cell, or in one that defines no graded function.

    Parameters
    ----------
    sources : sequence of str
        Of the cells.
    graded : sequence of str
        All functions that have cells of their own.
    """
    found: set[str] = set()
    for source in sources:
        defined = {first or second for first, second in _DEFINITION.findall(source)}
        if function in defined or defined.isdisjoint(graded):
            found |= {name for name in names if re.search(rf"\b{re.escape(name)}\b", source)}
    return tuple(name for name in names if name in found)


def _cell(index: int, raw: Mapping[str, Any]) -> Cell:
    stated = raw.get("cell_type")
    cell_type = stated if stated in ("code", "raw") else "markdown"
    source = _text(raw.get("source", raw.get("input", "")))
    outputs = raw.get("outputs")
    grade_id, solution = _nbgrader(raw.get("metadata"))
    return Cell(
        index=index,
        cell_type=cell_type,
        source=source,
        kind=_kind(cell_type, grade_id, solution, source),
        grade_id=grade_id,
        outputs=tuple(out for out in outputs if isinstance(out, dict))
        if cell_type == "code" and isinstance(outputs, list)
        else (),
    )


def _text(value: object) -> str:
    """A source, given as text or as a list of lines; half a surrogate pair becomes '?'."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8")


def _nbgrader(metadata: object) -> tuple[str | None, bool]:
    """The cell's label, and whether it is marked as a solution."""
    entry = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    if not isinstance(entry, dict):
        return None, False
    grade_id = entry.get("grade_id")
    if not isinstance(grade_id, str) or not _GRADE_ID.fullmatch(grade_id):
        return None, False
    return grade_id, entry.get("solution") is True


def _is_check(source: str) -> bool:
    return _CHECK_CALL.fullmatch(source.strip()) is not None


def _kind(cell_type: str, grade_id: str | None, solution: bool, source: str) -> Kind:
    if cell_type != "code":
        return "text"
    if _is_check(source) or (grade_id or "").startswith("test_"):
        return "test"
    if grade_id is None:
        return "plain"
    if grade_id.startswith("demo-"):
        return "demo"
    if grade_id == "setup":
        return "setup"
    return "solution" if solution else "plain"


def _label(cells: Sequence[Cell], notes: tuple[str, ...]) -> Submission:
    """Leave every label on one cell only; a copied test cell that was rewritten is ordinary code.

    The cell that keeps the label is the first; for a test, the first that still is the check.
    """
    counts = Counter(cell.grade_id for cell in cells if cell.grade_id is not None)
    keepers: dict[str, int] = {}
    for cell in cells:
        if cell.grade_id is not None and _is_check(cell.source):
            keepers.setdefault(cell.grade_id, cell.index)
    for cell in cells:
        if cell.grade_id is not None:
            keepers.setdefault(cell.grade_id, cell.index)
    labelled = tuple(
        cell if cell.grade_id is None or keepers[cell.grade_id] == cell.index else _as_copy(cell)
        for cell in cells
    )
    twice = tuple(
        f"The cell {name!r} is there {count} times; one counts, the others are ordinary cells."
        for name, count in counts.items()
        if count > 1
    )
    return Submission(cells=labelled, notes=(*notes, *twice))


def _as_copy(cell: Cell) -> Cell:
    return Cell(
        index=cell.index,
        cell_type=cell.cell_type,
        source=cell.source,
        kind=_kind(cell.cell_type, None, False, cell.source),
        copy_of=cell.grade_id,
        outputs=cell.outputs,
    )
