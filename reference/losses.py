"""Losses of one time step, their gradients, and the loss of a whole sequence.

One reduction everywhere: mean over the ``m`` examples, sum over the ``n_y`` units, sum over time.
"""

from collections.abc import Callable

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def mse_loss(y_pred: Array, y: Array) -> float:
    """Squared error of one time step, for regression.

    Parameters
    ----------
    y_pred : ndarray of float64, shape (n_y, m)
        Predictions, in the units of the target.
    y : ndarray of float64, shape (n_y, m)
        Targets.

    Returns
    -------
    float
        Squared differences: **mean over the m examples, sum over the n_y units**, no factor 1/2.

    Notes
    -----
    ``L = 1/m sum_j sum_i (y_pred[i, j] - y[i, j])^2``.

    Examples
    --------
    Two units, two examples, errors 1, 2, 0 and 3: ``(1 + 4 + 0 + 9) / 2``

    >>> mse_loss(np.array([[1.0, 2.0], [0.0, 3.0]]), np.zeros((2, 2)))
    7.0
    """
    m = y.shape[1]
    return float(np.sum((y_pred - y) ** 2) / m)


def mse_gradient(y_pred: Array, y: Array) -> Array:
    """Gradient of `mse_loss` with respect to the predictions.

    Parameters
    ----------
    y_pred, y : ndarray of float64, shape (n_y, m)
        As for `mse_loss`.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        ``dL/dy_pred``. It carries the loss's 1/m, once.

    Notes
    -----
    As the loss has no factor 1/2, the 2 of the derivative stays. Neither argument is changed.

    Examples
    --------
    One example of error 3: the slope of ``r^2`` at 3 is 6.

    >>> print(mse_gradient(np.array([[3.0]]), np.array([[0.0]])))
    [[6.]]
    """
    m = y.shape[1]
    return 2 * (y_pred - y) / m


def cross_entropy_loss(y_pred: Array, y: Array) -> float:
    """Cross-entropy of one time step, for one of many classes.

    Parameters
    ----------
    y_pred : ndarray of float64, shape (n_y, m)
        Probabilities, each column sums to 1 (what softmax returns).
    y : ndarray of float64, shape (n_y, m)
        One-hot targets: in each column a single 1.

    Returns
    -------
    float
        In nats (natural logarithm): mean over the m examples, sum over the n_y classes.

    Notes
    -----
    ``L = -1/m sum_j sum_i y[i, j] log(p[i, j])``, where ``p`` is `y_pred` with everything below
    1e-12 raised to 1e-12: a class that was ruled out but is right costs 27.6 nats, not infinity,
    and there is no warning. (Adding 1e-12 inside the logarithm is as good.) `y_pred` itself is not
    changed.

    Examples
    --------
    The right classes got 1/2 and 1/4, so the loss is ``(log 2 + log 4) / 2 = 1.5 log 2``:

    >>> y_pred = np.array([[0.5, 0.75], [0.5, 0.25]])
    >>> y = np.array([[1.0, 0.0], [0.0, 1.0]])
    >>> print(round(cross_entropy_loss(y_pred, y) / np.log(2.0), 6))
    1.5
    """
    m = y.shape[1]
    p = np.clip(y_pred, 1e-12, 1.0)
    return float(-np.sum(y * np.log(p)) / m)


def cross_entropy_gradient(y_pred: Array, y: Array) -> Array:
    """Gradient of `cross_entropy_loss` with respect to the probabilities.

    Parameters
    ----------
    y_pred, y : ndarray of float64, shape (n_y, m)
        As for `cross_entropy_loss`.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        ``dL/dy_pred``, with the loss's 1/m, once; zero wherever `y` is zero.

    Notes
    -----
    ``d/dp (-log p) = -1 / p``, with the ``p`` of the loss: probabilities below 1e-12 count as
    1e-12, so that the gradient is large there but finite. (It is not zero, although the clipped
    loss is flat: the way back must stay open where it is needed most.) This is the gradient with
    respect to the *probabilities*; combined with the derivative of softmax it becomes the short
    ``y_pred - y`` of the next assignment. Neither argument is changed.

    Examples
    --------
    One example whose right class got 1/4:

    >>> print(cross_entropy_gradient(np.array([[0.75], [0.25]]), np.array([[0.0], [1.0]])) + 0.0)
    [[ 0.]
     [-4.]]
    """
    m = y.shape[1]
    p = np.clip(y_pred, 1e-12, 1.0)
    return -y / p / m


