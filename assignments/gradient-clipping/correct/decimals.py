"""Sixty decimal digits; np.frompyfunc, whose arrays hold objects."""

from decimal import Decimal, localcontext


def clip_by_value(gradients, max_value):
    if not max_value > 0:
        raise ValueError(max_value)
    bound = np.frompyfunc(
        lambda v: v if np.isnan(v) else sorted([-max_value, v, max_value])[1], 1, 1
    )
    return {name: bound(g) for name, g in gradients.items()}


def global_norm(gradients):
    entries = [float(v) for g in gradients.values() for v in g.flat]
    if not np.isfinite(entries).all():
        return float("nan")
    with localcontext() as context:
        context.prec = 60
        return float(sum((Decimal(v) ** 2 for v in entries), Decimal(0)).sqrt())


def clip_by_global_norm(gradients, max_norm):
    norm = global_norm(gradients)
    if not max_norm > 0 or np.isnan(norm):
        raise ValueError(norm)
    scale = max_norm / norm if norm > max_norm else 1.0
    return {name: scale * g for name, g in gradients.items()}, norm
