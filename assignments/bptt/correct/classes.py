"""Layers with a method for the way back, and an object that adds gradients up."""


class Sum(dict):
    """Adds what is put under a name to what is there."""

    def add(self, **gradients):
        for name, value in gradients.items():
            self[name] = self[name] + value if name in self else value


class Tanh:
    def backward(self, a):
        return -(a * a) + 1.0


tanh_gradient = Tanh().backward


class Output:
    def __init__(self, parameters):
        self.W = parameters["Wya"]

    def backward(self, y_pred, y, a, gradients):
        dz = (y_pred - y) / y.shape[1]
        gradients.add(dWya=np.matmul(dz, a.T), dby=np.sum(dz, axis=1).reshape(-1, 1))
        return np.matmul(self.W.T, dz)


def output_backward(y_pred, y, a, parameters):
    layer, gradients = Output(parameters), Sum()
    da = [
        layer.backward(y_pred[..., t], y[..., t], a[..., t], gradients) for t in range(y.shape[2])
    ]
    return dict(gradients, da=np.moveaxis(np.array(da), 0, 2))


class Cell:
    def __init__(self, cache):
        self.after, self.before, self.read, weights = cache
        self.Wax, self.Waa = weights["Wax"], weights["Waa"]

    def backward(self, da, gradients):
        self.dz = da * tanh_gradient(self.after)
        gradients.add(
            dWax=self.dz.dot(self.read.T),
            dWaa=self.dz.dot(self.before.T),
            dba=self.dz.sum(1, keepdims=True),
        )
        return self.Waa.T.dot(self.dz)

    @property
    def dxt(self):
        return self.Wax.T.dot(self.dz)


def rnn_cell_backward(da_next, cache):
    cell, gradients = Cell(cache), Sum()
    gradients["da_prev"] = cell.backward(da_next, gradients)
    gradients["dxt"] = cell.dxt
    return gradients


class Chain:
    def __init__(self, steps):
        self.cells = [Cell(step) for step in steps]

    def backward(self, da, gradients):
        flow = 0
        for cell, from_output in zip(reversed(self.cells), da[::-1]):
            flow = cell.backward(from_output + flow, gradients)
        return flow

    def dx(self):
        return np.moveaxis([cell.dxt for cell in self.cells], 0, -1)


def rnn_backward(da, caches):
    chain, gradients = Chain(caches[0]), Sum()
    gradients["da0"] = chain.backward(np.moveaxis(da, -1, 0), gradients)
    return {**gradients, "dx": chain.dx()}


class Network:
    heads = {"softmax": (rnn_forward, cross_entropy_loss), "sigmoid": (rnn_tag, log_loss)}

    def __init__(self, parameters, head):
        if head not in self.heads:
            raise ValueError(f"no head {head}")
        self.parameters = parameters
        self.predict, self.step_loss = self.heads[head]

    def loss(self, x, y, a0):
        self.y = y
        self.a, self.y_pred = self.predict(x, a0, self.parameters)[:2]
        self.caches = rnn_forward(x, a0, self.parameters)[2]
        costs = map(self.step_loss, np.moveaxis(self.y_pred, 2, 0), np.moveaxis(y, 2, 0))
        return float(np.sum(list(costs)))

    def gradients(self):
        found = output_backward(self.y_pred, self.y, self.a, self.parameters)
        found.update(rnn_backward(found["da"], self.caches))
        return found


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    network = Network(parameters, head)
    return network.loss(x, y, a0), network.gradients()


def truncated_rnn_backward(da, caches, k):
    if k < 1:
        raise ValueError(k)
    steps, gradients, dx, first = caches[0], Sum(), [], None
    for start in range(0, len(steps), k):
        chain = Chain(steps[start : start + k])
        out = chain.backward(np.moveaxis(da, -1, 0)[start : start + k], gradients)
        first = out if first is None else first
        dx.append(chain.dx())
    return {**gradients, "dx": np.concatenate(dx, axis=-1), "da0": first}


class Prober:
    def __init__(self, f, theta):
        self.f, self.theta = f, np.array(theta, copy=True)

    def at(self, i, shift):
        view = self.theta.reshape(-1)
        kept, view[i] = view[i], view[i] + shift
        try:
            return self.f(self.theta)
        finally:
            view[i] = kept

    def slope(self, i, epsilon):
        return (self.at(i, epsilon) - self.at(i, -epsilon)) / (2 * epsilon)


def numerical_gradient(f, theta, epsilon=1e-5):
    prober = Prober(f, theta)
    return np.reshape([prober.slope(i, epsilon) for i in range(theta.size)], theta.shape)


class Descent:
    def __init__(self, learning_rate):
        self.learning_rate = learning_rate

    def __call__(self, value, slope):
        return value - self.learning_rate * slope


def update_parameters(parameters, gradients, learning_rate):
    step = Descent(learning_rate)
    return {name: step(value, gradients["d" + name]) for name, value in parameters.items()}
