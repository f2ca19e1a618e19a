"""Write a call as Python code that a student can paste into a notebook and run."""

import math
from collections import Counter
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.compare import describe
from autograder.runner.codec import Source

WIDTH = 88
_LEFT_OUT = "left_out("
MAX_ENTRIES = 400  # of one array; what is larger is only described


def paste_code(function: str, arguments: Mapping[str, object]) -> str:
    """Code that builds the arguments, one a line, and calls the function with them.

    Numbers are written in full, so the code makes the very same call. A dict that occurs
    several times, such as the parameters in every step's cache, is written once.

    Parameters
    ----------
    function : str
    arguments : mapping of str to object
        In the order of the call.

    Examples
    --------
    >>> print(paste_code("scale", {"x": np.array([[0.5, -1.0]]), "factor": 2.0}))
    import numpy as np
    <BLANKLINE>
    x = np.array([[0.5, -1.0]])
    factor = 2.0
    scale(x, factor)
    """
    shared = _shared(arguments)
    lines = [f"{name} = {text}" for text, name in shared.items()]
    for name, value in arguments.items():
        if name not in shared.values():
            lines.append(f"{name} = {_code(value, shared)}")
    call = f"{function}({', '.join(arguments)})"
    text = "\n".join(["import numpy as np", "", *lines, call])
    if is_complete(text):
        return text
    return f"# Does not run as it stands: {_LEFT_OUT}...) is too large to be shown.\n{text}"


def is_complete(code: str) -> bool:
    """Whether nothing was left out, so that the code runs."""
    return _LEFT_OUT not in code


def _shared(arguments: Mapping[str, object]) -> dict[str, str]:
    """Code of each dict that is written more than once, and the name that it gets.

    The name of the argument that it is, if it is one.
    """
    counts = Counter(chain.from_iterable(_dicts(value) for value in arguments.values()))
    names = {_code(value): name for name, value in arguments.items() if isinstance(value, dict)}
    shared: dict[str, str] = {}
    for text, count in counts.items():
        if count > 1:
            name = names.get(text, "parameters" if '"Waa"' in text else "shared")
            while name in shared.values() or (name in arguments and text not in names):
                name += "_"
            shared[text] = name
    return shared


def _dicts(value: object) -> list[str]:
    """The code of every dict inside a value."""
    match value:
        case dict():
            return [_code(value), *chain.from_iterable(map(_dicts, value.values()))]
        case list() | tuple():
            return list(chain.from_iterable(map(_dicts, value)))
    return []


def _code(value: object, shared: Mapping[str, str] | None = None) -> str:
    """The value as an expression."""
    match value:
        case dict():
            text = _container(value, {})
            return (shared or {}).get(text) or _container(value, shared or {})
        case list() | tuple():
            return _container(value, shared or {})
        case np.ndarray():
            return _array(value)
        case Source():
            return value.text.strip()
        case np.generic():
            return f"np.{type(value).__name__}({_number(value.item())})"
    return _number(value)


def _container(value: Any, shared: Mapping[str, str]) -> str:
    if isinstance(value, dict):
        parts = [f"{_number(key)}: {_code(item, shared)}" for key, item in value.items()]
        opening, closing = "{", "}"
    else:
        parts = [_code(item, shared) for item in value]
        opening, closing = "[]" if isinstance(value, list) else "()"
    line = opening + ", ".join(parts) + closing
    if isinstance(value, tuple) and len(parts) == 1:
        line = f"({parts[0]},)"
    return line if _fits(line) else _block(opening, parts, closing)


def _fits(line: str) -> bool:
    return len(line) <= WIDTH and "\n" not in line


def _block(opening: str, parts: list[str], closing: str) -> str:
    """One part a line, indented."""
    inner = "".join("    " + part.replace("\n", "\n    ") + ",\n" for part in parts)
    return f"{opening}\n{inner}{closing}"


def _number(value: object) -> str:
    """A number or text; anything else is only described."""
    match value:
        case float() if not math.isfinite(value):
            return "np.nan" if math.isnan(value) else "np.inf" if value > 0 else "-np.inf"
        case str() if not set(value) & set('\\"\n\r\t') and value.isprintable():
            return f'"{value}"'
        case None | bool() | int() | float() | complex() | str() | bytes():
            return repr(value)
    return f'{_LEFT_OUT}"{describe(value)}")'


def _array(array: NDArray[Any]) -> str:
    kind = array.dtype.name
    if array.size > MAX_ENTRIES:
        return f'{_LEFT_OUT}"an array of shape {array.shape}")'
    if kind == "float64" and array.size > 3:
        for value, name in ((0.0, "zeros"), (1.0, "ones")):
            if np.all(array == value) and not np.any(np.signbit(array)):
                return f"np.{name}({array.shape})"
    known = kind in ("float64", "int64", "bool") or array.dtype.kind in "cU"
    dtype = "" if known else f", dtype=np.{kind}"
    if array.size == 0:
        return f"np.zeros({array.shape}{dtype})"
    return f"np.array({_rows(array.tolist())}{dtype})"


def _rows(value: Any) -> str:
    """Nested lists, a row a line where they do not fit in one."""
    if not isinstance(value, list):
        return _number(value)
    parts = [_rows(item) for item in value]
    line = "[" + ", ".join(parts) + "]"
    if _fits(line):
        return line
    return _block("[", parts if isinstance(value[0], list) else _filled(parts), "]")


def _filled(parts: list[str]) -> list[str]:
    """Numbers over as many lines as they need."""
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + len(part) > WIDTH - 12:
            lines.append(part)
        else:
            lines[-1] += f", {part}"
    return lines
