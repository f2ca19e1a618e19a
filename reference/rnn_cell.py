"""The cell and the forward pass: what a vanilla RNN computes, one step and a whole sequence.

Notation and shapes are those of the course: columns are examples, time is the last axis.
"""

import numpy as np
from numpy.typing import NDArray

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Parameters = dict[str, Array]
Cache = tuple[Array, Array, Array, Parameters]


def sigmoid(z: Array) -> Array:
    """Squash every entry of an array into the interval from 0 to 1.

    Parameters
    ----------
    z : ndarray of float64, any shape
        Scores, dimensionless.

    Returns
    -------
    ndarray of float64, same shape as `z`
        The probability that belongs to each score.

    Notes
    -----
    The logistic function, ``sigmoid(z) = 1 / (1 + exp(-z))``, which is the same number as
    ``exp(z) / (1 + exp(z))``. One of the two forms overflows where ``z`` is large and positive, the
    other where it is large and negative; yours must work for ``abs(z)`` up to 1e4 and give no
    warning. `z` is left as it was.

    Examples
    --------
    ``log(3)`` are odds of 3 to 1, that is a probability of 3/4:

    >>> print(sigmoid(np.array([[0.0, np.log(3.0), -np.log(3.0)]])).round(6))
    [[0.5  0.75 0.25]]
    >>> print(sigmoid(np.array([-1e4, 1e4])))
    [0. 1.]
    """
    z = np.asarray(z, dtype=float)
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def softmax(z: Array) -> Array:
    """Turn each column of scores into probabilities.

    Parameters
    ----------
    z : ndarray of float64, shape (n_y, m)
        Scores, dimensionless: one row per class, one column per example.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        Positive numbers; each column sums to 1.

    Notes
    -----
    ``softmax(z)[i, j] = exp(z[i, j]) / sum_k exp(z[k, j])``. Adding one number to a whole column
    changes nothing, so you are free to choose it such that no exponential overflows, whatever the
    other columns hold; see Goodfellow, Bengio and Courville, *Deep Learning*, section 4.1.
    `z` is left as it was.

    Examples
    --------
    The exponentials of the first column are 1 and 3, of the second 1 and 1:

    >>> print(softmax(np.array([[0.0, 1000.0], [np.log(3.0), 1000.0]])).round(6))
    [[0.25 0.5 ]
     [0.75 0.5 ]]
    """
    e = np.exp(z - np.max(z, axis=0, keepdims=True))
    return np.asarray(e / np.sum(e, axis=0, keepdims=True))


def rnn_cell_forward(
    xt: Array, a_prev: Array, parameters: Parameters
) -> tuple[Array, Array, Cache]:
    """Advance a vanilla RNN by one time step.

    Parameters
    ----------
    xt : ndarray of float64, shape (n_x, m)
        Input at time ``t``, one column per example.
    a_prev : ndarray of float64, shape (n_a, m)
        Hidden state at time ``t - 1``.
    parameters : dict of ndarray of float64
        ``Wax (n_a, n_x)``, ``Waa (n_a, n_a)``, ``Wya (n_y, n_a)``, ``ba (n_a, 1)``,
        ``by (n_y, 1)``.

    Returns
    -------
    a_next : ndarray of float64, shape (n_a, m)
        Hidden state at time ``t``, every entry between -1 and 1.
    yt_pred : ndarray of float64, shape (n_y, m)
        Prediction at time ``t``; each column sums to 1.
    cache : tuple
        ``(a_next, a_prev, xt, parameters)``, what the backward pass will need.

    Notes
    -----
    ``a<t> = tanh(Waa a<t-1> + Wax x<t> + ba)`` and ``yhat<t> = softmax(Wya a<t> + by)``
    (Elman, 1990). The products are matrix products. No argument is changed.

    Examples
    --------
    One unit, one feature, one example: the state is ``tanh(2 * 0.5 - 1 * 1 + 0) = 0``, so that the
    scores are only the biases 0 and log 3.

    >>> parameters = {
    ...     "Wax": np.array([[2.0]]),
    ...     "Waa": np.array([[-1.0]]),
    ...     "Wya": np.array([[5.0], [7.0]]),
    ...     "ba": np.array([[0.0]]),
    ...     "by": np.array([[0.0], [np.log(3.0)]]),
    ... }
    >>> a_next, yt_pred, cache = rnn_cell_forward(np.array([[0.5]]), np.array([[1.0]]), parameters)
    >>> print(a_next, yt_pred.round(6).tolist())
    [[0.]] [[0.25], [0.75]]
    >>> len(cache)
    4
    """
    Wax, Waa, Wya = parameters["Wax"], parameters["Waa"], parameters["Wya"]
    ba, by = parameters["ba"], parameters["by"]
    a_next = np.tanh(np.dot(Waa, a_prev) + np.dot(Wax, xt) + ba)
    yt_pred = softmax(np.dot(Wya, a_next) + by)
    cache = (a_next, a_prev, xt, parameters)
    return a_next, yt_pred, cache


