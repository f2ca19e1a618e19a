"""Every sum and product by einsum."""


def sigmoid(z):
    z = np.array(z, dtype=float)
    positive = z > 0
    e = np.exp(np.where(positive, -z, z))
    return np.where(positive, 1.0, e) / (1.0 + e)


def softmax(z):
    e = np.exp(z - z.max(0))
    return np.einsum("ij,j->ij", e, 1 / np.einsum("ij->j", e))


def rnn_cell_forward(xt, a_prev, parameters):
    p = parameters
    z = np.einsum("ij,jm->im", p["Waa"], a_prev) + np.einsum("ij,jm->im", p["Wax"], xt)
    a_next = np.tanh(z + p["ba"])
    yt_pred = softmax(np.einsum("ya,am->ym", p["Wya"], a_next) + p["by"])
    return a_next, yt_pred, (a_next, a_prev, xt, p)


def rnn_forward(x, a0, parameters):
    drive = np.einsum("ax,xmt->tam", parameters["Wax"], x)  # all steps at once
    state, states, caches = a0, [], []
    for t, u in enumerate(drive):
        before = state
        state = np.tanh(np.einsum("ab,bm->am", parameters["Waa"], before) + u + parameters["ba"])
        states.append(state)
        caches.append((state, before, x[:, :, t], parameters))
    a = np.einsum("tam->amt", np.array(states))
    scores = np.einsum("ya,amt->ymt", parameters["Wya"], a) + parameters["by"][:, :, None]
    n_y, m, T_x = scores.shape
    y_pred = softmax(scores.reshape(n_y, m * T_x)).reshape(n_y, m, T_x)
    return a, y_pred, (caches, x)


def rnn_tag(x, a0, parameters):
    a = rnn_forward(x, a0, parameters)[0]
    scores = np.einsum("ya,amt->ymt", parameters["Wya"], a)
    return a, sigmoid(scores + parameters["by"][..., np.newaxis])


def rnn_classify(x, a0, parameters, lengths=None):
    a = rnn_forward(x, a0, parameters)[0]
    T_x = a.shape[2]
    ends = np.full(a.shape[1], T_x) if lengths is None else lengths
    at_end = (np.arange(1, T_x + 1) == np.reshape(ends, (-1, 1))).astype(float)  # (m, T_x)
    last = np.einsum("amt,mt->am", a, at_end)
    return a, softmax(np.einsum("ya,am->ym", parameters["Wya"], last) + parameters["by"])
