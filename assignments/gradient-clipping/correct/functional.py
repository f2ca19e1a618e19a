"""map, reduce, partial, lambdas; np.hypot adds up the norm."""

from functools import partial, reduce

every = lambda change, arrays: dict(zip(arrays, map(change, arrays.values())))


def checked(function):
    """Refuses thresholds that are not positive."""

    def wrapper(gradients, bound):
        if not bound > 0:
            raise ValueError(bound)
        return function(gradients, bound)

    return wrapper


@checked
def clip_by_value(gradients, max_value):
    return every(partial(np.clip, a_min=-max_value, a_max=max_value), gradients)


def global_norm(gradients):
    flat = np.hstack([np.ravel(g) for g in gradients.values()])
    return reduce(np.hypot, flat, np.float64(0.0))


@checked
def clip_by_norm(gradient, max_norm):
    return clip_by_global_norm({"only": gradient}, max_norm)[0]["only"]


@checked
def clip_by_global_norm(gradients, max_norm):
    norm = global_norm(gradients)
    if not np.isfinite(norm):
        raise ValueError(norm)
    shorten = (lambda g: g * (max_norm / norm)) if norm > max_norm else np.copy
    return every(shorten, gradients), norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    clipped = clip_by_global_norm(gradients, max_norm)[0]
    step = lambda item: (item[0], item[1] - learning_rate * clipped["d" + item[0]])
    return dict(map(step, parameters.items()))
