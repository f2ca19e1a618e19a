"""Compare what two functions returned, output by output: only whether, and quickly.

One value is compared with those of many suspects, so each is taken apart once: its numbers stand in
one row, and two rows are compared in a few operations. What does not fit into a row goes through
`autograder.compare`, and the answers are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.arrays import as_numbers
from autograder.compare import allowed_differences, compare, output_names, tolerance_of
from autograder.outputs import output_kinds, outputs_of
from autograder.spec import Kind, Output, Question

_NUMERIC = (Kind.ARRAY, Kind.ELEMENTWISE, Kind.SCALAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """The numbers of several outputs one after the other."""

    shapes: Sequence[tuple[int, ...]]
    starts: Sequence[int]
    numbers: NDArray[np.float64]
    tolerances: tuple[float, ...]

    @property
    def pieces(self) -> list[slice]:
        """Where in the row each output stands."""
        return [slice(*ends) for ends in pairwise([*self.starts, self.numbers.size])]


class Returned:
    """What a function returned, or a buggy one in its place; taken apart when first needed."""

    def __init__(self, question: Question, value: object) -> None:
        self._question = question
        self.value = value
        self._allowances: dict[tuple[float, ...], NDArray[np.float64]] = {}

    @cached_property
    def parts(self) -> dict[str, object]:
        """Outputs by name; without those that are missing."""
        return outputs_of(self._question.returns, self.value)

    @cached_property
    def is_complete(self) -> bool:
        """Whether every output is there."""
        return len(self.parts) == len(output_names(self._question.returns))

    @cached_property
    def _numeric(self) -> dict[str, Output]:
        kinds = output_kinds(self._question.returns)
        return {name: output for name, output in kinds.items() if output.kind in _NUMERIC}

    @cached_property
    def row(self) -> _Row | None:
        """Numbers of all numeric outputs; ``None`` where one is missing, empty or none."""
        arrays = [as_numbers(self.parts.get(name)) for name in self._numeric]
        found = [array for array in arrays if array is not None and _is_plain(array)]
        if not found or len(found) < len(arrays):
            return None
        tolerance = self._question.tolerance
        sizes = np.cumsum([0, *(array.size for array in found)])
        return _Row(
            shapes=[array.shape for array in found],
            starts=sizes[:-1].tolist(),
            numbers=np.concatenate([array.ravel() for array in found]).astype(np.float64),
            tolerances=tuple(tolerance_of(array.dtype, tolerance) for array in found),
        )

    @property
    def _numbers(self) -> NDArray[np.float64]:
        assert self.row is not None
        return self.row.numbers

    @cached_property
    def _is_finite(self) -> bool:
        return bool(np.isfinite(self._numbers).all())

    def _allowed(self, tolerances: tuple[float, ...]) -> NDArray[np.float64]:
        """Largest accepted difference from each number of the row."""
        assert self.row is not None
        if tolerances not in self._allowances:
            allowed = np.empty_like(self._numbers)
            pieces = zip(self._numeric.values(), self.row.pieces, tolerances, strict=True)
            for output, piece, tolerance in pieces:
                alone = output.kind is Kind.ELEMENTWISE
                allowed[piece] = allowed_differences(
                    self._numbers[piece], tolerance, elementwise=alone
                )
            self._allowances[tolerances] = allowed
        return self._allowances[tolerances]

    def same_numbers(self, actual: "Returned") -> dict[str, bool]:
        """Which numeric outputs are equal, if this one is right; only those that rows tell."""
        one, other = self.row, actual.row
        if one is None or other is None:
            return {}
        allowed = self._allowed(other.tolerances)
        if one.shapes == other.shapes:
            close = self._close(other.numbers, slice(None), allowed)
            same = np.logical_and.reduceat(close, one.starts).tolist()
            return dict(zip(self._numeric, same, strict=True))
        return {
            name: bool(self._close(other.numbers[theirs], ours, allowed).all())
            for name, shape, another, ours, theirs in zip(
                self._numeric, one.shapes, other.shapes, one.pieces, other.pieces, strict=True
            )
            if shape == another
        }

    def _close(
        self, actual: NDArray[np.float64], piece: slice, allowed: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        expected = self._numbers[piece]
        with np.errstate(invalid="ignore", over="ignore"):
            close = np.abs(expected - actual) <= allowed[piece]
        if self._is_finite:
            return close
        equal = (expected == actual) | (np.isnan(expected) & np.isnan(actual))
        return np.where(np.isfinite(expected), close, equal)


def _is_plain(array: NDArray[Any]) -> bool:
    return array.dtype.kind != "c" and array.size > 0


def same_outputs(question: Question, expected: Returned, actual: Returned) -> dict[str, bool]:
    """Which outputs of two functions are equal; ``expected`` may be malformed too."""
    names = output_names(question.returns)
    try:
        if expected.value is None or actual.value is None:
            return dict.fromkeys(names, expected.value is actual.value)
        if expected.is_complete:
            return _same_parts(question, expected, actual)
        anything = [Output(name="", kind=Kind.ANY)]
        same = compare(anything, expected.value, actual.value, tolerance=question.tolerance)
        return dict.fromkeys(names, same[0].right)
    except (ValueError, TypeError, KeyError, IndexError, AssertionError):
        return dict.fromkeys(names, False)  # a buggy value that cannot be an expected one


def _same_parts(question: Question, expected: Returned, actual: Returned) -> dict[str, bool]:
    """Compare all outputs; caches, which take long, last and only where all else is equal."""
    kinds = output_kinds(question.returns)
    same = expected.same_numbers(actual)
    rest = [name for name in kinds if name not in same]
    for name in sorted(rest, key=lambda name: kinds[name].kind is Kind.HOLDS):
        hopeless = kinds[name].kind is Kind.HOLDS and not all(same.values())
        same[name] = (
            not hopeless
            and name in actual.parts
            and _is_same(question, kinds[name], expected.parts[name], actual.parts[name])
        )
    return same


def _is_same(question: Question, output: Output, expected: object, actual: object) -> bool:
    return compare([output], expected, actual, tolerance=question.tolerance)[0].right
