"""Dicts whose names differ from case to case, as judges look at them."""

import numpy as np
import pytest

from autograder.judgement import same_entries

EXPECTED = {"dU": np.array([[1.0, -2.0]]), "dV": np.array([[3.0], [4.0]])}


@pytest.mark.parametrize(
    "change",
    [
        lambda value: value,
        np.float32,
        np.squeeze,
        lambda value: value[np.newaxis],
        lambda value: value.tolist(),
    ],
    ids=["as they are", "another dtype", "an axis lost", "an axis added", "lists"],
)
def test_manners_cost_nothing_here(change) -> None:
    found = {name: change(value) for name, value in EXPECTED.items()}
    assert not same_entries(EXPECTED, found).problems


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (None, "dU, dV"),
        ([1.0, 2.0], "dU, dV"),
        ({"dU": EXPECTED["dU"]}, "dU, dV"),
        ({**EXPECTED, "dW": EXPECTED["dU"]}, "dU, dV"),
        ({**EXPECTED, "dV": None}, "dV, in a call with names of its own: it is None"),
        ({**EXPECTED, "dV": EXPECTED["dV"].T}, "dV, in a call with names of its own: shape"),
        ({**EXPECTED, "dV": EXPECTED["dV"] * (1 + 1e-6)}, "dV, in a call with names of its own"),
        ({**EXPECTED, "dV": EXPECTED["dV"] * 1j}, "complex"),
        ({"dU": -EXPECTED["dU"], "dV": -EXPECTED["dV"]}, "dU, in a call with names of its own"),
    ],
)
def test_one_sentence_says_what_is_wrong(found, problem: str) -> None:
    problems = same_entries(EXPECTED, found).problems
    assert len(problems) == 1
    assert problem in problems[0]
