"""Every gradient of the reference against autodiff, central differences and complex steps."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from oracle import (
    NAMES,
    SIZES,
    assert_close,
    central_differences,
    complex_step,
    draw,
    frozen,
    identify,
    scores_and_states,
    sigmoid_loss,
    softmax_loss,
)

from reference.bptt import (
    numerical_gradient,
    output_backward,
    rnn_backward,
    rnn_cell_backward,
    rnn_gradients,
    tanh_gradient,
    truncated_rnn_backward,
    update_parameters,
)
from reference.rnn_cell import rnn_cell_forward, rnn_forward, rnn_tag

RECURRENT = ("Wax", "Waa", "ba", "a0", "x")


def theta_of(data):
    return {**data["parameters"], "x": data["x"], "a0": data["a0"]}


def weighted_states(theta, da, chunk=None):
    """A loss whose gradient with respect to the states' outputs is `da`."""
    _, states = scores_and_states(theta, chunk)
    return sum(anp.sum(state.T * da[:, :, t]) for t, state in enumerate(states))


def test_tanh_gradient():
    z = np.random.default_rng(0).normal(size=(2, 3, 4))
    expected = np.imag(np.tanh(z + 1e-30j)) / 1e-30
    assert_close(expected, tanh_gradient(frozen(np.tanh(z))))


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_output_of_softmax(size):
    data = frozen(draw(size, 1))
    y, a, parameters = data["one_hot"], np.tanh(data["da"]), data["parameters"]

    def loss(Wya, by, a):
        z = anp.einsum("ya,amt->ymt", Wya, a) + by[:, :, None]
        log_p = z - anp.log(anp.sum(anp.exp(z), axis=0, keepdims=True))
        return -anp.sum(log_p * y) / y.shape[1]

    z = np.einsum("ya,amt->ymt", parameters["Wya"], a) + parameters["by"][:, :, None]
    y_pred = np.exp(z) / np.sum(np.exp(z), axis=0)
    expected = autograd.grad(loss, (0, 1, 2))(parameters["Wya"], parameters["by"], a)
    actual = output_backward(*frozen((y_pred, y, a)), parameters)
    assert sorted(actual) == ["dWya", "da", "dby"]
    for name, gradient in zip(("dWya", "dby", "da"), expected, strict=True):
        assert_close(gradient, actual[name])


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_output_of_sigmoid(size):
    data = frozen(draw(size, 2))
    y, a, parameters = data["bits"], np.tanh(data["da"]), data["parameters"]

    def loss(Wya, by, a):
        z = anp.einsum("ya,amt->ymt", Wya, a) + by[:, :, None]
        return anp.sum(anp.logaddexp(0.0, z) - y * z) / y.shape[1]

    z = np.einsum("ya,amt->ymt", parameters["Wya"], a) + parameters["by"][:, :, None]
    expected = autograd.grad(loss, (0, 1, 2))(parameters["Wya"], parameters["by"], a)
    actual = output_backward(1 / (1 + np.exp(-z)), y, a, parameters)
    for name, gradient in zip(("dWya", "dby", "da"), expected, strict=True):
        assert_close(gradient, actual[name])


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_cell_backward(size):
    data = frozen(draw(size, 3))
    theta = {**theta_of(data), "x": data["x"][:, :, :1]}
    da_next = data["da"][:, :, 0]
    expected = autograd.grad(weighted_states)(theta, da_next[:, :, None])
    _, _, cache = rnn_cell_forward(data["x"][:, :, 0], data["a0"], data["parameters"])
    actual = rnn_cell_backward(da_next, frozen(cache))
    assert sorted(actual) == ["dWaa", "dWax", "da_prev", "dba", "dxt"]
    assert_close(expected["x"][:, :, 0], actual["dxt"])
    assert_close(expected["a0"], actual["da_prev"])
    for name in ("Wax", "Waa", "ba"):
        assert_close(expected[name], actual["d" + name])


@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_backward(size):
    data = frozen(draw(size, 4))
    expected = autograd.grad(weighted_states)(theta_of(data), data["da"])
    _, _, caches = rnn_forward(data["x"], data["a0"], data["parameters"])
    actual = rnn_backward(data["da"], frozen(caches))
    assert sorted(actual) == sorted("d" + name for name in RECURRENT)
    for name in RECURRENT:
        assert_close(expected[name], actual["d" + name])


@pytest.mark.parametrize("k", [1, 2, 3, 4, 6, 39, 40, 1000])
@pytest.mark.parametrize("size", SIZES, ids=identify)
def test_truncated_backward(size, k):
    data = frozen(draw(size, 5))
    expected = autograd.grad(weighted_states)(theta_of(data), data["da"], k)
    _, _, caches = rnn_forward(data["x"], data["a0"], data["parameters"])
    actual = truncated_rnn_backward(data["da"], frozen(caches), k)
    assert sorted(actual) == sorted("d" + name for name in RECURRENT)
    for name in RECURRENT:
        assert_close(expected[name], actual["d" + name])


def test_truncation_drops_something():
    data = draw(SIZES[0], 6)
    _, _, caches = rnn_forward(data["x"], data["a0"], data["parameters"])
    full, cut = rnn_backward(data["da"], caches), truncated_rnn_backward(data["da"], caches, 2)
    assert np.max(np.abs(full["dWaa"] - cut["dWaa"])) > 1e-2


def test_truncation_needs_a_whole_step():
    data = draw(SIZES[0], 6)
    _, _, caches = rnn_forward(data["x"], data["a0"], data["parameters"])
    with pytest.raises(ValueError, match="at least 1"):
        truncated_rnn_backward(data["da"], caches, 0)


