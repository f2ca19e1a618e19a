"""The quick comparison of a suspect with a student says what the thorough one says."""

from typing import Any

import numpy as np
import pytest

from autograder.compare import compare
from autograder.library import find_assignment
from autograder.same_outputs import Returned, same_outputs

QUESTION = find_assignment("bptt").question("rnn_gradients")
GRADIENTS = QUESTION.returns[1].fields


def value() -> tuple[Any, dict[str, Any]]:
    rng = np.random.default_rng(0)
    return 0.7, {field.name: rng.normal(size=(2, 3)) for field in GRADIENTS}


def changed(name: str, new: object) -> tuple[Any, dict[str, Any]]:
    loss, gradients = value()
    return loss, {**gradients, name: new}


RIGHT = value()[1]["dWax"]
WITH_NAN = np.where(RIGHT > 0, RIGHT, np.nan)
VALUES = {
    "equal": value(),
    "one number off": changed("dWax", RIGHT + 1e-3 * np.eye(2, 3)),
    "within the tolerance": changed("dWax", RIGHT * (1 + 1e-9)),
    "zeros": changed("dWax", np.zeros((2, 3))),
    "almost zeros": changed("dWax", np.full((2, 3), 1e-13)),
    "transposed": changed("dWax", RIGHT.T),
    "an axis lost": changed("dWax", RIGHT[:1]),
    "an axis too many": changed("dWax", RIGHT[None]),
    "NaN": changed("dWax", WITH_NAN),
    "infinite": changed("dWax", np.where(RIGHT > 0, RIGHT, np.inf)),
    "float32": changed("dWax", RIGHT.astype(np.float32)),
    "float32 and off": changed("dWax", (RIGHT * 1.001).astype(np.float32)),
    "whole numbers": changed("dWax", np.ones((2, 3), dtype=int)),
    "complex": changed("dWax", RIGHT + 0j),
    "a list": changed("dWax", RIGHT.tolist()),
    "a text": changed("dWax", "no"),
    "None inside": changed("dWax", None),
    "empty": changed("dWax", np.zeros((0, 3))),
    "a gradient missing": (0.7, {"dWax": RIGHT}),
    "another loss": (0.8, value()[1]),
    "the loss alone": 0.7,
    "None": None,
}


MALFORMED = {"complex", "a gradient missing", "the loss alone", "None", "a text", "None inside"}


@pytest.mark.parametrize("expected", [name for name in VALUES if name not in MALFORMED])
@pytest.mark.parametrize("actual", VALUES)
def test_quick_and_thorough_agree(expected: str, actual: str) -> None:
    wanted, got = VALUES[expected], VALUES[actual]
    found = same_outputs(QUESTION, Returned(QUESTION, wanted), Returned(QUESTION, got))
    verdicts = compare(QUESTION.returns, wanted, got, tolerance=QUESTION.tolerance)
    assert found == {verdict.output: verdict.right for verdict in verdicts}


@pytest.mark.parametrize("expected", sorted(MALFORMED - {"complex"}))
def test_a_suspect_that_returns_nonsense_is_not_what_a_right_student_has(expected: str) -> None:
    right, nonsense = Returned(QUESTION, value()), Returned(QUESTION, VALUES[expected])
    assert not all(same_outputs(QUESTION, nonsense, right).values())
