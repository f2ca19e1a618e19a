"""Number by number, as the sums stand on paper."""


def tanh_gradient(a):
    slope = np.zeros(a.shape)
    for index, value in np.ndenumerate(a):
        slope[index] = 1 - value * value
    return slope


def output_backward(y_pred, y, a, parameters):
    Wya = parameters["Wya"]
    n_y, m, T_x = y.shape
    n_a = Wya.shape[1]
    da, dWya, dby = np.zeros((n_a, m, T_x)), np.zeros((n_y, n_a)), np.zeros((n_y, 1))
    for t in range(T_x):
        for i in range(m):
            for c in range(n_y):
                dz = (y_pred[c, i, t] - y[c, i, t]) / m
                dby[c, 0] += dz
                for u in range(n_a):
                    dWya[c, u] += dz * a[u, i, t]
                    da[u, i, t] += dz * Wya[c, u]
    return {"da": da, "dWya": dWya, "dby": dby}


def rnn_cell_backward(da_next, cache):
    a_next, a_prev, xt, parameters = cache
    Wax, Waa = parameters["Wax"], parameters["Waa"]
    n_a, m = a_next.shape
    n_x = xt.shape[0]
    dxt, da_prev = np.zeros((n_x, m)), np.zeros((n_a, m))
    dWax, dWaa, dba = np.zeros((n_a, n_x)), np.zeros((n_a, n_a)), np.zeros((n_a, 1))
    for i in range(m):
        for u in range(n_a):
            dz = da_next[u, i] * (1 - a_next[u, i] ** 2)
            dba[u, 0] += dz
            for v in range(n_x):
                dWax[u, v] += dz * xt[v, i]
                dxt[v, i] += dz * Wax[u, v]
            for v in range(n_a):
                dWaa[u, v] += dz * a_prev[v, i]
                da_prev[v, i] += dz * Waa[u, v]
    return {"dxt": dxt, "da_prev": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_backward(da, caches):
    steps, x = caches
    n_a, m, T_x = da.shape
    dx = np.zeros((x.shape[0], m, T_x))
    total = {"dWax": 0, "dWaa": 0, "dba": 0}
    later = np.zeros((n_a, m))
    t = T_x - 1
    while t >= 0:
        into = np.zeros((n_a, m))
        for u in range(n_a):
            for i in range(m):
                into[u, i] = da[u, i, t] + later[u, i]
        one = rnn_cell_backward(into, steps[t])
        later = one["da_prev"]
        for v in range(x.shape[0]):
            for i in range(m):
                dx[v, i, t] = one["dxt"][v, i]
        for key in total:
            total[key] = total[key] + one[key]
        t -= 1
    total["dx"] = dx
    total["da0"] = later
    return total


def rnn_gradients(x, y, a0, parameters, head="softmax"):
    if head == "softmax":
        a, y_pred, caches = rnn_forward(x, a0, parameters)
    elif head == "sigmoid":
        _, _, caches = rnn_forward(x, a0, parameters)
        a, y_pred = rnn_tag(x, a0, parameters)
    else:
        raise ValueError("There is no such head")
    n_y, m, T_x = y.shape
    loss = 0.0
    for t in range(T_x):
        for i in range(m):
            for c in range(n_y):
                p, truth = y_pred[c, i, t], y[c, i, t]
                if truth:
                    loss -= np.log(max(p, 1e-12)) / m
                elif head == "sigmoid":
                    loss -= np.log(max(1 - p, 1e-12)) / m
    first = output_backward(y_pred, y, a, parameters)
    second = rnn_backward(first["da"], caches)
    gradients = {}
    for key in ("dWya", "dby"):
        gradients[key] = first[key]
    for key in ("dWax", "dWaa", "dba", "da0", "dx"):
        gradients[key] = second[key]
    return loss, gradients


def truncated_rnn_backward(da, caches, k):
    if k <= 0:
        raise ValueError("k should be positive")
    steps, x = caches
    T_x = len(steps)
    dx = np.zeros(x.shape)
    dWax = dWaa = dba = 0
    da0 = None
    start = 0
    while start < T_x:
        end = min(start + k, T_x)
        later = np.zeros(da[:, :, 0].shape)
        for t in range(end - 1, start - 1, -1):
            one = rnn_cell_backward(da[:, :, t] + later, steps[t])
            later = one["da_prev"]
            dx[:, :, t] = one["dxt"]
            dWax = dWax + one["dWax"]
            dWaa = dWaa + one["dWaa"]
            dba = dba + one["dba"]
        if start == 0:
            da0 = later
        start = end
    return {"dx": dx, "da0": da0, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def numerical_gradient(f, theta, epsilon=1e-5):
    result = np.zeros_like(theta)
    it = np.nditer(theta, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        place = it.multi_index
        kept = theta[place]
        theta[place] = kept + epsilon
        up = f(theta)
        theta[place] = kept - epsilon
        down = f(theta)
        theta[place] = kept
        result[place] = (up - down) / (2 * epsilon)
        it.iternext()
    return result


def update_parameters(parameters, gradients, learning_rate):
    new = {}
    for name in parameters:
        slope = gradients["d" + name]
        new[name] = np.zeros(parameters[name].shape)
        for i in range(slope.shape[0]):
            for j in range(slope.shape[1]):
                new[name][i, j] = parameters[name][i, j] - learning_rate * slope[i, j]
    return new
