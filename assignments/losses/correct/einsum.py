"""Products and norms instead of sums."""


def mse_loss(y_pred, y):
    r = y_pred - y
    return np.einsum("ij,ij->", r, r) / y.shape[1]


def mse_gradient(y_pred, y):
    return np.einsum("ij,->ij", y_pred - y, 2 / y.shape[1])


def cross_entropy_loss(y_pred, y):
    right = np.einsum("ij,ij->j", y, y_pred)
    return -np.log(np.clip(right, 1e-12, 1)).mean()


def cross_entropy_gradient(y_pred, y):
    right = np.einsum("ij,ij->j", y, np.clip(y_pred, 1e-12, 1))
    return -np.einsum("ij,j->ij", y, 1 / right) / y.shape[1]


def log_loss(y_pred, y):
    p = np.clip(y_pred, 1e-12, 1 - 1e-12).ravel()
    t = y.ravel()
    return -(t @ np.log(p) + (1 - t) @ np.log(1 - p)) / y.shape[1]


def log_loss_gradient(y_pred, y):
    p = np.clip(y_pred, 1e-12, 1 - 1e-12)
    return np.einsum("ij,ij->ij", p - y, 1 / (p * (1 - p))) / y.shape[1]


def hinge_loss(scores, y):
    missing = 1 - np.einsum("ij,ij->ij", y, scores)
    return np.einsum("ij,ij->", missing, (missing > 0) * 1.0) / y.shape[1]


def hinge_gradient(scores, y):
    return -np.einsum("ij,ij->ij", y, np.heaviside(1 - y * scores, 0.5)) / y.shape[1]


def huber_loss(y_pred, y, delta=1.0):
    r = np.abs(y_pred - y)
    inner = r[r <= delta]
    outer = r[r > delta]
    return (inner @ inner / 2 + delta * outer.sum() - outer.size * delta**2 / 2) / y.shape[1]


def huber_gradient(y_pred, y, delta=1.0):
    r = y_pred - y
    return r * np.minimum(1, delta / np.maximum(np.abs(r), 1e-300)) / y.shape[1]


def sequence_loss(step_loss, y_pred, y, mask=None):
    m, T_x = y.shape[1:]
    real = np.ones((m, T_x)) if mask is None else mask
    own = np.zeros((m, T_x))
    for j, t in np.argwhere(real > 0):
        own[j, t] = step_loss(y_pred[:, [j], t], y[:, [j], t])
    per_step = np.einsum("jt,jt->t", own, real) / m
    return per_step @ np.ones(T_x), per_step
