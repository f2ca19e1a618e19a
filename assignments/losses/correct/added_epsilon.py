"""Adds 1e-12 where the reference clips, and expands what can be expanded."""

EPSILON = 1e-12


def mse_loss(y_pred, y):
    return np.linalg.norm(y_pred - y) ** 2 / y.shape[1]


def mse_gradient(y_pred, y):
    return -2 / y.shape[1] * (y - y_pred)


def cross_entropy_loss(y_pred, y):
    return -np.sum(y * np.log(y_pred + EPSILON)) / y.shape[1]


def cross_entropy_gradient(y_pred, y):
    return -y / ((y_pred + EPSILON) * y.shape[1])


def log_loss(y_pred, y):
    yes = y * np.log(y_pred + EPSILON)
    no = (1 - y) * np.log(1 - y_pred + EPSILON)
    return -np.sum(yes + no) / y.shape[1]


def log_loss_gradient(y_pred, y):
    return ((1 - y) / (1 - y_pred + EPSILON) - y / (y_pred + EPSILON)) / y.shape[1]


def hinge_loss(scores, y):
    missing = 1 - y * scores
    return np.sum(missing + np.abs(missing)) / 2 / y.shape[1]


def hinge_gradient(scores, y):
    missing = 1 - y * scores
    return -y * (1 + np.sign(missing)) / 2 / y.shape[1]


def huber_loss(y_pred, y, delta=1.0):
    r = np.abs(y_pred - y)
    beyond = np.maximum(r - delta, 0)
    return np.sum((r**2 - beyond**2) / 2) / y.shape[1]


def huber_gradient(y_pred, y, delta=1.0):
    r = y_pred - y
    return (np.abs(r + delta) - np.abs(r - delta)) / 2 / y.shape[1]


def sequence_loss(step_loss, y_pred, y, mask=None):
    _, m, T_x = y.shape
    if mask is None:
        mask = np.ones((m, T_x))
    running = mask.sum(axis=0)
    per_step = np.zeros(T_x)
    for t in np.flatnonzero(running):
        (real,) = mask[:, t].nonzero()
        per_step[t] = running[t] / m * step_loss(y_pred[:, real, t], y[:, real, t])
    return per_step.sum(), per_step
