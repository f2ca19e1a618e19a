"""Caches as dicts, with whatever may be useful later; predictions computed from them."""


def sigmoid(z, *, verbose=False):
    z = np.asarray(z, dtype=np.float64)
    with np.errstate(over="ignore"):
        return np.reciprocal(1 + np.exp(-z))


def softmax(z, axis=0):
    top = np.max(z, axis=axis, keepdims=True)
    weights = np.exp(z - top)
    return weights / np.sum(weights, axis=axis, keepdims=True)


def rnn_cell_forward(xt, a_prev, parameters):
    z = parameters["Wax"].dot(xt) + parameters["Waa"].dot(a_prev) + parameters["ba"]
    a_next = np.tanh(z)
    scores = parameters["Wya"].dot(a_next) + parameters["by"]
    yt_pred = softmax(scores)
    cache = {
        "pre-activation": z,
        "state": {"before": a_prev, "after": a_next},
        "input": xt,
        "scores": scores,
        "weights": parameters,
    }
    return a_next, yt_pred, cache


def rnn_forward(x, a0, parameters):
    caches = {"input": x, "steps": {}}
    a, y_pred = [], []
    for t in range(x.shape[2]):
        previous = caches["steps"][t - 1]["state"]["after"] if t else a0
        a_next, yt_pred, caches["steps"][t] = rnn_cell_forward(x[:, :, t], previous, parameters)
        a.append(a_next)
        y_pred.append(yt_pred)
    return np.stack(a, axis=2), np.stack(y_pred, axis=2), caches


def rnn_tag(x, a0, parameters):
    a, _, caches = rnn_forward(x, a0, parameters)
    heads = [sigmoid(caches["steps"][t]["scores"]) for t in range(x.shape[2])]
    return a, np.stack(heads, axis=2)


def rnn_classify(x, a0, parameters, lengths=None):
    a, y_pred, caches = rnn_forward(x, a0, parameters)
    n_y, m, T_x = y_pred.shape
    lengths = lengths if lengths is not None else np.repeat(T_x, m)
    answer = np.zeros((n_y, m))
    for t in range(T_x):
        answer[:, lengths == t + 1] = y_pred[:, lengths == t + 1, t]
    return a, answer
