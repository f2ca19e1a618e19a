"""Clipping against plain Python sums (`math.hypot` neither over- nor underflows)."""

import math

import numpy as np
import pytest
from oracle import assert_close, frozen

from reference.gradient_clipping import (
    clip_by_global_norm,
    clip_by_norm,
    clip_by_value,
    clipped_update,
    global_norm,
)

SHAPES = {"dWaa": (4, 4), "dWax": (4, 3), "dba": (4, 1)}


def gradients(seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    return frozen({name: scale * rng.normal(size=shape) for name, shape in SHAPES.items()})


def hypot(*arrays):
    return math.hypot(*(float(value) for array in arrays for value in array.ravel()))


def fresh(result, arguments):
    """No output may share memory with an input."""
    return not any(np.shares_memory(result[name], arguments[name]) for name in result)


@pytest.mark.parametrize("max_value", [0.1, 1.0, 100.0])
def test_by_value(max_value):
    before = gradients()
    after = clip_by_value(before, max_value)
    assert sorted(after) == sorted(before)
    assert fresh(after, before)
    for name, gradient in before.items():
        expected = [max(-max_value, min(max_value, float(g))) for g in gradient.ravel()]
        np.testing.assert_array_equal(after[name], np.reshape(expected, gradient.shape))


def test_by_value_of_entries_that_are_not_finite():
    after = clip_by_value({"dba": np.array([[np.nan], [np.inf], [-np.inf]])}, 2.0)
    np.testing.assert_array_equal(after["dba"], [[np.nan], [2.0], [-2.0]])


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1.0, 50.0, 1e200])
@pytest.mark.parametrize("shape", [(5,), (4, 3), (1, 1), (2, 3, 4)])
def test_by_norm(shape, scale):
    gradient = frozen(scale * np.random.default_rng(1).normal(size=shape))
    norm = hypot(gradient)
    for max_norm in (1.0, 0.9 * norm, 1.1 * norm):
        after = clip_by_norm(gradient, max_norm)
        assert not np.shares_memory(after, gradient)
        if norm <= max_norm:
            np.testing.assert_array_equal(after, gradient)
        else:
            assert_close(gradient * (max_norm / norm), after)
            assert hypot(after) == pytest.approx(max_norm, rel=1e-12)


def test_zero_stays_zero():
    zero = {"dWaa": np.zeros((2, 2)), "dba": np.zeros((2, 1))}
    np.testing.assert_array_equal(clip_by_norm(zero["dWaa"], 1.0), zero["dWaa"])
    clipped, norm = clip_by_global_norm(zero, 1.0)
    assert norm == 0
    for name, value in zero.items():
        np.testing.assert_array_equal(clipped[name], value)


@pytest.mark.parametrize("scale", [5e-324, 1e-300, 1e-200, 1e-160, 1.0, 1e160, 1e200, 1e300])
def test_global_norm(scale):
    some = {name: scale * (1 + np.abs(g)) for name, g in gradients(2).items()}
    norm = global_norm(frozen(some))
    assert type(norm) is float
    assert norm == pytest.approx(hypot(*some.values()), rel=1e-12)


def test_global_norm_of_mixed_sizes():
    some = {"small": np.full((2, 2), 1e-200), "large": np.array([[3e200], [-4e200]])}
    assert global_norm(some) == pytest.approx(5e200, rel=1e-12)


def test_global_norm_of_nothing():
    assert global_norm({}) == 0.0
    assert global_norm({"empty": np.zeros((0, 3))}) == 0.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_global_norm_of_entries_that_are_not_finite(bad):
    some = {"dWaa": np.array([[1.0, bad]]), "dba": np.ones((2, 1))}
    assert not np.isfinite(global_norm(some))
    with pytest.raises(ValueError, match="norm of the gradients"):
        clip_by_global_norm(some, 1.0)
    with pytest.raises(ValueError, match="NaN or infinite"):
        clip_by_norm(some["dWaa"], 1.0)


@pytest.mark.parametrize("scale", [1e-200, 0.1, 1.0, 30.0, 1e200])
def test_by_global_norm(scale):
    before = gradients(3, scale)
    expected = hypot(*before.values())
    for max_norm in (2.0, 0.5 * expected, 2 * expected):
        after, norm = clip_by_global_norm(before, max_norm)
        assert type(norm) is float
        assert norm == pytest.approx(expected, rel=1e-12)
        assert sorted(after) == sorted(before)
        assert fresh(after, before)
        for name, gradient in before.items():
            assert_close(gradient * min(1.0, max_norm / expected), after[name])


@pytest.mark.parametrize("bound", [0.0, -1.0, np.nan])
def test_the_bound_must_be_positive(bound):
    some = gradients()
    with pytest.raises(ValueError, match="must be positive"):
        clip_by_value(some, bound)
    with pytest.raises(ValueError, match="must be positive"):
        clip_by_norm(some["dWaa"], bound)
    with pytest.raises(ValueError, match="must be positive"):
        clip_by_global_norm(some, bound)


@pytest.mark.parametrize("max_norm", [1.0, 1e3])
def test_clipped_update(max_norm):
    grads = gradients(4, 10.0)
    parameters = frozen({name[1:]: np.ones(shape) for name, shape in SHAPES.items()})
    after = clipped_update(parameters, grads, 0.1, max_norm)
    scale = min(1.0, max_norm / hypot(*grads.values()))
    assert sorted(after) == sorted(parameters)
    for name in parameters:
        assert_close(1 - 0.1 * scale * grads["d" + name], after[name])
    length = hypot(*(after[name] - parameters[name] for name in parameters))
    assert length <= 0.1 * max_norm * (1 + 1e-12)


def test_clipped_update_refuses_gradients_that_are_not_finite():
    with pytest.raises(ValueError, match="norm of the gradients"):
        clipped_update({"ba": np.ones((1, 1))}, {"dba": np.full((1, 1), np.nan)}, 0.1, 1.0)
