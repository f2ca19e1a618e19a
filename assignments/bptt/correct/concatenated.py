"""One matrix for state and input: [a; x] is multiplied with [Waa Wax], forwards and backwards."""


def tanh_gradient(a):
    return (1 - a) * (1 + a)


def output_backward(y_pred, y, a, parameters):
    n_y, m, T_x = y.shape
    dz = ((y_pred - y) / m).reshape(n_y, m * T_x)
    with_one = np.vstack([a.reshape(-1, m * T_x), np.ones((1, m * T_x))])
    both = dz @ with_one.T
    da = (parameters["Wya"].T @ dz).reshape(a.shape)
    return {"da": da, "dWya": both[:, :-1], "dby": both[:, -1:]}


def step_back(da_next, a_next, before, weights):
    """Gradients of [a; x; 1] and of [Waa Wax ba]."""
    dz = da_next * tanh_gradient(a_next)
    return weights.T @ dz, dz @ before.T


def joined(cache):
    a_next, a_prev, xt, parameters = cache
    before = np.concatenate([a_prev, xt, np.ones((1, xt.shape[1]))])
    return before, np.concatenate([parameters["Waa"], parameters["Wax"], parameters["ba"]], axis=1)


def rnn_cell_backward(da_next, cache):
    n_a = len(cache[0])
    dbefore, dweights = step_back(da_next, cache[0], *joined(cache))
    return {
        "da_prev": dbefore[:n_a],
        "dxt": dbefore[n_a:-1],
        "dWaa": dweights[:, :n_a],
        "dWax": dweights[:, n_a:-1],
        "dba": dweights[:, [-1]],
    }


def through_time(da, steps, stop=lambda t: False):
    n_a, m, T_x = da.shape
    later, total, dx = np.zeros((n_a, m)), 0, []
    for t in range(T_x)[::-1]:
        if stop(t):
            later = np.zeros((n_a, m))
        dbefore, dweights = step_back(da[:, :, t] + later, steps[t][0], *joined(steps[t]))
        later, total = dbefore[:n_a], total + dweights
        dx.append(dbefore[n_a:-1])
    parts = np.split(total, [n_a, total.shape[1] - 1], axis=1)
    gradients = dict(zip(("dWaa", "dWax", "dba"), parts))
    return gradients | {"dx": np.dstack(dx[::-1]), "da0": later}


def rnn_backward(da, caches):
    return through_time(da, caches[0])


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    losses = {"softmax": cross_entropy_loss, "sigmoid": log_loss}
    if head not in losses:
        raise ValueError(f"{head!r} is not one of {list(losses)}")
    a, probabilities, caches = rnn_forward(x, a0, parameters)
    if head == "sigmoid":
        probabilities = rnn_tag(x, a0, parameters)[1]
    loss = sum(losses[head](probabilities[..., t], y[..., t]) for t in range(x.shape[-1]))
    output = output_backward(probabilities, y, a, parameters)
    return loss, {**output, **through_time(output["da"], caches[0])}


def truncated_rnn_backward(da, caches, k):
    if not k >= 1:
        raise ValueError("k")
    return through_time(da, caches[0], stop=lambda t: t % k == k - 1)


def numerical_gradient(f, theta, epsilon=1e-5):
    def shifted(place, by):
        moved = theta.copy()
        moved[place] += by
        return f(moved)

    gradient = np.empty(theta.shape)
    for place in np.ndindex(theta.shape):
        difference = shifted(place, epsilon) - shifted(place, -epsilon)
        gradient[place] = difference / epsilon / 2
    return gradient


def update_parameters(parameters, gradients, learning_rate):
    names = list(parameters)
    flat = np.concatenate([parameters[name].ravel() for name in names])
    slope = np.concatenate([gradients["d" + name].ravel() for name in names])
    flat = flat - learning_rate * slope
    new, at = {}, 0
    for name in names:
        size = parameters[name].size
        new[name] = flat[at : at + size].reshape(parameters[name].shape)
        at += size
    return new
