"""math.hypot and loops over single entries."""

import copy
import math


def clip_by_value(gradients, max_value):
    if not max_value > 0:
        raise ValueError("max_value")
    clipped = copy.deepcopy(gradients)
    for g in clipped.values():
        for place in np.ndindex(g.shape):
            if g[place] > max_value:
                g[place] = max_value
            elif g[place] < -max_value:
                g[place] = -max_value
    return clipped


def clip_by_norm(gradient, max_norm):
    norm = math.hypot(*gradient.ravel())
    if not max_norm > 0 or math.isnan(norm) or math.isinf(norm):
        raise ValueError("clip_by_norm")
    out = np.zeros(gradient.shape)
    for place in np.ndindex(gradient.shape):
        out[place] = gradient[place] / norm * max_norm if norm > max_norm else gradient[place]
    return out


def global_norm(gradients):
    return math.hypot(*(entry for g in gradients.values() for entry in g.ravel()))


def clip_by_global_norm(gradients, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm")
    norm = global_norm(gradients)
    if norm != norm or norm == float("inf"):
        raise ValueError("norm")
    if norm <= max_norm:
        return copy.deepcopy(gradients), norm
    clipped = {}
    for name in gradients:
        clipped[name] = gradients[name] / norm * max_norm
    return clipped, norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    clipped, norm = clip_by_global_norm(gradients, max_norm)
    new = copy.deepcopy(parameters)
    for name in new:
        new[name] -= learning_rate * clipped["d" + name]
    return new
