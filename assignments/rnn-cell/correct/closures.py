"""Functions made by functions, lambdas, partial application."""

from functools import partial, reduce

tail = lambda distance: np.exp(-distance) / (1 + np.exp(-distance))
sigmoid = np.vectorize(lambda v: 1 - tail(v) if v > 0 else tail(-v), otypes=[float])


def normaliser(power, axis):
    def normalise(z):
        weights = power(z - np.max(z, axis=axis, keepdims=True))
        return weights / np.add.reduce(weights, axis=axis, keepdims=True)

    return normalise


softmax = normaliser(np.exp, axis=0)


def layer(activation, bias, *weights):
    def forward(*inputs):
        products = (W @ v for W, v in zip(weights, inputs))
        return activation(reduce(np.add, products) + bias)

    return forward


def rnn_cell_forward(xt, a_prev, parameters):
    p = parameters
    a_next = layer(np.tanh, p["ba"], p["Waa"], p["Wax"])(a_prev, xt)
    return a_next, layer(softmax, p["by"], p["Wya"])(a_next), (a_next, a_prev, xt, p)


def scan(step, x, start):
    def advance(made, t):
        before = made[-1][0] if made else start
        return [*made, step(x[:, :, t], before)]

    return reduce(advance, range(x.shape[2]), [])


def rnn_forward(x, a0, parameters):
    made = scan(partial(rnn_cell_forward, parameters=parameters), x, a0)
    join = partial(np.stack, axis=2)
    return join([s[0] for s in made]), join([s[1] for s in made]), ([s[2] for s in made], x)


def rnn_tag(x, a0, parameters):
    head = layer(sigmoid, parameters["by"], parameters["Wya"])
    made = scan(partial(rnn_cell_forward, parameters=parameters), x, a0)
    return np.dstack([s[0] for s in made]), np.dstack([head(s[0]) for s in made])


def rnn_classify(x, a0, parameters, lengths=None):
    head = layer(softmax, parameters["by"], parameters["Wya"])
    a = rnn_forward(x, a0, parameters)[0]
    end_of = (lambda j: -1) if lengths is None else (lambda j: lengths[j] - 1)
    return a, head(np.stack([a[:, j, end_of(j)] for j in range(a.shape[1])], axis=1))
