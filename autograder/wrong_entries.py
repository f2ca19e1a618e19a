"""Say which entries of an array are wrong, by what stands at the same place of an argument."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from autograder.outputs import numbers_of

Numbers = NDArray[np.float64]
Marks = NDArray[np.bool_]
Hint = Mapping[str, str]
_LEAST = 6  # entries that are wrong, and that are right: fewer may agree by chance
_LEAST_INSIDE = 10  # entries that are wrong, where some with the same property are right


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """One output in one case: which entries are wrong, and the arguments of the call."""

    wrong: Marks
    arguments: Mapping[str, object]


def find_entries(cases: Sequence[Entries]) -> Hint | None:
    """What the wrong entries have in common, and right ones do not; ``None`` where nothing is.

    Parameters
    ----------
    cases : sequence of Entries
        All cases, also those in which every entry is right.
    """
    properties = [dict(_properties(case)) for case in cases]
    names = [name for name in properties[0] if all(name in found for found in properties)]
    wrong = _joined([case.wrong for case in cases])
    if min(wrong.sum(), (~wrong).sum()) < _LEAST:
        return None
    marks = {name: _joined([found[name] for found in properties]) for name in names}
    for exact in (*((name,) for name in names), *combinations(names, 2)):
        if np.array_equal(np.logical_and.reduce([marks[name] for name in exact]), wrong):
            return _exactly(exact)
    inside = [name for name in names if _holds(wrong, marks[name])]
    if inside and wrong.sum() >= _LEAST_INSIDE:
        return _only(min(inside, key=lambda name: int(marks[name].sum())))
    return None


def _holds(wrong: Marks, mark: Marks) -> bool:
    """Whether all that is wrong is marked, which by far not everything is."""
    return not np.any(wrong & ~mark) and 3 * mark.sum() < 2 * mark.size


def _joined(parts: Sequence[Marks]) -> Marks:
    return np.concatenate([part.ravel() for part in parts])


def _properties(case: Entries) -> Iterator[tuple[str, Marks]]:
    """What can be said of the entries, as an expression of Python."""
    arrays, numbers = {}, {}
    for name, value in _leaves(case.arguments):
        found = numbers_of(value)
        if found is None:
            continue
        if found.shape == case.wrong.shape and found.ndim:
            arrays[name] = found
        elif not found.ndim:
            numbers[name] = found
    for name, array in arrays.items():
        yield f"{name} < 0", array < 0
        yield f"{name} > 0", array > 0
        yield f"{name} == 0", array == 0
        yield f"{name} == 1", array == 1
        yield f"{name} > 1", array > 1
        yield f"{name} < -1", array < -1
        for bound, number in numbers.items():
            yield f"abs({name}) > {bound}", np.abs(array) > number
    for one, other in combinations(arrays, 2):
        yield f"{one} < {other}", arrays[one] < arrays[other]
        yield f"{one} > {other}", arrays[one] > arrays[other]
        yield f"{one} * {other} < 0", arrays[one] * arrays[other] < 0
        yield f"{one} * {other} < 1", arrays[one] * arrays[other] < 1
        for bound, number in numbers.items():
            yield f"abs({one} - {other}) > {bound}", np.abs(arrays[one] - arrays[other]) > number


def _leaves(arguments: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from ((f'{name}["{key}"]', item) for key, item in value.items())
        else:
            yield name, value


def _exactly(properties: Sequence[str]) -> Hint:
    text = " and ".join(f"`{name}`" for name in properties)
    return {
        "en": f"Exactly the entries with {text} are wrong, all others are right: what does your "
        "code do with these?",
        "zh": f"出错的正好是满足 {text} 的元素，其余都对：你的代码是怎样处理这些元素的？",
    }


def _only(name: str) -> Hint:
    return {
        "en": f"Only entries with `{name}` are wrong, though not all of these; all others are "
        "right: what does your code do with them?",
        "zh": f"只有满足 `{name}` 的元素会错（但并非全部都错），其余都对："
        "你的代码是怎样处理它们的？",
    }
