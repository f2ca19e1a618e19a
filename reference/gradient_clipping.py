"""What to do about exploding gradients: shorten them before the step."""

import numpy as np

from reference.bptt import update_parameters

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Arrays = dict[str, Array]


def clip_by_value(gradients: Arrays, max_value: float) -> Arrays:
    """Move every entry of every gradient into a fixed interval.

    Parameters
    ----------
    gradients : dict of ndarray of float64
        Gradients under any names, of any shapes.
    max_value : float
        Largest absolute value that may remain; positive.

    Returns
    -------
    dict of ndarray of float64
        New arrays under the same names, entries from ``-max_value`` to ``max_value``.

    Raises
    ------
    ValueError
        If `max_value` is not positive.

    Notes
    -----
    Entry by entry, so the direction of the gradient may change. An infinite entry becomes the
    bound of its side, NaN stays NaN: hiding it would hide the mistake that made it. Neither the
    dict nor any array in it is changed.

    Examples
    --------
    >>> gradients = {"dba": np.array([[-7.0], [2.0], [np.nan]])}
    >>> print(clip_by_value(gradients, 5.0)["dba"].ravel(), gradients["dba"].ravel())
    [-5.  2. nan] [-7.  2. nan]
    """
    if not max_value > 0:
        raise ValueError(f"max_value must be positive, not {max_value}")
    return {name: np.clip(g, -max_value, max_value) for name, g in gradients.items()}


def clip_by_norm(gradient: Array, max_norm: float) -> Array:
    """Shorten one gradient to a given norm, if it is longer.

    Parameters
    ----------
    gradient : ndarray of float64, any shape
        One gradient.
    max_norm : float
        Largest norm that may remain; positive.

    Returns
    -------
    ndarray of float64, same shape
        A new array: the gradient times ``min(1, max_norm / norm)``.

    Raises
    ------
    ValueError
        If `max_norm` is not positive, or the gradient has an entry that is NaN or infinite.

    Notes
    -----
    The norm is the Euclidean one over all entries of the array, whatever its shape. The direction
    stays. A gradient that is short enough comes back as it is, and zero stays zero. No overflow for
    entries up to 1e200 (see `global_norm`). `gradient` is not changed.

    Examples
    --------
    A norm of 5 is brought down to 1, or left alone:

    >>> print(clip_by_norm(np.array([[3.0, 4.0]]), 1.0), clip_by_norm(np.array([[3.0, 4.0]]), 6.0))
    [[0.6 0.8]] [[3. 4.]]
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive, not {max_norm}")
    if not np.all(np.isfinite(gradient)):
        raise ValueError("the gradient has an entry that is NaN or infinite")
    largest = np.max(np.abs(gradient), initial=0.0)
    if largest == 0:
        return gradient.copy()
    norm = largest * np.sqrt(np.sum((gradient / largest) ** 2))
    if norm > max_norm:
        return np.asarray(gradient * (max_norm / norm))
    return gradient.copy()


def global_norm(gradients: Arrays) -> float:
    """Measure all gradients together, as if they were one long vector.

    Parameters
    ----------
    gradients : dict of ndarray of float64
        Gradients under any names, of any shapes.

    Returns
    -------
    float
        Square root of the sum of the squares of all entries of all arrays; 0.0 for an empty dict.
        NaN if an entry is NaN, and NaN or infinity if one is infinite; both without a warning.

    Notes
    -----
    An entry of 1e200 is in the range of float64, its square is not, nor is that of 1e-200. Factor
    the largest absolute value out before squaring: ``norm(g) = s norm(g / s)``. Nothing is changed.

    Examples
    --------
    >>> gradients = {"dWaa": np.array([[1.0, 2.0], [2.0, 4.0]]), "dba": np.array([[12.0], [0.0]])}
    >>> global_norm(gradients)
    13.0
    >>> print(round(global_norm({"dWaa": np.array([[3e200, 4e200]])}) / 1e200, 6))
    5.0
    """
    largest = np.max([np.max(np.abs(g), initial=0.0) for g in gradients.values()], initial=0.0)
    if largest == 0 or not np.isfinite(largest):
        return float(largest)
    squares = [np.sum((g / largest) ** 2) for g in gradients.values()]
    return float(largest * np.sqrt(np.sum(squares)))


def clip_by_global_norm(gradients: Arrays, max_norm: float) -> tuple[Arrays, float]:
    """Shorten all gradients by one common factor.

    Parameters
    ----------
    gradients : dict of ndarray of float64
        Gradients under any names, of any shapes.
    max_norm : float
        Largest global norm that may remain; positive.

    Returns
    -------
    clipped : dict of ndarray of float64
        New arrays under the same names: each gradient times ``min(1, max_norm / norm)``.
    norm : float
        The global norm *before* clipping, for the training log.

    Raises
    ------
    ValueError
        If `max_norm` is not positive, or the norm is NaN or infinite: scaled by such a number,
        every parameter would be lost.

    Notes
    -----
    One scale for all, so the direction of the step stays what it was (Pascanu, Mikolov and Bengio,
    2013, algorithm 1). Neither the dict nor any array in it is changed.

    Examples
    --------
    >>> gradients = {"dWaa": np.array([[3.0]]), "dba": np.array([[4.0]])}
    >>> clipped, norm = clip_by_global_norm(gradients, 1.0)
    >>> print(clipped["dWaa"], clipped["dba"], norm)
    [[0.6]] [[0.8]] 5.0
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive, not {max_norm}")
    norm = global_norm(gradients)
    if not np.isfinite(norm):
        raise ValueError(f"the norm of the gradients is {norm}")
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: g * scale for name, g in gradients.items()}, norm


def clipped_update(
    parameters: Arrays, gradients: Arrays, learning_rate: float, max_norm: float
) -> Arrays:
    """Take one step of gradient descent that cannot be too long.

    Parameters
    ----------
    parameters : dict of ndarray of float64
        The weights and biases.
    gradients : dict of ndarray of float64
        For each parameter ``name`` the gradient ``"d" + name``, of the same shape. All entries
        count towards the norm, so give the gradients of the parameters only.
    learning_rate : float
        Length of the step, positive.
    max_norm : float
        Largest global norm of the gradients that takes part in the step; positive.

    Returns
    -------
    dict of ndarray of float64
        New arrays under the names of `parameters`. Together they are at most
        ``learning_rate * max_norm`` away from the old ones.

    Raises
    ------
    ValueError
        As `clip_by_global_norm`.
    KeyError
        As `update_parameters`, if a gradient is missing.

    Notes
    -----
    Clip first, then step. No argument is changed.

    Examples
    --------
    The gradient 40 is cut to 2, and the step is half of that:

    >>> print(clipped_update({"Waa": np.array([[1.0]])}, {"dWaa": np.array([[40.0]])}, 0.5, 2.0))
    {'Waa': array([[0.]])}
    """
    clipped, _ = clip_by_global_norm(gradients, max_norm)
    return update_parameters(parameters, clipped, learning_rate)
