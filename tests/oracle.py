"""An RNN written a second time, for automatic differentiation, and what the tests share.

Nothing here imports `reference`. The layout differs on purpose: time first, one row per example,
one weight matrix over the concatenated state and input.
"""

from collections.abc import Callable, Mapping
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd.tracer import getval

NAMES = ("Wax", "Waa", "Wya", "ba", "by")

SIZES = [
    {"n_x": 3, "n_a": 5, "n_y": 2, "m": 4, "T_x": 6},
    {"n_x": 2, "n_a": 3, "n_y": 4, "m": 5, "T_x": 1},
    {"n_x": 4, "n_a": 2, "n_y": 3, "m": 1, "T_x": 5},
    {"n_x": 1, "n_a": 4, "n_y": 2, "m": 4, "T_x": 3},
    {"n_x": 5, "n_a": 3, "n_y": 3, "m": 2, "T_x": 4},
    {"n_x": 3, "n_a": 3, "n_y": 3, "m": 3, "T_x": 3},
    {"n_x": 1, "n_a": 1, "n_y": 2, "m": 1, "T_x": 1},
    {"n_x": 2, "n_a": 4, "n_y": 3, "m": 3, "T_x": 40},
]


def identify(size: Mapping[str, int]) -> str:
    return " ".join(f"{name}={value}" for name, value in size.items())


def draw(size: Mapping[str, int], seed: int, n_y: int | None = None) -> dict[str, Any]:
    """Random inputs of the given size; biases and initial state are not zero."""
    rng = np.random.default_rng(seed)
    n_x, n_a, m, T_x = size["n_x"], size["n_a"], size["m"], size["T_x"]
    n_y = size["n_y"] if n_y is None else n_y
    labels = rng.integers(0, n_y, (m, T_x))
    return {
        "x": rng.normal(size=(n_x, m, T_x)),
        "a0": rng.uniform(-0.9, 0.9, (n_a, m)),
        "da": rng.normal(size=(n_a, m, T_x)),
        "one_hot": np.moveaxis(np.eye(n_y)[labels], 2, 0),
        "bits": rng.integers(0, 2, (n_y, m, T_x)).astype(float),
        "parameters": {
            "Wax": rng.normal(size=(n_a, n_x)),
            "Waa": rng.normal(size=(n_a, n_a)) / np.sqrt(n_a),
            "Wya": rng.normal(size=(n_y, n_a)),
            "ba": rng.normal(size=(n_a, 1)),
            "by": rng.normal(size=(n_y, 1)),
        },
    }


def scores_and_states(
    theta: Mapping[str, Any], chunk: int | None = None, xp: Any = anp
) -> tuple[list[Any], list[Any]]:
    """Scores ``(m, n_y)`` and states ``(m, n_a)`` of each step; the state is detached per chunk."""
    weights = xp.concatenate([theta["Waa"], theta["Wax"]], axis=1)
    state = theta["a0"].T
    states: list[Any] = []
    scores: list[Any] = []
    for t in range(theta["x"].shape[2]):
        if chunk is not None and t > 0 and t % chunk == 0:
            state = getval(state)
        joined = xp.concatenate([state, theta["x"][:, :, t].T], axis=1)
        state = xp.tanh(joined @ weights.T + theta["ba"].T)
        states.append(state)
        scores.append(state @ theta["Wya"].T + theta["by"].T)
    return scores, states


def log_sum_exp(z: Any, xp: Any = anp) -> Any:
    """Over the last axis."""
    largest = np.max(np.real(getval(z)), axis=-1, keepdims=True)
    return (xp.log(xp.sum(xp.exp(z - largest), axis=-1, keepdims=True)) + largest)[..., 0]


def softmax_loss(theta: Mapping[str, Any], y: Any, xp: Any = anp) -> Any:
    """Cross-entropy from the scores: mean over examples, sum over time."""
    scores, _ = scores_and_states(theta, xp=xp)
    total = 0.0
    for t, z in enumerate(scores):
        total = total + xp.sum(log_sum_exp(z, xp) - xp.sum(z * y[:, :, t].T, axis=1))
    return total / y.shape[1]


def sigmoid_loss(theta: Mapping[str, Any], y: Any, mask: Any = None, xp: Any = anp) -> Any:
    """Log loss from the scores, ``log(1 + exp(z)) - y z``: mean over examples, sum over time."""
    scores, _ = scores_and_states(theta, xp=xp)
    total = 0.0
    for t, z in enumerate(scores):
        loss = xp.logaddexp(0.0, z) - z * y[:, :, t].T
        total = total + xp.sum(loss if mask is None else loss * mask[:, t : t + 1])
    return total / y.shape[1]


def central_differences(
    f: Callable[[dict[str, Any]], float], theta: Mapping[str, Any], name: str, h: float = 1e-5
) -> np.ndarray:
    gradient = np.zeros(theta[name].shape)
    for index in np.ndindex(gradient.shape):
        shift = np.zeros(gradient.shape)
        shift[index] = h
        above, below = theta[name] + shift, theta[name] - shift
        gradient[index] = (f({**theta, name: above}) - f({**theta, name: below})) / (2 * h)
    return gradient


def complex_step(
    f: Callable[[dict[str, Any]], Any], theta: Mapping[str, Any], name: str
) -> np.ndarray:
    """Gradient of an analytic function to full precision, from its imaginary part."""
    gradient = np.zeros(theta[name].shape)
    for index in np.ndindex(gradient.shape):
        shifted = theta[name].astype(complex)
        shifted[index] += 1e-30j
        gradient[index] = np.imag(f({**theta, name: shifted})) / 1e-30
    return gradient


def assert_close(expected: Any, actual: Any, tolerance: float = 1e-12) -> None:
    """Equal shape and float64 type; the error is measured against the largest entry."""
    expected, actual = np.asarray(expected), np.asarray(actual)
    assert actual.dtype == np.float64
    assert actual.shape == expected.shape
    assert np.all(np.isfinite(actual))
    scale = max(float(np.max(np.abs(expected), initial=0.0)), 1e-300)
    assert float(np.max(np.abs(actual - expected), initial=0.0)) <= tolerance * scale


def frozen(value: Any) -> Any:
    """Make all arrays inside read-only, so that writing to an argument raises."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif isinstance(value, dict):
        for entry in value.values():
            frozen(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            frozen(entry)
    return value
