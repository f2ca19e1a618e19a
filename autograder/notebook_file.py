"""From a file of unknown content to a notebook's list of raw cells.

The file is plain JSON to this module; nbformat is not imported, because it takes half a second and
refuses notebooks that can be graded perfectly well.
"""

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.errors import NotebookError
from autograder.files import as_text

MAX_BYTES = 100 * 2**20
MAX_PARTS = 4_000_000  # of lists and objects; a file of nothing else takes 25 times its size

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)', re.DOTALL)
_CLEAR = "Clear its outputs (in Jupyter: Edit, Clear Outputs of All Cells) and submit it again."

_REASONS = {
    RecursionError: "it is nested too deeply",
    ValueError: "a number in it has far too many digits",
    MemoryError: "it is too large",
}

# What people upload under a notebook's name, by its first bytes.
_DISGUISES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive; unpack it and submit the notebook inside"),
    (b"\x1f\x8b", "a compressed archive; unpack it and submit the notebook inside"),
    (b"%PDF", "a PDF; submit the .ipynb file itself"),
    (b"<", "a web page; download the .ipynb file itself (in Jupyter: File, Download)"),
)


def load_cells(source: Path | bytes) -> tuple[list[Any], tuple[str, ...]]:
    """The raw cells of a notebook, and notes on what had to be mended to read them."""
    data = source if isinstance(source, bytes) else read_file(source)
    text, notes = _decode(data)
    return _raw_cells(_parse(text)), notes


def read_file(path: Path) -> bytes:
    """The content of a regular file; never follows a link, blocks on a pipe or reads for ever."""
    name = as_text(path.name)
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            raise NotebookError(f"{name} is a symbolic link; submit the file itself.")
        _refuse_special(name, status)  # some devices do something when they are opened
        descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise NotebookError(f"{name} cannot be opened: {reason}.") from None
    try:
        status = os.fstat(descriptor)
        _refuse_special(name, status)
        _refuse_large(status.st_size)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotebookError(f"{name} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)


def _refuse_special(name: str, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotebookError(f"{name} is not an ordinary file; submit the notebook itself.")


def _refuse_large(size: int) -> None:
    if size > MAX_BYTES:
        raise NotebookError(f"The notebook is larger than {MAX_BYTES // 2**20} MB. {_CLEAR}")


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    _refuse_large(len(data))
    start = data.lstrip()[:8]
    for magic, what in _DISGUISES:
        if start.startswith(magic):
            raise NotebookError(f"This is not a notebook but {what}.")
    encoding = json.detect_encoding(data)
    notes: tuple[str, ...] = ()
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
        name = encoding.upper()
        notes = (f"The file is not valid {name}; characters that make no sense were lost.",)
    if not text.strip(" \t\r\n\0\ufeff"):
        raise NotebookError("The file is empty. Save the notebook and submit it again.")
    return text, notes


def _parse(text: str) -> dict[str, Any]:
    if _has_too_many_parts(text):
        raise NotebookError(f"The notebook has more than {MAX_PARTS:,} parts. {_CLEAR}")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if not text.lstrip().startswith("{"):
            advice = "A notebook's file begins with a brace. Submit the .ipynb file itself."
        elif error.pos >= len(text.rstrip()) - 1 or error.msg.startswith("Unterminated"):
            advice = "The file is cut off. Save the notebook and upload it again."
        else:
            advice = "Open it in Jupyter, save it, and submit it again."
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        raise NotebookError(
            f"The notebook is damaged at line {error.lineno} ({what}). {advice}"
        ) from None
    except (RecursionError, ValueError, MemoryError) as error:
        reason = _REASONS[next(kind for kind in _REASONS if isinstance(error, kind))]
        raise NotebookError(
            f"The notebook is damaged: {reason}. Open it in Jupyter, save it, and submit it again."
        ) from None
    if not isinstance(document, dict):
        raise NotebookError("This is JSON but not a notebook. Submit the .ipynb file itself.")
    return document


def _has_too_many_parts(text: str) -> bool:
    """Whether the lists, the objects and all that is in them are too many, apart from strings."""
    if sum(map(text.count, "[{,")) <= MAX_PARTS:
        return False
    without_strings = _STRING.sub(b"", text.encode("ascii", "replace"))
    return sum(map(without_strings.count, (b"[", b"{", b","))) > MAX_PARTS


def _raw_cells(document: Mapping[str, Any]) -> list[Any]:
    """The cells of nbformat 4, or those of all worksheets of nbformat 3."""
    cells = document.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = document.get("worksheets")
    if isinstance(sheets, list):
        inner = (sheet.get("cells") for sheet in sheets if isinstance(sheet, dict))
        return [cell for found in inner if isinstance(found, list) for cell in found]
    raise NotebookError("This is JSON but not a notebook: it has no cells. Submit the .ipynb file.")
