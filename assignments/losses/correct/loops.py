"""Nothing but loops over single numbers."""


def mse_loss(y_pred, y):
    total = 0
    for i in range(len(y)):
        for j in range(len(y[0])):
            total += (y_pred[i][j] - y[i][j]) ** 2
    return total / len(y[0])


def mse_gradient(y_pred, y):
    n_y, m = y.shape
    gradient = np.zeros((n_y, m))
    for i in range(n_y):
        for j in range(m):
            gradient[i, j] = 2 * (y_pred[i, j] - y[i, j]) / m
    return gradient


def cross_entropy_loss(y_pred, y):
    total = 0.0
    for j in range(y.shape[1]):
        for i in range(y.shape[0]):
            if y[i, j] == 1:
                total -= np.log(max(y_pred[i, j], 1e-12))
    return total / y.shape[1]


def cross_entropy_gradient(y_pred, y):
    n_y, m = y.shape
    gradient = np.zeros((n_y, m))
    for j in range(m):
        for i in range(n_y):
            if y[i, j] == 1:
                gradient[i, j] = -1 / (m * max(y_pred[i, j], 1e-12))
    return gradient


def log_loss(y_pred, y):
    total = 0
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            p = min(max(y_pred[i, j], 1e-12), 1 - 1e-12)
            total += -np.log(p) if y[i, j] == 1 else -np.log(1 - p)
    return total / y.shape[1]


def log_loss_gradient(y_pred, y):
    n_y, m = y.shape
    gradient = np.empty((n_y, m))
    for i in range(n_y):
        for j in range(m):
            p = min(max(y_pred[i, j], 1e-12), 1 - 1e-12)
            gradient[i, j] = -1 / p if y[i, j] else 1 / (1 - p)
    return gradient / m


def hinge_loss(scores, y):
    total = 0.0
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            missing = 1 - y[i, j] * scores[i, j]
            if missing > 0:
                total += missing
    return total / scores.shape[1]


def hinge_gradient(scores, y):
    gradient = np.zeros(scores.shape)
    for i in range(scores.shape[0]):
        for j in range(scores.shape[1]):
            if y[i, j] * scores[i, j] < 1:
                gradient[i, j] = -y[i, j] / scores.shape[1]
    return gradient


def huber_loss(y_pred, y, delta=1.0):
    total = 0
    for r in np.abs(y_pred - y).ravel():
        if r <= delta:
            total += r * r / 2
        else:
            total += delta * (r - delta / 2)
    return total / y.shape[1]


def huber_gradient(y_pred, y, delta=1.0):
    gradient = np.zeros_like(y_pred)
    for place, r in np.ndenumerate(y_pred - y):
        if abs(r) <= delta:
            gradient[place] = r
        elif r > 0:
            gradient[place] = delta
        else:
            gradient[place] = -delta
    return gradient / y.shape[1]


def sequence_loss(step_loss, y_pred, y, mask=None):
    n_y, m, T_x = y.shape
    per_step = np.zeros(T_x)
    for t in range(T_x):
        for j in range(m):
            if mask is None or mask[j, t] == 1:
                per_step[t] += step_loss(y_pred[:, j : j + 1, t], y[:, j : j + 1, t]) / m
    return sum(per_step), per_step
