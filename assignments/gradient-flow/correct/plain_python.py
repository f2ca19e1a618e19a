"""Lists, math, and loops over single numbers."""

import math


def scalar_forward(x, S0, weights):
    states = [S0]
    for value in x:
        z = weights["Wx"] * value + weights["Ws"] * states[-1] + weights["b1"]
        states.append(math.tanh(z))
    outputs = [weights["Wo"] * s + weights["b2"] for s in states[1:]]
    return np.array(states[1:]), np.array(outputs)


def unrolled_gradients(x, Y, S0, weights, t):
    if t < 1 or t > len(x):
        raise ValueError("there is no such step")
    states, outputs = scalar_forward(x, S0, weights)
    S = [S0, *states]
    terms = {"dWx": [], "dWs": []}
    for k in range(1, t + 1):
        term = (outputs[t - 1] - Y[t - 1]) * weights["Wo"]
        for j in range(k + 1, t + 1):
            term *= (1 - S[j] ** 2) * weights["Ws"]
        term *= 1 - S[k] ** 2
        terms["dWx"].append(term * x[k - 1])
        terms["dWs"].append(term * S[k - 1])
    gradients = {name: sum(values) for name, values in terms.items()}
    gradients["dWo"] = (outputs[t - 1] - Y[t - 1]) * S[t]
    return gradients, {name: np.array(values) for name, values in terms.items()}


def step_jacobian(a_t, Waa):
    n = len(a_t)
    return np.array([[(1 - a_t[i] ** 2) * Waa[i][j] for j in range(n)] for i in range(n)])


def product(A, B):
    n = len(A)
    rows = [[sum(A[i][r] * B[r][j] for r in range(n)) for j in range(n)] for i in range(n)]
    return np.array(rows)


def jacobian_product(a, Waa, k, t):
    if k < 0 or k > t or t >= len(a[0]):
        raise ValueError("positions")
    J = np.eye(len(Waa))
    for j in range(k + 1, t + 1):
        J = product(step_jacobian([row[j] for row in a], Waa), J)
    return J


def gradient_norms(a, Waa):
    norms, J = [1.0], np.eye(len(Waa))
    for t in range(a.shape[1] - 1, 0, -1):
        J = np.matmul(J, step_jacobian(a[:, t], Waa))
        norms.append(max(np.linalg.svd(J)[1]))
    norms.reverse()
    return np.array(norms)


def log_gradient_norms(a, Waa):
    logs, J = [0.0], np.eye(len(Waa))
    for t in range(a.shape[1] - 1, 0, -1):
        J = np.matmul(J, step_jacobian(a[:, t], Waa))
        norm = np.linalg.norm(J, ord=2)
        if norm == 0.0:
            logs.extend([-math.inf] * t)
            break
        logs.append(logs[-1] + math.log(norm))
        J = J / norm
    return np.array(logs[::-1])


def steps_until(factor, threshold):
    if factor <= 0 or factor == 1 or math.isnan(factor) or math.isinf(factor):
        raise ValueError("this factor leads nowhere")
    if (factor < 1 and threshold <= 0) or (factor > 1 and threshold == math.inf):
        raise ValueError("this threshold is never passed")
    n, gradient = 0, 1.0
    while not (gradient < threshold if factor < 1 else gradient > threshold):
        n, gradient = n + 1, gradient * factor
    return n


def gradient_regime(a, Waa, tolerance=0.01):
    steps = len(a[0]) - 1
    if steps == 0:
        return "stable"
    growth = log_gradient_norms(a, Waa)[0] / steps
    if growth > tolerance:
        return "exploding"
    if growth < -tolerance:
        return "vanishing"
    return "stable"
