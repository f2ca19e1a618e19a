"""Every product and every sum from its definition, however often."""


def scalar_forward(x, S0, weights):
    S, O = np.zeros(x.shape), np.zeros(x.shape)
    for t in range(len(x)):
        previous = S0 if t == 0 else S[t - 1]
        S[t] = np.tanh(weights["Wx"] * x[t] + weights["Ws"] * previous + weights["b1"])
        O[t] = weights["Wo"] * S[t] + weights["b2"]
    return [S, O]


def unrolled_gradients(x, Y, S0, weights, t):
    if t <= 0:
        raise ValueError("too early")
    if t > len(x):
        raise ValueError("too late")
    S, O = scalar_forward(x, S0, weights)
    S = np.concatenate([[S0], S])
    dL_dO = -(Y[t - 1] - O[t - 1])
    dO_dS = weights["Wo"]
    terms_x, terms_s = [], []
    for k in range(1, t + 1):
        between = np.prod([(1 - S[j] ** 2) * weights["Ws"] for j in range(k + 1, t + 1)])
        terms_x.append(dL_dO * dO_dS * between * (1 - S[k] ** 2) * x[k - 1])
        terms_s.append(dL_dO * dO_dS * between * (1 - S[k] ** 2) * S[k - 1])
    gradients = {"dWo": dL_dO * S[t], "dWx": np.sum(terms_x), "dWs": np.sum(terms_s)}
    return gradients, {"dWx": np.array(terms_x), "dWs": np.array(terms_s)}


def step_jacobian(a_t, Waa):
    D = np.zeros(Waa.shape)
    for i in range(len(a_t)):
        D[i, i] = 1 - a_t[i] ** 2
    return np.dot(D, Waa)


def jacobian_product(a, Waa, k, t):
    if k > t:
        raise ValueError("k after t")
    if k < 0 or t > a.shape[1] - 1:
        raise ValueError("outside")
    J = np.eye(a.shape[0])
    for j in range(t, k, -1):
        J = np.dot(J, step_jacobian(a[:, j], Waa))
    return J


def gradient_norms(a, Waa):
    T_x = a.shape[1]
    norms = np.zeros(T_x)
    for k in range(T_x):
        norms[k] = np.linalg.norm(jacobian_product(a, Waa, k, T_x - 1), ord=2)
    return norms


def log_gradient_norms(a, Waa):
    T_x = a.shape[1]
    J, logs, total = np.eye(a.shape[0]), np.zeros(T_x), 0.0
    for k in range(T_x - 1, 0, -1):
        J = np.dot(J, step_jacobian(a[:, k], Waa))
        norm = np.linalg.norm(J, ord=2)
        if norm == 0:
            logs[:k] = -np.inf
            return logs
        J = J / norm
        total = total + np.log(norm)
        logs[k - 1] = total
    return logs


def steps_until(factor, threshold):
    if factor == 1:
        raise ValueError("nothing ever changes")
    if factor <= 0 or np.isnan(factor) or np.isinf(factor):
        raise ValueError("no factor")
    if factor < 1 and threshold <= 0:
        raise ValueError("never so small")
    if factor > 1 and np.isinf(threshold):
        raise ValueError("never so large")
    n = 0
    if factor < 1:
        while factor**n >= threshold:
            n += 1
    else:
        while factor**n <= threshold:
            n += 1
    return n


def gradient_regime(a, Waa, tolerance=0.01):
    T_x = a.shape[1]
    if T_x < 2:
        return "stable"
    growth = log_gradient_norms(a, Waa)[0] / (T_x - 1)
    if -tolerance <= growth <= tolerance:
        return "stable"
    elif growth < -tolerance:
        return "vanishing"
    else:
        return "exploding"
