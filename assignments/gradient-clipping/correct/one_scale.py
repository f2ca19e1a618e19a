"""One helper gives the factor, everything else multiplies by it."""


def factor(norm, max_norm):
    if max_norm <= 0:
        raise ValueError("the threshold must be positive")
    if not np.isfinite(norm):
        raise ValueError("the norm is not finite")
    return 1.0 if norm <= max_norm else max_norm / norm


def clip_by_value(gradients, max_value):
    if max_value <= 0:
        raise ValueError("the bound must be positive")
    return {
        k: np.where(abs(g) > max_value, np.sign(g) * max_value, g) for k, g in gradients.items()
    }


def clip_by_norm(gradient, max_norm):
    return factor(global_norm({"": gradient}), max_norm) * gradient


def global_norm(gradients):
    scale = max(np.max(np.abs(g)) for g in gradients.values())
    if scale == 0 or any(np.isnan(g).any() for g in gradients.values()):
        return np.float64(scale if scale == 0 else np.nan)
    return scale * np.sqrt(sum(((g / scale) ** 2).sum() for g in gradients.values()))


def clip_by_global_norm(gradients, max_norm):
    norm = global_norm(gradients)
    scale = factor(norm, max_norm)
    return dict((name, scale * g) for name, g in gradients.items()), float(norm)


def clipped_update(parameters, gradients, learning_rate, max_norm):
    rate = learning_rate * factor(global_norm(gradients), max_norm)
    return {name: value - rate * gradients["d" + name] for name, value in parameters.items()}
