"""Sum over the units first, then `np.mean` over the examples."""


def mse_loss(y_pred, y):
    return np.mean(np.sum(np.square(y - y_pred), axis=0))


def mse_gradient(y_pred, y):
    return (y_pred - y) * (2.0 / y_pred.shape[-1])


def cross_entropy_loss(y_pred, y):
    return np.mean(-np.sum(y * np.log(np.maximum(y_pred, 1e-12)), axis=0))


def cross_entropy_gradient(y_pred, y):
    return -(y / np.maximum(y_pred, 1e-12)) / y.shape[1]


def log_loss(y_pred, y):
    yes = np.log(np.maximum(y_pred, 1e-12))
    no = np.log(np.maximum(1 - y_pred, 1e-12))
    return -np.mean(np.sum(y * yes + (1 - y) * no, axis=0))


def log_loss_gradient(y_pred, y):
    yes, no = np.maximum(y_pred, 1e-12), np.maximum(1 - y_pred, 1e-12)
    return -(y / yes - (1 - y) / no) / y.shape[1]


def hinge_loss(scores, y):
    return np.mean(np.sum(np.maximum(1 - scores * y, 0), axis=0))


def hinge_gradient(scores, y):
    return -y * (1 - y * scores > 0) / y.shape[1]


def huber_loss(y_pred, y, delta=1.0):
    size = np.abs(y - y_pred)
    inner = np.minimum(size, delta)
    return np.mean(np.sum(0.5 * inner**2 + delta * (size - inner), axis=0))


def huber_gradient(y_pred, y, delta=1.0):
    return np.clip(y_pred - y, -delta, delta) / y.shape[1]


def sequence_loss(step_loss, y_pred, y, mask=None):
    per_step = []
    for t in range(y.shape[-1]):
        now = slice(None) if mask is None else mask[:, t] == 1
        share = 1 if mask is None else np.mean(mask[:, t])
        per_step.append(share * step_loss(y_pred[:, now, t], y[:, now, t]) if share > 0 else 0)
    return np.sum(per_step), np.array(per_step, dtype=float)
