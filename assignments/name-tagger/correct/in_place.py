"""Copies the parameters once and then updates these copies in place; arrays that are filled."""


def encode(words, vocabulary):
    x = np.zeros((len(vocabulary), len(words), max([len(s) for s in words] or [0])))
    mask = np.zeros(x.shape[1:])
    for (i, t), _ in np.ndenumerate(mask):
        if t >= len(words[i]):
            continue
        mask[i, t] += 1
        column = x[:, i, t]
        fill(column, words[i][t].lower(), vocabulary)
    return x, mask


def fill(column, word, vocabulary):
    try:
        column[vocabulary[word]] = 1
    except KeyError:
        column[vocabulary["<unk>"]] = 1
    for feature in (word[:2] + "-", "-" + word[-2:], "-" + word[-3:]):
        try:
            column[vocabulary[feature]] = 1
        except KeyError:
            pass


def init_parameters(n_x, n_a, n_y, seed, scale):
    rng = np.random.default_rng(seed)
    parameters = {
        "Wax": np.empty((n_a, n_x)),
        "Waa": np.empty((n_a, n_a)),
        "Wya": np.empty((n_y, n_a)),
    }
    for weights in parameters.values():
        rng.standard_normal(out=weights)
        weights *= scale
    parameters["ba"] = np.zeros((n_a, 1))
    parameters["by"] = np.zeros((n_y, 1))
    return parameters


def learn(batch, parameters, learning_rate, max_norm):
    """One step; the parameters are changed."""
    x, y, mask = batch
    m = mask.shape[0]
    a0 = np.zeros((len(parameters["ba"]), m))
    a, p = rnn_tag(x, a0, parameters)
    targets = np.array(y, dtype=float)
    padding = np.broadcast_to(mask == 0, targets.shape)
    targets[padding] = p[padding]
    loss = 0.0
    for t in range(mask.shape[1]):
        for i in np.flatnonzero(mask[:, t]):
            loss += log_loss(p[:, [i], t], y[:, [i], t])
    loss /= m
    gradients = output_backward(p, targets, a, parameters)
    back = rnn_backward(gradients.pop("da"), rnn_forward(x, a0, parameters)[2])
    for name in ("dWax", "dWaa", "dba"):
        gradients[name] = back[name]
    norm = global_norm(gradients)
    if max_norm is not None:
        gradients = clip_by_global_norm(gradients, max_norm)[0]
    for name, value in parameters.items():
        value -= learning_rate * gradients["d" + name]
    return loss, norm


def copies(parameters):
    return {name: np.array(value) for name, value in parameters.items()}


def train_step(batch, parameters, learning_rate, max_norm):
    own = copies(parameters)
    loss, norm = learn(batch, own, learning_rate, max_norm)
    return own, loss, norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    own = copies(parameters)
    history = np.zeros(epochs)
    for epoch in range(epochs):
        for batch in data:
            history[epoch] += learn(batch, own, learning_rate, max_norm)[0]
    history /= len(data)
    return own, history.tolist()


def tag(sentence, parameters, vocabulary):
    labels = [0] * len(sentence)
    if labels:
        x, _ = encode([sentence], vocabulary)
        _, y_pred = rnn_tag(x, np.zeros((len(parameters["ba"]), 1)), parameters)
        for t in range(len(labels)):
            labels[t] += int(y_pred[0, 0, t] >= 0.5)
    return labels
