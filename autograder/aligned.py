"""Show an expected and an actual value side by side: same columns, differing entries marked.

Both texts use one number format, so that equal entries look equal and a difference can be seen,
and differing entries stand in «quotes like these». What is long is clipped to a window around the
first difference, whose place is given as a Python index.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.arrays import as_numbers
from autograder.compare import compare, describe, mismatches
from autograder.spec import Kind, Output

Numbers = NDArray[Any]
Lines = tuple[list[str], list[str]]

MAX_ROWS, MAX_COLUMNS, MAX_SLICES = 8, 7, 3
MAX_ITEMS, MAX_DEPTH, MAX_LINES = 12, 6, 48


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    tolerance: float
    elementwise: bool = False


def aligned(expected: object, actual: object, tolerance: float = 1e-7) -> tuple[str, str]:
    """Both values as text, numbers in common columns.

    Parameters
    ----------
    expected, actual : object
        Plain data: numbers, arrays, texts, tuples, lists, dicts; anything else is named by type.
    tolerance : float
        As in `autograder.compare.compare`: what is closer is not marked.

    Returns
    -------
    tuple of str
        Text of the expected and of the actual value.

    Examples
    --------
    >>> expected, actual = aligned(np.array([[1.0, 2.5]]), np.array([[1.0, -2.5]]))
    >>> print(expected)
    [[  1.0  « 2.5»]]
    >>> print(actual)
    [[  1.0  «-2.5»]]
    """
    return _join(_value(expected, actual, _Rules(tolerance=tolerance), 0))


def aligned_outputs(
    returns: Sequence[Output], expected: object, actual: object, tolerance: float = 1e-7
) -> tuple[str, str]:
    """The same for what a graded function returns, leaving out the outputs that are right.

    A cache is left out as well where something else is wrong, which it then holds.

    Parameters
    ----------
    returns : sequence of Output
        The question's outputs.
    """
    if len(returns) > 1 and not (isinstance(actual, tuple | list) and len(actual) == len(returns)):
        names = ", ".join(output.name for output in returns)
        return f"{len(returns)} values: {names}", f"«{describe(actual)}»"
    pairs: list[tuple[str, Lines]] = []
    for name, output, wanted, got in _parts(returns, expected, actual):
        verdicts = compare([output], wanted, got, tolerance=tolerance)
        if not all(verdict.right for verdict in verdicts):
            if output.kind is Kind.HOLDS and pairs:
                continue
            rules = _Rules(tolerance=tolerance, elementwise=output.kind is Kind.ELEMENTWISE)
            if output.kind is Kind.HOLDS:
                holding = f"anything that holds {', '.join(output.holds)}"
                pairs.append((name, ([holding], [f"«{verdicts[0].problem}»"])))
            else:
                pairs.append((name, _value(wanted, got, rules, 0)))
    if len(pairs) == 1 and len(returns) == 1 and returns[0].kind is not Kind.DICT:
        return _join(pairs[0][1])
    return _join(_labelled(pairs))


def _parts(
    returns: Sequence[Output], expected: Any, actual: Any, prefix: str = ""
) -> Iterator[tuple[str, Output, Any, Any]]:
    """Every output with its own expected and actual value."""
    alone = len(returns) == 1 and not prefix
    wanted, got = ((expected,), (actual,)) if alone else (expected, actual)
    for output, one, other in zip(returns, wanted, got, strict=True):
        name = f"{prefix}{output.name}"
        if output.kind is not Kind.DICT or not isinstance(other, Mapping):
            yield name, output, one, other
            continue
        for field in output.fields:
            label = field.name if alone else f"{name}.{field.name}"
            yield label, field, one[field.name], other.get(field.name, _MISSING)


class _Missing:
    """Stands where a dict has no such key."""


_MISSING = _Missing()


def _join(lines: Lines) -> tuple[str, str]:
    first, second = (
        "\n".join([*side[:MAX_LINES], *(["…"] if len(side) > MAX_LINES else [])]) for side in lines
    )
    return first, second


def _value(expected: Any, actual: Any, rules: _Rules, depth: int) -> Lines:
    if depth >= MAX_DEPTH:
        return ["…"], ["…"]
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        keys = list(expected)
        pairs = [(repr(key), expected[key], actual.get(key, _MISSING)) for key in keys]
        return _children(pairs, rules, depth)
    if _is_sequence(expected) and isinstance(actual, list | tuple):
        if len(expected) != len(actual):
            return [describe(expected)], [f"«{describe(actual)}»"]
        pairs = [(f"[{i}]", e, a) for i, (e, a) in enumerate(zip(expected, actual, strict=True))]
        return _children(pairs, rules, depth)
    return _leaf(expected, actual, rules)


def _is_sequence(value: Any) -> bool:
    """A tuple or list of several things, not of numbers."""
    numbers = bool | int | float | complex | np.generic
    return isinstance(value, list | tuple) and not (
        value and all(isinstance(item, numbers) for item in value)
    )


def _children(pairs: Sequence[tuple[str, Any, Any]], rules: _Rules, depth: int) -> Lines:
    shown = [
        (label, _value(expected, actual, rules, depth + 1))
        for label, expected, actual in pairs[:MAX_ITEMS]
    ]
    lines = _labelled([(label, _shortened(pair)) for label, pair in shown])
    if len(pairs) > MAX_ITEMS:
        for side in lines:
            side.append(f"… {len(pairs) - MAX_ITEMS} more")
    return lines if pairs else (["empty"], ["empty"])


def _shortened(pair: Lines) -> Lines:
    """Leave out a long part in which nothing is marked."""
    expected, actual = pair
    if len(actual) > 1 and not any("«" in line for line in actual):
        return ["(equal)"], ["(equal)"]
    return expected, actual


def _labelled(pairs: Sequence[tuple[str, Lines]]) -> Lines:
    both: Lines = ([], [])
    for label, lines in pairs:
        for side, part in zip(both, lines, strict=True):
            if len(part) == 1:
                side.append(f"{label}: {part[0]}")
            else:
                side.extend([f"{label}:", *(f"  {line}" for line in part)])
    return both


def _leaf(expected: Any, actual: Any, rules: _Rules) -> Lines:
    wanted = as_numbers(expected)
    got = as_numbers(actual)
    if wanted is None or got is None or "c" in (wanted.dtype.kind, got.dtype.kind):
        same = wanted is got is None and _plain(expected) == _plain(actual)
        first, *rest = _alone(actual)
        return _alone(expected), [first if same else f"«{first}»", *rest]
    if wanted.shape != got.shape:
        if [n for n in wanted.shape if n != 1] != [n for n in got.shape if n != 1]:
            return (
                [f"shape {wanted.shape}", *_alone(wanted)],
                [f"«shape {got.shape}»", *_alone(got)],
            )
        got = got.reshape(wanted.shape)
    return _numbers(wanted, got, rules)


def _plain(value: Any) -> str:
    if isinstance(value, _Missing):
        return "missing"
    if isinstance(value, str):
        return repr(value if len(value) <= 80 else value[:79] + "…")
    return describe(value)


def _alone(value: Any) -> list[str]:
    """Lines of one value without a partner."""
    numbers = as_numbers(value)
    if numbers is None:
        return [_plain(value)]
    if numbers.dtype.kind == "c":
        return str(numbers).splitlines()
    return _numbers(numbers, numbers, _Rules(tolerance=0.0))[0]


def _numbers(expected: Numbers, actual: Numbers, rules: _Rules) -> Lines:
    """Lines of two real arrays of one shape."""
    if expected.size == 0:
        text = [f"an empty array of shape {expected.shape}"]
        return text, text
    whole = expected.dtype.kind in "biu" and actual.dtype.kind in "biu"
    expected, actual = expected.astype(float), actual.astype(float)
    wrong = mismatches(expected, actual, rules.tolerance, elementwise=rules.elementwise)
    both: Lines = ([], [])
    windows, hidden = _windows(wrong)
    style = _style(expected, actual, wrong, windows, whole=whole, elementwise=rules.elementwise)
    for header, index in windows:
        marks = wrong[index]
        texts = [[style(v) for v in array[index].ravel()] for array in (expected, actual)]
        width = max(map(len, texts[0] + texts[1]))
        for side, cells in zip(both, texts, strict=True):
            side.extend([header] if header else [])
            side.extend(_rows(cells, marks, width))
    for side in both:
        side.extend([f"… {hidden} more slices"] if hidden else [])
    return both


def _rows(cells: Sequence[str], marks: NDArray[np.bool_], width: int) -> list[str]:
    """Rows of a window of at most two axes, in numpy's brackets."""
    if marks.ndim == 0:
        return [f"«{cells[0]}»" if marks else cells[0]]
    table = marks.reshape(-1, marks.shape[-1])
    padded = [
        f"«{cell:>{width}}»" if mark else f" {cell:>{width}} "
        for cell, mark in zip(cells, table.ravel(), strict=True)
    ]
    step = table.shape[1]
    rows = ["[" + " ".join(padded[i : i + step]) + "]" for i in range(0, len(padded), step)]
    if marks.ndim == 1:
        return rows
    opening = ["[" + rows[0], *(" " + row for row in rows[1:])]
    return [*opening[:-1], opening[-1] + "]"]


