"""Why gradients vanish or explode: the scalar network of the lecture, Jacobians and their norms."""

import numpy as np

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def scalar_forward(x: Array, S0: float, weights: dict[str, float]) -> tuple[Array, Array]:
    """Run the scalar network of the lecture: one input, one state, one output.

    Parameters
    ----------
    x : ndarray of float64, shape (T_x,)
        Inputs ``x_1 .. x_T``; ``x_t`` is ``x[t - 1]``.
    S0 : float
        State before the first step.
    weights : dict of float
        ``Wx``, ``Ws``, ``Wo``, ``b1``, ``b2``.

    Returns
    -------
    S : ndarray of float64, shape (T_x,)
        States ``S_1 .. S_T``; `S0` is not among them.
    O : ndarray of float64, shape (T_x,)
        Outputs ``O_1 .. O_T``.

    Notes
    -----
    ``S_t = tanh(Wx x_t + Ws S_{t-1} + b1)`` and ``O_t = Wo S_t + b2``. No argument is changed.

    Examples
    --------
    ``S_1 = tanh(1 + 0.5 * 2 - 2) = 0``, so ``O_1 = 3 * 0 + 4``; then ``S_2 = tanh(2 + 0 - 2) = 0``.

    >>> weights = {"Wx": 1.0, "Ws": 0.5, "Wo": 3.0, "b1": -2.0, "b2": 4.0}
    >>> S, O = scalar_forward(np.array([1.0, 2.0]), 2.0, weights)
    >>> print(S, O)
    [0. 0.] [4. 4.]
    """
    S = np.zeros(len(x))
    state = S0
    for t in range(len(x)):
        state = np.tanh(weights["Wx"] * x[t] + weights["Ws"] * state + weights["b1"])
        S[t] = state
    return S, weights["Wo"] * S + weights["b2"]


def unrolled_gradients(
    x: Array, Y: Array, S0: float, weights: dict[str, float], t: int
) -> tuple[dict[str, float], dict[str, Array]]:
    """Differentiate the loss of step `t` by the three weights, summand by summand.

    Parameters
    ----------
    x : ndarray of float64, shape (T_x,)
        Inputs.
    Y : ndarray of float64, shape (T_x,)
        Targets.
    S0 : float
        State before the first step.
    weights : dict of float
        ``Wx``, ``Ws``, ``Wo``, ``b1``, ``b2``.
    t : int
        The step whose loss ``L_t`` is differentiated, **counted from 1** as in the lecture, so that
        its target is ``Y[t - 1]``.

    Returns
    -------
    gradients : dict of float
        ``dWo``, ``dWx``, ``dWs``: the derivatives of ``L_t`` alone, not of a sum over steps.
    terms : dict of ndarray of float64, shape (t,)
        ``dWx`` and ``dWs``: the summand of each k = 1 .. t at position ``k - 1``. Their sums are
        the gradients of the same name.

    Raises
    ------
    ValueError
        If `t` is not between 1 and `T_x`.

    Notes
    -----
    ``L_t = 1/2 (Y_t - O_t)^2``. For ``W`` one of ``Wx``, ``Ws``::

        dL_t/dW = sum_{k=1..t} dL_t/dO_t dO_t/dS_t (prod_{j=k+1..t} dS_j/dS_{j-1}) dS_k/dW

    where ``dS_k/dW`` is the *direct* derivative, with ``S_{k-1}`` held fixed. For t = 3 these are
    the three summands that the lecture derives by hand. ``Wo`` acts at step t only. No argument is
    changed.

    Examples
    --------
    Both states are 0 (slope of tanh 1), ``O_2 = 4``, the target is 3, so ``dL_2/dO_2 = 1``. The way
    back to step 1 passes ``Ws`` once, and halves what arrives:

    >>> weights = {"Wx": 1.0, "Ws": 0.5, "Wo": 3.0, "b1": -2.0, "b2": 4.0}
    >>> x, Y = np.array([1.0, 2.0]), np.array([0.0, 3.0])
    >>> gradients, terms = unrolled_gradients(x, Y, 2.0, weights, t=2)
    >>> print(terms["dWx"], terms["dWs"])
    [1.5 6. ] [3. 0.]
    >>> [(name, float(gradients[name])) for name in ("dWo", "dWx", "dWs")]
    [('dWo', 0.0), ('dWx', 7.5), ('dWs', 3.0)]
    """
    if not 1 <= t <= len(x):
        raise ValueError(f"t must be between 1 and {len(x)}, not {t}")
    S, outputs = scalar_forward(x, S0, weights)
    S_before = np.concatenate([[S0], S[:-1]])
    dO = outputs[t - 1] - Y[t - 1]
    terms_x, terms_s = np.zeros(t), np.zeros(t)
    product = 1.0
    for k in range(t, 0, -1):
        slope = 1 - S[k - 1] ** 2
        terms_x[k - 1] = dO * weights["Wo"] * product * slope * x[k - 1]
        terms_s[k - 1] = dO * weights["Wo"] * product * slope * S_before[k - 1]
        product = product * slope * weights["Ws"]
    gradients = {
        "dWo": float(dO * S[t - 1]),
        "dWx": float(np.sum(terms_x)),
        "dWs": float(np.sum(terms_s)),
    }
    return gradients, {"dWx": terms_x, "dWs": terms_s}


