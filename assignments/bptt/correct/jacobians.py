"""The chain rule with whole Jacobians, one example at a time."""


def tanh_gradient(a):
    J = [np.diag(1 - row**2) for row in a.reshape(-1, a.shape[-1])]
    return np.array([np.diagonal(matrix) for matrix in J]).reshape(a.shape)


def output_backward(y_pred, y, a, parameters):
    Wya = parameters["Wya"]
    n_y, m, T_x = y.shape
    da = np.zeros(a.shape)
    row = np.zeros((1, Wya.size))
    dby = np.zeros(n_y)
    for i in range(m):
        for t in range(T_x):
            dz = (y_pred[:, i, t] - y[:, i, t]) / m
            of_weights = np.kron(np.eye(n_y), a[:, i, t][None, :])  # dz / dWya, row by row
            row += dz[None, :] @ of_weights
            da[:, i, t] = dz @ Wya
            dby += dz
    return {"da": da, "dWya": row.reshape(Wya.shape), "dby": np.array([dby]).T}


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    Wax, Waa = parameters["Wax"], parameters["Waa"]
    n_a = len(a_next)
    found = {"dxt": [], "da_prev": [], "dWax": [], "dWaa": [], "dba": []}
    for i in range(a_next.shape[1]):
        through = da_next[:, i] @ np.diag(1 - a_next[:, i] ** 2)
        found["dxt"].append(through @ Wax)
        found["da_prev"].append(through @ Waa)
        found["dWax"].append((through @ np.kron(np.eye(n_a), xt[:, i])).reshape(Wax.shape))
        found["dWaa"].append((through @ np.kron(np.eye(n_a), a_prev[:, i])).reshape(Waa.shape))
        found["dba"].append(through.reshape(-1, 1))
    columns = {name: np.stack(found[name], axis=1) for name in ("dxt", "da_prev")}
    return columns | {name: np.sum(found[name], axis=0) for name in ("dWax", "dWaa", "dba")}


def rnn_backward(da, caches):
    """Each output's gradient travels back to the start on its own."""
    steps, x = caches
    T_x = da.shape[2]
    dx, totals = np.zeros(x.shape), {}
    da0 = np.zeros(da.shape[:2])
    for source in range(T_x):
        flow = da[:, :, source]
        for t in range(source, -1, -1):
            g = rnn_cell_backward(flow, steps[t])
            flow = g["da_prev"]
            dx[:, :, t] += g["dxt"]
            for name in ("dWax", "dWaa", "dba"):
                totals[name] = totals.get(name, 0) + g[name]
        da0 = da0 + flow
    return {"dx": dx, "da0": da0, **totals}


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    """The loss of each output by itself, all gradients added."""
    if head != "softmax" and head != "sigmoid":
        raise ValueError("head")
    a, y_pred, caches = rnn_forward(x, a0, parameters)
    step_loss = cross_entropy_loss
    if head == "sigmoid":
        y_pred, step_loss = rnn_tag(x, a0, parameters)[1], log_loss
    loss, total = 0.0, {}
    for t in range(x.shape[2]):
        loss = loss + step_loss(y_pred[:, :, t], y[:, :, t])
        target = y_pred.copy()  # of the other outputs nothing comes back
        target[:, :, t] = y[:, :, t]
        found = output_backward(y_pred, target, a, parameters)
        found |= rnn_backward(found.pop("da"), caches)
        total = {name: total.get(name, 0) + value for name, value in found.items()}
    return loss, total


def truncated_rnn_backward(da, caches, k):
    """Each output's gradient travels back to the start of its chunk."""
    if k < 1:
        raise ValueError("k must be 1 or more")
    steps, x = caches
    dx, da0, totals = np.zeros(x.shape), np.zeros(da.shape[:2]), {"dWax": 0, "dWaa": 0, "dba": 0}
    for source in range(da.shape[2]):
        flow = da[:, :, source]
        for t in range(source, source // k * k - 1, -1):
            g = rnn_cell_backward(flow, steps[t])
            flow = g["da_prev"]
            dx[:, :, t] += g["dxt"]
            totals = {name: totals[name] + g[name] for name in totals}
        if source < k:
            da0 += flow
    return {"dx": dx, "da0": da0, **totals}


def numerical_gradient(f, theta, epsilon=1e-5):
    basis = np.eye(theta.size)
    point = theta.flatten()
    g = lambda vector: f(vector.reshape(theta.shape))
    ahead = np.array([g(point + epsilon * e) for e in basis])
    behind = np.array([g(point - epsilon * e) for e in basis])
    return np.divide(ahead - behind, 2 * epsilon).reshape(theta.shape)


def update_parameters(parameters, gradients, learning_rate):
    new = {}
    for name, W in parameters.items():
        stacked = np.stack([W, gradients["d" + name]])
        new[name] = np.tensordot([1.0, -learning_rate], stacked, axes=1)
    return new
