"""Rows are examples inside, as most libraries have it, and time comes second."""


def sigmoid(z):
    rows = np.asarray(z, dtype=float).T
    return (np.exp(np.minimum(rows, 0)) / (1 + np.exp(-np.abs(rows)))).T


def softmax(z):
    rows = z.T
    e = np.exp(rows - rows.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).T


def step(x, a, parameters):
    return np.tanh(x @ parameters["Wax"].T + a @ parameters["Waa"].T + parameters["ba"].T)


def rnn_cell_forward(xt, a_prev, parameters):
    a_next = step(xt.T, a_prev.T, parameters).T
    scores = (a_next.T @ parameters["Wya"].T + parameters["by"].T).T
    return a_next, softmax(scores), (a_next, a_prev, xt, parameters)


def states_of(x, a0, parameters):
    batch = np.transpose(x, (1, 2, 0))  # (m, T_x, n_x)
    states = np.zeros((batch.shape[0], batch.shape[1] + 1, a0.shape[0]))
    states[:, 0] = a0.T
    for t in range(batch.shape[1]):
        states[:, t + 1] = step(batch[:, t], states[:, t], parameters)
    return states


def rnn_forward(x, a0, parameters):
    states = states_of(x, a0, parameters)
    scores = states[:, 1:] @ parameters["Wya"].T + parameters["by"].T
    e = np.exp(scores - scores.max(axis=2, keepdims=True))
    probabilities = e / e.sum(axis=2, keepdims=True)
    caches = (states, x, parameters)
    return states[:, 1:].transpose(2, 0, 1), probabilities.transpose(2, 0, 1), caches


def rnn_tag(x, a0, parameters):
    states = states_of(x, a0, parameters)[:, 1:]
    scores = states @ parameters["Wya"].T + parameters["by"].T
    return states.transpose(2, 0, 1), sigmoid(scores).transpose(2, 0, 1)


def rnn_classify(x, a0, parameters, lengths=None):
    states = states_of(x, a0, parameters)
    m, T_x = x.shape[1:]
    ends = np.full(m, T_x) if lengths is None else np.array(lengths)
    last = states[np.arange(m), ends]
    scores = last @ parameters["Wya"].T + parameters["by"].T
    return states[:, 1:].transpose(2, 0, 1), softmax(scores.T)
