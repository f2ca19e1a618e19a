"""reduce, accumulate, partial, lambdas."""

from functools import reduce
from itertools import accumulate, count


def scalar_forward(x, S0, weights):
    w = weights
    advance = lambda s, value: np.tanh(w["Wx"] * value + w["Ws"] * s + w["b1"])
    S = np.array(list(accumulate(x, advance, initial=S0))[1:])
    return S, w["Wo"] * S + w["b2"]


def unrolled_gradients(x, Y, S0, weights, t):
    if t < 1 or len(x) < t:
        raise ValueError("t")
    S, outputs = scalar_forward(x, S0, weights)
    factors = [(1 - s**2) * weights["Ws"] for s in S[1:t]]
    products = list(accumulate(reversed(factors), lambda p, f: p * f, initial=1.0))[::-1]
    error = outputs[t - 1] - Y[t - 1]
    heads = [error * weights["Wo"] * p * (1 - s**2) for p, s in zip(products, S)]
    terms = {
        "dWx": np.array([h * v for h, v in zip(heads, x)]),
        "dWs": np.array([h * s for h, s in zip(heads, [S0, *S])]),
    }
    return {"dWo": error * S[t - 1], **{n: reduce(np.add, v) for n, v in terms.items()}}, terms


step_jacobian = lambda a_t, Waa: np.einsum("i,ij->ij", 1 - np.square(a_t), Waa)


def jacobian_product(a, Waa, k, t):
    if not all([0 <= k, k <= t, t < a.shape[1]]):
        raise ValueError((k, t))
    factors = (step_jacobian(column, Waa) for column in a.T[k + 1 : t + 1])
    return reduce(lambda J, factor: factor @ J, factors, np.eye(len(Waa)))


def backwards(a, Waa):
    """Products from the last position to the first."""
    factors = (step_jacobian(column, Waa) for column in a.T[:0:-1])
    return accumulate(factors, np.matmul, initial=np.eye(len(Waa)))


def gradient_norms(a, Waa):
    norms = [np.linalg.norm(J, 2) for J in backwards(a, Waa)]
    return np.array(norms[::-1])


def log_gradient_norms(a, Waa):
    def advance(made, column):
        J, log = made
        J = J @ step_jacobian(column, Waa)
        norm = np.linalg.norm(J, 2)
        return (J / norm, log + np.log(norm)) if norm > 0 else (J, -np.inf)

    made = accumulate(a.T[:0:-1], advance, initial=(np.eye(len(Waa)), 0.0))
    return np.array([log for _, log in made])[::-1].copy()


def steps_until(factor, threshold):
    possible = (0 < factor < 1 and threshold > 0) or (1 < factor < np.inf and threshold < np.inf)
    if not possible:
        raise ValueError("never")
    passed = np.less if factor < 1 else np.greater
    return next(n for n in count() if passed(np.float64(factor) ** n, threshold))


def gradient_regime(a, Waa, tolerance=0.01):
    if a.shape[1] == 1:
        return "stable"
    differences = -np.diff(log_gradient_norms(a, Waa))
    growth = np.mean(differences) if np.isfinite(differences).all() else -np.inf
    return (
        {True: "vanishing", False: "exploding"}[growth < 0] if abs(growth) > tolerance else "stable"
    )
