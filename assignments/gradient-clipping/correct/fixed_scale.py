"""Three fixed scales, one of which fits; Fortran order; arguments more."""


def length(arrays):
    for scale in (1.0, 1e200, 1e-200):
        total = 0.0
        for g in arrays:
            total = total + np.vdot(g / scale, g / scale)
        if 1e-100 < total < 1e100 or np.isnan(total):
            return scale * np.sqrt(total)
    return np.inf if total > 1 else 0.0


def clip_by_value(gradients, max_value, *, low=None):
    if not np.all(max_value > 0):
        raise ValueError("max_value")
    low = -max_value if low is None else low
    out = {}
    for name, g in gradients.items():
        out[name] = np.asfortranarray(np.array(g))
        np.clip(out[name], low, max_value, out=out[name])
    return out


def clip_by_norm(gradient, max_norm, *, ord=2):
    norm = length([gradient])
    if not max_norm > 0 or not np.isfinite(norm):
        raise ValueError("clip_by_norm")
    return np.asfortranarray(gradient / max(1.0, norm / max_norm))


def global_norm(gradients):
    with np.errstate(over="ignore", under="ignore"):
        return length(gradients.values())


def clip_by_global_norm(gradients, max_norm, *, norm=None):
    norm = global_norm(gradients) if norm is None else norm
    if not max_norm > 0 or not np.isfinite(norm):
        raise ValueError("clip_by_global_norm")
    shrink = max(1.0, norm / max_norm)
    return {name: np.asfortranarray(g / shrink) for name, g in gradients.items()}, np.float64(norm)


def clipped_update(parameters, gradients, learning_rate, max_norm):
    shorter, _ = clip_by_global_norm(gradients, max_norm)
    steps = {name[1:]: -learning_rate * g for name, g in shorter.items()}
    return {name: np.asfortranarray(value + steps[name]) for name, value in parameters.items()}