def rnn_forward(
    x: Array, a0: Array, parameters: Parameters
) -> tuple[Array, Array, tuple[list[Cache], Array]]:
    """Run the cell over a whole sequence: many inputs, many outputs.

    Parameters
    ----------
    x : ndarray of float64, shape (n_x, m, T_x)
        Input sequences of `m` examples, time on the last axis.
    a0 : ndarray of float64, shape (n_a, m)
        Hidden state before the first step; not always zero.
    parameters : dict of ndarray of float64
        As for `rnn_cell_forward`; the same for every step.

    Returns
    -------
    a : ndarray of float64, shape (n_a, m, T_x)
        Hidden states of all steps; ``a[:, :, 0]`` is the state after the first input, so `a0` is
        not among them.
    y_pred : ndarray of float64, shape (n_y, m, T_x)
        Predictions of all steps, softmax head.
    caches : tuple
        ``(list of cache, x)``: the cache of each step in the order of time, and the input.

    Notes
    -----
    The state that one step returns is the state that the next one receives. No argument is changed.

    Examples
    --------
    With ``Waa = 1`` and no input the state is ``tanh(a0)``, then ``tanh(tanh(a0))``:

    >>> parameters = {
    ...     "Wax": np.array([[0.0]]),
    ...     "Waa": np.array([[1.0]]),
    ...     "Wya": np.array([[1.0], [1.0]]),
    ...     "ba": np.array([[0.0]]),
    ...     "by": np.array([[0.0], [0.0]]),
    ... }
    >>> a, y_pred, (steps, x) = rnn_forward(np.zeros((1, 1, 2)), np.array([[0.5]]), parameters)
    >>> bool(np.allclose(a[0, 0], [np.tanh(0.5), np.tanh(np.tanh(0.5))]))
    True
    >>> y_pred.shape, len(steps)
    ((2, 1, 2), 2)
    """
    caches = []
    _, m, T_x = x.shape
    n_y, n_a = parameters["Wya"].shape
    a = np.zeros((n_a, m, T_x))
    y_pred = np.zeros((n_y, m, T_x))
    a_next = a0
    for t in range(T_x):
        a_next, yt_pred, cache = rnn_cell_forward(x[:, :, t], a_next, parameters)
        a[:, :, t] = a_next
        y_pred[:, :, t] = yt_pred
        caches.append(cache)
    return a, y_pred, (caches, x)


