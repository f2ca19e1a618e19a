"""Whether a container of any layout, such as a cache, holds certain arrays."""

from collections.abc import Collection, Iterable
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from autograder.arrays import ABSOLUTE_FLOOR, Numbers, as_numbers, without_ones
from autograder.runner.codec import Opaque

_SHARED = (np.ndarray, list, tuple, dict)
_DEEPEST = 13  # levels of containers that are looked into
# Of what may stand in a container: a student's could keep the grader busy for minutes.
_MOST_THINGS, _MOST_NUMBERS = 5_000, 500_000
_MOST_STACKED = 5_000_000  # numbers in all places where an array may stand in stacked ones
_TIMES: Final = 50  # as much as in the expected one, where that is more

_Shape = tuple[int, ...]
_Key = tuple[_Shape, bytes]  # an array's shape and content: each step's cache has the same weights


class OverfullError(Exception):
    """A container holds so much that nothing is looked for in it; says how much is looked at."""


def first_not_held(expected: object, actual: object, tolerance: float) -> Numbers | None:
    """The first array in ``expected`` that stands nowhere in ``actual``; None when all do.

    An array may stand there transposed, with other axes of length 1, as lists of numbers, as one
    step of an array with one more axis, or stacked on others.

    Parameters
    ----------
    tolerance : float
        Largest accepted difference, relative to the largest entry of an array.

    Raises
    ------
    OverfullError
        When ``actual`` holds out of all proportion more than ``expected``.
    """
    wanted = _distinct(_leaves(expected))
    numbers = sum(array.size for array in wanted.values())
    most = max(_MOST_THINGS, _TIMES * len(wanted)), max(_MOST_NUMBERS, _TIMES * numbers)
    found = _distinct(_leaves(actual, lists=True, most=most))
    held = _Held(found.values(), tolerance)
    return next((a for key, a in wanted.items() if key not in found and a not in held), None)


def holds(container: object, array: Numbers) -> bool:
    """Whether the very same numbers stand in a container of the grader's own."""
    return _key(array) in _distinct(_leaves(container))


class _Held:
    """The arrays of a container, those of a shape together."""

    def __init__(self, arrays: Iterable[Numbers], tolerance: float) -> None:
        self._tolerance = tolerance
        shapes: dict[_Shape, list[Numbers]] = {}
        for array in arrays:
            shapes.setdefault(array.shape, []).append(array)
        self._stacks = {shape: np.stack(alike) for shape, alike in shapes.items()}

    def __contains__(self, wanted: Numbers) -> bool:
        turned = (wanted, wanted.T) if wanted.ndim == 2 else (wanted,)
        return any(
            self._is_a_row(array, rows) for array in turned for rows in self._candidates(array)
        )

    def _candidates(self, wanted: Numbers) -> Iterable[Numbers]:
        """All that has the shape of an array: whole arrays, then the steps of larger ones."""
        plain = without_ones(wanted.shape)
        for shape, stack in self._stacks.items():
            if without_ones(shape) == plain:
                yield stack.reshape(len(stack), wanted.size)
            if len(shape) == wanted.ndim + 1:
                for axis in range(len(shape)):
                    if shape[:axis] + shape[axis + 1 :] == wanted.shape:
                        steps = np.moveaxis(stack, axis + 1, 1)
                        yield steps.reshape(len(stack) * shape[axis], wanted.size)
            alike = len(shape) == 2 == wanted.ndim and shape[1] == wanted.shape[1]
            few = stack.size * len(wanted) <= _MOST_STACKED if wanted.ndim else False
            if alike and few and shape[0] > len(wanted) > 0:
                places = sliding_window_view(stack, len(wanted), axis=1)  # their rows come last
                yield np.moveaxis(places, 3, 2).reshape(-1, wanted.size)

    def _is_a_row(self, wanted: Numbers, rows: Numbers) -> bool:
        size = np.max(np.abs(wanted), initial=0.0)
        allowed = self._tolerance * size if size > 0 else ABSOLUTE_FLOOR
        with np.errstate(invalid="ignore", over="ignore"):
            return bool((np.abs(rows - wanted.ravel()) <= allowed).all(axis=1).any())


def _key(array: Numbers) -> _Key:
    return without_ones(array.shape), array.tobytes()


def _distinct(arrays: Iterable[Numbers]) -> dict[_Key, Numbers]:
    return {_key(array): array for array in arrays}


def _leaves(
    value: object, *, lists: bool = False, most: tuple[int, int] | None = None
) -> list[Numbers]:
    """All arrays in a container; what stands in it several times comes once.

    Parameters
    ----------
    lists : bool
        A list of lists of numbers is the array that it stands for.
    most : (int, int), optional
        Things and numbers that it may hold.
    """
    found: list[Numbers] = []
    seen: set[int] = set()
    level: list[object] = [value]
    things = numbers = 0
    for _ in range(_DEEPEST):
        inside: list[object] = []
        for thing in level:
            item = thing.inside if isinstance(thing, Opaque) and thing.inside else thing
            if isinstance(item, _SHARED):
                if id(item) in seen:
                    continue
                seen.add(id(item))
            parts: Collection[object] | None = None
            if isinstance(item, list | tuple | dict):
                parts = item.values() if isinstance(item, dict) else item
            as_array = parts is None or (lists and _begins_with_a_number(item))
            array = _as_leaf(item) if as_array else None
            if array is not None:
                found.append(array)
                numbers += array.size
            if parts is not None and (array is None or array.ndim < 2):
                things += len(parts)
                inside.extend(parts)
            if most and (things > most[0] or numbers > most[1]):
                what = f"{most[0]} things" if things > most[0] else f"{most[1]} numbers"
                raise OverfullError(what)
        level = inside
    return found


def _as_leaf(value: object) -> Numbers | None:
    array = as_numbers(value)
    if array is None or array.dtype.kind == "c":
        return None
    return np.ascontiguousarray(array, dtype=float)


def _begins_with_a_number(value: object) -> bool:
    """Whether the first thing in a list of lists is a plain number."""
    for _ in range(12):
        if not isinstance(value, list | tuple) or not value:
            break
        value = value[0]
    return isinstance(value, int | float)
