"""Works in place, on copies, with boolean masks; gradients come back in Fortran order."""


def mse_loss(y_pred, y):
    r = y_pred.copy()
    r -= y
    r *= r
    return r.sum() / r.shape[1]


def mse_gradient(y_pred, y):
    g = np.array(y_pred, order="F")
    g -= y
    g *= 2
    g /= g.shape[1]
    return g


def cross_entropy_loss(y_pred, y):
    p = y_pred.copy()
    p[p < 1e-12] = 1e-12
    return -np.log(p[y == 1]).sum() / y.shape[1]


def cross_entropy_gradient(y_pred, y):
    g = np.zeros_like(y_pred, order="F")
    right = y > 0.5
    g[right] = -1 / np.maximum(y_pred[right], 1e-12)
    g /= g.shape[1]
    return g


def log_loss(y_pred, y):
    p = y_pred.copy()
    p[p < 1e-12] = 1e-12
    p[p > 1 - 1e-12] = 1 - 1e-12
    cost = np.empty_like(p)
    cost[y == 1] = -np.log(p[y == 1])
    cost[y == 0] = -np.log1p(-p[y == 0])
    return cost.sum() / y.shape[1]


def log_loss_gradient(y_pred, y):
    p = np.array(y_pred, order="F")
    np.clip(p, 1e-12, 1 - 1e-12, out=p)
    yes = y == 1
    p[yes] = -1 / p[yes]
    p[~yes] = 1 / (1 - p[~yes])
    p /= p.shape[1]
    return p


def hinge_loss(scores, y):
    missing = 1 - scores * y
    missing[missing < 0] = 0
    return missing.sum() / missing.shape[1]


def hinge_gradient(scores, y):
    g = np.asfortranarray(-y)
    g[scores * y >= 1] = 0
    return g / g.shape[1]


def huber_loss(y_pred, y, delta=1.0):
    r = np.abs(y_pred - y)
    small = r <= delta
    r[small] **= 2
    r[small] /= 2
    r[~small] -= delta / 2
    r[~small] *= delta
    return r.sum() / r.shape[1]


def huber_gradient(y_pred, y, delta=1.0):
    g = np.asfortranarray(y_pred - y)
    g[g > delta] = delta
    g[g < -delta] = -delta
    g /= g.shape[1]
    return g


def sequence_loss(step_loss, y_pred, y, mask=None):
    y_pred, y = y_pred.copy(), y.copy()
    m, T_x = y.shape[1:]
    per_step = np.zeros(T_x)
    keep = np.full((m, T_x), True) if mask is None else mask.astype(bool)
    for t in range(T_x):
        if not keep[:, t].any():
            continue
        per_step[t] = step_loss(y_pred[:, keep[:, t], t], y[:, keep[:, t], t])
        per_step[t] *= keep[:, t].sum()
    per_step /= m
    return float(per_step.sum()), per_step
