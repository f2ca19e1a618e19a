"""Rescales without rounding, takes eigenvalues of J^T J, answers with logarithms."""

import math


def scalar_forward(x, S0, weights):
    """tanh by way of the exponential that cannot overflow."""
    S, s = [], S0
    for value in x:
        z = float(weights["Wx"] * value + weights["Ws"] * s + weights["b1"])
        e = math.expm1(-2 * abs(z))
        s = math.copysign(-e / (2 + e), z)
        S.append(s)
    S = np.array(S)
    return S, np.polyval([weights["Wo"], weights["b2"]], S)


def unrolled_gradients(x, Y, S0, weights, t):
    if not (t >= 1 and t <= len(x)):
        raise ValueError("t")
    S, outputs = scalar_forward(x, S0, weights)
    before = np.roll(S, 1)
    before[0] = S0
    slopes = (1 - S[:t]) * (1 + S[:t])
    powers = weights["Ws"] ** np.arange(t - 1, -1, -1.0)
    later = np.cumprod(slopes[::-1])[::-1]
    error = float(outputs[t - 1] - Y[t - 1])
    common = error * weights["Wo"] * powers * later
    terms = {"dWx": common * x[:t], "dWs": common * before[:t]}
    gradients = {name: math.fsum(values) for name, values in terms.items()}
    gradients["dWo"] = error * float(S[t - 1])
    return gradients, terms


def step_jacobian(a_t, Waa):
    return (Waa.T * (1 - np.power(a_t, 2))).T


def jacobian_product(a, Waa, k, t):
    if k not in range(t + 1) or t not in range(a.shape[1]):
        raise ValueError(f"{k}, {t}")
    G = np.eye(len(a))
    for j in range(t, k, -1):
        G = Waa.T @ (G * (1 - a[:, j] ** 2)[:, np.newaxis])
    return G.T


def scaled(J):
    """J over a power of two, and the exponent."""
    exponent = int(np.frexp(np.max(np.abs(J)))[1])
    return np.ldexp(J, -exponent), exponent


def norms_and_exponents(a, Waa):
    J, exponent, found = np.eye(len(Waa)), 0, []
    for k in range(a.shape[1] - 1, -1, -1):
        norm = math.sqrt(max(0.0, np.linalg.eigvalsh(J.T @ J)[-1]))
        found.append((norm, exponent))
        J, shift = scaled(J @ step_jacobian(a[:, k], Waa))
        exponent += shift
    return found[::-1]


def gradient_norms(a, Waa):
    return np.array([math.ldexp(norm, exponent) for norm, exponent in norms_and_exponents(a, Waa)])


def log_gradient_norms(a, Waa):
    logs = [
        math.log(norm) + exponent * math.log(2) if norm > 0 else -math.inf
        for norm, exponent in norms_and_exponents(a, Waa)
    ]
    return np.array(logs)


def steps_until(factor, threshold):
    if not 0 < factor < math.inf or factor == 1:
        raise ValueError("factor")
    if factor < 1 and threshold <= 0 or factor > 1 and threshold == math.inf:
        raise ValueError("threshold")
    if (factor < 1 and threshold > 1) or (factor > 1 and threshold < 1):
        return 0
    n = max(0, math.floor(math.log(threshold) / math.log(factor)) - 1)  # about
    while not (factor**n < threshold if factor < 1 else factor**n > threshold):
        n += 1
    return n


def gradient_regime(a, Waa, tolerance=0.01):
    norm, exponent = norms_and_exponents(a, Waa)[0]
    if norm == 0:
        return "vanishing"
    growth = (math.log(norm) + exponent * math.log(2)) / max(1, a.shape[1] - 1)
    return "stable" if abs(growth) <= tolerance else "vanishing" if growth < 0 else "exploding"
