"""Plain lists wherever an array is not needed, also as results."""

from math import exp, tanh


def one(value):
    return 1 / (1 + exp(-value)) if value > -700 else exp(value)


def nested(function, values):
    if isinstance(values, list):
        return [nested(function, value) for value in values]
    return function(values)


def sigmoid(z):
    return nested(one, np.asarray(z, dtype=float).tolist())


def softmax(z):
    columns = []
    for column in np.asarray(z).T.tolist():
        powers = [exp(value - max(column)) for value in column]
        columns.append([power / sum(powers) for power in powers])
    return [list(row) for row in zip(*columns)]


def product(A, B):
    return [[sum(a * b for a, b in zip(row, column)) for column in zip(*B)] for row in A]


def plus(A, B):
    return [[a + b for a, b in zip(one_row, other)] for one_row, other in zip(A, B)]


def add_bias(A, b):
    return [[value + bias[0] for value in row] for row, bias in zip(A, b)]


def rnn_cell_forward(xt, a_prev, parameters):
    p = {name: np.asarray(value).tolist() for name, value in parameters.items()}
    before, now = np.asarray(a_prev).tolist(), np.asarray(xt).tolist()
    z = add_bias(plus(product(p["Waa"], before), product(p["Wax"], now)), p["ba"])
    a_next = [[tanh(value) for value in row] for row in z]
    yt_pred = softmax(add_bias(product(p["Wya"], a_next), p["by"]))
    return [a_next, yt_pred, [a_next, before, now, p]]


def rnn_forward(x, a0, parameters):
    states, predictions, caches = [], [], []
    state = a0
    for t in range(np.shape(x)[2]):
        state, prediction, cache = rnn_cell_forward(np.asarray(x)[:, :, t], state, parameters)
        states.append(state)
        predictions.append(prediction)
        caches.append(cache)
    a = np.array(states).transpose(1, 2, 0).tolist()
    y_pred = np.array(predictions).transpose(1, 2, 0).tolist()
    return [a, y_pred, [caches, x]]


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    by_step = np.array(a).transpose(2, 0, 1).tolist()
    Wya, by = parameters["Wya"].tolist(), parameters["by"].tolist()
    y = [sigmoid(add_bias(product(Wya, state), by)) for state in by_step]
    return [a, np.array(y).transpose(1, 2, 0).tolist()]


def rnn_classify(x, a0, parameters, lengths=None):
    a, _, _ = rnn_forward(x, a0, parameters)
    m, T_x = len(a[0]), len(a[0][0])
    ends = [T_x] * m if lengths is None else [int(n) for n in lengths]
    last = [[unit[j][ends[j] - 1] for j in range(m)] for unit in a]
    return [a, softmax(add_bias(product(parameters["Wya"].tolist(), last), parameters["by"]))]
