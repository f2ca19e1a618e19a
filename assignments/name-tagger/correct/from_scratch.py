"""Nothing of the earlier assignments is called: forward, backward and clipping once more, here."""


def encode(words, vocabulary):
    T_x = 0
    for sentence in words:
        T_x = max(T_x, len(sentence))
    x = np.zeros((len(vocabulary), len(words), T_x))
    mask = np.zeros((len(words), T_x))
    for i in range(len(words)):
        for t in range(len(words[i])):
            mask[i, t] = 1.0
            w = words[i][t].lower()
            if w in vocabulary:
                x[vocabulary[w], i, t] = 1.0
            else:
                x[vocabulary["<unk>"], i, t] = 1.0
            if w[0:2] + "-" in vocabulary:
                x[vocabulary[w[0:2] + "-"], i, t] = 1.0
            if "-" + w[-2:] in vocabulary:
                x[vocabulary["-" + w[-2:]], i, t] = 1.0
            if "-" + w[-3:] in vocabulary:
                x[vocabulary["-" + w[-3:]], i, t] = 1.0
    return x, mask


def init_parameters(n_x, n_a, n_y, seed, scale):
    rng = np.random.default_rng(seed)
    Wax = scale * rng.standard_normal((n_a, n_x))
    Waa = scale * rng.standard_normal((n_a, n_a))
    Wya = scale * rng.standard_normal((n_y, n_a))
    return {"Wax": Wax, "Waa": Waa, "Wya": Wya, "ba": np.zeros((n_a, 1)), "by": np.zeros((n_y, 1))}


def forward(x, parameters):
    Wax, Waa, Wya, ba, by = (parameters[k] for k in ("Wax", "Waa", "Wya", "ba", "by"))
    states = [np.zeros((len(Waa), x.shape[1]))]
    probabilities = []
    for t in range(x.shape[2]):
        states.append(np.tanh(Wax @ x[:, :, t] + Waa @ states[-1] + ba))
        z = np.clip(Wya @ states[-1] + by, -500, 500)
        probabilities.append(1 / (1 + np.exp(-z)))
    return states, probabilities


def train_step(batch, parameters, learning_rate, max_norm):
    x, y, mask = batch
    m, T_x = mask.shape
    states, probabilities = forward(x, parameters)
    grads = {name: np.zeros(value.shape) for name, value in parameters.items()}
    loss, da = 0.0, 0.0
    for t in reversed(range(T_x)):
        for i in range(m):
            if mask[i, t] == 1:
                p = min(max(probabilities[t][0, i], 1e-12), 1 - 1e-12)
                loss -= (np.log(p) if y[0, i, t] == 1 else np.log(1 - p)) / m
        dz = (probabilities[t] - y[:, :, t]) * mask[:, t] / m
        grads["Wya"] += dz @ states[t + 1].T
        grads["by"] += dz.sum(axis=1, keepdims=True)
        da = da + parameters["Wya"].T @ dz
        dh = da * (1 - states[t + 1] ** 2)
        grads["Wax"] += dh @ x[:, :, t].T
        grads["Waa"] += dh @ states[t].T
        grads["ba"] += dh.sum(axis=1, keepdims=True)
        da = parameters["Waa"].T @ dh
    norm = np.sqrt(sum(np.sum(g * g) for g in grads.values()))
    if max_norm is not None and (not max_norm > 0 or not np.isfinite(norm)):
        raise ValueError("no clipping to such a norm, or of such gradients")
    if max_norm is not None and norm > max_norm:
        grads = {name: g * max_norm / norm for name, g in grads.items()}
    new = {name: parameters[name] - learning_rate * grads[name] for name in parameters}
    return new, loss, norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    history = []
    for epoch in range(epochs):
        total = 0.0
        for batch in data:
            parameters, loss, norm = train_step(batch, parameters, learning_rate, max_norm)
            total += loss
        history.append(total / len(data))
    return parameters, history


def tag(sentence, parameters, vocabulary):
    x, mask = encode([sentence], vocabulary)
    labels = []
    for p in forward(x, parameters)[1]:
        if p[0, 0] >= 0.5:
            labels.append(1)
        else:
            labels.append(0)
    return labels
