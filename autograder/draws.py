"""What an ``assignment.yaml`` may draw its inputs from: one method, one distribution.

Every draw comes from one seeded generator, in the order of the file, so a seed fixes a case. With
``rounded=True`` the same expressions give small round numbers, for cases that a person can follow.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CONSTANTS: Mapping[str, float] = {"nan": np.nan, "inf": np.inf, "pi": np.pi}

# No 0, so that no term vanishes, and no +-1, so that no hinge stands on its kink.
_ROUND_NUMBERS = np.array([-2.0, -1.5, -0.5, 0.5, 1.5, 2.0])


class Draws:
    """The draw functions, bound to one random generator.

    Parameters
    ----------
    rng : numpy.random.Generator
    rounded : bool
        Draw from a few round numbers instead of the continuous distributions.
    tenths : bool
        From all numbers with one decimal, where rounded: among the few, some mistakes never show.
    """

    def __init__(
        self, rng: np.random.Generator, *, rounded: bool = False, tenths: bool = False
    ) -> None:
        self._rng = rng
        self._rounded = rounded
        self._tenths = tenths

    def names(self) -> Mapping[str, Callable[..., object]]:
        """Every function an expression may call, by name."""
        return {name: getattr(self, name) for name in DRAW_NAMES}

    def normal(self, *shape: int, scale: float = 1.0) -> Array:
        """Independent normal numbers of the given standard deviation."""
        if self._tenths:
            return np.asarray(scale * self._rng.integers(-20, 21, size=shape) / 10)
        if self._rounded:
            return np.asarray(scale * self._rng.choice(_ROUND_NUMBERS, size=shape))
        return scale * self._rng.standard_normal(shape)

    def uniform(self, *shape: int, low: float = 0.0, high: float = 1.0) -> Array:
        """Independent numbers between ``low`` and ``high``; rounded: quarters of the way."""
        if self._rounded:
            few = np.arange(1, 10) / 10 if self._tenths else [0.25, 0.375, 0.75]
            fraction = self._rng.choice(few, size=shape)
            return np.asarray(low + (high - low) * fraction)
        return self._rng.uniform(low, high, shape)

    def integers(self, low: int, high: int, *shape: int) -> object:
        """Whole numbers from ``low`` to ``high``, both included; an ``int`` without a shape."""
        if not shape:
            return int(self._rng.integers(low, high + 1))
        return self._rng.integers(low, high + 1, size=shape)

    def choice(self, values: Sequence[object]) -> object:
        """One of the values."""
        return values[int(self._rng.integers(len(values)))]

    def signs(self, *shape: int) -> Array:
        """Labels -1 and +1."""
        return 2.0 * self.bits(*shape) - 1.0

    def bits(self, *shape: int) -> Array:
        """Labels 0 and 1, both present wherever there is more than one entry."""
        flat = self._rng.integers(0, 2, size=int(np.prod(shape))).astype(float)
        if flat.size > 1 and flat.min() == flat.max():
            flat[int(self._rng.integers(flat.size))] = 1.0 - flat[0]
        return flat.reshape(shape)

    def one_hot(self, n_y: int, *shape: int) -> Array:
        """One 1 in each column over axis 0."""
        classes = self._rng.integers(0, n_y, size=shape)
        rows = np.arange(n_y).reshape(-1, *([1] * len(shape)))
        return np.asarray(rows == classes, dtype=float)

    def probabilities(self, n_y: int, *shape: int) -> Array:
        """Positive numbers that sum to 1 over axis 0."""
        if self._rounded:
            weights = self._rng.integers(1, 4, size=(n_y, *shape)).astype(float)
        else:
            weights = self._rng.uniform(0.1, 1.0, (n_y, *shape))
        return np.asarray(weights / weights.sum(axis=0, keepdims=True))

    def lengths(self, m: int, T_x: int) -> NDArray[np.int64]:  # noqa: N803
        """A length from 1 to ``T_x`` for each example; one of them below ``T_x`` if possible."""
        drawn = self._rng.integers(1, T_x + 1, size=m)
        if T_x > 1 and drawn.min() == T_x:
            drawn[int(self._rng.integers(m))] = T_x - 1
        return drawn

    def mask(self, m: int, T_x: int) -> Array:  # noqa: N803
        """1 for the valid steps of each example, then 0: shape ``(m, T_x)``."""
        return (np.arange(T_x) < self.lengths(m, T_x)[:, None]).astype(float)

    def orthogonal(self, n: int, gain: float = 1.0) -> Array:
        """A random orthogonal matrix times ``gain``: every singular value is ``gain``."""
        q, r = np.linalg.qr(self._rng.standard_normal((n, n)))
        return np.asarray(gain * q * np.sign(np.diag(r)))

    def spectral(self, n: int, radius: float) -> Array:
        """A random matrix whose largest absolute eigenvalue is ``radius``."""
        matrix = self._rng.standard_normal((n, n))
        return np.asarray(matrix * (radius / np.max(np.abs(np.linalg.eigvals(matrix)))))

    def array(self, values: Sequence[object]) -> Array:
        """The values as they are, float64."""
        return np.array(values, dtype=float)

    def zeros(self, *shape: int) -> Array:
        """Zeros."""
        return np.zeros(shape)

    def ones(self, *shape: int) -> Array:
        """Ones."""
        return np.ones(shape)

    def tanh(self, values: Array) -> Array:
        """Hyperbolic tangent."""
        return np.tanh(values)

    def sqrt(self, values: Array) -> Array:
        """Square root."""
        return np.sqrt(values)

    def where(self, condition: Array, yes: Array, no: Array) -> Array:
        """``yes`` where the condition holds, ``no`` elsewhere."""
        return np.where(condition, yes, no)

    def concatenate(self, arrays: Sequence[Array], axis: int = 0) -> Array:
        """Join arrays along an existing axis."""
        return np.concatenate(arrays, axis=axis)


DRAW_NAMES = tuple(
    name
    for name, value in vars(Draws).items()
    if callable(value) and not name.startswith("_") and name != "names"
)
