"""Objects that can be called in the place of functions."""


class Sigmoid:
    def __call__(self, z):
        z = np.asarray(z, dtype=float)
        return np.piecewise(
            z, [z >= 0, z < 0], [self.of_positive, lambda v: 1 - self.of_positive(-v)]
        )

    @staticmethod
    def of_positive(v):
        return 1 / (1 + np.exp(-v))


class Softmax:
    def __init__(self, axis):
        self.axis = axis

    def __call__(self, z):
        e = np.exp(z - z.max(axis=self.axis, keepdims=True))
        return e / e.sum(axis=self.axis, keepdims=True)


sigmoid, softmax = Sigmoid(), Softmax(axis=0)


class Cell:
    def __init__(self, parameters):
        self.__dict__.update(parameters)
        self.parameters = parameters

    def state(self, xt, a_prev):
        return np.tanh(np.matmul(self.Wax, xt) + np.matmul(self.Waa, a_prev) + self.ba)

    def scores(self, a):
        return np.matmul(self.Wya, a) + self.by

    def step(self, xt, a_prev):
        a_next = self.state(xt, a_prev)
        cache = (a_next, a_prev, xt, self.parameters)
        return a_next, softmax(self.scores(a_next)), cache


class Network:
    def __init__(self, head):
        self.head = head

    def run(self, x, a0, parameters):
        cell, state, steps = Cell(parameters), a0, []
        for t in range(x.shape[2]):
            steps.append(cell.step(x[:, :, t], state))
            state = steps[-1][0]
        self.states = np.array([step[0] for step in steps]).transpose(1, 2, 0)
        self.outputs = np.array([self.head(cell.scores(step[0])) for step in steps])
        return [step[2] for step in steps]


def rnn_cell_forward(xt, a_prev, parameters):
    return Cell(parameters).step(xt, a_prev)


def rnn_forward(x, a0, parameters):
    network = Network(softmax)
    caches = network.run(x, a0, parameters)
    return network.states, network.outputs.transpose(1, 2, 0), (caches, x)


def rnn_tag(x, a0, parameters):
    network = Network(sigmoid)
    network.run(x, a0, parameters)
    return network.states, network.outputs.transpose(1, 2, 0)


def rnn_classify(x, a0, parameters, lengths=None):
    network = Network(lambda scores: scores)
    network.run(x, a0, parameters)
    steps = [-1] * x.shape[1] if lengths is None else [n - 1 for n in lengths]
    scores = np.array([network.outputs[t, :, j] for j, t in enumerate(steps)])
    return network.states, softmax(scores.T)
