"""Own arrays made once and filled, with out= and +=; nothing of the caller's is written to."""


def tanh_gradient(a):
    slope = np.array(a, dtype=float)
    slope *= slope
    np.subtract(1, slope, out=slope)
    return slope


def output_backward(y_pred, y, a, parameters):
    W = parameters["Wya"]
    n_y, m, T_x = y.shape
    out = {"da": np.empty(a.shape), "dWya": np.zeros(W.shape), "dby": np.zeros((n_y, 1))}
    dz = y_pred.copy()
    dz -= y
    dz /= m
    for t in range(T_x):
        out["da"][:, :, t] = W.T @ dz[:, :, t]
        out["dWya"] += dz[:, :, t] @ a[:, :, t].T
        out["dby"][:, 0] += dz[:, :, t].sum(axis=-1)
    return out


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = tanh_gradient(a_next)
    dz *= da_next
    grads = {
        "dxt": np.empty(xt.shape),
        "da_prev": np.empty(a_prev.shape),
        "dWax": np.empty(parameters["Wax"].shape),
        "dWaa": np.empty(parameters["Waa"].shape),
        "dba": np.empty((len(dz), 1)),
    }
    np.matmul(parameters["Wax"].T, dz, out=grads["dxt"])
    np.matmul(parameters["Waa"].T, dz, out=grads["da_prev"])
    np.matmul(dz, xt.T, out=grads["dWax"])
    np.matmul(dz, a_prev.T, out=grads["dWaa"])
    np.sum(dz, axis=1, keepdims=True, out=grads["dba"])
    return grads


def rnn_backward(da, caches):
    steps, x = caches
    grads = {"dx": np.zeros(x.shape), "da0": np.zeros(da.shape[:2])}
    for name in ("Wax", "Waa", "ba"):
        grads["d" + name] = np.zeros(steps[0][3][name].shape)
    for t in range(da.shape[2] - 1, -1, -1):
        grads["da0"] += da[:, :, t]
        step = rnn_cell_backward(grads["da0"], steps[t])
        grads["da0"][...] = step["da_prev"]
        grads["dx"][..., t] = step["dxt"]
        for name in ("dWax", "dWaa", "dba"):
            grads[name] += step[name]
    return grads


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    if head == "sigmoid":
        a, y_pred = rnn_tag(x, a0, parameters)
        cost = log_loss
    elif head == "softmax":
        a, y_pred, _ = rnn_forward(x, a0, parameters)
        cost = cross_entropy_loss
    else:
        raise ValueError("head: softmax or sigmoid")
    loss = np.zeros(())
    for t in range(x.shape[2]):
        loss += cost(y_pred[:, :, t], y[:, :, t])
    grads = output_backward(y_pred, y, a, parameters)
    grads |= rnn_backward(grads.pop("da"), rnn_forward(x, a0, parameters)[-1])
    return loss[()], grads


def truncated_rnn_backward(da, caches, k):
    if k < 1:
        raise ValueError
    steps, x = caches
    grads = {"dx": np.empty(x.shape)}
    for b in range(0, da.shape[2], k):
        chunk = rnn_backward(da[:, :, b : b + k], (steps[b : b + k], x[:, :, b : b + k]))
        grads["dx"][:, :, b : b + k] = chunk["dx"]
        if b == 0:
            for name in ("da0", "dWax", "dWaa", "dba"):
                grads[name] = chunk[name].copy()
        else:
            for name in ("dWax", "dWaa", "dba"):
                grads[name] += chunk[name]
    return grads


def numerical_gradient(f, theta, epsilon=1e-5):
    before = theta.copy()
    out = np.empty_like(theta)
    flat = out.reshape(-1)
    for i in range(theta.size):
        theta.flat[i] += epsilon
        flat[i] = f(theta)
        theta[...] = before
        theta.flat[i] -= epsilon
        flat[i] -= f(theta)
        theta[...] = before
    out /= 2 * epsilon
    return out


def update_parameters(parameters, gradients, learning_rate):
    new = {name: value.copy() for name, value in parameters.items()}
    for name, value in new.items():
        value -= learning_rate * gradients["d" + name]
    return new
