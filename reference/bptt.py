"""Back-propagation through time: from the loss of a sequence to the gradient of every parameter."""

from collections.abc import Callable

import numpy as np

from reference.losses import cross_entropy_loss, log_loss
from reference.rnn_cell import Cache, Parameters, rnn_forward, rnn_tag

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Gradients = dict[str, Array]


def tanh_gradient(a: Array) -> Array:
    """Derivative of tanh, in terms of what tanh returned.

    Parameters
    ----------
    a : ndarray of float64, any shape
        Activations, ``a = tanh(z)``, between -1 and 1 (not ``z``).

    Returns
    -------
    ndarray of float64, same shape as `a`
        ``da/dz``, between 0 and 1.

    Notes
    -----
    ``d tanh(z)/dz = 1 - tanh(z)^2``. `a` is left as it was.

    Examples
    --------
    >>> print(tanh_gradient(np.array([0.0, 0.5, -1.0])))
    [1.   0.75 0.  ]
    """
    return 1 - a**2


def output_backward(y_pred: Array, y: Array, a: Array, parameters: Parameters) -> Gradients:
    """Back-propagate through the output layer of all time steps.

    Parameters
    ----------
    y_pred : ndarray of float64, shape (n_y, m, T_x)
        Predictions of all steps.
    y : ndarray of float64, shape (n_y, m, T_x)
        Targets: one-hot for a softmax head, 0 or 1 for a sigmoid head.
    a : ndarray of float64, shape (n_a, m, T_x)
        Hidden states of all steps.
    parameters : dict of ndarray of float64
        Of these only ``Wya (n_y, n_a)`` is needed here.

    Returns
    -------
    dict of ndarray of float64
        ``da (n_a, m, T_x)``, the gradient that reaches each hidden state *from its own output*;
        ``dWya (n_y, n_a)`` and ``dby (n_y, 1)``, both summed over the steps.

    Notes
    -----
    The loss is the cross-entropy (softmax head) or the log loss (sigmoid head), mean over the m
    examples and sum over time. In both cases the derivative with respect to the score
    ``z<t> = Wya a<t> + by`` is ``y_pred<t> - y<t>`` per example, so the same function serves both
    heads; the mean over examples adds the factor 1/m, once. No argument is changed.

    Examples
    --------
    One unit, one step, the answer 0.75 to a "no", state 2, weight 4:

    >>> gradients = output_backward(
    ...     np.array([[[0.75]]]),
    ...     np.array([[[0.0]]]),
    ...     np.array([[[2.0]]]),
    ...     {"Wya": np.array([[4.0]])},
    ... )
    >>> [(name, float(gradients[name].squeeze())) for name in ("da", "dWya", "dby")]
    [('da', 3.0), ('dWya', 1.5), ('dby', 0.75)]
    """
    n_y, m, T_x = y.shape
    Wya = parameters["Wya"]
    dWya = np.zeros_like(Wya, dtype=float)
    dby = np.zeros((n_y, 1))
    da = np.zeros(a.shape)
    for t in range(T_x):
        dz = (y_pred[:, :, t] - y[:, :, t]) / m
        dWya += np.dot(dz, a[:, :, t].T)
        dby += np.sum(dz, axis=1, keepdims=True)
        da[:, :, t] = np.dot(Wya.T, dz)
    return {"da": da, "dWya": dWya, "dby": dby}


