"""Gradient flow: terms and Jacobians by autodiff, long products in exact integer arithmetic."""

import math
from fractions import Fraction

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from oracle import assert_close, frozen

from reference.gradient_flow import (
    gradient_norms,
    gradient_regime,
    jacobian_product,
    log_gradient_norms,
    scalar_forward,
    step_jacobian,
    steps_until,
    unrolled_gradients,
)

WEIGHTS = {"Wx": 0.7, "Ws": -1.3, "Wo": 1.9, "b1": 0.2, "b2": -0.4}


def scalar_loss(Wx, Ws, Wo, data, t):
    """Loss of step `t`; every step may have weights of its own."""
    x, Y, S = data
    for j in range(t):
        S = anp.tanh(Wx[j] * x[j] + Ws[j] * S + WEIGHTS["b1"])
    return (Y[t - 1] - Wo * S - WEIGHTS["b2"]) ** 2 / 2


def scalar_data(T_x, seed=0):
    rng = np.random.default_rng(seed)
    return frozen(rng.normal(size=T_x)), frozen(rng.normal(size=T_x)), 0.6


@pytest.mark.parametrize("T_x", [1, 2, 3, 20])
def test_scalar_forward(T_x):
    x, _, S0 = scalar_data(T_x)
    S, outputs = scalar_forward(x, S0, WEIGHTS)
    assert S.shape == outputs.shape == (T_x,)
    state = S0
    for t in range(T_x):
        state = math.tanh(0.7 * x[t] - 1.3 * state + 0.2)
        assert S[t] == pytest.approx(state, rel=1e-12)
        assert outputs[t] == pytest.approx(1.9 * state - 0.4, rel=1e-12)


@pytest.mark.parametrize(("T_x", "t"), [(1, 1), (3, 1), (3, 2), (3, 3), (5, 4), (20, 20)])
def test_unrolled_gradients(T_x, t):
    x, Y, S0 = scalar_data(T_x, T_x)
    one_each = np.full(T_x, WEIGHTS["Wx"]), np.full(T_x, WEIGHTS["Ws"])
    per_step = autograd.grad(scalar_loss, (0, 1, 2))(*one_each, WEIGHTS["Wo"], (x, Y, S0), t)
    gradients, terms = unrolled_gradients(x, Y, S0, WEIGHTS, t)
    assert sorted(gradients) == ["dWo", "dWs", "dWx"]
    assert sorted(terms) == ["dWs", "dWx"]
    assert_close(per_step[0][:t], terms["dWx"])
    assert_close(per_step[1][:t], terms["dWs"])
    assert_close(per_step[2], gradients["dWo"])
    for name, expected in (("dWx", per_step[0]), ("dWs", per_step[1])):
        assert type(gradients[name]) is float
        assert_close(np.sum(expected), gradients[name])


@pytest.mark.parametrize("t", [0, 4, -1])
def test_unrolled_gradients_of_a_step_that_is_not_there(t):
    x, Y, S0 = scalar_data(3)
    with pytest.raises(ValueError, match="between 1 and 3"):
        unrolled_gradients(x, Y, S0, WEIGHTS, t)


def states(n_a, T_x, seed, radius=1.0):
    """States of an RNN driven by noise, and what made them."""
    rng = np.random.default_rng(seed)
    Waa = rng.normal(size=(n_a, n_a))
    Waa *= radius / np.max(np.abs(np.linalg.eigvals(Waa)))
    drive = rng.normal(size=(n_a, T_x)) * 0.3
    a = np.zeros((n_a, T_x))
    for t in range(T_x):
        a[:, t] = np.tanh(Waa @ a[:, t - 1] + drive[:, t])
    return frozen(a), frozen(Waa), drive


def advance(state, Waa, drive, k, t):
    for j in range(k + 1, t + 1):
        state = anp.tanh(anp.dot(Waa, state) + drive[:, j])
    return state


@pytest.mark.parametrize("n_a", [1, 2, 5])
def test_step_jacobian(n_a):
    a, Waa, drive = states(n_a, 4, 1)
    expected = autograd.jacobian(advance)(a[:, 1], Waa, drive, 1, 2)
    assert_close(expected, step_jacobian(a[:, 2], Waa))


