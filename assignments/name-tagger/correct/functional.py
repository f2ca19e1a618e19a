"""Comprehensions, folds and no array that is written to."""

from functools import reduce
from itertools import chain, repeat


def features(word, vocabulary):
    names = [word if word in vocabulary else "<unk>"]
    names += [word[:2] + "-", *("-" + word[-n:] for n in (2, 3))]
    rows = [vocabulary[name] for name in names if name in vocabulary]
    return np.isin(np.arange(len(vocabulary)), rows).astype(float)


def encode(words, vocabulary):
    T_x = max((len(sentence) for sentence in words), default=0)
    padding = np.zeros(len(vocabulary))
    columns = [
        [features(word.lower(), vocabulary) for word in sentence]
        + [padding] * (T_x - len(sentence))
        for sentence in words
    ]
    x = np.array(columns).reshape(len(words), T_x, len(vocabulary))
    mask = np.array([[float(t < len(sentence)) for t in range(T_x)] for sentence in words])
    return x.transpose(2, 0, 1), mask


def init_parameters(n_x, n_a, n_y, seed, scale):
    normal = np.random.default_rng(seed).normal
    shapes = {"Wax": (n_a, n_x), "Waa": (n_a, n_a), "Wya": (n_y, n_a)}
    return {
        **{name: scale * normal(size=shape) for name, shape in shapes.items()},
        **{"ba": np.zeros((n_a, 1)), "by": np.zeros((n_y, 1))},
    }


def loss_of(y_pred, y, mask):
    steps = [(y_pred[:, now, t], y[:, now, t]) for t, now in enumerate(mask.T > 0) if now.any()]
    return sum(log_loss(p, truth) * p.shape[1] for p, truth in steps) / len(mask)


def train_step(batch, parameters, learning_rate, max_norm):
    x, y, mask = batch
    a0 = np.zeros((parameters["Waa"].shape[0], x.shape[1]))
    (a, y_pred), caches = rnn_tag(x, a0, parameters), rnn_forward(x, a0, parameters)[2]
    output = output_backward(y_pred, np.where(mask[None] == 1, y, y_pred), a, parameters)
    everything = output | rnn_backward(output["da"], caches)
    gradients = {f"d{name}": everything[f"d{name}"] for name in parameters}
    clip = (
        (lambda g: (g, global_norm(g)))
        if max_norm is None
        else (lambda g: clip_by_global_norm(g, max_norm))
    )
    clipped, norm = clip(gradients)
    return update_parameters(parameters, clipped, learning_rate), loss_of(y_pred, y, mask), norm


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    def go_on(found, batch):
        now, losses = found
        after, loss, _ = train_step(batch, now, learning_rate, max_norm)
        return after, (*losses, loss)

    batches = chain.from_iterable(repeat(data, epochs))
    parameters, losses = reduce(go_on, batches, (parameters, ()))
    return parameters, list(np.reshape(losses, (epochs, len(data))).mean(axis=1))


def tag(sentence, parameters, vocabulary):
    x, _ = encode([sentence], vocabulary)
    _, y_pred = rnn_tag(x, np.zeros_like(parameters["ba"]), parameters)
    return (y_pred >= 0.5).astype(int).flatten().tolist()