def step_jacobian(a_t: Array, Waa: Array) -> Array:
    """Jacobian of one state with respect to the state before it.

    Parameters
    ----------
    a_t : ndarray of float64, shape (n_a,)
        Hidden state at time ``t``, one example.
    Waa : ndarray of float64, shape (n_a, n_a)
        Recurrent weights.

    Returns
    -------
    ndarray of float64, shape (n_a, n_a)
        ``J[i, j] = da<t>[i] / da<t-1>[j]``.

    Notes
    -----
    ``diag(1 - a<t>^2) Waa``, from ``a<t> = tanh(Waa a<t-1> + ...)``. No argument is changed.

    Examples
    --------
    The first unit is at 0 and lets everything through, the second is saturated and nothing:

    >>> print(step_jacobian(np.array([0.0, 1.0]), np.array([[1.0, 2.0], [3.0, 4.0]])))
    [[1. 2.]
     [0. 0.]]
    """
    return np.diag(1 - a_t**2) @ Waa


def jacobian_product(a: Array, Waa: Array, k: int, t: int) -> Array:
    """Jacobian of one state with respect to an earlier one.

    Parameters
    ----------
    a : ndarray of float64, shape (n_a, T_x)
        Hidden states of one example.
    Waa : ndarray of float64, shape (n_a, n_a)
        Recurrent weights.
    k, t : int
        Positions in `a`, counted from 0, with ``0 <= k <= t < T_x``.

    Returns
    -------
    ndarray of float64, shape (n_a, n_a)
        ``da[:, t] / da[:, k]``: row i, column j is the derivative of unit i at the later position
        by unit j at the earlier one.

    Raises
    ------
    ValueError
        If the positions are out of order or outside `a`.

    Notes
    -----
    ``da<t>/da<k> = prod_{j=t..k+1} diag(1 - a<j>^2) Waa``: one factor per step, the newest on the
    left; no factor, so the identity, for ``k = t`` (Pascanu, Mikolov and Bengio, 2013, equation 5,
    in our layout). No argument is changed.

    Examples
    --------
    All units at 0, so every factor is ``Waa``, and two steps are its square:

    >>> Waa = np.array([[1.0, 1.0], [0.0, 1.0]])
    >>> print(jacobian_product(np.zeros((2, 3)), Waa, 0, 2))
    [[1. 2.]
     [0. 1.]]
    """
    if not 0 <= k <= t < a.shape[1]:
        raise ValueError(f"need 0 <= k <= t < {a.shape[1]}, not k = {k}, t = {t}")
    J = np.eye(len(Waa))
    for j in range(k + 1, t + 1):
        J = np.dot(step_jacobian(a[:, j], Waa), J)
    return J


def gradient_norms(a: Array, Waa: Array) -> Array:
    """Measure how strongly the last state depends on each earlier one.

    Parameters
    ----------
    a : ndarray of float64, shape (n_a, T_x)
        Hidden states of one example.
    Waa : ndarray of float64, shape (n_a, n_a)
        Recurrent weights.

    Returns
    -------
    ndarray of float64, shape (T_x,)
        Spectral norm (largest singular value) of ``da[:, T_x - 1] / da[:, k]`` at position k; the
        last entry is 1.

    Notes
    -----
    Going from the last position to the first, each step adds one factor, so that all norms together
    cost no more than the longest product. Over many steps the true value may leave the range of
    float64; then the entry is 0 or infinite without a warning, and is not graded. No argument is
    changed.

    Examples
    --------
    Units at 0 and weights ``1/2 I``: each step halves the gradient.

    >>> print(gradient_norms(np.zeros((2, 4)), 0.5 * np.eye(2)))
    [0.125 0.25  0.5   1.   ]
    """
    T_x = a.shape[1]
    norms = np.ones(T_x)
    J = np.eye(len(Waa))
    with np.errstate(all="ignore"):
        for k in range(T_x - 2, -1, -1):
            J = np.dot(J, step_jacobian(a[:, k + 1], Waa))
            norms[k] = np.linalg.norm(J, 2) if np.all(np.isfinite(J)) else np.inf
    return norms


