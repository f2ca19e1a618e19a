"""How the marks of a class are distributed."""

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.score import Outcome

_STEPS = (0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Marks from ``low`` up to but not including ``high``; the last bin includes it."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The distribution of the marks of all graded submissions."""

    max_score: float
    mean: float
    median: float
    quartiles: tuple[float, float]
    full: int
    bins: tuple[Bin, ...]


def distribution_of(graded: Sequence[Outcome]) -> Marks:
    """How the marks of some submissions, at least one, are distributed."""
    scores = [record.score for record in graded]
    max_score = max(record.max_score for record in graded)
    low, _, high = statistics.quantiles(scores * (2 if len(scores) == 1 else 1), method="inclusive")
    return Marks(
        max_score=max_score,
        mean=statistics.fmean(scores),
        median=statistics.median(scores),
        quartiles=(low, high),
        full=sum(record.score >= record.max_score for record in graded),
        bins=histogram(scores, max_score),
    )


def histogram(scores: Sequence[float], max_score: float) -> tuple[Bin, ...]:
    """Counts in at most 14 bins of one round width from 0 to the top; extra credit extends them.

    Examples
    --------
    >>> [(b.low, b.high, b.count) for b in histogram([0, 4, 5, 10], 10)][:2]
    [(0.0, 1.0, 1), (1.0, 2.0, 0)]
    """
    top = max([max_score, *scores, 0.5])
    step = next((step for step in _STEPS if top / step <= 14), top / 10)
    number = max(1, -int(-top // step))
    counts = Counter(min(number - 1, max(0, int(score // step))) for score in scores)
    return tuple(
        Bin(low=i * step * 1.0, high=min((i + 1) * step, top) * 1.0, count=counts[i])
        for i in range(number)
    )
