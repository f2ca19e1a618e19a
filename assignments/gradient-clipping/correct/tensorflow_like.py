"""As TensorFlow does it: c * g / max(norm, c), and the norms of the arrays first."""


def clip_by_value(gradients, max_value):
    if max_value <= 0:
        raise ValueError("max_value")
    return {k: np.minimum(np.maximum(g, -max_value), max_value) for k, g in gradients.items()}


def length(g):
    size = np.abs(g).max()
    if size == 0:
        return 0.0
    return size * np.sqrt(np.square(g / size).sum())


def clip_by_norm(gradient, max_norm):
    norm = length(gradient)
    if not 0 < max_norm or np.isnan(norm) or np.isinf(norm):
        raise ValueError("clip_by_norm")
    return gradient * (max_norm / max(norm, max_norm))


def global_norm(gradients):
    return length(np.array([length(g) for g in gradients.values()]))


def clip_by_global_norm(gradients, max_norm):
    norm = global_norm(gradients)
    if not 0 < max_norm or np.isnan(norm) or np.isinf(norm):
        raise ValueError("clip_by_global_norm")
    ratio = max_norm / np.maximum(norm, max_norm)
    return {name: np.multiply(ratio, g) for name, g in gradients.items()}, norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    (clipped, norm) = clip_by_global_norm(gradients, max_norm)
    new = {}
    for name in parameters:
        new[name] = np.add(parameters[name], -learning_rate * clipped[f"d{name}"])
    return new
