"""Find the factor by which all numbers of an output are off, and what it stands for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from autograder.compare import mismatches
from autograder.outputs import is_telling

Numbers = NDArray[np.float64]
Triple = tuple[Mapping[str, int], Numbers, Numbers]  # dimensions, expected, actual

_DIMS = ("m", "T_x", "n_y", "n_a", "n_x")
_MEANINGS = {
    "m": ("the division by the m examples is missing", "漏了除以样本数 m"),
    "1/m": ("it is divided by the m examples one time too many", "多除了一次样本数 m"),
    "T_x": ("the division by T_x is missing", "漏了除以 T_x"),
    "1/T_x": (
        "it is divided by the T_x steps, a mean over time in the place of a sum",
        "多除了 T_x，把对时间的求和写成了平均",
    ),
    "1/n_y": (
        "it is divided by the n_y units, a mean in the place of a sum",
        "多除了 n_y，把求和写成了平均",
    ),
    "2": ("look for a 2 too many, or a 1/2 that is missing", "多了一个 2，或漏了 1/2"),
    "1/2": ("look for a 1/2 too many, or a 2 that is missing", "多了 1/2，或漏了一个 2"),
    "1/log(2)": (
        "the logarithm has base 2, the natural one is meant",
        "用了以 2 为底的对数，应为自然对数",
    ),
    "1/log(10)": (
        "the logarithm has base 10, the natural one is meant",
        "用了以 10 为底的对数，应为自然对数",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """A factor and how to say it."""

    id: str
    en: str
    zh: str


def find_factor(
    samples: Sequence[Triple], wrong: Sequence[Triple], tolerance: float
) -> Factor | None:
    """The factor between what was expected and what came.

    Parameters
    ----------
    samples : sequence of (dims, expected, actual)
        All cases: a factor such as 1/m must also explain why those with m = 1 are right.
    wrong : sequence of (dims, expected, actual)
        Those in which the output is wrong.
    """
    if not any(is_telling(expected) for _, expected, _ in wrong):
        return None
    ratios = [_ratio(expected, actual, tolerance) for _, expected, actual in samples]
    if None in ratios:
        return None
    known = [(dims, r) for (dims, _, _), r in zip(samples, ratios, strict=True) if r]
    numbers = sum(expected.size for _, expected, _ in wrong)
    if len(known) < 2 and numbers < 3:
        return None  # a single number is a multiple of any other
    for name, value in _candidates(known[0][0]):
        if not value.is_constant and len({value(dims) for dims, _ in known}) == 1:
            continue  # a size that is the same everywhere: any other number may be meant
        if all(_close(value(dims), ratio) for dims, ratio in known):
            return _said(name)
    first = known[0][1]
    looks_right = f"{first:.4g}" == "1"  # too little off for a factor to be what is wrong
    if numbers > 2 and not looks_right and all(_close(first, ratio) for _, ratio in known):
        return Factor(
            id="factor",
            en=f"Every entry is {first:.4g} times what it should be, in every case.",
            zh=f"每个元素都是正确值的 {first:.4g} 倍，每个例子都如此。",
        )
    return None


def _ratio(expected: Numbers, actual: Numbers, tolerance: float) -> float | None:
    """The one number that turns one array into the other; 0.0 where both are zero."""
    if expected.shape != actual.shape:
        return None
    size = float(np.sum(expected * expected))
    if not np.isfinite(size) or not np.all(np.isfinite(actual)):
        return None
    if size == 0:
        return None if np.any(actual) else 0.0
    ratio = float(np.sum(expected * actual)) / size
    if ratio == 0 or np.any(mismatches(ratio * expected, actual, max(tolerance, 1e-9))):
        return None
    return ratio


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-6 * abs(other)


class _Power:
    """A constant times dimensions to some power."""

    def __init__(self, constant: float, over: Sequence[str], under: Sequence[str]) -> None:
        self._constant, self._over, self._under = constant, over, under
        self.is_constant = not over and not under

    def __call__(self, dims: Mapping[str, int]) -> float:
        value = self._constant
        for name in self._over:
            value *= dims[name]
        for name in self._under:
            value /= dims[name]
        return value


def _candidates(dims: Mapping[str, int]) -> Iterator[tuple[str, _Power]]:
    """Factors that mistakes give, simple ones first."""
    constants = {"": 1.0, "2": 2.0, "1/2": 0.5, "-": -1.0, "-2": -2.0, "-1/2": -0.5}
    names = [name for name in _DIMS if name in dims]
    pairs = [*combinations(names, 2), *((name, name) for name in names)]
    for text, constant in constants.items():
        if constant != 1:
            yield "-1" if text == "-" else text, _Power(constant, (), ())
    for base in (2, 10):
        yield f"1/log({base})", _Power(1 / np.log(base), (), ())
    for text, constant in constants.items():
        sign, times = ("-", "") if text == "-" else ("", f"{text} " if text else "")
        for name in names:
            yield f"{sign}{times}{name}", _Power(constant, (name,), ())
            yield f"{sign}{times}1/{name}", _Power(constant, (), (name,))
    for one, other in pairs:
        yield f"{one} {other}", _Power(1.0, (one, other), ())
        yield f"1/({one} {other})", _Power(1.0, (), (one, other))
        if one != other:
            yield f"{one}/{other}", _Power(1.0, (one,), (other,))
            yield f"{other}/{one}", _Power(1.0, (other,), (one,))


def _said(name: str) -> Factor:
    if name == "-1":
        return Factor(
            id="sign",
            en="The sizes are right, but every sign is the opposite one: look for a minus, or a "
            "difference taken the wrong way round.",
            zh="大小是对的，但符号全反了：请检查负号，或减法的先后。",
        )
    en, zh = _MEANINGS.get(name, ("", ""))
    return Factor(
        id="factor",
        en=f"Every entry is {name} times what it should be{': ' + en if en else ''}.",
        zh=f"每个元素都是正确值的 {name} 倍{'：' + zh if zh else ''}。",
    )
