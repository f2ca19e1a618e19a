"""Formulas for one number, stretched over arrays by `np.vectorize`; a class holds the sequence."""


def summed(cost, *arrays):
    return np.vectorize(cost, otypes=[float])(*arrays).sum() / arrays[0].shape[1]


def spread(slope, *arrays):
    return np.vectorize(slope, otypes=[float])(*arrays) / arrays[0].shape[1]


def mse_loss(y_pred, y):
    return summed(lambda p, t: p * p - 2 * p * t + t * t, y_pred, y)


def mse_gradient(y_pred, y):
    return spread(lambda p, t: 2 * p - 2 * t, y_pred, y)


def cross_entropy_loss(y_pred, y):
    return summed(lambda p, t: -np.log(max(p, 1e-12)) if t else 0, y_pred, y)


def cross_entropy_gradient(y_pred, y):
    return spread(lambda p, t: -t / max(p, 1e-12), y_pred, y)


def log_loss(y_pred, y):
    return summed(lambda p, t: -np.log(max(p if t == 1 else 1 - p, 1e-12)), y_pred, y)


def log_loss_gradient(y_pred, y):
    return spread(lambda p, t: (p - t) / max(p * (1 - p), 1e-12) or 0.0, y_pred, y)


def hinge_loss(scores, y):
    return summed(lambda s, t: max(0, 1 - t * s), scores, y)


def hinge_gradient(scores, y):
    return spread(lambda s, t: -t if t * s < 1 else 0, scores, y)


def huber_loss(y_pred, y, delta=1.0):
    def cost(p, t):
        r = abs(p - t)
        return r**2 / 2 if r < delta else delta * r - delta * delta / 2

    return summed(cost, y_pred, y)


def huber_gradient(y_pred, y, delta=1.0):
    return spread(lambda p, t: min(max(p - t, -delta), delta), y_pred, y)


class Sequence:
    def __init__(self, y_pred, y, mask):
        self.y_pred, self.y = y_pred, y
        self.mask = np.ones(y.shape[1:]) if mask is None else mask

    def cost(self, step_loss, t):
        real = np.flatnonzero(self.mask[:, t])
        if real.size == 0:
            return 0.0
        mean = step_loss(self.y_pred[:, real, t], self.y[:, real, t])
        return mean * real.size / self.mask.shape[0]


def sequence_loss(step_loss, y_pred, y, mask=None):
    sequence = Sequence(y_pred, y, mask)
    per_step = [sequence.cost(step_loss, t) for t in range(y.shape[2])]
    return np.cumsum(per_step)[-1], np.asarray(per_step)