HEADS = [
    pytest.param("softmax", softmax_loss, "one_hot", None, id="softmax"),
    pytest.param("sigmoid", sigmoid_loss, "bits", None, id="sigmoid"),
    pytest.param("sigmoid", sigmoid_loss, "bits", 1, id="sigmoid of one unit"),
]


@pytest.mark.parametrize("size", SIZES, ids=identify)
@pytest.mark.parametrize(("head", "oracle", "kind", "n_y"), HEADS)
def test_gradients(head, oracle, kind, n_y, size):
    data = frozen(draw(size, 7, n_y=n_y))
    theta, y = theta_of(data), data[kind]
    loss, gradients = rnn_gradients(data["x"], y, data["a0"], data["parameters"], head)
    assert type(loss) is float
    assert_close(oracle(theta, y), loss, 1e-10)
    assert sorted(gradients) == sorted("d" + name for name in (*NAMES, "a0", "x"))
    expected = autograd.grad(oracle)(theta, y)
    for name in theta:
        assert_close(expected[name], gradients["d" + name])


def test_softmax_is_the_head_by_default():
    data = draw(SIZES[0], 8)
    arguments = (data["x"], data["one_hot"], data["a0"], data["parameters"])
    assert rnn_gradients(*arguments)[0] == rnn_gradients(*arguments, "softmax")[0]


def test_unknown_head():
    data = draw(SIZES[0], 8)
    with pytest.raises(ValueError, match="'linear'"):
        rnn_gradients(data["x"], data["one_hot"], data["a0"], data["parameters"], "linear")


@pytest.mark.parametrize("size", SIZES[:6], ids=identify)
def test_gradients_by_complex_step(size):
    data = draw(size, 9)
    theta, y = theta_of(data), data["one_hot"]
    _, gradients = rnn_gradients(data["x"], y, data["a0"], data["parameters"])
    for name in theta:
        expected = complex_step(lambda moved: softmax_loss(moved, y, np), theta, name)
        assert_close(expected, gradients["d" + name])


@pytest.mark.parametrize(("head", "kind"), [("softmax", "one_hot"), ("sigmoid", "bits")])
def test_gradients_by_central_differences_of_the_references_own_loss(head, kind):
    data = draw(SIZES[0], 10)
    theta, y = theta_of(data), data[kind]

    def loss(moved):
        weights = {name: moved[name] for name in NAMES}
        return rnn_gradients(moved["x"], y, moved["a0"], weights, head)[0]

    _, gradients = rnn_gradients(data["x"], y, data["a0"], data["parameters"], head)
    for name in theta:
        assert_close(central_differences(loss, theta, name), gradients["d" + name], 1e-8)


def test_numerical_gradient_of_a_loss():
    data = draw(SIZES[5], 11)
    theta, y = theta_of(data), data["one_hot"]
    Waa = data["parameters"]["Waa"]
    before = Waa.copy()
    actual = numerical_gradient(lambda W: float(softmax_loss({**theta, "Waa": W}, y, np)), Waa)
    np.testing.assert_array_equal(Waa, before)
    assert_close(autograd.grad(softmax_loss)(theta, y)["Waa"], actual, 1e-8)


@pytest.mark.parametrize("shape", [(), (1,), (3, 1), (2, 3, 2)])
def test_numerical_gradient_is_exact_for_a_quadratic(shape):
    theta = np.array(np.random.default_rng(12).normal(size=shape))
    actual = numerical_gradient(lambda v: float(np.sum(v**2)), theta, 0.5)
    assert_close(2 * theta, actual)


def test_numerical_gradient_sees_a_closure():
    theta = np.array([[1.0, -2.0]])
    actual = numerical_gradient(lambda _: float(np.sum(theta**3)), theta)
    assert_close(3 * theta**2, actual, 1e-9)


def test_numerical_gradient_uses_both_sides():
    points = []

    def f(v):
        points.append(float(v[0]))
        return 0.0

    numerical_gradient(f, np.array([2.0]), 0.25)
    assert sorted(points) == [1.75, 2.25]


def test_update():
    data = frozen(draw(SIZES[0], 13))
    parameters = data["parameters"]
    gradients = {"d" + name: np.full(value.shape, 2.0) for name, value in parameters.items()}
    new = update_parameters(parameters, frozen({**gradients, "da0": data["a0"]}), 0.25)
    assert sorted(new) == sorted(parameters)
    for name, value in parameters.items():
        assert_close(value - 0.5, new[name])
        assert not np.shares_memory(new[name], value)


def test_update_names_a_missing_gradient():
    with pytest.raises(KeyError, match="dby"):
        update_parameters({"by": np.zeros((1, 1))}, {}, 0.1)


def test_a_step_downhill_lowers_the_loss():
    data = draw(SIZES[0], 14)
    parameters = data["parameters"]
    x, y, a0 = data["x"], data["bits"], data["a0"]
    assert rnn_tag(x, a0, parameters)[1].shape == y.shape
    before, gradients = rnn_gradients(x, y, a0, parameters, "sigmoid")
    after, _ = rnn_gradients(x, y, a0, update_parameters(parameters, gradients, 0.01), "sigmoid")
    assert after < before


def test_the_oracle_catches_a_wrong_gradient():
    data = draw(SIZES[0], 15)
    _, _, caches = rnn_forward(data["x"], data["a0"], data["parameters"])
    expected = autograd.grad(weighted_states)(theta_of(data), data["da"])
    wrong = rnn_backward(data["da"], caches)["dWaa"].T
    with pytest.raises(AssertionError):
        assert_close(expected["Waa"], wrong)
