"""What is true of all right numbers of an output and not of those that came: a sum, a range."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
_LEAST_COLUMNS = 6  # that sum to 1, before it is taken for a property
_LEAST_NUMBERS = 20  # within a range


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A property, and how to say that it is lost."""

    id: str
    en: str
    zh: str


def find_lost_property(right: Sequence[Numbers], came: Sequence[Numbers]) -> Lost | None:
    """The first property that the right numbers have and those that came do not.

    Parameters
    ----------
    right : sequence of ndarray
        What was expected, in all cases.
    came : sequence of ndarray
        What came, in those in which it was wrong.
    """
    sums, expected = _column_sums(came), _column_sums(right)
    if sums.size and expected.size >= _LEAST_COLUMNS:
        if _all_one(expected) and not np.any(_is_one(sums)):
            return _NOT_ONE
        if _all_one(sums) and not np.all(_is_one(expected)):
            return _ONE
    for low, lost in ((0.0, _OUTSIDE_0_AND_1), (-1.0, _OUTSIDE)):
        if _fills(right, low) and any(np.any((x < low) | (x > 1)) for x in came):
            return lost
    return None


def _column_sums(arrays: Iterable[Numbers]) -> Numbers:
    """Sums of all columns of several rows."""
    sums = [np.sum(x, axis=0).ravel() for x in arrays if x.ndim > 1 and len(x) > 1]
    return np.concatenate(sums) if sums else np.zeros(0)


def _is_one(sums: Numbers) -> NDArray[np.bool_]:
    return np.abs(sums - 1) < 1e-9


def _all_one(sums: Numbers) -> bool:
    return bool(np.all(_is_one(sums)))


def _fills(arrays: Sequence[Numbers], low: float) -> bool:
    """Whether the numbers come near both ends of a range and never leave it."""
    numbers = np.concatenate([x.ravel() for x in arrays])
    if numbers.size < _LEAST_NUMBERS or not np.all((numbers >= low) & (numbers <= 1)):
        return False
    return bool(np.min(numbers) < low + 0.1 and np.max(numbers) > 0.9)


_NOT_ONE = Lost(
    id="sum-not-one",
    en="The numbers of a column should sum to 1, as probabilities of all classes do; no column of "
    "yours does. What is divided by what, and along which axis?",
    zh="每一列的数应当加起来等于 1（各类的概率），而你的没有一列如此。"
    "是用什么除以什么？沿哪一个轴？",
)
_ONE = Lost(
    id="sum-is-one",
    en="Each of your columns sums to 1, but the right ones do not: every entry stands for itself "
    "here, and none depends on the others of its column.",
    zh="你的每一列加起来都是 1，而正确结果并非如此：这里每个元素各自独立，与同列其他元素无关。",
)
_OUTSIDE_0_AND_1 = Lost(
    id="outside-0-and-1",
    en="Numbers below 0 or above 1 come back, but each should lie between them. Which step of the "
    "formula brings them there?",
    zh="结果里有小于 0 或大于 1 的数，而正确结果都在 0 和 1 之间。公式中是哪一步保证这一点的？",
)
_OUTSIDE = Lost(
    id="out-of-range",
    en="Numbers below -1 or above 1 come back, but each should lie between them. Which step of the "
    "formula brings them there, and is it the last one?",
    zh="结果里有小于 -1 或大于 1 的数，而正确结果都在 -1 和 1 之间。"
    "公式中是哪一步保证这一点的？它是最后一步吗？",
)