@pytest.mark.parametrize(("k", "t"), [(0, 0), (3, 3), (0, 1), (2, 3), (0, 3), (1, 3)])
@pytest.mark.parametrize("n_a", [1, 2, 4, 5])
def test_jacobian_product(n_a, k, t):
    a, Waa, drive = states(n_a, 4, 2)
    expected = autograd.jacobian(advance)(a[:, k], Waa, drive, k, t)
    assert_close(expected, jacobian_product(a, Waa, k, t))


@pytest.mark.parametrize(("k", "t"), [(2, 1), (-1, 2), (0, 4)])
def test_jacobian_product_out_of_order(k, t):
    a, Waa, _ = states(2, 4, 2)
    with pytest.raises(ValueError, match="need 0 <= k <= t < 4"):
        jacobian_product(a, Waa, k, t)


@pytest.mark.parametrize("radius", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("n_a", "T_x"), [(1, 1), (1, 6), (3, 1), (3, 2), (4, 30)])
def test_gradient_norms(n_a, T_x, radius):
    a, Waa, drive = states(n_a, T_x, 3, radius)
    expected = []
    for k in range(T_x):
        J = autograd.jacobian(advance)(a[:, k], Waa, drive, k, T_x - 1) if k < T_x - 1 else None
        expected.append(1.0 if J is None else np.sqrt(np.max(np.linalg.eigvalsh(J.T @ J))))
    norms, logs = gradient_norms(a, Waa), log_gradient_norms(a, Waa)
    assert norms.shape == logs.shape == (T_x,)
    np.testing.assert_allclose(norms, expected, rtol=1e-9)
    np.testing.assert_allclose(logs, np.log(expected), atol=1e-9)
    assert norms[-1] == 1
    assert logs[-1] == 0


def exact_log_norms(a, Waa):
    """Logarithms of the norms from products of integers of thousands of digits."""
    n_a, T_x = a.shape
    bits = 120
    J = [[int(i == j) for j in range(n_a)] for i in range(n_a)]
    logs = [0.0]
    for steps, k in enumerate(range(T_x - 2, -1, -1), start=1):
        slope = [1 - Fraction(float(value)) ** 2 for value in a[:, k + 1]]
        factor = [
            [round(slope[i] * Fraction(float(Waa[i, j])) * 2**bits) for j in range(n_a)]
            for i in range(n_a)
        ]
        J = [[sum(row[r] * factor[r][j] for r in range(n_a)) for j in range(n_a)] for row in J]
        size = max(abs(value).bit_length() for row in J for value in row)
        shift = max(0, size - 100)
        scaled = np.array([[float(value >> shift) for value in row] for row in J])
        norm = np.linalg.svd(scaled, compute_uv=False)[0]
        logs.append(math.log(norm) + (shift - bits * steps) * math.log(2))
    return np.array(logs[::-1])


@pytest.mark.parametrize("radius", [0.2, 1.0, 8.0])
@pytest.mark.parametrize("n_a", [1, 3])
def test_log_norms_of_a_thousand_steps(n_a, radius):
    a, Waa, _ = states(n_a, 1000, 4, radius)
    expected = exact_log_norms(a, Waa)
    actual = log_gradient_norms(a, Waa)
    assert np.all(np.isfinite(actual))
    np.testing.assert_allclose(actual, expected, rtol=1e-9, atol=1e-9)
    in_range = np.abs(expected) < 600
    np.testing.assert_allclose(gradient_norms(a, Waa)[in_range], np.exp(expected[in_range]), 1e-8)


@pytest.mark.parametrize("gain", [1e-2, 1.0, 1e2])
def test_log_norms_of_scaled_rotations(gain):
    rotation = np.array([[0.6, -0.8], [0.8, 0.6]])
    expected = np.log(gain) * np.arange(999, -1, -1)
    actual = log_gradient_norms(np.zeros((2, 1000)), gain * rotation)
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize(("gain", "limit"), [(1e-2, 0.0), (1e2, np.inf)])
def test_norms_out_of_range_give_no_warning(gain, limit):
    norms = gradient_norms(np.zeros((2, 1000)), gain * np.array([[1.0, 1.0], [-1.0, 1.0]]))
    assert norms[0] == limit
    assert norms[-1] == 1


