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
_Property = tuple[str, str]  # in English and in Chinese
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


def _properties(case: Entries) -> Iterator[tuple[_Property, Marks]]:
    """What can be said of the entries, in both languages."""
    arrays, numbers = {}, {}
    for name, value in _leaves(case.arguments):
        found = numbers_of(value)
        if found is None:
            continue
        if found.shape == case.wrong.shape and found.ndim:
            arrays[f"`{name}`"] = found
        elif not found.ndim:
            numbers[f"`{name}`"] = found
    for name, array in arrays.items():
        yield (f"{name} is negative", f"{name} 为负"), array < 0
        yield (f"{name} is positive", f"{name} 为正"), array > 0
        yield (f"{name} is 0", f"{name} 等于 0"), array == 0
        yield (f"{name} is 1", f"{name} 等于 1"), array == 1
        yield (f"{name} is above 1", f"{name} 大于 1"), array > 1
        yield (f"{name} is below -1", f"{name} 小于 -1"), array < -1
        yield (f"{name} lies between -1 and 1", f"{name} 在 -1 和 1 之间"), np.abs(array) < 1
        for bound, number in numbers.items():
            said = (f"the size of {name} is above {bound}", f"{name} 的绝对值大于 {bound}")
            yield said, np.abs(array) > number
    for one, other in combinations(arrays, 2):
        x, y = arrays[one], arrays[other]
        product = f"`{one[1:-1]} * {other[1:-1]}`"
        yield (f"{one} is below {other}", f"{one} 小于 {other}"), x < y
        yield (f"{one} is above {other}", f"{one} 大于 {other}"), x > y
        opposite = (f"{one} and {other} have opposite signs", f"{one} 与 {other} 符号相反")
        yield opposite, x * y < 0
        yield (f"{product} is below 1", f"{product} 小于 1"), x * y < 1
        for bound, number in numbers.items():
            apart = f"{one} and {other} are more than {bound} apart"
            yield (apart, f"{one} 与 {other} 相差超过 {bound}"), np.abs(x - y) > number


def _leaves(arguments: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    for name, value in arguments.items():
        if isinstance(value, Mapping):
            yield from ((f'{name}["{key}"]', item) for key, item in value.items())
        else:
            yield name, value


def _exactly(properties: Sequence[_Property]) -> Hint:
    en, zh = " and ".join(p[0] for p in properties), " 且 ".join(p[1] for p in properties)
    return {
        "en": f"An entry is wrong where {en}, and right everywhere else. Find such an entry in the "
        "case below: which line of your code decides about it?",
        "zh": f"凡是 {zh} 的元素都错，其余的都对。请在下面的例子中找到这样的元素："
        "代码中是哪一行决定它的值？",
    }


def _only(said: _Property) -> Hint:
    return {
        "en": f"All wrong entries are among those where {said[0]} (some of these are right). Find "
        "a wrong one in the case below: which line of your code decides about it?",
        "zh": f"所有出错的元素都满足 {said[1]}（但其中也有对的）。请在下面的例子中找到一个出错的"
        "元素：代码中是哪一行决定它的值？",
    }
