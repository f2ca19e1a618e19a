"""As in old tutorials: tile and repmat for broadcasting, newaxis, reshape, matrix."""


def sigmoid(z):
    z = np.array(z, dtype=np.float64)
    z[z < -700.0] = -700.0
    return 1.0 / (1.0 + np.exp(-z))


def softmax(z):
    top = np.tile(np.reshape(np.amax(z, 0), (1, -1)), (z.shape[0], 1))
    e = np.exp(z - top)
    return np.divide(e, np.dot(np.ones((z.shape[0], 1)), np.sum(e, 0)[np.newaxis, :]))


def rnn_cell_forward(xt, a_prev, parameters):
    m = np.size(xt, 1)
    ba = np.repeat(parameters["ba"], m, axis=1)
    by = np.kron(parameters["by"], np.ones((1, m)))
    a_next = np.tanh(np.dot(parameters["Waa"], a_prev) + np.dot(parameters["Wax"], xt) + ba)
    yt_pred = softmax(np.dot(parameters["Wya"], a_next) + by)
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    caches = []
    a = np.zeros((a0.shape[0], x.shape[1], x.shape[2]))
    y_pred = np.zeros((parameters["Wya"].shape[0], x.shape[1], x.shape[2]))
    a_next = a0
    t = 0
    while t < x.shape[2]:
        xt = np.reshape(x[:, :, t : t + 1], x.shape[:2])
        a_next, yt_pred, cache = rnn_cell_forward(xt, a_next, parameters)
        a[:, :, t : t + 1] = a_next[:, :, np.newaxis]
        y_pred[:, :, t : t + 1] = yt_pred[:, :, np.newaxis]
        caches.append(cache)
        t += 1
    return a, y_pred, (caches, x)


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    y_pred = np.array([])
    for t in range(np.size(a, 2)):
        yt = sigmoid(np.dot(parameters["Wya"], a[:, :, t]) + parameters["by"])[:, :, np.newaxis]
        y_pred = yt if t == 0 else np.append(y_pred, yt, axis=2)
    return a, y_pred


def rnn_classify(x, a0, parameters, lengths=None):
    a, _, _ = rnn_forward(x, a0, parameters)
    m = np.size(x, 1)
    if lengths is None:
        lengths = np.size(x, 2) * np.ones(m)
    last = np.zeros((np.size(a, 0), m))
    for i in range(0, m):
        last[:, i] = a[:, i, int(lengths[i]) - 1]
    return a, softmax(np.dot(parameters["Wya"], last) + np.tile(parameters["by"], (1, m)))
