"""No loop and no assignment to an element: maps, folds and comprehensions."""

from functools import partial, reduce
from itertools import accumulate
from operator import add


def tanh_gradient(a):
    return np.vectorize(lambda v: 1.0 - v * v, otypes=[float])(a)


def output_backward(y_pred, y, a, parameters):
    m = y.shape[1]
    time = range(y.shape[2])
    dz = [(y_pred[:, :, t] - y[:, :, t]) * (1 / m) for t in time]
    return dict(
        da=np.stack([np.dot(parameters["Wya"].T, d) for d in dz], axis=2),
        dWya=reduce(add, (np.dot(d, a[:, :, t].T) for t, d in enumerate(dz))),
        dby=reduce(add, (np.sum(d, axis=1, keepdims=True) for d in dz)),
    )


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = np.multiply(da_next, tanh_gradient(a_next))
    ones = np.ones((1, dz.shape[1]))
    sides = {"dWax": xt, "dWaa": a_prev, "dba": ones}
    back = {"dxt": parameters["Wax"], "da_prev": parameters["Waa"]}
    return {
        **{name: dz @ side.T for name, side in sides.items()},
        **{name: weight.T @ dz for name, weight in back.items()},
    }


def rnn_backward(da, caches):
    steps, _ = caches
    backwards = list(zip(np.moveaxis(da, 2, 0), steps))[::-1]
    start = {"da_prev": np.zeros(da.shape[:2])}
    into = lambda found, pair: rnn_cell_backward(pair[0] + found["da_prev"], pair[1])
    results = list(accumulate(backwards, into, initial=start))[1:]
    total = {name: reduce(add, (r[name] for r in results)) for name in ("dWax", "dWaa", "dba")}
    dx = np.stack([r["dxt"] for r in reversed(results)], axis=2)
    return {"dx": dx, "da0": results[-1]["da_prev"], **total}


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    a, soft, caches = rnn_forward(x, a0, parameters)
    try:
        prediction, step_loss = {
            "softmax": lambda: (soft, cross_entropy_loss),
            "sigmoid": lambda: (rnn_tag(x, a0, parameters)[1], log_loss),
        }[head]()
    except KeyError:
        raise ValueError(head) from None
    loss = sum(step_loss(prediction[:, :, t], y[:, :, t]) for t in range(y.shape[2]))
    output = output_backward(prediction, y, a, parameters)
    inner = rnn_backward(output["da"], caches)
    return loss, {**inner, "dWya": output["dWya"], "dby": output["dby"]}


def truncated_rnn_backward(da, caches, k):
    if k < 1:
        raise ValueError("chunks need steps")
    steps, x = caches
    cuts = list(range(k, len(steps), k))
    bounds = zip([0, *cuts], [*cuts, len(steps)])
    parts = [rnn_backward(da[..., b:e], (steps[b:e], x[..., b:e])) for b, e in bounds]
    total = lambda name: reduce(add, map(lambda part: part[name], parts))
    return {
        "dx": np.concatenate([part["dx"] for part in parts], axis=2),
        "da0": parts[0]["da0"],
        **{name: total(name) for name in ("dWax", "dWaa", "dba")},
    }


def numerical_gradient(f, theta, epsilon=1e-5):
    unit = lambda i: np.where(np.arange(theta.size) == i, epsilon, 0.0).reshape(theta.shape)
    slope = lambda move: (f(theta + move) - f(theta - move)) / (2 * epsilon)
    return np.fromiter(map(slope, map(unit, range(theta.size))), float).reshape(theta.shape)


def _step(rate, gradients, item):
    return item[0], np.subtract(item[1], np.multiply(rate, gradients["d" + item[0]]))


def update_parameters(parameters, gradients, learning_rate):
    return dict(map(partial(_step, learning_rate, gradients), parameters.items()))