def test_a_product_of_exactly_zero():
    a = np.zeros((2, 5))
    a[:, 2] = 1.0
    np.testing.assert_array_equal(gradient_norms(a, np.eye(2)), [0, 0, 1, 1, 1])
    np.testing.assert_array_equal(log_gradient_norms(a, np.eye(2)), [-np.inf, -np.inf, 0, 0, 0])
    assert gradient_regime(a, np.eye(2)) == "vanishing"


@pytest.mark.parametrize(
    ("factor", "threshold", "steps"),
    [
        (0.5, 0.25, 3),
        (0.5, 0.2500001, 2),
        (0.5, 1.0, 1),
        (0.5, 1.5, 0),
        (2.0, 1024.0, 11),
        (2.0, 1023.0, 10),
        (2.0, 1.0, 1),
        (2.0, 0.5, 0),
        (2.0, -3.0, 0),
        (0.1, 1.5e-17, 17),
        (0.5, 2.0**-1074, 1075),
        (2.0, 1.7e308, 1024),
        (1e-200, 1e-300, 2),
        (0.25, 2.0**-100, 51),
    ],
)
def test_steps_until(factor, threshold, steps):
    assert steps_until(factor, threshold) == steps
    assert type(steps_until(factor, threshold)) is int


def test_steps_until_is_the_first_step_past_the_threshold():
    rng = np.random.default_rng(5)
    for _ in range(300):
        factor = float(np.exp(rng.normal() * 0.7))
        threshold = float(factor ** rng.uniform(0.1, 60))
        n, exact = steps_until(factor, threshold), Fraction(factor)
        assert n > 0
        if factor < 1:
            assert exact**n < threshold <= exact ** (n - 1)
        else:
            assert exact**n > threshold >= exact ** (n - 1)


@pytest.mark.parametrize("factor", [0.9999, 1.0001])
def test_steps_until_of_a_factor_close_to_one(factor):
    threshold = 1e-12 if factor < 1 else 1e12
    n = steps_until(factor, threshold)
    assert n == math.ceil(math.log(threshold) / math.log(factor))


@pytest.mark.parametrize(
    ("factor", "threshold"),
    [
        (1.0, 0.5),
        (1.0, 2.0),
        (0.0, 0.5),
        (-0.5, 0.5),
        (np.inf, 2.0),
        (np.nan, 2.0),
        (0.5, 0.0),
        (0.5, -1.0),
        (0.5, np.nan),
        (2.0, np.inf),
        (2.0, np.nan),
    ],
)
def test_steps_until_refuses_what_never_ends(factor, threshold):
    with pytest.raises(ValueError, match=r"factor|threshold"):
        steps_until(factor, threshold)


@pytest.mark.parametrize(
    ("gain", "tolerance", "regime"),
    [
        (0.98, 0.01, "vanishing"),
        (0.995, 0.01, "stable"),
        (1.005, 0.01, "stable"),
        (1.02, 0.01, "exploding"),
        (0.98, 0.05, "stable"),
        (1.02, 0.05, "stable"),
        (1.005, 0.001, "exploding"),
    ],
)
@pytest.mark.parametrize("T_x", [2, 100, 1000])
def test_regime(gain, tolerance, regime, T_x):
    rotation = np.array([[0.0, -1.0], [1.0, 0.0]])
    assert gradient_regime(np.zeros((2, T_x)), gain * rotation, tolerance) == regime


def test_regime_of_a_single_step():
    assert gradient_regime(np.zeros((2, 1)), 100 * np.eye(2)) == "stable"


def test_saturation_can_undo_a_large_weight():
    a = np.full((2, 30), 0.99)
    assert gradient_regime(a, 3 * np.eye(2)) == "vanishing"
