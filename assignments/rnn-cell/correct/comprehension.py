"""Comprehensions, generators and unpacking."""

from itertools import accumulate


def sigmoid(z):
    flat = [0.5 + 0.5 * np.tanh(0.5 * value) for value in np.ravel(z)]
    return np.reshape(flat, np.shape(z))


def softmax(z):
    return np.column_stack([(p := np.exp(c - c.max())) / p.sum() for c in z.T])


def rnn_cell_forward(xt, a_prev, parameters):
    terms = [W @ v for W, v in ((parameters["Wax"], xt), (parameters["Waa"], a_prev))]
    a_next = np.tanh(sum(terms, start=parameters["ba"]))
    yt_pred = softmax(sum([parameters["Wya"] @ a_next], start=parameters["by"]))
    return a_next, yt_pred, (a_next, a_prev, xt, parameters)


def rnn_forward(x, a0, parameters):
    steps = [*np.moveaxis(x, 2, 0)]
    made = [
        *accumulate(
            steps,
            lambda last, xt: rnn_cell_forward(xt, last[0], parameters),
            initial=(a0, None, None),
        )
    ][1:]
    states, predictions, caches = zip(*made)
    return np.stack(states, -1), np.stack(predictions, -1), (list(caches), x)


def rnn_tag(x, a0, parameters):
    a, *_ = rnn_forward(x, a0, parameters)
    scores = (parameters["Wya"] @ a[..., t] + parameters["by"] for t in range(a.shape[-1]))
    return a, np.dstack([sigmoid(score) for score in scores])


def rnn_classify(x, a0, parameters, lengths=None):
    a, *_ = rnn_forward(x, a0, parameters)
    ends = lengths if lengths is not None else [x.shape[2]] * x.shape[1]
    last = np.column_stack([a[:, j, end - 1] for j, end in enumerate(ends)])
    return a, softmax(parameters["Wya"] @ last + parameters["by"])
