"""Cuts the padding off and learns from one sentence after the other, adding the gradients."""


def encode(words, vocabulary):
    lengths = [len(sentence) for sentence in words]
    x = np.zeros((len(vocabulary), len(words), max(lengths) if lengths else 0))
    mask = np.zeros(x.shape[1:])
    for i, length in enumerate(lengths):
        mask[i, :length] = np.ones(length)
        x[:, i, :length] = one_sentence(words[i], vocabulary)
    return x, mask


def one_sentence(sentence, vocabulary):
    columns = np.zeros((len(vocabulary), len(sentence)))
    for t, word in enumerate(sentence):
        word = word.casefold()
        for part in {word, word[:2] + "-", "-" + word[-2:], "-" + word[-3:]} & set(vocabulary):
            columns[vocabulary[part], t] = 1
        if word not in vocabulary:
            columns[vocabulary["<unk>"], t] = 1
    return columns


def init_parameters(n_x, n_a, n_y, seed, scale):
    rng = np.random.Generator(np.random.PCG64(seed))
    parameters = {}
    for name, shape in [("Wax", (n_a, n_x)), ("Waa", (n_a, n_a)), ("Wya", (n_y, n_a))]:
        parameters[name] = rng.normal(0, scale, shape)
    parameters["ba"] = np.zeros(n_a).reshape(n_a, 1)
    parameters["by"] = np.zeros(n_y).reshape(n_y, 1)
    return parameters


def learn_sentence(x, y, parameters):
    a0 = np.zeros((len(parameters["Waa"]), 1))
    a, y_pred = rnn_tag(x, a0, parameters)
    loss = sum(log_loss(y_pred[:, :, t], y[:, :, t]) for t in range(x.shape[2]))
    output = output_backward(y_pred, y, a, parameters)
    gradients = rnn_backward(output["da"], rnn_forward(x, a0, parameters)[2])
    gradients.update(output)
    return loss, gradients


def train_step(batch, parameters, learning_rate, max_norm):
    x, y, mask = batch
    m = len(mask)
    total = {"d" + name: np.zeros(value.shape) for name, value in parameters.items()}
    loss = 0.0
    for i in range(m):
        length = int(mask[i].sum())
        if length == 0:
            continue
        one, gradients = learn_sentence(x[:, [i], :length], y[:, [i], :length], parameters)
        loss += one / m
        for name in total:
            total[name] += gradients[name] / m
    norm = global_norm(total)
    if max_norm is not None and norm > max_norm:
        total, _ = clip_by_global_norm(total, max_norm)
    return update_parameters(parameters, total, learning_rate), loss, norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    history = []
    while len(history) < epochs:
        history.append(0.0)
        for batch in data:
            parameters, loss, _ = train_step(batch, parameters, learning_rate, max_norm)
            history[-1] += loss / len(data)
    return parameters, history


def tag(sentence, parameters, vocabulary):
    if len(sentence) == 0:
        return []
    x = one_sentence(sentence, vocabulary)[:, np.newaxis, :]
    p = rnn_tag(x, np.zeros((len(parameters["Waa"]), 1)), parameters)[1]
    return [int(value) for value in np.greater_equal(p[0, 0], 0.5)]
