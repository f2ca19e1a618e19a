"""Gives back nested lists, tuples and Python numbers."""


def mse_loss(y_pred, y):
    m = len(y[0])
    pairs = zip(y_pred.ravel().tolist(), y.ravel().tolist())
    return sum((p - t) ** 2 for p, t in pairs) / m


def mse_gradient(y_pred, y):
    m = len(y[0])
    return [[2 * (p - t) / m for p, t in zip(*rows)] for rows in zip(y_pred, y)]


def cross_entropy_loss(y_pred, y):
    costs = []
    for p, t in zip(y_pred.T, y.T):
        (right,) = np.flatnonzero(t)
        costs.append(-float(np.log(p[right] if p[right] > 1e-12 else 1e-12)))
    return sum(costs) / len(costs)


def cross_entropy_gradient(y_pred, y):
    m = y.shape[1]
    return [
        [-1 / max(p, 1e-12) / m if t else 0 for p, t in zip(*rows)]
        for rows in zip(y_pred.tolist(), y.tolist())
    ]


def log_loss(y_pred, y):
    right = [p if t else 1 - p for p, t in zip(y_pred.ravel(), y.ravel())]
    return float(-sum(np.log(max(p, 1e-12)) for p in right) / y.shape[1])


def log_loss_gradient(y_pred, y):
    slopes = [
        [-1 / max(p, 1e-12) if t else 1 / max(1 - p, 1e-12) for p, t in zip(*rows)]
        for rows in zip(y_pred.tolist(), y.tolist())
    ]
    return [[slope / y.shape[1] for slope in row] for row in slopes]


def hinge_loss(scores, y):
    return sum(max(0.0, 1.0 - s * t) for s, t in zip(scores.flat, y.flat)) / y.shape[1]


def hinge_gradient(scores, y):
    m = y.shape[1]
    return [[0.0 if s * t > 1 else -t / m for s, t in zip(*rows)] for rows in zip(scores, y)]


def huber_loss(y_pred, y, delta=1.0):
    costs = [r * r / 2 if r < delta else delta * (r - delta / 2) for r in abs(y_pred - y).flat]
    return sum(costs) / y.shape[1]


def huber_gradient(y_pred, y, delta=1.0):
    m = y.shape[1]
    return [[max(-delta, min(delta, r)) / m for r in row] for row in (y_pred - y).tolist()]


def sequence_loss(step_loss, y_pred, y, mask=None):
    n_y, m, T_x = np.shape(y)
    per_step = []
    for t in range(T_x):
        real = [j for j in range(m) if mask is None or mask[j][t]]
        if real:
            per_step.append(float(step_loss(y_pred[:, real, t], y[:, real, t])) * len(real) / m)
        else:
            per_step.append(0.0)
    return (sum(per_step), per_step)
