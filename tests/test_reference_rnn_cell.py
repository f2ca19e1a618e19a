"""The reference's forward pass against one written independently."""

import numpy as np
import pytest
from oracle import SIZES, assert_close, draw, frozen, identify, scores_and_states

from reference.rnn_cell import (
    rnn_cell_forward,
    rnn_classify,
    rnn_forward,
    rnn_tag,
    sigmoid,
    softmax,
)


def expected_forward(data):
    theta = {**data["parameters"], "x": data["x"], "a0": data["a0"]}
    scores, states = scores_and_states(theta, xp=np)
    return np.stack([z.T for z in scores], axis=2), np.stack([s.T for s in states], axis=2)


def probabilities(z):
    """Softmax over the first axis by pairwise differences: no shift, no exponential of a score."""
    with np.errstate(over="ignore"):
        return 1 / np.sum(np.exp(z[None, ...] - z[:, None, ...]), axis=1)


def test_softmax_columns():
    z = frozen(np.random.default_rng(0).normal(size=(4, 7)) * 3)
    assert_close(probabilities(z), softmax(z))
    assert_close(np.ones(7), np.sum(softmax(z), axis=0))


def test_softmax_of_large_scores_and_of_columns_far_apart():
    z = np.array([[1e4, -1e4, 5e3, 0.0], [1e4, -1e4 + 1, -5e3, 800.0]])
    p = 1 / (1 + np.exp(1.0))
    assert_close(np.array([[0.5, p, 1.0, 0.0], [0.5, 1 - p, 0.0, 1.0]]), softmax(z))


def test_softmax_of_one_class_is_one():
    assert_close(np.ones((1, 3)), softmax(np.array([[-1e4, 0.0, 1e4]])))


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 3, 4), (1, 1)])
def test_sigmoid_is_half_of_one_plus_tanh(shape):
    z = frozen(np.random.default_rng(1).normal(size=shape) * 5)
    assert_close((1 + np.tanh(z / 2)) / 2, sigmoid(z))


def test_sigmoid_tails_keep_their_relative_accuracy():
    z = np.linspace(-700, -40, 12)
    np.testing.assert_allclose(sigmoid(z), np.exp(z), rtol=1e-12)


def test_sigmoid_of_large_scores():
    np.testing.assert_array_equal(sigmoid(np.array([-1e4, -800.0, 800.0, 1e4])), [0, 0, 1, 1])


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_cell(size):
    data = frozen(draw(size, 2))
    xt, a_prev, parameters = data["x"][:, :, 0], data["a0"], data["parameters"]
    scores, states = expected_forward({**data, "x": data["x"][:, :, :1]})
    a_next, yt_pred, cache = rnn_cell_forward(xt, a_prev, parameters)
    assert_close(states[:, :, 0], a_next)
    assert_close(probabilities(scores[:, :, 0]), yt_pred)
    assert cache[0] is a_next
    assert cache[1] is a_prev
    assert cache[2] is xt
    assert cache[3] is parameters


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_forward(size):
    data = frozen(draw(size, 3))
    scores, states = expected_forward(data)
    a, y_pred, (steps, x) = rnn_forward(data["x"], data["a0"], data["parameters"])
    assert_close(states, a)
    assert_close(probabilities(scores), y_pred)
    assert x is data["x"]
    assert len(steps) == size["T_x"]
    before = data["a0"]
    for t, (a_next, a_prev, xt, _) in enumerate(steps):
        assert_close(before, a_prev)
        assert_close(states[:, :, t], a_next)
        assert_close(data["x"][:, :, t], xt)
        before = states[:, :, t]


@pytest.mark.parametrize("n_y", [1, 3])
@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_tag(size, n_y):
    data = frozen(draw(size, 4, n_y=n_y))
    scores, states = expected_forward(data)
    a, y_pred = rnn_tag(data["x"], data["a0"], data["parameters"])
    assert_close(states, a)
    assert_close((1 + np.tanh(scores / 2)) / 2, y_pred)


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_classify_whole_sequences(size):
    data = frozen(draw(size, 5))
    scores, states = expected_forward(data)
    a, y_pred = rnn_classify(data["x"], data["a0"], data["parameters"])
    assert_close(states, a)
    assert_close(probabilities(scores[:, :, -1]), y_pred)


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_classify_each_example_at_its_own_length(size):
    data = frozen(draw(size, 6))
    lengths = np.random.default_rng(6).integers(1, size["T_x"] + 1, size["m"])
    _, y_pred = rnn_classify(data["x"], data["a0"], data["parameters"], lengths)
    for j, length in enumerate(lengths):
        alone = {**data, "x": data["x"][:, j : j + 1, :length], "a0": data["a0"][:, j : j + 1]}
        scores, _ = expected_forward(alone)
        assert_close(probabilities(scores[:, :, -1]), y_pred[:, j : j + 1])


def test_classify_does_not_see_the_padding():
    data = draw(SIZES[0], 7)
    lengths = np.array([1, 6, 3, 4])
    _, before = rnn_classify(data["x"], data["a0"], data["parameters"], lengths)
    for j, length in enumerate(lengths):
        data["x"][:, j, length:] = 50.0
    _, after = rnn_classify(data["x"], data["a0"], data["parameters"], lengths)
    np.testing.assert_array_equal(before, after)