def _windows(wrong: NDArray[np.bool_]) -> tuple[list[tuple[str, Any]], int]:
    """Which parts are shown, each with a header and an index, and how many slices are not."""
    if wrong.ndim == 0:
        return [("", ())], 0
    if wrong.shape[:2] == (1, 1) and wrong.ndim == 3:  # one unit, one example: a row of all steps
        start, stop = _span(wrong.shape[2], MAX_COLUMNS, int(np.argmax(wrong[0, 0])))
        part = ":" if stop - start == wrong.shape[2] else f"{start}:{stop}"
        header = f"[0, 0, {part}] of shape {wrong.shape}"
        return [(header, (0, 0, slice(start, stop)))], 0
    front, rest = wrong.shape[:2], wrong.shape[2:]
    slices = list(np.ndindex(*rest))
    marked = [index for index in slices if wrong[(..., *index)].any()]
    shown = slices if len(slices) <= MAX_SLICES else (marked or slices)[:MAX_SLICES]
    limits = (MAX_ROWS, MAX_COLUMNS) if wrong.ndim > 1 else (MAX_COLUMNS,)
    windows = []
    for trailing in shown:
        places = np.argwhere(wrong[(..., *trailing)])
        first = places[0] if len(places) else np.zeros(len(front), dtype=int)
        spans = [_span(*each) for each in zip(front, limits, first, strict=True)]
        parts = [
            ":" if stop - start == size else f"{start}:{stop}"
            for (start, stop), size in zip(spans, front, strict=True)
        ]
        header = f"[{', '.join([*parts, *map(str, trailing)])}] of shape {wrong.shape}"
        complete = not rest and all(part == ":" for part in parts)
        index = (*(slice(*span) for span in spans), *trailing)
        windows.append(("" if complete else header, index))
    return windows, len(slices) - len(shown)


