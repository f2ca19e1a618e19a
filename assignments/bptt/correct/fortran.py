"""Batch first inside and transposed at the edges; what comes back is in Fortran order."""


def tanh_gradient(a):
    return np.asfortranarray(1 - np.power(a, 2))


def output_backward(y_pred, y, a, parameters):
    m = y.shape[1]
    dz = np.transpose(y_pred - y, (2, 1, 0)) / m
    states = np.transpose(a, (2, 1, 0))
    return {
        "da": (dz @ parameters["Wya"]).T,
        "dWya": np.sum([s.T @ d for s, d in zip(states, dz)], axis=0).T,
        "dby": np.sum(dz.reshape(-1, dz.shape[2]), axis=0, keepdims=True).T,
    }


def rnn_cell_backward(da_next, cache):
    after, before, read, parameters = cache
    dz = da_next.T * tanh_gradient(after.T)
    return {
        "dba": dz.sum(axis=0, keepdims=True).T,
        "dWaa": (before @ dz).T,
        "dWax": (read @ dz).T,
        "da_prev": (dz @ parameters["Waa"]).T,
        "dxt": (dz @ parameters["Wax"]).T,
    }


def rnn_backward(da, caches):
    steps, x = caches
    dx = np.zeros(x.shape, order="F")
    sums = {"dWax": 0.0, "dWaa": 0.0, "dba": 0.0}
    flow = None
    for t, step in reversed(list(enumerate(steps))):
        into = da[:, :, t] if flow is None else np.add(da[:, :, t], flow)
        found = rnn_cell_backward(into, step)
        flow = found["da_prev"]
        dx[:, :, t] = found["dxt"]
        sums = {name: np.asfortranarray(found[name] + value) for name, value in sums.items()}
    return {"dx": dx, "da0": flow, **sums}


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    if head == "softmax":
        (a, y_pred, caches), step_loss = rnn_forward(x, a0, parameters), cross_entropy_loss
    elif head == "sigmoid":
        a, _, caches = rnn_forward(x, a0, parameters)
        y_pred, step_loss = rnn_tag(x, a0, parameters)[1], log_loss
    else:
        raise ValueError(f"{head}?")
    costs = [step_loss(p.T, truth.T) for p, truth in zip(y_pred.T, y.T)]
    output = output_backward(y_pred, y, a, parameters)
    found = rnn_backward(np.asfortranarray(output["da"]), caches)
    return np.sum(costs), dict(found, dWya=output["dWya"], dby=output["dby"])


def truncated_rnn_backward(da, caches, k):
    if int(k) < 1:
        raise ValueError("k")
    steps, x = caches
    found, at = [], 0
    while steps[at:]:
        now = slice(at, at + k)
        found.append(rnn_backward(da[:, :, now], (steps[now], x[:, :, now])))
        at += k
    gradients = {
        name: sum(f[name] for f in found) for name in found[0] if name.startswith(("dW", "db"))
    }
    gradients["da0"] = found[0]["da0"]
    gradients["dx"] = np.asfortranarray(np.concatenate([f["dx"] for f in found], axis=2))
    return gradients


def numerical_gradient(f, theta, epsilon=1e-5):
    slope = np.zeros(theta.shape, order="F")
    for place in np.ndindex(theta.shape):
        ahead, behind = np.array(theta, order="F"), np.array(theta, order="F")
        ahead[place] += epsilon
        behind[place] -= epsilon
        slope[place] = (f(ahead) - f(behind)) / (2 * epsilon)
    return slope


def update_parameters(parameters, gradients, learning_rate):
    step = lambda name: parameters[name].T - learning_rate * gradients["d" + name].T
    return {name: step(name).T for name in sorted(parameters)}
