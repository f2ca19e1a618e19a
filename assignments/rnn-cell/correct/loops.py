"""Explicit loops over units, examples and steps; numbers instead of arrays."""

import math


def sigmoid(z):
    out = np.zeros(np.shape(z))
    for index in np.ndindex(*np.shape(z)):
        value = z[index]
        if value >= 0:
            out[index] = 1 / (1 + math.exp(-value))
        else:
            out[index] = math.exp(value) / (1 + math.exp(value))
    return out


def softmax(z):
    n_y, m = z.shape
    out = np.zeros((n_y, m))
    for j in range(m):
        largest = z[0, j]
        for i in range(1, n_y):
            if z[i, j] > largest:
                largest = z[i, j]
        total = 0.0
        for i in range(n_y):
            out[i, j] = math.exp(z[i, j] - largest)
            total += out[i, j]
        for i in range(n_y):
            out[i, j] /= total
    return out


def affine(W, x, b):
    out = np.zeros((W.shape[0], x.shape[1]))
    for i in range(W.shape[0]):
        for j in range(x.shape[1]):
            total = b[i, 0]
            for k in range(W.shape[1]):
                total += W[i, k] * x[k, j]
            out[i, j] = total
    return out


def rnn_cell_forward(xt, a_prev, parameters):
    nothing = np.zeros(parameters["ba"].shape)
    z = affine(parameters["Waa"], a_prev, parameters["ba"]) + affine(parameters["Wax"], xt, nothing)
    a_next = np.zeros(z.shape)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            a_next[i, j] = math.tanh(z[i, j])
    yt_pred = softmax(affine(parameters["Wya"], a_next, parameters["by"]))
    cache = (a_next, a_prev, xt, parameters)
    return a_next, yt_pred, cache


def rnn_forward(x, a0, parameters):
    n_x, m, T_x = x.shape
    n_y, n_a = parameters["Wya"].shape
    a = np.zeros((n_a, m, T_x))
    y_pred = np.zeros((n_y, m, T_x))
    caches = []
    state = a0
    for t in range(T_x):
        state, yt, cache = rnn_cell_forward(x[:, :, t], state, parameters)
        for j in range(m):
            for i in range(n_a):
                a[i, j, t] = state[i, j]
            for i in range(n_y):
                y_pred[i, j, t] = yt[i, j]
        caches.append(cache)
    return a, y_pred, (caches, x)


def rnn_tag(x, a0, parameters):
    a, _, _ = rnn_forward(x, a0, parameters)
    n_y = parameters["by"].shape[0]
    y_pred = np.zeros((n_y, a.shape[1], a.shape[2]))
    for t in range(a.shape[2]):
        scores = affine(parameters["Wya"], a[:, :, t], parameters["by"])
        y_pred[:, :, t] = sigmoid(scores)
    return a, y_pred


def rnn_classify(x, a0, parameters, lengths=None):
    a, _, _ = rnn_forward(x, a0, parameters)
    n_a, m, T_x = a.shape
    last = np.zeros((n_a, m))
    for j in range(m):
        step = T_x if lengths is None else lengths[j]
        for i in range(n_a):
            last[i, j] = a[i, j, step - 1]
    return a, softmax(affine(parameters["Wya"], last, parameters["by"]))