def rnn_cell_backward(da_next: Array, cache: Cache) -> Gradients:
    """Back-propagate through one step of the cell.

    Parameters
    ----------
    da_next : ndarray of float64, shape (n_a, m)
        Gradient of the loss with respect to this step's state ``a<t>``, everything that reaches it.
    cache : tuple
        ``(a_next, a_prev, xt, parameters)``, as `rnn_cell_forward` returned it.

    Returns
    -------
    dict of ndarray of float64
        ``dxt (n_x, m)``, ``da_prev (n_a, m)``, ``dWax (n_a, n_x)``, ``dWaa (n_a, n_a)``,
        ``dba (n_a, 1)``.

    Notes
    -----
    ``a<t> = tanh(z)`` with ``z = Waa a<t-1> + Wax x<t> + ba``: go through tanh first, then to
    each of the five things that ``z`` was made from. `da_next` already carries the 1/m of the
    loss, so none is added here: gradients of weights and bias are *sums* over the examples.
    No argument is changed.

    Examples
    --------
    A state of 0, where tanh has slope 1; then each gradient is one product.

    >>> parameters = {"Wax": np.array([[2.0]]), "Waa": np.array([[-1.0]])}
    >>> cache = (np.array([[0.0]]), np.array([[1.0]]), np.array([[0.5]]), parameters)
    >>> gradients = rnn_cell_backward(np.array([[3.0]]), cache)
    >>> [(name, float(gradients[name].squeeze())) for name in sorted(gradients)]
    [('dWaa', 3.0), ('dWax', 1.5), ('da_prev', -3.0), ('dba', 3.0), ('dxt', 6.0)]
    """
    a_next, a_prev, xt, parameters = cache
    Wax, Waa = parameters["Wax"], parameters["Waa"]
    dz = da_next * tanh_gradient(a_next)
    dxt = np.dot(Wax.T, dz)
    dWax = np.dot(dz, xt.T)
    da_prev = np.dot(Waa.T, dz)
    dWaa = np.dot(dz, a_prev.T)
    dba = np.sum(dz, axis=1, keepdims=True)
    return {"dxt": dxt, "da_prev": da_prev, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_backward(da: Array, caches: tuple[list[Cache], Array]) -> Gradients:
    """Back-propagate through a whole sequence, from the last step to the first.

    Parameters
    ----------
    da : ndarray of float64, shape (n_a, m, T_x)
        Gradient of the loss with respect to each state *from its own output* (`output_backward`);
        what comes from later steps is not in it yet.
    caches : tuple
        ``(list of cache, x)``, as `rnn_forward` returned it.

    Returns
    -------
    dict of ndarray of float64
        ``dx (n_x, m, T_x)``, ``da0 (n_a, m)``, and, summed over the steps, ``dWax (n_a, n_x)``,
        ``dWaa (n_a, n_a)``, ``dba (n_a, 1)``.

    Notes
    -----
    Two streams flow into each state ``a<t>`` and are added: the one from its own output and the one
    from step t + 1. The last step has no successor. The weights are the same at every step, so
    their gradients of all steps are added (Werbos, 1990). No argument is changed.

    Examples
    --------
    Two steps whose states are all 0 (slope 1), ``Waa = 2``, a gradient of 1 at each output: 1
    reaches the last state, ``1 + 2 * 1 = 3`` the first one, and ``2 * 3 = 6`` the initial one.

    >>> parameters = {"Wax": np.array([[5.0]]), "Waa": np.array([[2.0]])}
    >>> zero = np.zeros((1, 1))
    >>> steps = [(zero, zero, zero, parameters), (zero, zero, zero, parameters)]
    >>> gradients = rnn_backward(np.ones((1, 1, 2)), (steps, np.zeros((1, 1, 2))))
    >>> print(gradients["dba"], gradients["da0"], gradients["dx"])
    [[4.]] [[6.]] [[[15.  5.]]]
    """
    steps, x = caches
    n_a, m, T_x = da.shape
    n_x = x.shape[0]
    dx = np.zeros((n_x, m, T_x))
    dWax = np.zeros((n_a, n_x))
    dWaa = np.zeros((n_a, n_a))
    dba = np.zeros((n_a, 1))
    da_prevt = np.zeros_like(da[:, :, 0])
    for t in reversed(range(T_x)):
        g = rnn_cell_backward(da[:, :, t] + da_prevt, steps[t])
        da_prevt = g["da_prev"]
        dx[:, :, t] = g["dxt"]
        dWax += g["dWax"]
        dWaa += g["dWaa"]
        dba += g["dba"]
    return {"dx": dx, "da0": da_prevt, "dWax": dWax, "dWaa": dWaa, "dba": dba}


def rnn_gradients(
    x: Array, y: Array, a0: Array, parameters: Parameters, head: str = "softmax"
) -> tuple[float, Gradients]:
    """Loss of a batch of sequences and its gradient with respect to everything.

    Parameters
    ----------
    x : ndarray of float64, shape (n_x, m, T_x)
        Input sequences.
    y : ndarray of float64, shape (n_y, m, T_x)
        Targets: one-hot for the softmax head, 0 or 1 for the sigmoid head.
    a0 : ndarray of float64, shape (n_a, m)
        Hidden state before the first step.
    parameters : dict of ndarray of float64
        ``Wax``, ``Waa``, ``Wya``, ``ba``, ``by``, with the shapes of `rnn_cell_forward`.
    head : {"softmax", "sigmoid"}
        ``"softmax"`` goes with the cross-entropy, ``"sigmoid"`` with the log loss.

    Returns
    -------
    loss : float
        In nats: mean over the m examples, sum over time.
    gradients : dict of ndarray of float64
        ``dWax``, ``dWaa``, ``dWya``, ``dba``, ``dby``, ``da0`` and ``dx``; each has the shape of
        what it is the gradient of, and carries the loss's 1/m once.

    Raises
    ------
    ValueError
        If `head` is neither of the two.

    Notes
    -----
    Forward pass, loss, output layer, then back through time: put together what you have. The
    states do not depend on the head. No argument is changed.

    Examples
    --------
    All weights 0: every class of two gets 1/2 and each of the three steps costs log 2.

    >>> parameters = {
    ...     "Wax": np.zeros((1, 1)),
    ...     "Waa": np.zeros((1, 1)),
    ...     "Wya": np.zeros((2, 1)),
    ...     "ba": np.zeros((1, 1)),
    ...     "by": np.zeros((2, 1)),
    ... }
    >>> y = np.array([[[1.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]])
    >>> loss, gradients = rnn_gradients(np.ones((1, 1, 3)), y, np.zeros((1, 1)), parameters)
    >>> print(round(loss / np.log(2.0), 6), gradients["dby"].tolist())
    3.0 [[-0.5], [0.5]]
    """
    if head not in ("softmax", "sigmoid"):
        raise ValueError(f"head must be 'softmax' or 'sigmoid', not {head!r}")
    a, y_pred, caches = rnn_forward(x, a0, parameters)
    step_loss = cross_entropy_loss
    if head == "sigmoid":
        a, y_pred = rnn_tag(x, a0, parameters)
        step_loss = log_loss
    loss = 0.0
    for t in range(x.shape[2]):
        loss += step_loss(y_pred[:, :, t], y[:, :, t])
    output = output_backward(y_pred, y, a, parameters)
    gradients = rnn_backward(output["da"], caches)
    gradients["dWya"] = output["dWya"]
    gradients["dby"] = output["dby"]
    return loss, gradients


def truncated_rnn_backward(da: Array, caches: tuple[list[Cache], Array], k: int) -> Gradients:
    """Back-propagate inside chunks of `k` steps, and not from one chunk into another.

    Parameters
    ----------
    da : ndarray of float64, shape (n_a, m, T_x)
        Gradient that reaches each state from its own output.
    caches : tuple
        ``(list of cache, x)`` of the *full* forward pass: the state is carried from chunk to chunk,
        only the gradient is not.
    k : int
        Steps in a chunk, at least 1. Chunks are cut from the first step on: ``0 .. k-1``,
        ``k .. 2k-1`` and so on; the last one may be shorter.

    Returns
    -------
    dict of ndarray of float64
        ``dx``, ``da0``, ``dWax``, ``dWaa``, ``dba`` as `rnn_backward` returns them. The gradients
        of weights and bias are summed over all chunks; ``da0`` comes from the first chunk alone,
        as none of the later ones reaches the initial state.

    Raises
    ------
    ValueError
        If `k` is less than 1.

    Notes
    -----
    This is what detaching the state every `k` steps does in a deep learning library (Williams and
    Peng, 1990). With ``k >= T_x`` there is one chunk, and the result is that of `rnn_backward`.
    No argument is changed.

    Examples
    --------
    The two steps of the example of `rnn_backward`, cut apart: each state receives only the 1 of
    its own output, and ``Waa = 2`` passes a 2 on to the initial state.

    >>> parameters = {"Wax": np.array([[5.0]]), "Waa": np.array([[2.0]])}
    >>> zero = np.zeros((1, 1))
    >>> steps = [(zero, zero, zero, parameters), (zero, zero, zero, parameters)]
    >>> caches = (steps, np.zeros((1, 1, 2)))
    >>> gradients = truncated_rnn_backward(np.ones((1, 1, 2)), caches, k=1)
    >>> print(gradients["dba"], gradients["da0"], gradients["dx"])
    [[2.]] [[2.]] [[[5. 5.]]]
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    steps, x = caches
    chunks = []
    for start in range(0, x.shape[2], k):
        part = slice(start, start + k)
        chunks.append(rnn_backward(da[:, :, part], (steps[part], x[:, :, part])))
    gradients = {}
    for name in ("dWax", "dWaa", "dba"):
        gradients[name] = np.sum([chunk[name] for chunk in chunks], axis=0)
    gradients["dx"] = np.concatenate([chunk["dx"] for chunk in chunks], axis=2)
    gradients["da0"] = chunks[0]["da0"]
    return gradients


def numerical_gradient(f: Callable[[Array], float], theta: Array, epsilon: float = 1e-5) -> Array:
    """Gradient of any function by trying it out: central differences.

    Parameters
    ----------
    f : callable
        Takes an array like `theta`, returns a float.
    theta : ndarray of float64, any shape
        Where the gradient is wanted. It may be changed meanwhile, as `f` may look at this very
        array, but afterwards it holds exactly what it held before.
    epsilon : float
        Half the distance of the two points that are compared, in the units of `theta`.

    Returns
    -------
    ndarray of float64, same shape as `theta`
        ``df/dtheta``, entry by entry.

    Notes
    -----
    ``(f(theta + epsilon e_i) - f(theta - epsilon e_i)) / (2 epsilon)`` for each entry i. The error
    falls with ``epsilon^2``, while the rounding error grows with ``1 / epsilon``; 1e-5 balances the
    two in float64. `f` is called twice an entry.

    Examples
    --------
    The gradient of ``theta_0^2 + 3 theta_1`` at (2, 7) is (4, 3):

    >>> theta = np.array([2.0, 7.0])
    >>> print(numerical_gradient(lambda v: v[0] ** 2 + 3 * v[1], theta).round(6), theta)
    [4. 3.] [2. 7.]
    """
    gradient = np.zeros(theta.shape)
    for index in np.ndindex(*theta.shape):
        value = theta[index]
        theta[index] = value + epsilon
        above = f(theta)
        theta[index] = value - epsilon
        below = f(theta)
        theta[index] = value
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


def update_parameters(
    parameters: Parameters, gradients: Gradients, learning_rate: float
) -> Parameters:
    """Take one step of gradient descent.

    Parameters
    ----------
    parameters : dict of ndarray of float64
        Any names; here ``Wax``, ``Waa``, ``Wya``, ``ba``, ``by``.
    gradients : dict of ndarray of float64
        For each parameter ``name`` the gradient ``"d" + name``, of the same shape. Other entries,
        such as ``da0`` and ``dx``, are not used.
    learning_rate : float
        Length of the step, positive.

    Returns
    -------
    dict of ndarray of float64
        New arrays under the names of `parameters`.

    Raises
    ------
    KeyError
        If the gradient of a parameter is missing.

    Notes
    -----
    ``W := W - learning_rate * dW``. Neither dict nor any array in it is changed.

    Examples
    --------
    >>> new = update_parameters({"Waa": np.array([[1.0]])}, {"dWaa": np.array([[4.0]])}, 0.25)
    >>> print(new["Waa"])
    [[0.]]
    """
    return {
        name: value - learning_rate * gradients["d" + name] for name, value in parameters.items()
    }
