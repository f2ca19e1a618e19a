"""Every function in terms of itself, one step smaller; long ways in halves."""


def scalar_forward(x, S0, weights):
    S = np.array(list(walk(x, S0, weights)))
    return S, weights["Wo"] * S + weights["b2"]


def walk(x, state, weights):
    for value in x:
        state = np.tanh(weights["Wx"] * value + weights["Ws"] * state + weights["b1"])
        yield state


def unrolled_gradients(x, Y, S0, weights, t):
    if t not in range(1, len(x) + 1):
        raise ValueError(f"t = {t}")
    S, outputs = scalar_forward(x, S0, weights)
    error = outputs[t - 1] - Y[t - 1]

    def arriving(k):
        """dL_t/dS_k by way of the states."""
        if k == t:
            return error * weights["Wo"]
        return arriving(k + 1) * (1 - S[k] ** 2) * weights["Ws"]

    into = [arriving(k) * (1 - S[k - 1] ** 2) for k in range(1, t + 1)]
    by_x = np.array([dz * x[k] for k, dz in enumerate(into)])
    by_s = np.array([dz * (S[k - 1] if k else S0) for k, dz in enumerate(into)])
    return (
        {"dWo": error * S[t - 1], "dWx": by_x.sum(), "dWs": by_s.sum()},
        {"dWx": by_x, "dWs": by_s},
    )


def step_jacobian(a_t, Waa):
    if len(a_t) == 0:
        return np.empty((0, Waa.shape[1]))
    first = (1 - a_t[0] ** 2) * Waa[:1]
    return np.vstack([first, step_jacobian(a_t[1:], Waa[1:])])


def jacobian_product(a, Waa, k, t):
    if not (0 <= k <= t and t <= a.shape[1] - 1):
        raise ValueError("positions")
    if k == t:
        return np.eye(len(Waa))
    if t == k + 1:
        return step_jacobian(a[:, t], Waa)
    middle = (k + t) // 2
    return jacobian_product(a, Waa, middle, t) @ jacobian_product(a, Waa, k, middle)


def gradient_norms(a, Waa):
    last = a.shape[1] - 1
    return np.exp(logs_from(a, Waa, last, np.eye(len(Waa)), 0.0))


def logs_from(a, Waa, position, J, removed):
    """Logarithms from position 0 to this one; the product so far is J times exp(removed)."""
    found = []
    while position >= 0:
        norm = np.linalg.norm(J, 2)
        if norm == 0:
            return np.array([-np.inf] * (position + 1) + found[::-1])
        removed = removed + np.log(norm)
        found.append(removed)
        J = J / norm @ step_jacobian(a[:, position], Waa)
        position -= 1
    return np.array(found[::-1])


def log_gradient_norms(a, Waa):
    return logs_from(a, Waa, a.shape[1] - 1, np.eye(len(Waa)), 0.0)


def steps_until(factor, threshold):
    if factor == 1 or not 0 < factor < float("inf"):
        raise ValueError("factor")
    if factor > 1:
        if threshold == float("inf"):
            raise ValueError("threshold")
        return first(lambda n: factor**n > threshold)
    if threshold <= 0:
        raise ValueError("threshold")
    return first(lambda n: factor**n < threshold)


def first(passed):
    """The smallest n that has passed, by halving."""
    if passed(0):
        return 0
    low, high = 0, 1
    while not passed(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passed(middle) else (middle, high)
    return high


def gradient_regime(a, Waa, tolerance=0.01):
    steps = a.shape[1] - 1
    whole = log_gradient_norms(a, Waa)[0]
    if abs(whole) <= tolerance * steps:
        return "stable"
    return "vanishing" if whole < 0 else "exploding"
