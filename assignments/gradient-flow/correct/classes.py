"""A class for the network of numbers and one for the way back."""


class Numbers:
    def __init__(self, weights, S0):
        self.__dict__.update(weights)
        self.states = [S0]

    def read(self, value):
        self.states.append(np.tanh(self.Wx * value + self.Ws * self.states[-1] + self.b1))

    def output(self, t):
        return self.Wo * self.states[t] + self.b2

    def slope(self, t):
        return (1 - self.states[t]) * (1 + self.states[t])


def network(x, S0, weights):
    numbers = Numbers(weights, S0)
    for value in x:
        numbers.read(value)
    return numbers


def scalar_forward(x, S0, weights):
    numbers = network(x, S0, weights)
    outputs = np.array([numbers.output(t) for t in range(1, len(x) + 1)])
    return np.array(numbers.states[1:]), outputs


def unrolled_gradients(x, Y, S0, weights, t):
    if not 1 <= t <= len(Y):
        raise ValueError("t")
    numbers = network(x, S0, weights)
    error = numbers.output(t) - Y[t - 1]
    dS = error * numbers.Wo
    terms = {"dWx": np.zeros(t), "dWs": np.zeros(t)}
    for k in range(t, 0, -1):
        dz = dS * numbers.slope(k)
        terms["dWx"][k - 1] = dz * x[k - 1]
        terms["dWs"][k - 1] = dz * numbers.states[k - 1]
        dS = dz * numbers.Ws
    gradients = {"dWo": error * numbers.states[t]}
    for name, values in terms.items():
        gradients[name] = float(np.dot(values, np.ones(t)))
    return gradients, terms


class WayBack:
    """The product from the last state back to a position, as a matrix and a logarithm."""

    def __init__(self, a, Waa):
        self.a, self.Waa = a, Waa
        self.position = a.shape[1] - 1
        self.matrix, self.log = np.eye(len(Waa)), 0.0

    def step(self):
        self.matrix = self.matrix @ step_jacobian(self.a[:, self.position], self.Waa)
        self.position -= 1
        size = np.sqrt(np.sum(np.square(self.matrix / (np.max(np.abs(self.matrix)) or 1.0))))
        size *= np.max(np.abs(self.matrix))
        if size > 0:
            self.matrix = self.matrix / size
            self.log += np.log(size)

    def log_norm(self):
        norm = np.linalg.svd(self.matrix, compute_uv=False)[0]
        return self.log + np.log(norm) if norm > 0 else -np.inf


def step_jacobian(a_t, Waa):
    return np.diag((1 - a_t) * (1 + a_t)).dot(Waa)


def jacobian_product(a, Waa, k, t):
    if k < 0 or t < k or t >= a.shape[1]:
        raise ValueError("positions")
    J = np.identity(len(Waa))
    while t > k:
        J = J.dot(step_jacobian(a[:, t], Waa))
        t -= 1
    return J


def log_gradient_norms(a, Waa):
    way = WayBack(a, Waa)
    logs = [0.0]
    while way.position > 0:
        way.step()
        logs.insert(0, way.log_norm())
    return np.array(logs)


def gradient_norms(a, Waa):
    norms = np.exp(log_gradient_norms(a, Waa))
    norms[-1] = 1
    return norms


class Countdown:
    def __init__(self, factor, threshold):
        if not (factor > 0) or factor == 1 or factor == np.inf:
            raise ValueError("factor")
        if (factor < 1 and not threshold > 0) or (factor > 1 and not threshold < np.inf):
            raise ValueError("threshold")
        self.factor, self.threshold = factor, threshold
        self.gradient, self.steps = 1.0, 0

    def over(self):
        difference = self.gradient - self.threshold
        return difference < 0 if self.factor < 1 else difference > 0

    def run(self):
        while not self.over():
            self.gradient *= self.factor
            self.steps += 1
        return self.steps


def steps_until(factor, threshold):
    return Countdown(factor, threshold).run()


def gradient_regime(a, Waa, tolerance=0.01):
    steps = a.shape[1] - 1
    low, high = np.exp(-tolerance), np.exp(tolerance)
    factor = np.exp(log_gradient_norms(a, Waa)[0] / steps) if steps else 1.0
    return "vanishing" if factor < low else "exploding" if factor > high else "stable"
