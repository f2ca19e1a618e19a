"""The sequence by recursion: the first steps, then one more."""


def sigmoid(z):
    z = np.asarray(z, dtype=float)
    if z.ndim == 0:
        return np.exp(-np.logaddexp(0.0, -z))
    return np.stack([sigmoid(part) for part in z])


def softmax(z):
    if z.shape[1] == 1:
        powers = np.exp(z - z.max())
        return powers / powers.sum()
    half = z.shape[1] // 2
    return np.concatenate([softmax(z[:, :half]), softmax(z[:, half:])], axis=1)


def rnn_cell_forward(xt, a_prev, parameters):
    Wax, Waa, Wya, ba, by = (parameters[name] for name in ("Wax", "Waa", "Wya", "ba", "by"))
    a_next = np.tanh(ba + Waa @ a_prev + Wax @ xt)
    return a_next, softmax(by + Wya @ a_next), (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    if x.shape[2] == 0:
        empty = np.zeros((a0.shape[0], a0.shape[1], 0))
        return empty, np.zeros((len(parameters["by"]), x.shape[1], 0)), ([], x)
    a, y_pred, (caches, _) = rnn_forward(x[:, :, :-1], a0, parameters)
    before = a[:, :, -1] if caches else a0
    state, prediction, cache = rnn_cell_forward(x[:, :, -1], before, parameters)
    a = np.concatenate([a, state[:, :, None]], axis=2)
    y_pred = np.concatenate([y_pred, prediction[:, :, None]], axis=2)
    return a, y_pred, ([*caches, cache], x)


def rnn_tag(x, a0, parameters):
    state, prediction, _ = rnn_cell_forward(x[:, :, 0], a0, parameters)
    y = sigmoid(parameters["Wya"] @ state + parameters["by"])
    first = state[:, :, None], y[:, :, None]
    if x.shape[2] == 1:
        return first
    rest = rnn_tag(x[:, :, 1:], state, parameters)
    return tuple(np.concatenate(pair, axis=2) for pair in zip(first, rest))


def rnn_classify(x, a0, parameters, lengths=None):
    if lengths is None:
        lengths = np.full(x.shape[1], x.shape[2])
    a, y_pred, _ = rnn_forward(x, a0, parameters)
    if x.shape[1] == 1:
        return a, y_pred[:, :, lengths[0] - 1]
    parts = [
        rnn_classify(x[:, [j]], a0[:, [j]], parameters, lengths[[j]])[1] for j in range(x.shape[1])
    ]
    return a, np.concatenate(parts, axis=1)