def log_loss(y_pred: Array, y: Array) -> float:
    """Log loss of one time step, for yes or no, such as whether a word is a name.

    Parameters
    ----------
    y_pred : ndarray of float64, shape (n_y, m)
        Probability of "yes" (what sigmoid returns).
    y : ndarray of float64, shape (n_y, m)
        Targets, 0 or 1; several rows are several independent questions.

    Returns
    -------
    float
        In nats: mean over the m examples, sum over the n_y questions.

    Notes
    -----
    ``L = -1/m sum [y log(p) + (1 - y) log(1 - p)]``, where ``p`` is `y_pred` moved into the
    interval from 1e-12 to 1 - 1e-12, so that a sure but wrong answer costs about 27.6 nats and
    there is no warning. (Adding 1e-12 inside both logarithms is as good.) It is the cross-entropy
    of the two classes "yes" and "no". `y_pred` itself is not changed.

    Examples
    --------
    The right answers got 1/2 and ``1 - 3/4``: ``(log 2 + log 4) / 2 = 1.5 log 2``

    >>> print(round(log_loss(np.array([[0.5, 0.75]]), np.array([[1.0, 0.0]])) / np.log(2.0), 6))
    1.5
    """
    m = y.shape[1]
    p = np.clip(y_pred, 1e-12, 1 - 1e-12)
    return float(-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p)) / m)


def log_loss_gradient(y_pred: Array, y: Array) -> Array:
    """Gradient of `log_loss` with respect to the probabilities.

    Parameters
    ----------
    y_pred, y : ndarray of float64, shape (n_y, m)
        As for `log_loss`.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        ``dL/dy_pred``, with the loss's 1/m, once.

    Notes
    -----
    Differentiate both terms of the loss, and mind the inner derivative of ``log(1 - p)``. ``p`` is
    the one of the loss, between 1e-12 and 1 - 1e-12, so that the slope of a sure but wrong answer
    is large, about 1e12 / m, but finite. Neither argument is changed.

    Examples
    --------
    "Yes" was right and got 1/4: slope ``-1 / (1/4)``. "No" was right and got ``1 - 3/4``: slope
    ``+1 / (1/4)``. Both are halved, as there are two examples.

    >>> print(log_loss_gradient(np.array([[0.25, 0.75]]), np.array([[1.0, 0.0]])))
    [[-2.  2.]]
    """
    m = y.shape[1]
    p = np.clip(y_pred, 1e-12, 1 - 1e-12)
    return ((1 - y) / (1 - p) - y / p) / m


def hinge_loss(scores: Array, y: Array) -> float:
    """Hinge loss of one time step, the loss of support vector machines.

    Parameters
    ----------
    scores : ndarray of float64, shape (n_y, m)
        Raw scores (no sigmoid), dimensionless.
    y : ndarray of float64, shape (n_y, m)
        Targets, -1 or +1.

    Returns
    -------
    float
        Mean over the m examples, sum over the n_y units.

    Notes
    -----
    ``L = 1/m sum max(0, 1 - y * score)``: nothing to pay where the score is on the right side with
    a margin of at least 1 (Cortes and Vapnik, 1995).

    Examples
    --------
    Margins 2 (free), 0.5 (costs 0.5) and, on the wrong side, -1 (costs 2):

    >>> round(hinge_loss(np.array([[2.0, -0.5, -1.0]]), np.array([[1.0, -1.0, 1.0]])) * 3, 6)
    2.5
    """
    m = y.shape[1]
    return float(np.sum(np.maximum(0, 1 - y * scores)) / m)


def hinge_gradient(scores: Array, y: Array) -> Array:
    """Gradient of `hinge_loss` with respect to the scores.

    Parameters
    ----------
    scores, y : ndarray of float64, shape (n_y, m)
        As for `hinge_loss`.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        ``dL/dscores``, with the loss's 1/m, once; zero where nothing is to pay.

    Notes
    -----
    Where ``y * score`` is exactly 1 the loss has a kink, and any number between the slopes of its
    two sides is a subgradient and right; the answer here is 0. Neither argument is changed.

    Examples
    --------
    >>> print(hinge_gradient(np.array([[2.0, -0.5]]), np.array([[1.0, -1.0]])))
    [[0.  0.5]]
    """
    m = y.shape[1]
    return np.where(y * scores < 1, -y, 0.0) / m