def _span(size: int, limit: int, first: int) -> tuple[int, int]:
    """At most ``limit`` of ``size`` places, with the first difference among them."""
    start = max(0, min(int(first) - 1, size - limit))
    return start, min(size, start + limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Style:
    """One number format for all entries."""

    digits: int
    letter: str

    def __call__(self, value: float) -> str:
        return f"{value:.{self.digits}{self.letter}}"


def _style(
    expected: Numbers,
    actual: Numbers,
    wrong: NDArray[np.bool_],
    windows: Sequence[tuple[str, Any]],
    *,
    whole: bool,
    elementwise: bool,
) -> _Style:
    """The shortest format in which round numbers stay short and different entries differ."""
    pairs = [
        (float(e), float(a), bool(w))
        for _, index in windows
        for e, a, w in zip(
            expected[index].ravel(), actual[index].ravel(), wrong[index].ravel(), strict=True
        )
    ]
    values = [v for e, a, _ in pairs for v in (e, a) if np.isfinite(v)]
    sizes = [abs(v) for v in values if v] or [1.0]
    largest, smallest = max(sizes), min(sizes)
    if whole and largest < 1e12:
        return _Style(digits=0, letter="f")
    if largest >= 1e6 or largest < 1e-3 or (elementwise and smallest < 1e-4 * largest):
        full, letter = 5, "e"
    else:
        full, letter = 5 - int(np.floor(np.log10(largest))), "f"
    full = max(full, 1)
    digits = next(
        d
        for d in range(1, full + 1)
        if all(float(f"{v:.{d}{letter}}") == float(f"{v:.{full}{letter}}") for v in values)
    )
    style = _Style(digits=digits, letter=letter)
    while style.digits < 16 and any(w and style(e) == style(a) for e, a, w in pairs):
        style = _Style(digits=style.digits + 1, letter=letter)
    return style
