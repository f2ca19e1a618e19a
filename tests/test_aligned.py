import re

import numpy as np
import pytest

from autograder.aligned import aligned, aligned_outputs
from autograder.compare import compare
from autograder.spec import Kind, Output

rng = np.random.default_rng(1)
X = rng.normal(size=(3, 4))


def marked(text):
    return [part.strip() for part in re.findall("«(.*?)»", text)]


def test_only_differing_entries_are_marked_in_both():
    other = X.copy()
    other[1, 2] += 1
    expected, actual = aligned(X, other)
    assert marked(expected) == [f"{X[1, 2]:.5f}"]
    assert marked(actual) == [f"{other[1, 2]:.5f}"]


def test_columns_stand_below_each_other():
    expected, actual = aligned(X, X * np.array([1, 1, -1000, 1]))
    lines = expected.splitlines() + actual.splitlines()
    dots = {tuple(m.start() for m in re.finditer(r"\.", line)) for line in lines}
    assert len(dots) == 1


def test_round_numbers_stay_short():
    assert aligned(np.array([0.5, 2.0]), np.array([0.5, 2.0]))[0] == "[ 0.5   2.0 ]"
    assert aligned([1, 0, 1], [1, 0, 1])[0] == "[ 1   0   1 ]"


@pytest.mark.parametrize("step", [1e-3, 1e-7, 1e-12])
def test_a_difference_can_always_be_seen(step):
    expected, actual = aligned(np.array([1.0, 0.3]), np.array([1.0 + step, 0.3]), 1e-14)
    assert marked(expected) != marked(actual)


def test_within_tolerance_nothing_is_marked():
    assert marked(aligned(X, X * (1 + 1e-9), 1e-7)[1]) == []


def test_other_shapes_are_named():
    expected, actual = aligned(X, X.T)
    assert expected.startswith("shape (3, 4)")
    assert marked(actual) == ["shape (4, 3)"]


def test_time_slices_that_differ_come_first():
    x = rng.normal(size=(2, 3, 9))
    y = x.copy()
    y[:, :, 7] *= 2
    expected, actual = aligned(x, y)
    assert actual.startswith("[:, :, 7] of shape (2, 3, 9)")
    assert len(expected.splitlines()) < 6


def test_a_long_array_is_cut_around_the_difference():
    x = np.arange(1000.0)
    y = x.copy()
    y[500] = 0
    _, actual = aligned(x, y)
    assert "[499:506]" in actual
    assert len(actual) < 120


def test_nan_inf_and_missing():
    assert marked(aligned(np.zeros(2), np.array([np.nan, 0]))[1]) == ["nan"]
    assert marked(aligned({"a": 1.0}, {})[1]) == ["missing"]
    assert marked(aligned(2.0, None)[1]) == ["None"]
    assert marked(aligned("stable", "vanishing")[1]) == ["'vanishing'"]
    assert marked(aligned(X, 1j * X)[1])
    assert marked(aligned([0, 1], ["a", "b"])[1])


class Hostile:
    def __repr__(self):
        raise RuntimeError

    __str__ = __eq__ = __repr__
    __hash__ = None


def test_foreign_objects_run_no_code_of_theirs():
    assert "Hostile" in aligned(X, Hostile())[1]
    assert "Hostile" in aligned({"a": (X, 1)}, {"a": (X, Hostile())})[1]


def test_endless_nesting_ends():
    loop = []
    loop.append(loop)
    assert aligned(loop, loop)[0].endswith("…")


RETURNS = (
    Output(name="loss", kind=Kind.SCALAR),
    Output(
        name="gradients",
        kind=Kind.DICT,
        fields=(Output(name="dWaa", kind=Kind.ARRAY), Output(name="dba", kind=Kind.ARRAY)),
    ),
)


def test_right_outputs_are_left_out():
    right = (1.0, {"dWaa": X, "dba": X})
    wrong = (1.0, {"dWaa": X, "dba": X + 1})
    expected, actual = aligned_outputs(RETURNS, right, wrong)
    assert expected.startswith("gradients.dba:")
    assert "dWaa" not in actual
    assert "loss" not in actual


@pytest.mark.parametrize("actual", [None, 3, (1.0,), (1.0, None), (2.0, {"dWaa": X}), ([], 7)])
def test_whatever_compare_calls_wrong_is_marked(actual):
    right = (1.0, {"dWaa": X, "dba": X})
    assert not all(verdict.right for verdict in compare(RETURNS, right, actual))
    assert marked(aligned_outputs(RETURNS, right, actual)[1])


def test_a_lone_dict_names_its_entries_only():
    expected, _ = aligned_outputs(RETURNS[1:], {"dWaa": X, "dba": X}, {"dWaa": -X, "dba": X})
    assert expected.startswith("dWaa:")


def test_small_entries_of_an_elementwise_output_can_be_told_apart():
    returns = (Output(name="norms", kind=Kind.ELEMENTWISE),)
    _, actual = aligned_outputs(returns, np.array([1.0, 1e-9]), np.array([1.0, 2e-9]))
    assert marked(actual) == ["2.0e-09"]
