"""A small graph that differentiates itself; one step with masked arrays of which nothing is masked."""


class Node:
    def __init__(self, value, parents=()):
        self.value, self.parents, self.gradient = value, parents, np.zeros(value.shape)

    def __add__(self, other):
        return Node(
            self.value + other.value,
            [(self, lambda g: summed(g, self)), (other, lambda g: summed(g, other))],
        )

    def __matmul__(self, other):
        return Node(
            self.value @ other.value,
            [(self, lambda g: g @ other.value.T), (other, lambda g: self.value.T @ g)],
        )

    def tanh(self):
        a = np.tanh(self.value)
        return Node(a, [(self, lambda g: g * (1 - a * a))])


def summed(g, node):
    return g if g.shape == node.value.shape else g.sum(axis=1, keepdims=True)


def differentiate(nodes):
    order = []

    def visit(node):
        if not any(node is other for other in order):
            for parent, _ in node.parents:
                visit(parent)
            order.append(node)

    for node in nodes:
        visit(node)
    for node in reversed(order):
        for parent, back in node.parents:
            parent.gradient = parent.gradient + back(node.gradient)


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    dz = np.ma.array(da_next) * (1 - a_next**2)
    return {
        "dxt": np.ma.dot(parameters["Wax"].T, dz),
        "da_prev": np.ma.dot(parameters["Waa"].T, dz),
        "dWax": np.ma.dot(dz, xt.T),
        "dWaa": np.ma.dot(dz, a_prev.T),
        "dba": dz.sum(axis=1, keepdims=True),
    }


def rnn_backward(da, caches):
    steps, _ = caches
    weights = {name: Node(value) for name, value in steps[0][3].items()}
    a0 = a = Node(steps[0][1])
    inputs, states = [], []
    for _, _, xt, _ in steps:
        inputs.append(Node(xt))
        a = (weights["Waa"] @ a + weights["Wax"] @ inputs[-1] + weights["ba"]).tanh()
        states.append(a)
    for t, state in enumerate(states):
        state.gradient = da[:, :, t]
    differentiate(states)
    return {
        "dx": np.dstack([node.gradient for node in inputs]),
        "da0": a0.gradient,
        **{"d" + name: weights[name].gradient for name in ("Wax", "Waa", "ba")},
    }
