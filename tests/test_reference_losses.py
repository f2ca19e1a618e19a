"""The reference's losses against independent formulas, their gradients against autodiff."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from oracle import assert_close, frozen

from reference import losses

SHAPES = [(3, 5), (1, 4), (4, 1), (1, 1), (3, 3), (2, 60)]


def mse(p, y):
    return anp.sum((p - y) * (p - y)) / p.shape[1]


def cross_entropy(p, y):
    right = anp.sum(anp.where(y == 1, p, 0.0), axis=0)
    return anp.mean(-anp.log(right))


def log_loss(p, y):
    right = anp.where(y == 1, p, 1 - p)
    return anp.mean(anp.sum(-anp.log(right), axis=0))


def hinge(s, y):
    violation = 1 - y * s
    return anp.sum(violation * (violation > 0)) / s.shape[1]


def huber(p, y, delta):
    r = anp.abs(p - y)
    quadratic = anp.where(r < delta, r, delta)
    return anp.sum(quadratic * quadratic / 2 + delta * (r - quadratic)) / p.shape[1]


def inputs(kind, shape, seed):
    rng = np.random.default_rng(seed)
    n_y, m = shape
    if kind == "one_hot":
        p = rng.uniform(0.05, 1, shape)
        return p / p.sum(axis=0), np.eye(n_y)[rng.integers(0, n_y, m)].T.copy()
    if kind == "bits":
        return rng.uniform(0.05, 0.95, shape), rng.integers(0, 2, shape).astype(float)
    if kind == "signs":
        return rng.normal(size=shape) * 2, rng.choice([-1.0, 1.0], shape)
    return rng.normal(size=shape) * 3, rng.normal(size=shape)


PAIRS = [
    pytest.param(losses.mse_loss, losses.mse_gradient, mse, "real", id="mse"),
    pytest.param(
        losses.cross_entropy_loss,
        losses.cross_entropy_gradient,
        cross_entropy,
        "one_hot",
        id="cross_entropy",
    ),
    pytest.param(losses.log_loss, losses.log_loss_gradient, log_loss, "bits", id="log_loss"),
    pytest.param(losses.hinge_loss, losses.hinge_gradient, hinge, "signs", id="hinge"),
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("loss", "gradient", "oracle", "kind"), PAIRS)
def test_loss_and_gradient(loss, gradient, oracle, kind, shape):
    for seed in range(5):
        y_pred, y = frozen(inputs(kind, shape, seed))
        assert type(loss(y_pred, y)) is float
        assert_close(oracle(y_pred, y), loss(y_pred, y))
        assert_close(autograd.grad(oracle)(y_pred, y), gradient(y_pred, y))


@pytest.mark.parametrize("delta", [1.0, 0.3, 2.5])
@pytest.mark.parametrize("shape", SHAPES)
def test_huber(shape, delta):
    for seed in range(5):
        y_pred, y = frozen(inputs("real", shape, seed))
        expected = autograd.grad(huber)(y_pred, y, delta)
        assert_close(huber(y_pred, y, delta), losses.huber_loss(y_pred, y, delta))
        assert_close(expected, losses.huber_gradient(y_pred, y, delta))


def test_huber_has_delta_one_by_default():
    y_pred, y = inputs("real", (3, 5), 8)
    assert losses.huber_loss(y_pred, y) == losses.huber_loss(y_pred, y, 1.0)
    assert_close(losses.huber_gradient(y_pred, y, 1.0), losses.huber_gradient(y_pred, y))


@pytest.mark.parametrize("delta", [0.5, 2.0])
def test_huber_agrees_at_the_tie(delta):
    y_pred = np.array([[delta, -delta]])
    zero = np.zeros((1, 2))
    assert losses.huber_loss(y_pred, zero, delta) == delta**2 / 2
    np.testing.assert_array_equal(losses.huber_gradient(y_pred, zero, delta), y_pred / 2)


def test_hinge_at_margin_one():
    scores, y = np.array([[1.0, -1.0]]), np.array([[1.0, -1.0]])
    assert losses.hinge_loss(scores, y) == 0.0
    np.testing.assert_array_equal(losses.hinge_gradient(scores, y), np.zeros((1, 2)))


def test_cross_entropy_of_a_class_ruled_out():
    y_pred, y = np.array([[1.0, 1.0], [0.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 0.0]])
    assert losses.cross_entropy_loss(y_pred, y) == pytest.approx(12 * np.log(10) / 2, rel=1e-12)
    gradient = losses.cross_entropy_gradient(y_pred, y)
    np.testing.assert_allclose(gradient, [[0, -0.5], [-0.5e12, 0]], rtol=1e-12)


def test_log_loss_of_a_sure_but_wrong_answer():
    y_pred, y = np.array([[1.0, 0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 1.0, 0.0]])
    assert losses.log_loss(y_pred, y) == pytest.approx(2 * 12 * np.log(10) / 4, rel=1e-4)
    gradient = losses.log_loss_gradient(y_pred, y)
    np.testing.assert_allclose(gradient, [[0.25e12, -0.25e12, -0.25, 0.25]], rtol=1e-3)


STEPS = [
    pytest.param(losses.mse_loss, "real", id="mse"),
    pytest.param(losses.cross_entropy_loss, "one_hot", id="cross_entropy"),
    pytest.param(losses.log_loss, "bits", id="log_loss"),
    pytest.param(losses.hinge_loss, "signs", id="hinge"),
    pytest.param(losses.huber_loss, "real", id="huber"),
]


def sequence(kind, n_y, m, T_x, seed):
    pairs = [inputs(kind, (n_y, m), 100 * seed + t) for t in range(T_x)]
    return np.stack([p for p, _ in pairs], axis=2), np.stack([y for _, y in pairs], axis=2)


@pytest.mark.parametrize(("n_y", "m", "T_x"), [(3, 4, 5), (2, 1, 3), (3, 4, 1), (3, 3, 3)])
@pytest.mark.parametrize(("step_loss", "kind"), STEPS)
def test_sequence(step_loss, kind, n_y, m, T_x):
    y_pred, y = frozen(sequence(kind, n_y, m, T_x, 1))
    total, per_step = losses.sequence_loss(step_loss, y_pred, y)
    assert type(total) is float
    expected = [step_loss(y_pred[:, :, t], y[:, :, t]) for t in range(T_x)]
    assert_close(expected, per_step)
    assert_close(sum(expected), total)


@pytest.mark.parametrize(("step_loss", "kind"), STEPS)
def test_sequence_with_padding(step_loss, kind):
    m, T_x = 4, 5
    y_pred, y = sequence(kind, 3, m, T_x, 2)
    mask = (np.arange(T_x) < np.array([[1], [3], [3], [2]])).astype(float)
    y_pred[:, mask == 0] = np.nan
    y[:, mask == 0] = np.nan
    total, per_step = losses.sequence_loss(step_loss, *frozen((y_pred, y, mask)))
    expected = np.zeros(T_x)
    for j in range(m):
        for t in range(int(mask[j].sum())):
            expected[t] += step_loss(y_pred[:, j : j + 1, t], y[:, j : j + 1, t]) / m
    assert_close(expected, per_step)
    np.testing.assert_array_equal(per_step[3:], 0.0)
    assert_close(expected.sum(), total)


def test_a_full_mask_changes_nothing():
    y_pred, y = sequence("real", 3, 4, 5, 3)
    plain, _ = losses.sequence_loss(losses.mse_loss, y_pred, y)
    masked, _ = losses.sequence_loss(losses.mse_loss, y_pred, y, np.ones((4, 5)))
    assert plain == masked
