"""The reference against PyTorch in float64: its RNN, its losses, its gradients and its clipping.

Runs where PyTorch is installed (`pip install ".[oracle]"`); the tests beside it check the same
functions against another autodiff library, and central differences, everywhere.
"""

from typing import Any

import numpy as np
import pytest
from oracle import SIZES, assert_close, draw, identify

from reference import bptt, gradient_clipping, gradient_flow, losses, name_tagger, rnn_cell

torch = pytest.importorskip("torch", reason='pip install ".[oracle]"', exc_type=ImportError)
F = torch.nn.functional

sizes = pytest.mark.parametrize("size", SIZES, ids=identify)
seeds = pytest.mark.parametrize("seed", range(3))


def tensor(array: Any) -> Any:
    return torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)


class Network:
    """`torch.nn.RNN` with a linear head, holding the same weights; batches come first."""

    def __init__(self, inputs: dict[str, Any]) -> None:
        p = inputs["parameters"]
        n_a, n_x = p["Wax"].shape
        self.rnn = torch.nn.RNN(n_x, n_a, dtype=torch.float64)
        self.head = torch.nn.Linear(n_a, len(p["Wya"]), dtype=torch.float64)
        with torch.no_grad():
            self.rnn.weight_ih_l0[:] = torch.tensor(p["Wax"])
            self.rnn.weight_hh_l0[:] = torch.tensor(p["Waa"])
            self.rnn.bias_ih_l0[:] = torch.tensor(p["ba"][:, 0])
            self.rnn.bias_hh_l0[:] = 0.0
            self.head.weight[:] = torch.tensor(p["Wya"])
            self.head.bias[:] = torch.tensor(p["by"][:, 0])
        self.x = tensor(np.transpose(inputs["x"], (2, 1, 0)))
        self.a0 = tensor(inputs["a0"].T)

    def run(self) -> tuple[Any, Any]:
        """States and scores, each `(T_x, m, units)`."""
        states, _ = self.rnn(self.x, self.a0[None].contiguous())
        return states, self.head(states)

    def gradients(self) -> dict[str, Any]:
        found = {
            "dWax": self.rnn.weight_ih_l0.grad,
            "dWaa": self.rnn.weight_hh_l0.grad,
            "dba": self.rnn.bias_ih_l0.grad[:, None],
            "da0": self.a0.grad.T,
            "dx": self.x.grad.permute(2, 1, 0),
        }
        if self.head.weight.grad is not None:
            found["dWya"] = self.head.weight.grad
            found["dby"] = self.head.bias.grad[:, None]
        return {name: value.numpy() for name, value in found.items()}


def ours(array: Any) -> np.ndarray:
    """From `(T_x, m, units)` to `(units, m, T_x)`."""
    return np.transpose(array.detach().numpy(), (2, 1, 0))


@sizes
def test_forward(size):
    inputs = draw(size, 1)
    states, scores = Network(inputs).run()
    a, y_pred, _ = rnn_cell.rnn_forward(inputs["x"], inputs["a0"], inputs["parameters"])
    assert_close(ours(states), a)
    assert_close(ours(torch.softmax(scores, dim=2)), y_pred)
    _, tagged = rnn_cell.rnn_tag(inputs["x"], inputs["a0"], inputs["parameters"])
    assert_close(ours(torch.sigmoid(scores)), tagged)
    lengths = np.random.default_rng(2).integers(1, size["T_x"] + 1, size["m"])
    _, rated = rnn_cell.rnn_classify(inputs["x"], inputs["a0"], inputs["parameters"], lengths)
    last = scores[torch.tensor(lengths) - 1, torch.arange(size["m"])]
    assert_close(torch.softmax(last, dim=1).detach().numpy().T, rated)


@sizes
@pytest.mark.parametrize("head", ["softmax", "sigmoid"])
def test_all_gradients(size, head):
    inputs = draw(size, 3)
    network = Network(inputs)
    _, scores = network.run()
    if head == "softmax":
        y = inputs["one_hot"]
        classes = torch.tensor(np.argmax(y, axis=0).T)
        loss = F.cross_entropy(scores.flatten(0, 1), classes.flatten(), reduction="sum")
    else:
        y = inputs["bits"]
        target = torch.tensor(np.transpose(y, (2, 1, 0)))
        loss = F.binary_cross_entropy_with_logits(scores, target, reduction="sum")
    loss = loss / size["m"]
    loss.backward()
    found, gradients = bptt.rnn_gradients(
        inputs["x"], y, inputs["a0"], inputs["parameters"], head=head
    )
    assert_close(loss.item(), np.float64(found), 1e-11)
    expected = network.gradients()
    assert set(gradients) == set(expected)
    for name, gradient in gradients.items():
        assert_close(expected[name], gradient, 1e-11)