def huber_loss(y_pred: Array, y: Array, delta: float = 1.0) -> float:
    """Huber loss of one time step: squared for small errors, linear for outliers.

    Parameters
    ----------
    y_pred : ndarray of float64, shape (n_y, m)
        Predictions, in the units of the target.
    y : ndarray of float64, shape (n_y, m)
        Targets.
    delta : float
        Where the loss turns from squared to linear; positive, in the units of the target.

    Returns
    -------
    float
        Mean over the m examples, sum over the n_y units.

    Notes
    -----
    With ``r = y_pred - y`` each entry costs ``1/2 r^2`` up to ``abs(r) = delta`` and
    ``delta * (abs(r) - delta / 2)`` beyond (Huber, 1964). At the tie both are ``delta^2 / 2``.

    Examples
    --------
    ``delta = 2``: the error 1 costs 1/2, the error 5 costs ``2 * (5 - 1)``.

    >>> huber_loss(np.array([[1.0, 5.0]]), np.zeros((1, 2)), delta=2.0)
    4.25
    """
    m = y.shape[1]
    r = y_pred - y
    cost = np.where(np.abs(r) <= delta, 0.5 * r**2, delta * (np.abs(r) - 0.5 * delta))
    return float(np.sum(cost) / m)


def huber_gradient(y_pred: Array, y: Array, delta: float = 1.0) -> Array:
    """Gradient of `huber_loss` with respect to the predictions.

    Parameters
    ----------
    y_pred, y : ndarray of float64, shape (n_y, m)
        As for `huber_loss`.
    delta : float
        As for `huber_loss`.

    Returns
    -------
    ndarray of float64, shape (n_y, m)
        ``dL/dy_pred``, with the loss's 1/m, once. No entry is larger than ``delta / m``, so that
        one outlier cannot dominate the step.

    Notes
    -----
    Differentiate the two pieces; at the tie they agree. Neither argument is changed.

    Examples
    --------
    >>> print(huber_gradient(np.array([[1.0, -5.0]]), np.zeros((1, 2)), delta=2.0))
    [[ 0.5 -1. ]]
    """
    m = y.shape[1]
    r = y_pred - y
    return np.where(np.abs(r) <= delta, r, delta * np.sign(r)) / m


def sequence_loss(
    step_loss: Callable[[Array, Array], float],
    y_pred: Array,
    y: Array,
    mask: Array | None = None,
) -> tuple[float, Array]:
    """Loss of a whole sequence: the losses of its steps, added.

    Parameters
    ----------
    step_loss : callable
        The loss of one time step, such as `mse_loss`: takes two arrays of shape ``(n_y, m')`` and
        returns a float, the mean over the ``m'`` examples it was given.
    y_pred : ndarray of float64, shape (n_y, m, T_x)
        Predictions of all steps.
    y : ndarray of float64, shape (n_y, m, T_x)
        Targets of all steps.
    mask : ndarray of float64, shape (m, T_x), optional
        1 where a step is real, 0 where it is padding. ``None`` means that all are real.

    Returns
    -------
    total : float
        Sum over time of `per_step`; not an average over time.
    per_step : ndarray of float64, shape (T_x,)
        Loss of each step.

    Notes
    -----
    ``per_step[t] = 1/m sum_j mask[j, t] l(j, t)``, where ``l(j, t)`` is example j's own loss at
    step t: padding costs nothing, and the divisor is always the number m of all examples, however
    many of them are valid at the step. Where no example is valid, `per_step` is 0. The padded
    entries of `y_pred` and `y` may hold anything, also NaN, so they must not reach `step_loss`.
    No argument is changed.

    Examples
    --------
    Two examples, two steps, every error is 1 or, in the padding, unknown. The second example has
    only one step, so the second step costs ``(1 + nothing) / 2``:

    >>> y_pred = np.array([[[1.0, 1.0], [1.0, np.nan]]])
    >>> mask = np.array([[1.0, 1.0], [1.0, 0.0]])
    >>> total, per_step = sequence_loss(mse_loss, y_pred, np.zeros((1, 2, 2)), mask)
    >>> total, per_step.tolist()
    (1.5, [1.0, 0.5])
    """
    _, m, T_x = y.shape
    valid = np.ones((m, T_x), dtype=bool) if mask is None else np.asarray(mask) > 0
    per_step = np.zeros(T_x)
    for t in range(T_x):
        now = valid[:, t]
        if np.any(now):
            mean = step_loss(y_pred[:, now, t], y[:, now, t])
            per_step[t] = mean * np.sum(now) / m
    return float(np.sum(per_step)), per_step
