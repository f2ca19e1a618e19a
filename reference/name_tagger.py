"""The capstone: a tagger that finds the names of persons in sentences."""

import numpy as np

from reference.bptt import output_backward, rnn_backward, update_parameters
from reference.gradient_clipping import clip_by_global_norm, global_norm
from reference.losses import log_loss
from reference.rnn_cell import rnn_forward, rnn_tag

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Parameters = dict[str, Array]
Batch = tuple[Array, Array, Array]


def encode(words: list[list[str]], vocabulary: dict[str, int]) -> tuple[Array, Array]:
    """Turn sentences into the arrays that a network reads.

    Parameters
    ----------
    words : list of list of str
        A batch of m sentences, each a list of words made of letters, of any length.
    vocabulary : dict of str to int
        Row of each feature, ``0 .. n_x - 1``. A feature is a whole word (``"garden"``), the unknown
        word (``"<unk>"``, always there), the first two letters of a word (``"ga-"``) or its last
        two or three (``"-en"``, ``"-den"``).

    Returns
    -------
    x : ndarray of float64, shape (n_x, m, T_x)
        1.0 where the word at step t of a sentence has the feature, else 0.0; ``n_x`` is the size of
        the vocabulary and ``T_x`` the length of the longest sentence.
    mask : ndarray of float64, shape (m, T_x)
        1.0 where a sentence has a word, 0.0 in the padding after its end.

    Notes
    -----
    Each word switches on one word feature: its own, or ``"<unk>"`` where the vocabulary does not
    have it. Besides, it switches on each of the three beginnings and endings that the vocabulary
    has, whether or not the word is known: so a name that was never seen before still shows that it
    ends like one. Upper and lower case make no difference. In the padding all features are 0.
    No argument is changed.

    Examples
    --------
    "Anna" is unknown but ends in "-na"; the second sentence is padded with an empty column:

    >>> vocabulary = {"<unk>": 0, "saw": 1, "-na": 2}
    >>> x, mask = encode([["Anna", "saw"], ["saw"]], vocabulary)
    >>> print(x[:, 0, :].T, x[:, 1, :].T)
    [[1. 0. 1.]
     [0. 1. 0.]] [[0. 1. 0.]
     [0. 0. 0.]]
    >>> print(mask)
    [[1. 1.]
     [1. 0.]]
    """
    m = len(words)
    T_x = max([len(sentence) for sentence in words], default=0)
    x = np.zeros((len(vocabulary), m, T_x))
    mask = np.zeros((m, T_x))
    for j, sentence in enumerate(words):
        for t, original in enumerate(sentence):
            word = original.lower()
            x[vocabulary.get(word, vocabulary["<unk>"]), j, t] = 1
            for part in (word[:2] + "-", "-" + word[-2:], "-" + word[-3:]):
                if part in vocabulary:
                    x[vocabulary[part], j, t] = 1
            mask[j, t] = 1
    return x, mask


def make_batches(
    words: list[list[str]], tags: list[list[int]], vocabulary: dict[str, int], size: int
) -> list[Batch]:
    """Cut sentences into batches of arrays; given to the students.

    Parameters
    ----------
    words, tags : list of list
        Sentences, and for each word 1 if it belongs to a name.
    vocabulary : dict of str to int
        As for `encode`.
    size : int
        Sentences in a batch; the last one may be smaller.

    Returns
    -------
    list of tuple
        ``(x, y, mask)`` as `train_step` takes them; ``y`` is 0 in the padding.

    Examples
    --------
    >>> batches = make_batches([["Anna", "saw"], ["me"]], [[1, 0], [0]], {"<unk>": 0}, 1)
    >>> [x.shape for x, _, _ in batches], batches[0][1].tolist()
    ([(1, 1, 2), (1, 1, 1)], [[[1.0, 0.0]]])
    """
    batches = []
    for start in range(0, len(words), size):
        x, mask = encode(words[start : start + size], vocabulary)
        y = np.zeros((1, *mask.shape))
        for j, sentence in enumerate(tags[start : start + size]):
            y[0, j, : len(sentence)] = sentence
        batches.append((x, y, mask))
    return batches


