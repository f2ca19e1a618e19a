"""Picks what counts by index; transposes so that examples are rows."""


def mse_loss(y_pred, y):
    rows = (y_pred - y).T
    return sum(row @ row for row in rows) / len(rows)


def mse_gradient(y_pred, y):
    rows = (y_pred - y).T
    return (rows * 2 / len(rows)).T


def cross_entropy_loss(y_pred, y):
    labels = y.argmax(axis=0)
    right = np.take_along_axis(y_pred, labels[None], axis=0)
    return -np.log(right.clip(1e-12)).mean()


def cross_entropy_gradient(y_pred, y):
    m = y.shape[1]
    columns, labels = np.arange(m), np.argmax(y, axis=0)
    gradient = np.zeros(y.shape)
    gradient[labels, columns] = -1 / (m * y_pred[labels, columns].clip(1e-12))
    return gradient


def log_loss(y_pred, y):
    both = np.stack([1 - y_pred, y_pred]).clip(1e-12, 1)
    right = np.take_along_axis(both, y[None].astype(int), axis=0)[0]
    return -np.log(right).sum() / y.shape[1]


def log_loss_gradient(y_pred, y):
    both = np.stack([1 - y_pred, y_pred]).clip(1e-12, 1)
    right = np.take_along_axis(both, y[None].astype(int), axis=0)[0]
    return (1 - 2 * y) / right / y.shape[1]


def hinge_loss(scores, y):
    margins = (y * scores).T
    return np.where(margins < 1, 1 - margins, 0).sum(axis=1).mean()


def hinge_gradient(scores, y):
    gradient = np.zeros_like(scores)
    places = np.nonzero(y * scores < 1)
    gradient[places] = -y[places] / y.shape[1]
    return gradient


def huber_loss(y_pred, y, delta=1.0):
    r = np.abs(y_pred - y).T
    choices = np.array([r**2 / 2, delta * r - delta**2 / 2])
    return np.choose((r > delta).astype(int), choices).sum() / len(r)


def huber_gradient(y_pred, y, delta=1.0):
    r = (y_pred - y).T
    return (np.where(np.abs(r) < delta, r, np.copysign(delta, r)) / len(r)).T


def sequence_loss(step_loss, y_pred, y, mask=None):
    predictions, targets = np.moveaxis(y_pred, 2, 0), np.moveaxis(y, 2, 0)
    m = targets.shape[2]
    masks = [np.ones(m)] * len(targets) if mask is None else mask.T
    per_step = np.zeros(len(targets))
    for t, (p, q, real) in enumerate(zip(predictions, targets, masks)):
        columns = np.where(real)[0]
        if columns.size:
            per_step[t] = step_loss(p[:, columns], q[:, columns]) * columns.size / m
    return np.add.reduce(per_step), per_step
