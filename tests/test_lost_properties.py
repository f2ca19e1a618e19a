"""Sums and ranges that right numbers keep."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder.lost_properties import Numbers, find_lost_property


def columns(seed: int, count: int = 4) -> list[Numbers]:
    """Columns that sum to 1 and come near 0 and 1."""
    rng = np.random.default_rng(seed)
    powers = [np.exp(6 * rng.normal(size=(3, 5))) for _ in range(count)]
    return [power / power.sum(axis=0) for power in powers]


def states(seed: int, count: int = 4) -> list[Numbers]:
    """Numbers that come near -1 and 1."""
    return [np.tanh(3 * np.random.default_rng([seed, i]).normal(size=(3, 5))) for i in range(count)]


@pytest.mark.parametrize(
    ("right", "came", "expected"),
    [
        (columns, lambda x: x / 1.01, "sum-not-one"),
        (columns, np.log, "sum-not-one"),
        (columns, np.flipud, None),
        (columns, lambda x: np.where(np.arange(5) == 0, x / 2, x), None),
        (states, lambda x: np.abs(x) / np.abs(x).sum(axis=0), "sum-is-one"),
        (states, lambda x: x + 0.5, "out-of-range"),
        (states, lambda x: x / 2, None),
        (lambda seed: [np.abs(x) for x in states(seed)], lambda x: 2 * x, "outside-0-and-1"),
        (lambda seed: [x / 2 for x in states(seed)], lambda x: 4 * x, None),
        (lambda seed: [x[:1, :2] for x in states(seed)], lambda x: x + 9, None),
    ],
)
def test_a_property_that_is_lost(
    right: Callable[[int], list[Numbers]], came: Callable[[Numbers], Numbers], expected: str | None
) -> None:
    arrays = right(3)
    found = find_lost_property(arrays, [came(x) for x in arrays])
    assert (found.id if found else None) == expected