def log_gradient_norms(a: Array, Waa: Array) -> Array:
    """Take the logarithms of `gradient_norms`, however long the sequence.

    Parameters
    ----------
    a : ndarray of float64, shape (n_a, T_x)
        Hidden states of one example.
    Waa : ndarray of float64, shape (n_a, n_a)
        Recurrent weights.

    Returns
    -------
    ndarray of float64, shape (T_x,)
        Natural logarithm of each norm; the last entry is 0. An entry is ``-inf``, without a
        warning, only where the product is exactly zero, for instance because all units of a step
        are saturated at exactly -1 or 1.

    Notes
    -----
    After 1000 steps the product itself may be far below 1e-308 or above 1e308. The norm of a
    multiple is the multiple of the norm, so the product may be brought back to norm 1 after every
    factor, if the logarithms of all rescalings are added up. No argument is changed.

    Examples
    --------
    Each of 1000 steps divides by 10, down to 1e-1000:

    >>> logs = log_gradient_norms(np.zeros((2, 1001)), 0.1 * np.eye(2))
    >>> print((logs[[0, 999, 1000]] / np.log(10.0) + 0.0).round(6))
    [-1000.    -1.     0.]
    """
    T_x = a.shape[1]
    logs = np.full(T_x, -np.inf)
    logs[-1] = 0.0
    J = np.eye(len(Waa))
    for k in range(T_x - 2, -1, -1):
        J = np.dot(J, step_jacobian(a[:, k + 1], Waa))
        norm = np.linalg.norm(J, 2)
        if norm == 0:
            break
        logs[k] = logs[k + 1] + np.log(norm)
        J = J / norm
    return logs


def steps_until(factor: float, threshold: float) -> int:
    """Count the steps after which a repeated factor has passed a threshold.

    Parameters
    ----------
    factor : float
        What each step multiplies the gradient by; positive, not 1.
    threshold : float
        Same unit as the gradient, which starts at 1.

    Returns
    -------
    int
        The smallest n, from 0 on, with ``factor**n < threshold`` for a factor below 1, and with
        ``factor**n > threshold`` for a factor above 1.

    Raises
    ------
    ValueError
        For the factor 1, which never gets anywhere; for a factor that is not positive and finite;
        and for a threshold that cannot be passed (0 or less for a factor below 1, infinity or NaN
        for one above).

    Notes
    -----
    Logarithms tell about how many steps it takes, but rounding can put them off by one where
    ``factor**n`` is the threshold itself; the comparison is strict.

    Examples
    --------
    ``0.5**10`` is 1/1024, which is not below 1/1024 yet. And the lecture's 17 steps with the weight
    0.1 leave less than 1e-16 of a gradient:

    >>> steps_until(0.5, 1 / 1024), steps_until(2.0, 1000.0), steps_until(0.1, 1.5e-17)
    (11, 10, 17)
    """
    if not 0 < factor < np.inf or factor == 1:
        raise ValueError(f"factor must be positive, finite and not 1, not {factor}")
    if not (threshold > 0 if factor < 1 else threshold < np.inf):
        raise ValueError(f"powers of {factor} never pass the threshold {threshold}")
    if (threshold > 1) if factor < 1 else (threshold < 1):
        return 0
    base = np.float64(factor)
    n = max(0, int(np.log(threshold) / np.log(base)) - 1)
    with np.errstate(over="ignore", under="ignore"):
        while not (base**n < threshold if factor < 1 else base**n > threshold):
            n += 1
    return n


def gradient_regime(a: Array, Waa: Array, tolerance: float = 0.01) -> str:
    """Say in a word what happens to the gradient of a sequence.

    Parameters
    ----------
    a : ndarray of float64, shape (n_a, T_x)
        Hidden states of one example.
    Waa : ndarray of float64, shape (n_a, n_a)
        Recurrent weights.
    tolerance : float
        Growth a step, as a natural logarithm, that still counts as none; 0.01 is about one per
        cent a step.

    Returns
    -------
    {"vanishing", "stable", "exploding"}
        The growth a step is below ``-tolerance``, from there to ``tolerance``, or above.

    Notes
    -----
    The growth a step is ``log_gradient_norms(a, Waa)[0] / (T_x - 1)``: how the norm over the whole
    sequence grew, spread evenly over the steps. With a single step (``T_x = 1``) nothing was
    multiplied and the answer is "stable"; a product of exactly zero is "vanishing". No argument is
    changed.

    Examples
    --------
    >>> a = np.zeros((2, 50))
    >>> [gradient_regime(a, scale * np.eye(2)) for scale in (0.9, 1.0, 1.1)]
    ['vanishing', 'stable', 'exploding']
    """
    T_x = a.shape[1]
    if T_x == 1:
        return "stable"
    growth = log_gradient_norms(a, Waa)[0] / (T_x - 1)
    if growth < -tolerance:
        return "vanishing"
    return "exploding" if growth > tolerance else "stable"
