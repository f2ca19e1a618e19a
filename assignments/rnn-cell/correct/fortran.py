"""Fortran order throughout, results too."""


def sigmoid(z):
    z = np.asfortranarray(z, dtype=float)
    small = np.exp(-np.abs(z))
    out = np.empty_like(z)
    out[z >= 0] = 1 / (1 + small[z >= 0])
    out[z < 0] = small[z < 0] / (1 + small[z < 0])
    return out


def softmax(z):
    z = np.asfortranarray(z)
    e = np.exp(z - np.amax(z, axis=0))
    e /= e.sum(axis=0)
    return e


def rnn_cell_forward(xt, a_prev, parameters):
    xt, a_prev = np.asfortranarray(xt), np.asfortranarray(a_prev)
    weights = {name: np.asfortranarray(value) for name, value in parameters.items()}
    z = weights["Wax"] @ xt + weights["Waa"] @ a_prev + weights["ba"]
    a_next = np.asfortranarray(np.tanh(z))
    yt_pred = softmax(weights["Wya"] @ a_next + weights["by"])
    return a_next, yt_pred, (a_next, a_prev, xt, weights)


def rnn_forward(x, a0, parameters):
    n_x, m, T_x = x.shape
    n_y, n_a = parameters["Wya"].shape
    a = np.zeros((n_a, m, T_x), order="F")
    y_pred = np.zeros((n_y, m, T_x), order="F")
    caches = []
    for t in range(T_x):
        before = a0 if t == 0 else a[:, :, t - 1]
        a[:, :, t], y_pred[:, :, t], cache = rnn_cell_forward(x[:, :, t], before, parameters)
        caches.append(cache)
    return a, y_pred, (caches, np.asfortranarray(x))


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    flat = a.reshape((a.shape[0], -1), order="F")
    y = sigmoid(parameters["Wya"] @ flat + parameters["by"])
    return a, np.reshape(y, (y.shape[0], *a.shape[1:]), order="F")


def rnn_classify(x, a0, parameters, lengths=None):
    a, _, _ = rnn_forward(x, a0, parameters)
    T_x = a.shape[2]
    where = np.broadcast_to(T_x if lengths is None else lengths, (a.shape[1],)) - 1
    last = np.take_along_axis(a, where[np.newaxis, :, np.newaxis], axis=2)[:, :, 0]
    return a, softmax(np.asfortranarray(parameters["Wya"]) @ last + parameters["by"])