def init_parameters(n_x: int, n_a: int, n_y: int, seed: int, scale: float) -> Parameters:
    """Draw the weights that training starts from.

    Parameters
    ----------
    n_x, n_a, n_y : int
        Numbers of features, hidden units and outputs.
    seed : int
        The same seed gives the same weights.
    scale : float
        Standard deviation of every weight, dimensionless.

    Returns
    -------
    dict of ndarray of float64
        ``Wax (n_a, n_x)``, ``Waa (n_a, n_a)``, ``Wya (n_y, n_a)``, normally distributed around 0;
        ``ba (n_a, 1)`` and ``by (n_y, 1)``, zero.

    Notes
    -----
    Draw from ``np.random.default_rng(seed)``, first ``Wax``, then ``Waa``, then ``Wya``. Weights
    that were all equal would stay equal for ever, as their gradients were. The state of numpy's
    global generator is neither used nor changed.

    Examples
    --------
    >>> parameters = init_parameters(n_x=4, n_a=3, n_y=1, seed=7, scale=0.1)
    >>> {name: value.shape for name, value in parameters.items()}
    {'Wax': (3, 4), 'Waa': (3, 3), 'Wya': (1, 3), 'ba': (3, 1), 'by': (1, 1)}
    >>> print(parameters["ba"].ravel())
    [0. 0. 0.]
    """
    rng = np.random.default_rng(seed)
    return {
        "Wax": rng.normal(size=(n_a, n_x)) * scale,
        "Waa": rng.normal(size=(n_a, n_a)) * scale,
        "Wya": rng.normal(size=(n_y, n_a)) * scale,
        "ba": np.zeros((n_a, 1)),
        "by": np.zeros((n_y, 1)),
    }


def train_step(
    batch: Batch, parameters: Parameters, learning_rate: float, max_norm: float | None
) -> tuple[Parameters, float, float]:
    """Learn from one batch: forward, loss, back through time, clip, step.

    Parameters
    ----------
    batch : tuple
        ``(x, y, mask)``: ``x (n_x, m, T_x)`` and ``mask (m, T_x)`` as `encode` returns them,
        ``y (1, m, T_x)`` with 1.0 for a word that belongs to a name and 0.0 for one that does not.
    parameters : dict of ndarray of float64
        ``Wax``, ``Waa``, ``Wya``, ``ba``, ``by``, with one output, ``n_y = 1``.
    learning_rate : float
        Length of the step, positive.
    max_norm : float or None
        Global norm to which the gradients of the five parameters are clipped; ``None`` for no
        clipping.

    Returns
    -------
    parameters : dict of ndarray of float64
        New arrays under the same names.
    loss : float
        Loss of the batch *before* the step, in nats.
    norm : float
        Global norm of the gradients of the five parameters *before* clipping.

    Raises
    ------
    ValueError
        As `clip_by_global_norm`, if there is something to clip by.

    Notes
    -----
    The head is the sigmoid (`rnn_tag`), the initial state is zero. The loss is the log loss: mean
    over the m sentences (always m, however long they are), sum over time, and padded steps count
    nothing, neither in the loss nor in the gradient; what `y` holds there does not matter. No
    argument is changed.

    Examples
    --------
    Weights of 0 answer 1/2 to all three words, each costs log 2, and there are two sentences:

    >>> x = np.ones((1, 2, 2))
    >>> y = np.array([[[1.0, 0.0], [1.0, 0.0]]])
    >>> mask = np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> parameters = init_parameters(n_x=1, n_a=1, n_y=1, seed=0, scale=0.0)
    >>> new, loss, norm = train_step((x, y, mask), parameters, 1.0, None)
    >>> print(round(loss / np.log(2.0), 6), new["by"], norm)
    1.5 [[0.25]] 0.25
    """
    x, y, mask = batch
    m, T_x = mask.shape
    a0 = np.zeros((len(parameters["Waa"]), m))
    a, y_pred = rnn_tag(x, a0, parameters)
    _, _, caches = rnn_forward(x, a0, parameters)
    loss = 0.0
    for t in range(T_x):
        now = mask[:, t] > 0
        if np.any(now):
            loss += log_loss(y_pred[:, now, t], y[:, now, t]) * int(np.sum(now)) / m
    y = np.where(mask > 0, y, y_pred)
    output = output_backward(y_pred, y, a, parameters)
    gradients = rnn_backward(output["da"], caches)
    gradients = {
        "dWax": gradients["dWax"],
        "dWaa": gradients["dWaa"],
        "dWya": output["dWya"],
        "dba": gradients["dba"],
        "dby": output["dby"],
    }
    norm = global_norm(gradients)
    if max_norm is not None:
        gradients, norm = clip_by_global_norm(gradients, max_norm)
    return update_parameters(parameters, gradients, learning_rate), loss, norm