@sizes
@pytest.mark.parametrize("k", [1, 2, 3, 100])
def test_truncation_is_detaching_the_state(size, k):
    inputs = draw(size, 4)
    network = Network(inputs)
    da = torch.tensor(np.transpose(inputs["da"], (2, 1, 0)))
    state, total = network.a0[None].contiguous(), torch.zeros((), dtype=torch.float64)
    for start in range(0, size["T_x"], k):
        states, state = network.rnn(network.x[start : start + k], state)
        total = total + (states * da[start : start + k]).sum()
        state = state.detach()
    total.backward()
    _, _, caches = rnn_cell.rnn_forward(inputs["x"], inputs["a0"], inputs["parameters"])
    gradients = bptt.truncated_rnn_backward(inputs["da"], caches, k)
    expected = network.gradients()
    for name, gradient in gradients.items():
        assert_close(expected[name], gradient, 1e-11)
    if k >= size["T_x"]:
        for name, gradient in bptt.rnn_backward(inputs["da"], caches).items():
            assert_close(expected[name], gradient, 1e-11)


@seeds
@pytest.mark.parametrize("shape", [(3, 5), (1, 4), (4, 1), (1, 1), (3, 3)])
class TestLosses:
    def test_mse(self, shape, seed):
        rng = np.random.default_rng(seed)
        p, y = rng.normal(size=shape), rng.normal(size=shape)
        q = tensor(p)
        (F.mse_loss(q, torch.tensor(y), reduction="sum") / shape[1]).backward()
        assert_close(q.grad.numpy(), losses.mse_gradient(p, y))
        expected = F.mse_loss(torch.tensor(p), torch.tensor(y), reduction="sum") / shape[1]
        assert_close(expected.item(), np.float64(losses.mse_loss(p, y)))

    def test_cross_entropy(self, shape, seed):
        rng = np.random.default_rng(seed)
        p = rng.dirichlet(np.ones(shape[0]) * 2, shape[1]).T
        classes = rng.integers(0, shape[0], shape[1])
        y = np.eye(shape[0])[classes].T
        q = tensor(p)
        loss = F.nll_loss(torch.log(q.T), torch.tensor(classes))
        loss.backward()
        assert_close(loss.item(), np.float64(losses.cross_entropy_loss(p, y)))
        assert_close(q.grad.numpy(), losses.cross_entropy_gradient(p, y))

    def test_log_loss(self, shape, seed):
        rng = np.random.default_rng(seed)
        p, y = rng.uniform(0.02, 0.98, shape), rng.integers(0, 2, shape).astype(float)
        q = tensor(p)
        loss = F.binary_cross_entropy(q, torch.tensor(y), reduction="sum") / shape[1]
        loss.backward()
        assert_close(loss.item(), np.float64(losses.log_loss(p, y)))
        assert_close(q.grad.numpy(), losses.log_loss_gradient(p, y))

    def test_hinge(self, shape, seed):
        rng = np.random.default_rng(seed)
        s, y = 2 * rng.normal(size=shape), rng.choice([-1.0, 1.0], shape)
        q = tensor(s)
        loss = torch.clamp(1 - torch.tensor(y) * q, min=0).sum() / shape[1]
        loss.backward()
        assert_close(loss.item(), np.float64(losses.hinge_loss(s, y)))
        assert_close(q.grad.numpy(), losses.hinge_gradient(s, y))

    @pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
    def test_huber(self, shape, seed, delta):
        rng = np.random.default_rng(seed)
        p, y = 2 * rng.normal(size=shape), rng.normal(size=shape)
        q = tensor(p)
        loss = F.huber_loss(q, torch.tensor(y), reduction="sum", delta=delta) / shape[1]
        loss.backward()
        assert_close(loss.item(), np.float64(losses.huber_loss(p, y, delta)))
        assert_close(q.grad.numpy(), losses.huber_gradient(p, y, delta))


def some_gradients(seed: int, scale: float = 1.0) -> dict[str, np.ndarray]:
    inputs = draw(SIZES[0], seed)
    return {f"d{name}": scale * value for name, value in inputs["parameters"].items()}


def as_parameters(gradients: dict[str, np.ndarray]) -> dict[str, Any]:
    """Parameters whose `.grad` are these."""
    found = {}
    for name, gradient in gradients.items():
        found[name] = torch.nn.Parameter(torch.zeros(gradient.shape, dtype=torch.float64))
        found[name].grad = torch.tensor(gradient)
    return found


@seeds
def test_clip_by_value(seed):
    gradients = some_gradients(seed)
    parameters = as_parameters(gradients)
    torch.nn.utils.clip_grad_value_(parameters.values(), 0.4)
    for name, clipped in gradient_clipping.clip_by_value(gradients, 0.4).items():
        assert_close(parameters[name].grad.numpy(), clipped, 1e-15)


@seeds
@pytest.mark.parametrize("max_norm", [1.5, 4.0, 1e3])
def test_clip_by_global_norm(seed, max_norm):
    """PyTorch adds 1e-6 to the norm that it divides by."""
    gradients = some_gradients(seed, 3.0)
    parameters = as_parameters(gradients)
    norm = torch.nn.utils.clip_grad_norm_(parameters.values(), max_norm)
    clipped, found = gradient_clipping.clip_by_global_norm(gradients, max_norm)
    assert_close(norm.item(), np.float64(found))
    for name, value in clipped.items():
        assert_close(parameters[name].grad.numpy(), value, 1e-6)


