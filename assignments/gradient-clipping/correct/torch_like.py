"""As PyTorch does it: 1e-6 in the denominator, the factor clamped to 1."""


def clip_by_value(gradients, max_value):
    if not max_value > 0:
        raise ValueError("max_value")
    return {name: np.clip(g, -max_value, max_value) for name, g in gradients.items()}


def clip_by_norm(gradient, max_norm):
    norm = global_norm({"gradient": gradient})
    if max_norm <= 0 or not np.isfinite(norm):
        raise ValueError("clip_by_norm")
    return gradient * min(1.0, max_norm / (norm + 1e-6))


def global_norm(gradients):
    everything = np.concatenate([g.ravel() for g in gradients.values()])
    size = np.max(np.abs(everything))
    return size * np.linalg.norm(everything / size) if size != 0 else 0.0


def clip_by_global_norm(gradients, max_norm):
    norm = global_norm(gradients)
    if max_norm <= 0 or not np.isfinite(norm):
        raise ValueError("clip_by_global_norm")
    factor = min(1.0, max_norm / (norm + 1e-6))
    return {name: g * factor for name, g in gradients.items()}, norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    clipped, _ = clip_by_global_norm(gradients, max_norm)
    return {name: value - learning_rate * clipped["d" + name] for name, value in parameters.items()}
