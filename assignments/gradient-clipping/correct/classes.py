"""A class that holds gradients."""


class Gradients:
    def __init__(self, arrays):
        self.arrays = {name: np.array(g, dtype=float) for name, g in arrays.items()}

    def largest(self):
        return np.max([np.abs(g).max() for g in self.arrays.values()])

    def norm(self):
        largest = self.largest()
        if largest == 0 or not np.isfinite(largest):
            return largest
        return largest * np.sqrt(np.sum([np.sum((g / largest) ** 2) for g in self.arrays.values()]))

    def limit(self, max_norm):
        if max_norm <= 0:
            raise ValueError("max_norm")
        norm = self.norm()
        if not np.isfinite(norm):
            raise ValueError("norm")
        if norm > max_norm:
            for g in self.arrays.values():
                g *= max_norm / norm
        return norm

    def cut(self, max_value):
        if max_value <= 0:
            raise ValueError("max_value")
        for g in self.arrays.values():
            g[g > max_value] = max_value
            g[g < -max_value] = -max_value


def clip_by_value(gradients, max_value):
    held = Gradients(gradients)
    held.cut(max_value)
    return held.arrays


def clip_by_norm(gradient, max_norm):
    held = Gradients({"it": gradient})
    held.limit(max_norm)
    return held.arrays["it"]


def global_norm(gradients):
    return Gradients(gradients).norm()


def clip_by_global_norm(gradients, max_norm):
    held = Gradients(gradients)
    norm = held.limit(max_norm)
    return held.arrays, norm


def clipped_update(parameters, gradients, learning_rate, max_norm):
    held = Gradients(gradients)
    held.limit(max_norm)
    return update_parameters(parameters, held.arrays, learning_rate)
