"""Whole arrays at once wherever no step waits for another."""


def scalar_forward(x, S0, weights):
    drive = weights["Wx"] * x + weights["b1"]
    S = np.empty_like(drive)
    for t, value in enumerate(drive):
        S[t] = np.tanh(value + weights["Ws"] * (S[t - 1] if t else S0))
    return S, S * weights["Wo"] + weights["b2"]


def unrolled_gradients(x, Y, S0, weights, t):
    if not 0 < t <= x.size:
        raise ValueError(t)
    S, outputs = scalar_forward(x[:t], S0, weights)
    slopes = 1 - S**2
    back = np.cumprod(np.append(1.0, (slopes * weights["Ws"])[:0:-1]))[::-1]
    error = outputs[-1] - Y[t - 1]
    common = error * weights["Wo"] * back * slopes
    terms = {"dWx": common * x[:t], "dWs": common * np.append(S0, S[:-1])}
    gradients = {name: values.sum() for name, values in terms.items()}
    return {**gradients, "dWo": error * S[-1]}, terms


def step_jacobian(a_t, Waa):
    return (1 - a_t * a_t)[:, None] * Waa


def all_jacobians(a, Waa):
    """One matrix a position."""
    return (1 - a.T**2)[:, :, None] * Waa


def jacobian_product(a, Waa, k, t):
    if not 0 <= k <= t < a.shape[1]:
        raise ValueError("positions")
    J = np.eye(len(Waa))
    for factor in all_jacobians(a, Waa)[k + 1 : t + 1]:
        J = factor @ J
    return J


def gradient_norms(a, Waa):
    factors = all_jacobians(a, Waa)
    factors[0] = np.eye(len(Waa))
    products = [np.eye(len(Waa))]
    for factor in factors[:0:-1]:
        products.append(products[-1] @ factor)
    return np.linalg.norm(np.array(products[::-1]), ord=2, axis=(1, 2))


def log_gradient_norms(a, Waa):
    T_x = a.shape[1]
    products, sizes = np.zeros((T_x, *Waa.shape)), np.zeros(T_x)
    J, size = np.eye(len(Waa)), 0.0
    products[-1] = J
    for k, factor in zip(range(T_x - 2, -1, -1), all_jacobians(a, Waa)[:0:-1]):
        J = J @ factor
        largest = np.abs(J).max()
        if largest > 0:
            J, size = J / largest, size + np.log(largest)
        products[k], sizes[k] = J, size
    with np.errstate(divide="ignore"):
        return sizes + np.log(np.linalg.svd(products, compute_uv=False)[:, 0])


def steps_until(factor, threshold):
    if not 0 < factor < np.inf or factor == 1:
        raise ValueError("factor")
    shrinks = factor < 1
    if not (threshold > 0 if shrinks else threshold < np.inf):
        raise ValueError("threshold")
    powers = np.cumprod(np.append(1.0, np.full(20000, factor)))
    return int(np.argmax(powers < threshold if shrinks else powers > threshold))


def gradient_regime(a, Waa, tolerance=0.01):
    growth = log_gradient_norms(a, Waa)[0] / max(1, a.shape[1] - 1)
    return ["vanishing", "stable", "exploding"][int(growth >= -tolerance) + int(growth > tolerance)]
