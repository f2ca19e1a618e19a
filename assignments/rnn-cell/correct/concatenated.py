"""One matrix for state, input and bias; the two heads by log and tanh."""


def sigmoid(z):
    return (1 + np.tanh(np.asarray(z, float) / 2)) / 2


def softmax(z):
    shift = z.max(axis=0)
    return np.exp(z - shift - np.log(np.exp(z - shift).sum(axis=0)))


def stacked(parameters):
    return np.hstack([parameters["Waa"], parameters["Wax"], parameters["ba"]])


def head(parameters, a):
    ones = np.ones((1, a.shape[1]))
    return np.hstack([parameters["Wya"], parameters["by"]]) @ np.vstack([a, ones])


def rnn_cell_forward(xt, a_prev, parameters):
    column = np.vstack([a_prev, xt, np.ones((1, xt.shape[1]))])
    a_next = np.tanh(stacked(parameters) @ column)
    return a_next, softmax(head(parameters, a_next)), (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    T_x = x.shape[-1]
    a = np.empty((a0.shape[0], a0.shape[1], T_x + 1))
    a[..., 0] = a0
    y_pred = np.empty((parameters["Wya"].shape[0], x.shape[1], T_x))
    caches = [None] * T_x
    for t in range(1, T_x + 1):
        a[..., t], y_pred[..., t - 1], caches[t - 1] = rnn_cell_forward(
            x[..., t - 1], a[..., t - 1], parameters
        )
    return a[..., 1:], y_pred, (caches, x)


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    n_a, m, T_x = a.shape
    flat = head(parameters, a.reshape(n_a, m * T_x))
    return a, sigmoid(flat).reshape(-1, m, T_x)


def rnn_classify(x, a0, parameters, lengths=None):
    a, y_pred, _ = rnn_forward(x, a0, parameters)
    if lengths is None:
        return a, y_pred[:, :, -1]
    return a, np.hstack([y_pred[:, j, [n - 1]] for j, n in enumerate(lengths)])
