"""All parameters as one long vector, for the step and for the norm."""

NAMES = ("Wax", "Waa", "Wya", "ba", "by")


def flatten(arrays, prefix=""):
    return np.concatenate([np.ravel(arrays[prefix + name]) for name in NAMES])


def unflatten(vector, like):
    ends = np.cumsum([like[name].size for name in NAMES])
    pieces = np.split(vector, ends[:-1])
    return {name: piece.reshape(like[name].shape) for name, piece in zip(NAMES, pieces)}


def encode(words, vocabulary):
    m, T_x = len(words), max((len(s) for s in words), default=0)
    flat = np.zeros((len(vocabulary), m * T_x))
    mask = np.zeros(m * T_x)
    for i, sentence in enumerate(words):
        for t, word in enumerate(sentence):
            at = i * T_x + t
            mask[at] = 1
            word = word.lower()
            flat[vocabulary[word if word in vocabulary else "<unk>"], at] = 1
            parts = [word[:2] + "-"] + ["-" + word[max(0, len(word) - n) :] for n in (2, 3)]
            for part in filter(vocabulary.__contains__, parts):
                flat[vocabulary[part], at] = 1
    return flat.reshape(-1, m, T_x), mask.reshape(m, T_x)


def init_parameters(n_x, n_a, n_y, seed, scale):
    like = {
        "Wax": np.zeros((n_a, n_x)),
        "Waa": np.zeros((n_a, n_a)),
        "Wya": np.zeros((n_y, n_a)),
        "ba": np.zeros((n_a, 1)),
        "by": np.zeros((n_y, 1)),
    }
    rng = np.random.default_rng(seed)
    weights = rng.normal(0.0, scale, n_a * (n_x + n_a + n_y))
    return unflatten(np.concatenate([weights, np.zeros(n_a + n_y)]), like)


def loss_and_slope(x, y, mask, parameters):
    m = x.shape[1]
    a0 = np.zeros((parameters["Waa"].shape[0], m))
    a, y_pred = rnn_tag(x, a0, parameters)
    real = np.broadcast_to(mask, y_pred.shape) != 0
    loss = log_loss(y_pred[real].reshape(1, -1), y[real].reshape(1, -1)) * real.sum() / m
    output = output_backward(y_pred, np.where(real, y, y_pred), a, parameters)
    back = rnn_backward(output["da"], rnn_forward(x, a0, parameters)[2])
    return loss, flatten({**back, "dWya": output["dWya"], "dby": output["dby"]}, "d")


def train_step(batch, parameters, learning_rate, max_norm):
    loss, slope = loss_and_slope(*batch, parameters)
    with np.errstate(over="ignore"):
        norm = float(np.linalg.norm(slope))
    if max_norm is not None and not (max_norm > 0 and np.isfinite(norm)):
        raise ValueError("no such norm to clip to")
    if max_norm is not None and norm > max_norm:
        slope = slope / norm * max_norm
    return unflatten(flatten(parameters) - learning_rate * slope, parameters), loss, norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    history = [[] for _ in range(epochs)]
    for losses in history:
        for x, y, mask in data:
            parameters, loss, _ = train_step((x, y, mask), parameters, learning_rate, max_norm)
            losses.append(loss)
    return parameters, [sum(losses) / len(losses) for losses in history]


def tag(sentence, parameters, vocabulary):
    if not sentence:
        return []
    x, _ = encode([sentence], vocabulary)
    p = rnn_tag(x, np.zeros((len(parameters["Waa"]), 1)), parameters)[1]
    return list(map(int, p.ravel() >= 0.5))
