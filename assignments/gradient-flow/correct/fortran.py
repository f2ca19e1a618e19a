"""Works in place on copies, results in Fortran order, keyword arguments more, numpy numbers."""


def scalar_forward(x, S0, weights, *, dtype=float):
    out = np.asfortranarray(np.empty((len(x), 2), dtype))
    state = np.asarray(S0, dtype)
    for t in range(len(x)):
        state = np.tanh(
            np.dot([weights["Wx"], weights["Ws"], weights["b1"]], [x[t], float(state), 1.0])
        )
        out[t] = state, state * weights["Wo"] + weights["b2"]
    return out[:, 0], out[:, 1]


def unrolled_gradients(x, Y, S0, weights, t, *, names=("Wx", "Ws")):
    if np.any([t < 1, t > np.size(x)]):
        raise ValueError("no such step")
    S, O = scalar_forward(x, S0, weights)
    error = O[t - 1] - Y[t - 1]
    grid = np.empty((2, t), order="F")
    grid[:] = x[:t], np.r_[S0, S[: t - 1]]
    flow = np.float64(error * weights["Wo"])
    for k in reversed(range(t)):
        flow *= 1 - np.square(S[k])
        grid[:, k] *= flow
        flow *= weights["Ws"]
    terms = {"d" + name: row for name, row in zip(names, grid)}
    gradients = {name: np.add.reduce(row) for name, row in terms.items()}
    gradients["dWo"] = np.multiply(error, S[t - 1])
    return gradients, terms


def step_jacobian(a_t, Waa, out=None):
    out = np.array(Waa, order="F", copy=True)
    out *= (1.0 - np.square(a_t)).reshape(-1, 1)
    return out


def jacobian_product(a, Waa, k, t):
    if not (k >= 0 and t >= k and t < np.shape(a)[1]):
        raise ValueError("positions")
    J = np.eye(len(Waa), order="F")
    for j in np.arange(k, t) + 1:
        J[...] = Waa @ J
        J *= (1 - a[:, j] ** 2)[:, None]
    return J


def gradient_norms(a, Waa):
    norms = np.ones(a.shape[1])
    J = np.eye(len(Waa))
    for k in range(len(norms) - 1)[::-1]:
        J = step_jacobian(a[:, k + 1], Waa).T @ J
        norms[k] = np.linalg.norm(J, 2)
    return norms


def log_gradient_norms(a, Waa):
    """Goes back with the transposes: the same norms."""
    logs = np.full(a.shape[1], -np.inf)
    logs[-1], total = 0.0, 0.0
    J = np.eye(len(Waa), order="F")
    for k in range(len(logs) - 1)[::-1]:
        J = step_jacobian(a[:, k + 1], Waa).T @ J
        norm = np.linalg.norm(J, 2)
        if not norm:
            break
        total += np.log(norm)
        J /= norm
        logs[k] = total
    return logs


def steps_until(factor, threshold):
    if not (np.isfinite(factor) and factor > 0 and factor != 1):
        raise ValueError("factor")
    sign = np.sign(1.0 - factor)
    if not (sign * threshold > 0 if sign > 0 else threshold < np.inf):
        raise ValueError("threshold")
    n, gradient = np.int64(0), np.float64(1)
    while not sign * gradient < sign * threshold:
        gradient *= factor
        n += 1
    return n


def gradient_regime(a, Waa, tolerance=0.01, *, words=("vanishing", "stable", "exploding")):
    growth = np.float64(0.0)
    if a.shape[1] > 1:
        growth = log_gradient_norms(a, Waa)[0] / np.float64(a.shape[1] - 1)
    return words[np.searchsorted([-tolerance, tolerance], growth)]
