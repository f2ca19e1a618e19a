"""The assignment `bptt`: what each mistake costs, and sequences through which gradients travel."""

import numpy as np
import pytest
from exam_room import MANNERS, PURITY, Mistake, exam_room

ROOM = exam_room("bptt")
REFERENCE = ROOM.assignment.reference_functions

WRONG = [
    Mistake(
        function="tanh_gradient",
        source="def tanh_gradient(a):\n    return 1 - np.tanh(a) ** 2\n",
        costs={"ordinary activations", "three axes", "saturated"},
    ),
    Mistake(
        function="tanh_gradient",
        source="def tanh_gradient(a):\n    a *= a\n    return 1 - a\n",
        costs={PURITY},
    ),
    Mistake(
        function="output_backward",
        source="""
        def output_backward(y_pred, y, a, parameters):
            dz = (y_pred - y) / (y_pred * (1 - y_pred)) / y.shape[1]
            return {
                "da": np.einsum("ya,ymt->amt", parameters["Wya"], dz),
                "dWya": np.einsum("ymt,amt->ya", dz, a),
                "dby": dz.sum(axis=(1, 2))[:, None],
            }
        """,
        costs={"softmax head", "sigmoid head", "edges", "sure predictions"},
    ),
    Mistake(
        function="rnn_cell_backward",
        source="""
        def rnn_cell_backward(da_next, cache):
            a_next, a_prev, xt, parameters = cache
            dz = da_next * (1 - a_next**2)
            return {
                "dxt": parameters["Wax"].T @ dz, "da_prev": parameters["Waa"] @ dz,
                "dWax": dz @ xt.T, "dWaa": dz @ a_prev.T, "dba": dz.sum(axis=1, keepdims=True),
            }
        """,
        costs={"one step", "edges", "saturated states"},
    ),
    Mistake(
        function="rnn_cell_backward",
        source="""
        def rnn_cell_backward(da_next, cache):
            a_next, a_prev, xt, parameters = cache
            dz = da_next * (1 - a_next**2)
            return {
                "dxt": parameters["Wax"].T @ dz, "da_prev": parameters["Waa"].T @ dz,
                "dWax": dz @ xt.T, "dWaa": dz @ a_prev.T, "dba": dz.sum(axis=1),
            }
        """,
        costs={MANNERS},
        perhaps={"edges", "one step", "saturated states"},
    ),
    Mistake(
        function="rnn_backward",
        source=ROOM.changed(
            "g = rnn_cell_backward(da[:, :, t] + da_prevt, steps[t])",
            "g = rnn_cell_backward(da[:, :, t] + (0 if t % 2 else da_prevt), steps[t])",
        ),
        costs={"sequences", "thirty steps", "only the last output counts", "edges"},
    ),
    Mistake(
        function="rnn_backward",
        source=ROOM.changed(
            "g = rnn_cell_backward(da[:, :, t] + da_prevt, steps[t])",
            "g = rnn_cell_backward(da[:, :, t] + da_prevt * (T_x - t < 20), steps[t])",
        ),
        costs={"thirty steps"},
    ),
    Mistake(
        function="rnn_gradients",
        source=ROOM.changed("loss += step_loss", "loss += 1 / x.shape[2] * step_loss"),
        costs={"softmax head", "sigmoid head", "no head named", "edges"},
    ),
    Mistake(
        function="rnn_gradients",
        source=ROOM.changed(
            "a, y_pred, caches = rnn_forward(x, a0, parameters)\n    step_loss",
            "a, y_pred, caches = rnn_forward(x, 0 * a0, parameters)\n    step_loss",
        ),
        costs={"softmax head", "sigmoid head", "no head named", "edges"},
    ),
    Mistake(
        function="truncated_rnn_backward",
        source=ROOM.changed(
            "for start in range(0, x.shape[2], k):",
            "for start in range(-(-x.shape[2] % k), x.shape[2], k):",
        ).replace("part = slice(start, start + k)", "part = slice(max(start, 0), start + k)"),
        costs={"a shorter last chunk"},
        perhaps={"edges"},
    ),
    Mistake(
        function="truncated_rnn_backward",
        source=ROOM.changed('= chunks[0]["da0"]', '= chunks[-1]["da0"]'),
        costs={"chunks of two and three", "a shorter last chunk", "each step alone"},
        perhaps={"edges"},
    ),
    Mistake(
        function="numerical_gradient",
        source="""
        def numerical_gradient(f, theta, epsilon=1e-5):
            gradient = np.zeros(theta.shape)
            for i in np.ndindex(theta.shape):
                kept = theta[i]
                theta[i] = kept + epsilon
                above = f(theta)
                theta[i] = kept - epsilon
                gradient[i] = (above - f(theta)) / (2 * epsilon)
            return gradient
        """,
        costs={
            "theta as it was", "a matrix", "another function", "a vector", "three axes",
        },
        perhaps={"one number", "the usual epsilon"},
    ),
    Mistake(
        function="numerical_gradient",
        source="""
        def numerical_gradient(f, theta, epsilon=1e-5):
            gradient = np.zeros(theta.shape)
            for i in np.ndindex(theta.shape):
                theta[i] += epsilon
                above = f(theta)
                theta[i] -= 2 * epsilon
                gradient[i] = (above - f(theta)) / (2 * epsilon)
                theta[i] += epsilon
            return gradient
        """,
        costs={"theta as it was"},
    ),
    Mistake(
        function="numerical_gradient",
        source=ROOM.changed("value = theta[index]", "epsilon = 1e-5; value = theta[index]"),
        costs={"a matrix", "a vector", "three axes", "one number", "another function"},
    ),
    Mistake(
        function="update_parameters",
        source="""
        def update_parameters(parameters, gradients, learning_rate):
            new = dict(parameters)
            for name in gradients:
                new[name[1:]] = new[name[1:]] - learning_rate * gradients[name]
            return new
        """,
        costs={"more gradients than parameters", "a gradient is missing"},
    ),
    Mistake(
        function="update_parameters",
        source="""
        def update_parameters(parameters, gradients, learning_rate):
            for name in parameters:
                parameters[name] -= learning_rate * gradients["d" + name]
            return parameters
        """,
        costs={PURITY},
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG, ids=lambda mistake: mistake.function)
def test_a_mistake_costs_where_it_should(mistake: Mistake) -> None:
    ROOM.assert_costs(mistake)


def test_the_gradient_of_the_last_output_reaches_the_first_step() -> None:
    """Else a cut in the flow would not show."""
    for name, case in ROOM.drawn("rnn_backward", 20):
        if name not in ("thirty steps", "only the last output counts"):
            continue
        da, caches = case.arguments["da"].copy(), case.arguments["caches"]  # type: ignore[attr-defined]
        da[:, :, :-1] = 0
        back = REFERENCE["rnn_backward"](da, caches)
        reached = np.max(np.abs(back["da0"])) / np.max(np.abs(da))  # type: ignore[index]
        assert 1e-5 < reached < 1e3, (name, reached)


def test_chunks_are_shorter_than_the_sequence_where_the_name_says_so() -> None:
    for name, case in ROOM.drawn("truncated_rnn_backward", 3):
        T_x, k = case.arguments["da"].shape[2], case.arguments["k"]  # type: ignore[attr-defined]
        if name == "a shorter last chunk":
            assert T_x > k, (T_x, k)
            assert T_x % k, (T_x, k)
        elif name == "one chunk":
            assert T_x <= k