def rnn_tag(x: Array, a0: Array, parameters: Parameters) -> tuple[Array, Array]:
    """Give every step a yes-or-no answer, such as whether the word is a person's name.

    Parameters
    ----------
    x : ndarray of float64, shape (n_x, m, T_x)
        Input sequences.
    a0 : ndarray of float64, shape (n_a, m)
        Hidden state before the first step.
    parameters : dict of ndarray of float64
        As for `rnn_cell_forward`; usually ``n_y = 1``, one question a word.

    Returns
    -------
    a : ndarray of float64, shape (n_a, m, T_x)
        Hidden states of all steps.
    y_pred : ndarray of float64, shape (n_y, m, T_x)
        Probability of "yes" at every step. Each entry stands for itself: unlike with softmax, the
        columns need not sum to 1.

    Notes
    -----
    The recurrence is that of `rnn_forward`; only the head differs:
    ``yhat<t> = sigmoid(Wya a<t> + by)``. No argument is changed.

    Examples
    --------
    ``Wya = 0`` leaves the bias alone to decide, and ``sigmoid(log 3) = 3/4`` at every step:

    >>> parameters = {
    ...     "Wax": np.array([[1.0]]),
    ...     "Waa": np.array([[1.0]]),
    ...     "Wya": np.array([[0.0]]),
    ...     "ba": np.array([[0.0]]),
    ...     "by": np.array([[np.log(3.0)]]),
    ... }
    >>> a, y_pred = rnn_tag(np.ones((1, 1, 3)), np.zeros((1, 1)), parameters)
    >>> print(y_pred.round(6))
    [[[0.75 0.75 0.75]]]
    """
    a, _, _ = rnn_forward(x, a0, parameters)
    Wya, by = parameters["Wya"], parameters["by"]
    _, m, T_x = a.shape
    y_pred = np.zeros((Wya.shape[0], m, T_x))
    for t in range(T_x):
        y_pred[:, :, t] = sigmoid(np.dot(Wya, a[:, :, t]) + by)
    return a, y_pred


def rnn_classify(
    x: Array, a0: Array, parameters: Parameters, lengths: NDArray[np.int64] | None = None
) -> tuple[Array, Array]:
    """Read a whole sequence and answer once: many inputs, one output.

    Parameters
    ----------
    x : ndarray of float64, shape (n_x, m, T_x)
        Input sequences, for example reviews. Shorter ones are padded at the end to `T_x` steps.
    a0 : ndarray of float64, shape (n_a, m)
        Hidden state before the first step.
    parameters : dict of ndarray of float64
        As for `rnn_cell_forward`.
    lengths : ndarray of int, shape (m,), optional
        Number of valid steps of each example, from 1 to `T_x`. ``None`` means that all sequences
        have `T_x` steps.

    Returns
    -------
    a : ndarray of float64, shape (n_a, m, T_x)
        Hidden states of all steps, the padded ones included.
    y_pred : ndarray of float64, shape (n_y, m)
        One prediction per example, for example the rating of the review; columns sum to 1.

    Notes
    -----
    ``yhat = softmax(Wya a<last> + by)``, where ``last`` is the last *valid* step of each example:
    different examples of one batch may end at different steps, and what stands in the padding must
    not change the answer. No argument is changed.

    Examples
    --------
    With ``Waa = 0`` a state is ``tanh`` of the input of its own step. Both examples read 0 and then
    1, but the second is only one step long, so that its answer comes from the state 0:

    >>> parameters = {
    ...     "Wax": np.array([[1.0]]),
    ...     "Waa": np.array([[0.0]]),
    ...     "Wya": np.array([[0.0], [np.log(3.0) / np.tanh(1.0)]]),
    ...     "ba": np.array([[0.0]]),
    ...     "by": np.array([[0.0], [0.0]]),
    ... }
    >>> x = np.array([[[0.0, 1.0], [0.0, 1.0]]])
    >>> a, y_pred = rnn_classify(x, np.zeros((1, 2)), parameters, lengths=np.array([2, 1]))
    >>> print(y_pred.round(6))
    [[0.25 0.5 ]
     [0.75 0.5 ]]
    """
    _, m, T_x = x.shape
    a, _, _ = rnn_forward(x, a0, parameters)
    last = np.full(m, T_x - 1) if lengths is None else np.asarray(lengths) - 1
    a_last = a[:, np.arange(m), last]
    y_pred = softmax(np.dot(parameters["Wya"], a_last) + parameters["by"])
    return a, y_pred