@seeds
def test_clipped_update_is_a_step_of_sgd(seed):
    parameters = draw(SIZES[0], seed)["parameters"]
    gradients = some_gradients(seed + 10, 3.0)
    weights = [torch.nn.Parameter(torch.tensor(value)) for value in parameters.values()]
    for weight, name in zip(weights, parameters, strict=True):
        weight.grad = torch.tensor(gradients[f"d{name}"])
    torch.nn.utils.clip_grad_norm_(weights, 2.0)
    torch.optim.SGD(weights, lr=0.1).step()
    found = gradient_clipping.clipped_update(parameters, gradients, 0.1, 2.0)
    for weight, name in zip(weights, parameters, strict=True):
        assert_close(weight.detach().numpy(), found[name], 1e-6)


@seeds
@pytest.mark.parametrize("n_a", [1, 2, 5])
def test_jacobian_products(seed, n_a):
    rng = np.random.default_rng(seed)
    T_x = 6
    Waa = rng.normal(size=(n_a, n_a)) / np.sqrt(n_a)
    drive = rng.normal(size=(n_a, T_x))

    def run(start, first):
        state = start
        for t in range(first, T_x):
            state = torch.tanh(torch.tensor(Waa) @ state + torch.tensor(drive[:, t]))
        return state

    states = np.zeros((n_a, T_x))
    state = torch.tensor(rng.uniform(-1, 1, n_a))
    for t in range(T_x):
        state = torch.tanh(torch.tensor(Waa) @ state + torch.tensor(drive[:, t]))
        states[:, t] = state.numpy()
    norms = gradient_flow.gradient_norms(states, Waa)
    logs = gradient_flow.log_gradient_norms(states, Waa)
    for k in range(T_x):
        from_k = torch.tensor(states[:, k])
        jacobian = torch.autograd.functional.jacobian(lambda s, k=k: run(s, k + 1), from_k)
        assert_close(jacobian.numpy(), gradient_flow.jacobian_product(states, Waa, k, T_x - 1))
        norm = torch.linalg.matrix_norm(jacobian, ord=2).item()
        assert norms[k] == pytest.approx(norm, rel=1e-10)
        assert logs[k] == pytest.approx(np.log(norm), abs=1e-10)


@seeds
@pytest.mark.parametrize("t", [1, 2, 5])
def test_scalar_network(seed, t):
    rng = np.random.default_rng(seed)
    names = ("Wx", "Ws", "Wo", "b1", "b2")
    weights = dict(zip(names, rng.normal(size=5).tolist(), strict=True))
    x, Y, S0 = rng.normal(size=5), rng.normal(size=5), 0.4
    theta = {name: tensor(value) for name, value in weights.items()}
    state = torch.tensor(S0, dtype=torch.float64)
    for step in range(t):
        state = torch.tanh(theta["Wx"] * x[step] + theta["Ws"] * state + theta["b1"])
    loss = (Y[t - 1] - (theta["Wo"] * state + theta["b2"])) ** 2 / 2
    loss.backward()
    gradients, terms = gradient_flow.unrolled_gradients(x, Y, S0, weights, t)
    for name in ("Wo", "Wx", "Ws"):
        assert gradients[f"d{name}"] == pytest.approx(theta[name].grad.item(), rel=1e-11)
    for name in ("dWx", "dWs"):
        assert terms[name].shape == (t,)
        assert np.sum(terms[name]) == pytest.approx(gradients[name], rel=1e-11)


@seeds
def test_a_step_of_the_tagger_learns_from_the_words_alone(seed):
    """Padding counts nothing; clipping and step are PyTorch's."""
    size = {"n_x": 4, "n_a": 3, "n_y": 1, "m": 5, "T_x": 6}
    inputs = draw(size, seed, n_y=1)
    inputs["a0"] = np.zeros((3, 5))
    mask = (np.arange(6) < np.array([[6], [1], [3], [4], [2]])).astype(float)
    network = Network(inputs)
    _, scores = network.run()
    target = torch.tensor(np.transpose(inputs["bits"], (2, 1, 0)))
    loss = F.binary_cross_entropy_with_logits(scores, target, reduction="none")
    loss = (loss[:, :, 0] * torch.tensor(mask.T)).sum() / size["m"]
    loss.backward()
    weights = {
        "Wax": network.rnn.weight_ih_l0, "Waa": network.rnn.weight_hh_l0,
        "Wya": network.head.weight, "ba": network.rnn.bias_ih_l0, "by": network.head.bias,
    }  # fmt: skip
    before = torch.nn.utils.clip_grad_norm_(weights.values(), 0.25)
    torch.optim.SGD(weights.values(), lr=0.7).step()
    batch = (inputs["x"], inputs["bits"], mask)
    new, found, norm = name_tagger.train_step(batch, inputs["parameters"], 0.7, 0.25)
    assert found == pytest.approx(loss.item(), rel=1e-11)
    assert norm == pytest.approx(before.item(), rel=1e-11)
    for name, weight in weights.items():
        expected = weight.detach().numpy()
        assert_close(expected[:, None] if expected.ndim == 1 else expected, new[name], 1e-5)
