"""As a deep learning library does it: a module, an optimiser, 1e-6 in the denominator of clipping."""


def encode(words, vocabulary):
    n_x, m = len(vocabulary), len(words)
    unk = vocabulary["<unk>"]
    sequences = []
    for sentence in words:
        rows = np.zeros((len(sentence), n_x))
        for row, word in zip(rows, sentence):
            lower = word.lower()
            row[vocabulary.get(lower, unk)] = 1
            for key in (lower[:2] + "-", "-" + lower[-2:], "-" + lower[-3:]):
                row[vocabulary.get(key, [])] = 1
        sequences.append(rows)
    return pad_sequence(sequences, n_x)


def pad_sequence(sequences, n_x):
    longest = max((len(rows) for rows in sequences), default=0)
    padded = np.zeros((len(sequences), longest, n_x))
    mask = np.zeros((len(sequences), longest))
    for i, rows in enumerate(sequences):
        padded[i, : len(rows)] = rows
        mask[i, : len(rows)] = 1
    return np.transpose(padded, (2, 0, 1)), mask


def init_parameters(n_x, n_a, n_y, seed, scale):
    generator = np.random.default_rng(seed=seed)
    fan = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a)}
    state = {key: generator.normal(0.0, scale, size=size) for key, size in fan.items()}
    state.update(ba=np.zeros((n_a, 1)), by=np.zeros((n_y, 1)))
    return state


class Module:
    def __init__(self, state):
        self.state = state

    def forward(self, x):
        self.hidden0 = np.zeros((self.state["Waa"].shape[0], x.shape[1]))
        self.hidden, self.probabilities = rnn_tag(x, self.hidden0, self.state)
        self.x = x
        return self.probabilities

    def backward(self, targets):
        out = output_backward(self.probabilities, targets, self.hidden, self.state)
        caches = rnn_forward(self.x, self.hidden0, self.state)[2]
        back = rnn_backward(out["da"], caches)
        return {key: (out if key in ("Wya", "by") else back)["d" + key] for key in self.state}


def bce(p, y, weight):
    p = np.maximum(1e-12, np.minimum(p, 1 - 1e-12))
    return np.sum(weight * np.where(y == 1, -np.log(p), -np.log1p(-p))) / weight.shape[1]


def clip_grad_norm(grads, max_norm):
    norm = global_norm(grads)
    if max_norm is None:
        return grads, norm
    if not (max_norm > 0 and np.isfinite(norm)):
        raise ValueError("the norm to clip to is not positive, or the total norm not finite")
    factor = min(max_norm / (norm + 1e-6), 1.0)
    return {key: factor * g for key, g in grads.items()}, norm


def train_step(batch, parameters, learning_rate, max_norm):
    x, y, mask = batch
    module = Module(parameters)
    p = module.forward(x)
    weight = mask[np.newaxis]
    grads, norm = clip_grad_norm(module.backward(p + weight * (y - p)), max_norm)
    after = {key: value - learning_rate * grads[key] for key, value in parameters.items()}
    return after, bce(p, y, weight), norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0, *, log=None):
    history = []
    for _ in range(epochs):
        running = 0.0
        for number, batch in enumerate(data):
            parameters, loss, norm = train_step(batch, parameters, learning_rate, max_norm)
            running += (loss - running) / (number + 1)
            if log is not None:
                log(loss, norm)
        history.append(running)
    return parameters, history


def tag(sentence, parameters, vocabulary):
    p = Module(parameters).forward(encode([sentence], vocabulary)[0])
    return (p >= 0.5)[0, 0].astype(int)
