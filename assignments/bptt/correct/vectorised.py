"""All steps at once wherever no step needs the one before; einsum over examples and time."""


def tanh_gradient(a):
    return np.subtract(1.0, np.square(a))


def output_backward(y_pred, y, a, parameters):
    dz = (y_pred - y) / y.shape[1]
    return {
        "da": np.einsum("ya,ymt->amt", parameters["Wya"], dz),
        "dWya": np.einsum("ymt,amt->ya", dz, a),
        "dby": dz.sum(axis=(1, 2))[:, None],
    }


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = da_next * (1 - a_next * a_next)
    return {
        "dxt": np.einsum("ax,am->xm", parameters["Wax"], dz),
        "da_prev": np.einsum("ba,bm->am", parameters["Waa"], dz),
        "dWax": np.einsum("am,xm->ax", dz, xt),
        "dWaa": np.einsum("am,bm->ab", dz, a_prev),
        "dba": np.einsum("am->a", dz)[:, np.newaxis],
    }


def rnn_backward(da, caches):
    steps, x = caches
    Wax, Waa = steps[0][3]["Wax"], steps[0][3]["Waa"]
    slopes = 1 - np.stack([step[0] for step in steps], axis=2) ** 2
    before = np.stack([step[1] for step in steps], axis=2)
    dz = np.empty(da.shape)
    carried = 0.0
    for t in range(da.shape[2] - 1, -1, -1):
        dz[:, :, t] = (da[:, :, t] + carried) * slopes[:, :, t]
        carried = Waa.T @ dz[:, :, t]
    return {
        "dx": np.tensordot(Wax.T, dz, axes=1),
        "da0": carried,
        "dWax": np.tensordot(dz, x, axes=([1, 2], [1, 2])),
        "dWaa": np.tensordot(dz, before, axes=([1, 2], [1, 2])),
        "dba": dz.sum(axis=2).sum(axis=1, keepdims=True),
    }


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    _, y_pred, caches = rnn_forward(x, a0, parameters)
    a = np.stack([step[0] for step in caches[0]], axis=2)
    m = x.shape[1]
    if head == "softmax":
        loss = -np.sum(y * np.log(np.clip(y_pred, 1e-12, None))) / m
    elif head == "sigmoid":
        scores = np.tensordot(parameters["Wya"], a, axes=1) + parameters["by"][:, :, None]
        y_pred = 1 / (1 + np.exp(-scores))
        p = np.clip(y_pred, 1e-12, 1 - 1e-12)
        loss = -np.sum(y * np.log(p) + (1 - y) * np.log1p(-p)) / m
    else:
        raise ValueError("unknown head " + repr(head))
    gradients = output_backward(y_pred, y, a, parameters)
    gradients.update(rnn_backward(gradients.pop("da"), caches))
    return loss, gradients


def truncated_rnn_backward(da, caches, k):
    if k < 1:
        raise ValueError("k")
    steps, x = caches
    Wax, Waa = steps[0][3]["Wax"], steps[0][3]["Waa"]
    T_x = da.shape[2]
    dz = np.zeros_like(da)
    carried, da0 = np.zeros(da.shape[:2]), None
    for t in range(T_x - 1, -1, -1):
        last_of_chunk = (t + 1) % k == 0
        dz[:, :, t] = (da[:, :, t] + (0 if last_of_chunk else carried)) * (1 - steps[t][0] ** 2)
        carried = Waa.T @ dz[:, :, t]
    before = np.stack([step[1] for step in steps], axis=2)
    return {
        "dx": np.einsum("ax,amt->xmt", Wax, dz),
        "da0": carried,
        "dWax": np.einsum("amt,xmt->ax", dz, x),
        "dWaa": np.einsum("amt,bmt->ab", dz, before),
        "dba": np.einsum("amt->a", dz).reshape(-1, 1),
    }


def numerical_gradient(f, theta, epsilon=1e-5):
    moves = epsilon * np.eye(theta.size).reshape(theta.size, *theta.shape)
    slopes = [(f(theta + move) - f(theta - move)) / (2 * epsilon) for move in moves]
    return np.array(slopes).reshape(theta.shape)


def update_parameters(parameters, gradients, learning_rate):
    return {key: parameters[key] - learning_rate * gradients[f"d{key}"] for key in parameters}
