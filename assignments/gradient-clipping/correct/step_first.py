"""Clips the step in the place of the gradient, with the threshold multiplied along."""


def clip_by_value(gradients, max_value):
    if not (max_value > 0):
        raise ValueError("max_value must be positive")
    clipped = gradients.copy()
    for name in clipped:
        clipped[name] = np.clip(clipped[name], -max_value, max_value)
    return clipped


def global_norm(gradients):
    largest = 0.0
    for g in gradients.values():
        largest = np.maximum(largest, np.abs(g).max())
    if largest == 0:
        return 0.0
    squares = 0.0
    for g in gradients.values():
        squares += np.sum(np.square(g / largest))
    return largest * squares**0.5


def clip_by_norm(gradient, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm must be positive")
    if np.isnan(gradient).any() or np.isinf(gradient).any():
        raise ValueError("not finite")
    norm = global_norm({"g": gradient})
    if norm > max_norm:
        gradient = gradient * max_norm / norm if norm < 1e100 else gradient / norm * max_norm
    else:
        gradient = gradient + 0.0
    return gradient


def clip_by_global_norm(gradients, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm must be positive")
    norm = global_norm(gradients)
    if np.isnan(norm) or np.isinf(norm):
        raise ValueError("not finite")
    scale = 1.0
    if norm > max_norm:
        scale = max_norm / norm
    clipped = {}
    for name, g in gradients.items():
        clipped[name] = g * scale
    return clipped, norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    steps = {name: learning_rate * g for name, g in gradients.items()}
    shorter, _ = clip_by_global_norm(steps, learning_rate * max_norm)
    return update_parameters(parameters, shorter, 1.0)
