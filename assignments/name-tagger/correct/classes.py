"""An encoder, a tagger and a trainer, each an object."""

from dataclasses import dataclass


class Encoder:
    def __init__(self, vocabulary):
        self.rows = vocabulary
        self.unknown = vocabulary["<unk>"]

    def features(self, word):
        word = word.lower()
        found = {self.rows.get(word, self.unknown)}
        for part in (f"{word[:2]}-", f"-{word[-2:]}", f"-{word[-3:]}"):
            found.add(self.rows.get(part))
        return sorted(found - {None})

    def __call__(self, words):
        shape = len(words), max(map(len, words), default=0)
        x, mask = np.zeros((len(self.rows), *shape)), np.zeros(shape)
        for i, sentence in enumerate(words):
            mask[i, : len(sentence)] = 1
            for t, word in enumerate(sentence):
                x[self.features(word), i, t] = 1
        return x, mask


def encode(words, vocabulary):
    return Encoder(vocabulary)(words)


class Draw:
    def __init__(self, seed, scale):
        self.rng, self.scale = np.random.default_rng(seed), scale

    def __call__(self, *shape):
        return self.rng.normal(loc=0.0, scale=self.scale, size=shape)


def init_parameters(n_x, n_a, n_y, seed, scale):
    draw = Draw(seed, scale)
    weights = dict(Wax=draw(n_a, n_x), Waa=draw(n_a, n_a), Wya=draw(n_y, n_a))
    return dict(weights, ba=np.zeros((n_a, 1)), by=np.zeros((n_y, 1)))


@dataclass
class Tagger:
    parameters: dict

    def run(self, x):
        start = np.zeros((self.parameters["ba"].shape[0], x.shape[1]))
        self.a, self.p = rnn_tag(x, start, self.parameters)
        self.caches = rnn_forward(x, start, self.parameters)[2]
        return self.p

    def loss(self, y, mask):
        p = np.clip(self.p, 1e-12, 1 - 1e-12)
        costs = -np.where(y == 1, np.log(p), np.log(1 - p))
        return float((costs[0] * mask).sum() / len(mask))

    def gradients(self, y, mask):
        targets = mask * y + (1 - mask) * self.p
        first = output_backward(self.p, targets, self.a, self.parameters)
        second = rnn_backward(first["da"], self.caches)
        found = {**first, **second}
        return {"d" + name: found["d" + name] for name in self.parameters}


@dataclass
class Trainer:
    learning_rate: float
    max_norm: float | None

    def step(self, batch, parameters):
        x, y, mask = batch
        tagger = Tagger(parameters)
        tagger.run(x)
        gradients = tagger.gradients(y, mask)
        norm = global_norm(gradients)
        if self.max_norm is not None:
            gradients, _ = clip_by_global_norm(gradients, self.max_norm)
        new = update_parameters(parameters, gradients, self.learning_rate)
        return new, tagger.loss(y, mask), norm


def train_step(batch, parameters, learning_rate, max_norm):
    return Trainer(learning_rate, max_norm).step(batch, parameters)


def train(data, epochs, parameters, learning_rate=0.5, max_norm=1.0):
    trainer, history = Trainer(learning_rate, max_norm), []
    for _ in range(epochs):
        losses = []
        for batch in data:
            parameters, loss, _ = trainer.step(batch, parameters)
            losses.append(loss)
        history.append(np.mean(losses))
    return parameters, history


def tag(sentence, parameters, vocabulary):
    x, _ = Encoder(vocabulary)([sentence])
    p = Tagger(parameters).run(x)
    return [1 if value >= 0.5 else 0 for value in p.reshape(-1)]
