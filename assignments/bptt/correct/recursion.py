"""Each function asks itself about the rest."""


def tanh_gradient(a):
    if np.ndim(a) == 0:
        return 1 - a**2
    return np.array([tanh_gradient(part) for part in a])


def output_backward(y_pred, y, a, parameters):
    T_x, m = y.shape[2], y.shape[1]
    if T_x == 0:
        n_y, n_a = parameters["Wya"].shape
        return {
            "da": np.zeros((n_a, m, 0)),
            "dWya": np.zeros((n_y, n_a)),
            "dby": np.zeros((n_y, 1)),
        }
    rest = output_backward(y_pred[:, :, 1:], y[:, :, 1:], a[:, :, 1:], parameters)
    dz = (y_pred[:, :, 0] - y[:, :, 0]) / m
    return {
        "da": np.dstack([parameters["Wya"].T @ dz, rest["da"]]),
        "dWya": rest["dWya"] + dz @ a[:, :, 0].T,
        "dby": rest["dby"] + dz.sum(axis=1, keepdims=True),
    }


def rnn_cell_backward(da_next, cache):
    """One example at a time, the others by recursion."""
    a_next, a_prev, xt, parameters = cache
    n_a, m = a_next.shape
    if m == 0:
        empty = {"dxt": np.zeros((len(xt), 0)), "da_prev": np.zeros((n_a, 0))}
        names = ("Wax", "Waa", "ba")
        return empty | {"d" + name: np.zeros(parameters[name].shape) for name in names}
    rest = rnn_cell_backward(da_next[:, 1:], (a_next[:, 1:], a_prev[:, 1:], xt[:, 1:], parameters))
    dz = da_next[:, 0] * (1 - a_next[:, 0] ** 2)
    return {
        "dxt": np.column_stack([dz @ parameters["Wax"], rest["dxt"]]),
        "da_prev": np.column_stack([dz @ parameters["Waa"], rest["da_prev"]]),
        "dWax": rest["dWax"] + np.outer(dz, xt[:, 0]),
        "dWaa": rest["dWaa"] + np.outer(dz, a_prev[:, 0]),
        "dba": rest["dba"] + dz[:, None],
    }


def rnn_backward(da, caches):
    steps, x = caches

    def from_step(t):
        """What flows out of step t to the one before, with the sums from t on."""
        if t == len(steps):
            return np.zeros_like(da[:, :, 0]), [], []
        later, dxs, sums = from_step(t + 1)
        one = rnn_cell_backward(da[:, :, t] + later, steps[t])
        return one["da_prev"], [one["dxt"], *dxs], [one, *sums]

    da0, dxs, ones = from_step(0)
    gradients = {key: sum(one[key] for one in ones) for key in ("dWax", "dWaa", "dba")}
    return {"dx": np.stack(dxs, axis=-1), "da0": da0, **gradients}


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    """The first step, then the rest from the state after it."""
    if head not in {"softmax", "sigmoid"}:
        raise ValueError(head)

    def rest(t, a_prev):
        if t == x.shape[2]:
            return 0.0, {"da": np.zeros(a_prev.shape)}
        a_next, y_pred, cache = rnn_cell_forward(x[:, :, t], a_prev, parameters)
        if head == "sigmoid":
            y_pred = sigmoid(parameters["Wya"] @ a_next + parameters["by"])
        loss, later = rest(t + 1, a_next)
        step_loss = log_loss if head == "sigmoid" else cross_entropy_loss
        now = y[:, :, t]
        out = output_backward(y_pred[:, :, None], now[:, :, None], a_next[:, :, None], parameters)
        back = rnn_cell_backward(out["da"][:, :, 0] + later["da"], cache)
        found = {key: back[key] for key in ("dWax", "dWaa", "dba")}
        found |= {key: out[key] for key in ("dWya", "dby")}
        found = {key: value + later.get(key, 0) for key, value in found.items()}
        found["dx"] = np.dstack([back["dxt"], *([later["dx"]] if "dx" in later else [])])
        return loss + step_loss(y_pred, now), {**found, "da": back["da_prev"]}

    loss, gradients = rest(0, a0)
    gradients["da0"] = gradients.pop("da")
    return loss, gradients


def truncated_rnn_backward(da, caches, k):
    if k < 1:
        raise ValueError("k < 1")
    steps, x = caches
    first = rnn_backward(da[:, :, :k], (steps[:k], x[:, :, :k]))
    if k >= len(steps):
        return first
    others = truncated_rnn_backward(da[:, :, k:], (steps[k:], x[:, :, k:]), k)
    summed = {key: first[key] + others[key] for key in ("dWax", "dWaa", "dba")}
    return {**summed, "da0": first["da0"], "dx": np.concatenate([first["dx"], others["dx"]], -1)}


def numerical_gradient(f, theta, epsilon=1e-5):
    def slopes(place):
        if len(place) == theta.ndim:
            move = np.zeros(theta.shape)
            move[place] = epsilon
            return (f(theta + move) - f(theta - move)) / (2 * epsilon)
        return [slopes((*place, i)) for i in range(theta.shape[len(place)])]

    return np.array(slopes(()))


def update_parameters(parameters, gradients, learning_rate):
    if not parameters:
        return {}
    name, *others = parameters
    rest = {other: parameters[other] for other in others}
    new = {name: parameters[name] - learning_rate * gradients["d" + name]}
    return new | update_parameters(rest, gradients, learning_rate)