def train(
    data: list[Batch],
    epochs: int,
    parameters: Parameters,
    learning_rate: float = 0.5,
    max_norm: float | None = 1.0,
) -> tuple[Parameters, list[float]]:
    """Train a tagger: go through all batches, again and again.

    Parameters
    ----------
    data : list of tuple
        Batches ``(x, y, mask)`` as for `train_step`; used in this order in every epoch.
    epochs : int
        How many times to go through all batches.
    parameters : dict of ndarray of float64
        Where to start, for example what `init_parameters` returns.
    learning_rate, max_norm
        As for `train_step`.

    Returns
    -------
    parameters : dict of ndarray of float64
        After the last step.
    history : list of float
        For each epoch the mean, over its batches, of the losses that `train_step` returned.

    Notes
    -----
    Each step goes on with the parameters of the step before. There is no chance in it: the same
    arguments give the same result. No argument is changed.

    Examples
    --------
    One feature says it all: the loss falls from ``log 2`` towards 0.

    >>> batch = (np.array([[[1.0, 0.0]]]), np.array([[[1.0, 0.0]]]), np.ones((1, 2)))
    >>> start = init_parameters(n_x=1, n_a=2, n_y=1, seed=0, scale=0.1)
    >>> parameters, history = train([batch], 200, start)
    >>> len(history), history[-1] < 0.1 < history[0]
    (200, True)
    """
    history = []
    for _ in range(epochs):
        losses = []
        for batch in data:
            parameters, loss, _ = train_step(batch, parameters, learning_rate, max_norm)
            losses.append(loss)
        history.append(float(np.mean(losses)))
    return parameters, history


def tag(sentence: list[str], parameters: Parameters, vocabulary: dict[str, int]) -> list[int]:
    """Mark the words of one sentence that belong to a name.

    Parameters
    ----------
    sentence : list of str
        The words, in order.
    parameters : dict of ndarray of float64
        Of a trained tagger, ``n_y = 1``.
    vocabulary : dict of str to int
        The one that the tagger was trained with, see `encode`.

    Returns
    -------
    list of int
        For each word 1 if its probability is at least 0.5, else 0. As long as the sentence; empty
        for an empty one.

    Notes
    -----
    The initial state is zero, as in training. No argument is changed.

    Examples
    --------
    A tagger made by hand, which marks unknown words:

    >>> parameters = {
    ...     "Wax": np.array([[1.0, 0.0]]),
    ...     "Waa": np.array([[0.0]]),
    ...     "Wya": np.array([[2.0]]),
    ...     "ba": np.array([[0.0]]),
    ...     "by": np.array([[-1.0]]),
    ... }
    >>> tag(["met", "Anna"], parameters, {"<unk>": 0, "met": 1})
    [0, 1]
    """
    x, _ = encode([sentence], vocabulary)
    a0 = np.zeros((len(parameters["Waa"]), 1))
    _, y_pred = rnn_tag(x, a0, parameters)
    return [int(p >= 0.5) for p in y_pred[0, 0, :]]
