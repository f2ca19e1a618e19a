"""Small helpers that all losses share."""

TINY = 1e-12


def averaged(costs):
    """Sum over units, mean over examples."""
    return float(costs.sum(axis=0).mean())


def per_example(slopes):
    return slopes / slopes.shape[1]


def safe(p):
    return np.clip(p, TINY, 1 - TINY)


def mse_loss(y_pred, y):
    return averaged((y_pred - y) ** 2)


def mse_gradient(y_pred, y):
    return per_example(2 * (y_pred - y))


def cross_entropy_loss(y_pred, y):
    return averaged(-y * np.log(safe(y_pred)))


def cross_entropy_gradient(y_pred, y):
    return per_example(-y / safe(y_pred))


def log_loss(y_pred, y):
    return averaged(-np.log(safe(np.where(y == 1, y_pred, 1 - y_pred))))


def log_loss_gradient(y_pred, y):
    p = safe(y_pred)
    return per_example(np.where(y == 1, -1 / p, 1 / (1 - p)))


def hinge_loss(scores, y):
    return averaged(np.clip(1 - y * scores, 0, None))


def hinge_gradient(scores, y):
    return per_example(np.where(y * scores <= 1, -y, 0))


def huber_loss(y_pred, y, delta=1.0):
    r = np.abs(y_pred - y)
    pieces = [lambda e: e**2 / 2, lambda e: delta * (e - delta / 2)]
    return averaged(np.piecewise(r, [r < delta, r >= delta], pieces))


def huber_gradient(y_pred, y, delta=1.0):
    r = y_pred - y
    return per_example(np.select([r < -delta, r > delta], [-delta, delta], default=r))


def valid_columns(values, real, t):
    return np.compress(real[:, t], values[..., t], axis=1)


def sequence_loss(step_loss, y_pred, y, mask=None):
    m, T_x = y.shape[1:]
    real = np.ones((m, T_x)) if mask is None else mask

    def cost(t):
        count = np.count_nonzero(real[:, t])
        if count == 0:
            return 0.0
        return step_loss(valid_columns(y_pred, real, t), valid_columns(y, real, t)) * count / m

    per_step = np.array([cost(t) for t in range(T_x)])
    return per_step.sum(), per_step
