"""In place wherever it can be, on arrays of its own."""


def sigmoid(z):
    out = np.array(z, dtype=float)
    np.negative(out, out=out)
    np.clip(out, -745.0, 709.0, out=out)
    np.exp(out, out=out)
    out += 1
    np.divide(1, out, out=out)
    return out


def softmax(z):
    out = z.copy()
    out -= out.max(axis=0)
    np.exp(out, out=out)
    out /= out.sum(axis=0)
    return out


def rnn_cell_forward(xt, a_prev, parameters):
    a_next = np.dot(parameters["Waa"], a_prev)
    a_next += np.dot(parameters["Wax"], xt)
    a_next += parameters["ba"]
    np.tanh(a_next, out=a_next)
    scores = np.dot(parameters["Wya"], a_next)
    scores += parameters["by"]
    return a_next, softmax(scores), (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    _, m, T_x = x.shape
    n_y, n_a = parameters["Wya"].shape
    a, y_pred, caches = np.empty((n_a, m, T_x)), np.empty((n_y, m, T_x)), []
    state = a0.copy()
    for t in range(T_x):
        fresh, prediction, cache = rnn_cell_forward(x[:, :, t], state.copy(), parameters)
        state[...] = fresh
        a[:, :, t] = state
        y_pred[:, :, t] = prediction
        caches += [cache]
    return a, y_pred, (caches, x)


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    y_pred = np.tensordot(parameters["Wya"], a, axes=1)
    y_pred += parameters["by"][:, :, np.newaxis]
    y_pred[:] = sigmoid(y_pred)
    return a, y_pred


def rnn_classify(x, a0, parameters, lengths=None):
    a, _, _ = rnn_forward(x, a0, parameters)
    last = a[:, :, -1].copy()
    if lengths is not None:
        for j in range(len(lengths)):
            last[:, j] = a[:, j, lengths[j] - 1]
    scores = parameters["Wya"] @ last
    scores += parameters["by"]
    return a, softmax(scores)
