"""Indices first, then one assignment; sums over steps by einsum; a step does not call a step."""


def encode(words, vocabulary):
    T_x = max([0, *map(len, words)])
    places = [
        (row, i, t)
        for i, sentence in enumerate(words)
        for t, word in enumerate(map(str.lower, sentence))
        for row in (
            vocabulary.get(word, vocabulary["<unk>"]),
            vocabulary.get(word[:2] + "-", -1),
            vocabulary.get("-" + word[-2:], -1),
            vocabulary.get("-" + word[-3:], -1),
        )
    ]
    x = np.zeros((len(vocabulary) + 1, len(words), T_x))  # the last row for what is not there
    x[tuple(np.array(places, dtype=int).reshape(-1, 3).T)] = 1
    lengths = np.array([len(sentence) for sentence in words])
    return x[:-1], (np.arange(T_x) < lengths[:, None]).astype(np.float64)


def init_parameters(n_x, n_a, n_y, seed, scale):
    sizes = [n_a * n_x, n_a * n_a, n_y * n_a]
    drawn = scale * np.random.default_rng(seed).normal(size=sum(sizes))
    Wax, Waa, Wya = np.split(drawn, np.cumsum(sizes)[:2])
    return {
        "Wax": Wax.reshape(n_a, n_x),
        "Waa": Waa.reshape(n_a, n_a),
        "Wya": Wya.reshape(n_y, n_a),
        "ba": np.zeros((n_a, 1)),
        "by": np.zeros((n_y, 1)),
    }


def train_step(batch, parameters, learning_rate, max_norm):
    x, y, mask = batch
    m = x.shape[1]
    Waa, Wya = parameters["Waa"], parameters["Wya"]
    a, p = rnn_tag(x, np.zeros((len(Waa), m)), parameters)
    clipped = np.clip(p, 1e-12, 1 - 1e-12)
    costs = np.where(y > 0.5, -np.log(clipped), -np.log(1 - clipped))
    loss = np.einsum("ymt,mt->", costs, mask) / m
    dz = (p - y) * mask / m
    from_outputs = np.einsum("ya,ymt->amt", Wya, dz)
    dh = np.zeros(a.shape)
    for t in range(a.shape[2])[::-1]:
        later = Waa.T @ dh[:, :, t + 1] if t + 1 < a.shape[2] else 0
        dh[:, :, t] = (from_outputs[:, :, t] + later) * (1 - a[:, :, t] ** 2)
    gradients = {
        "dWax": np.tensordot(dh, x, axes=([1, 2], [1, 2])),
        "dWaa": np.tensordot(dh[:, :, 1:], a[:, :, :-1], axes=([1, 2], [1, 2])),
        "dWya": np.tensordot(dz, a, axes=([1, 2], [1, 2])),
        "dba": dh.sum(axis=(1, 2))[:, None],
        "dby": dz.sum(axis=(1, 2))[:, None],
    }
    norm = np.linalg.norm([np.linalg.norm(g) for g in gradients.values()])
    if max_norm is not None:
        gradients, _ = clip_by_global_norm(gradients, max_norm)
    return update_parameters(parameters, gradients, learning_rate), loss, norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    history = np.zeros((epochs, len(data)))
    for epoch, number in np.ndindex(history.shape):
        parameters, history[epoch, number], _ = train_step(
            data[number], parameters, learning_rate, max_norm
        )
    return parameters, history.mean(axis=1)


def tag(sentence, parameters, vocabulary):
    a0 = np.zeros((parameters["Waa"].shape[1], 1))
    return np.where(rnn_tag(encode([sentence], vocabulary)[0], a0, parameters)[1][0, 0] < 0.5, 0, 1)
