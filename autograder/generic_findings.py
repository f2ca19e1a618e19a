"""What can be said of wrong numbers when no known mistake gives them: how they relate to the right.

A finding must hold in every case in which the output is wrong, and rest on numbers that do not
agree by chance. Only the relation is told, never a number of a hidden case.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from autograder.compare import mismatches
from autograder.factors import find_factor
from autograder.lost_properties import find_lost_property
from autograder.outputs import is_telling
from autograder.spec import Output

Numbers = NDArray[np.float64]
Hint = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One output in one case; ``right`` as the comparison judged it."""

    dims: Mapping[str, int]
    expected: Numbers
    actual: Numbers
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A relation between what came and what was expected."""

    id: str
    hint: Hint


def find_relation(output: Output, samples: Sequence[Sample], tolerance: float) -> Finding | None:
    """The first relation that explains every wrong sample of an output.

    Parameters
    ----------
    output : Output
        Its shape says which axis is time and which the examples.
    samples : sequence of Sample
        All cases in which the call gave numbers for this output.
    tolerance : float
        As in `autograder.compare.compare`.
    """
    wrong = [sample for sample in samples if not sample.right]
    if not wrong:
        return None
    look = _Look(output=output, samples=samples, wrong=wrong, tolerance=max(tolerance, 1e-9))
    for finder in _FINDERS:
        if finding := finder(look):
            return finding
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    output: Output
    samples: Sequence[Sample]
    wrong: Sequence[Sample]
    tolerance: float

    def equal(self, expected: Numbers, actual: Numbers) -> bool:
        return expected.shape == actual.shape and not np.any(
            mismatches(expected, actual, self.tolerance)
        )

    def always(self, relation: Callable[[Numbers], Numbers]) -> bool:
        """Whether the relation turns what was expected into what came, each time it was wrong."""
        return any(is_telling(s.actual) for s in self.wrong) and all(
            self.equal(relation(s.expected), s.actual) for s in self.wrong
        )

    def axis(self, name: str) -> int | None:
        return self.output.shape.index(name) if name in self.output.shape else None

    def same_shapes(self) -> bool:
        return all(s.actual.shape == s.expected.shape for s in self.wrong)


def _finding(name: str, en: str, zh: str) -> Finding:
    return Finding(id=f"pattern-{name}", hint={"en": en, "zh": zh})


def _not_finite(look: _Look) -> Finding | None:
    if not all(np.any(~np.isfinite(s.actual) & np.isfinite(s.expected)) for s in look.wrong):
        return None
    return _finding(
        "not-finite",
        "NaN or infinity comes out. It comes from exp of a large number, log or division of 0, or "
        "0 * inf: find the operation by printing what goes into each of them.",
        "结果中出现了 NaN 或无穷大。来源通常是很大的数取 exp、0 取 log 或作除数、或 0 乘无穷大："
        "请打印这些运算的输入，找出是哪一步。",
    )


def _axes(look: _Look) -> Finding | None:
    """Right numbers, axes in another order."""
    ndim = look.wrong[0].expected.ndim
    if ndim < 2 or ndim > 3 or any(s.expected.ndim != ndim for s in look.wrong):
        return None
    orders = list(permutations(range(ndim)))[1:]
    if not any(look.always(partial(np.transpose, axes=order)) for order in orders):
        return None
    if ndim == 2:
        return _finding(
            "transposed",
            "The numbers are right, but the matrix is transposed: rows and columns are exchanged.",
            "数值是对的，但矩阵被转置了：行和列互换了。",
        )
    return _finding(
        "axes-exchanged",
        "The numbers are right, but the axes stand in another order than the docstring's: "
        f"{_shape(look.output)}. Which one is time, which are the examples?",
        f"数值是对的，但轴的顺序与说明（{_shape(look.output)}）不同。哪一维是时间，哪一维是样本？",
    )


def _shape(output: Output) -> str:
    return "(" + ", ".join(map(str, output.shape)) + ")"


def _sums(look: _Look) -> Finding | None:
    """An axis that should have been summed over and was not, or the other way round."""
    if look.same_shapes():
        return None
    for name, reduce in (("sum", np.sum), ("mean", np.mean)):
        if all(_reduces(look, s.actual, s.expected, reduce) for s in look.wrong):
            what = {"sum": ("summed", "求和"), "mean": ("averaged", "取平均")}[name]
            return _finding(
                f"not-{what[0]}",
                f"The numbers still have to be {what[0]}: one axis too many comes back. Mind axis "
                "and keepdims.",
                f"还差一步{what[1]}：返回的结果多了一维。注意 axis 和 keepdims。",
            )
    if all(_reduces(look, s.expected, s.actual, np.sum) for s in look.wrong):
        return _finding(
            "summed-too-much",
            "The numbers are summed over an axis that should stay; look at axis= and at the shape "
            "that the docstring names.",
            "对本应保留的轴求了和；请检查 axis= 和说明中的形状。",
        )
    return None


def _reduces(
    look: _Look, larger: Numbers, smaller: Numbers, reduce: Callable[..., Numbers]
) -> bool:
    """Whether reducing one axis, or all, of one array gives the other."""
    if larger.size <= smaller.size:
        return False
    for axis in (*range(larger.ndim), None):
        reduced = np.asarray(reduce(larger, axis=axis))
        fits = reduced.size == smaller.size and is_telling(reduced)
        if fits and look.equal(reduced.reshape(smaller.shape), smaller):
            return True
    return False


def _constant(look: _Look) -> Finding | None:
    if all(not np.any(s.actual) for s in look.wrong):
        return _finding(
            "zeros",
            "Only zeros come back: is the array ever filled, and is it the one that is returned?",
            "返回的全是 0：数组真的被填写了吗？返回的是它吗？",
        )
    if all(
        s.actual.size > 1 and np.ptp(s.actual) <= 1e-9 * np.max(np.abs(s.actual))
        for s in look.wrong
    ) and any(is_telling(s.expected) for s in look.wrong):
        return _finding(
            "constant",
            "Every entry is one and the same number, though the right ones differ: what should "
            "depend on the input does not, or a single number was spread over the array.",
            "所有元素都是同一个数，而正确结果各不相同：应当依赖输入的量没有依赖输入，或把一个数铺满了数组。",
        )
    return None


def _factor(look: _Look) -> Finding | None:
    found = find_factor(
        [(s.dims, s.expected, s.actual) for s in look.samples],
        [(s.dims, s.expected, s.actual) for s in look.wrong],
        look.tolerance,
    )
    return _finding(found.id, found.en, found.zh) if found else None


def _property(look: _Look) -> Finding | None:
    right = [s.expected for s in look.samples]
    found = find_lost_property(right, [s.actual for s in look.wrong])
    return _finding(found.id, found.en, found.zh) if found else None


def _simple(look: _Look) -> Finding | None:
    """Relations entry by entry."""
    for name, relation, en, zh in _ENTRYWISE:
        if look.always(relation):
            return _finding(name, en, zh)
    differences = [np.unique((s.actual - s.expected).round(9)) for s in look.wrong]
    if (
        any(s.actual.size > 2 for s in look.wrong)
        and len(np.unique(np.concatenate(differences))) == 1
    ):
        return _finding(
            "offset",
            "Every entry is off by one and the same number: something is added or left out that "
            "does not depend on the input.",
            "每个元素都相差同一个数：多加或漏加了一个与输入无关的量。",
        )
    return None


_ENTRYWISE: Sequence[tuple[str, Callable[[Numbers], Numbers], str, str]] = (
    (
        "sign-lost",
        np.abs,
        "The sizes are right but the signs are lost: is there an abs, a square or a maximum too "
        "many?",
        "大小是对的，但符号丢了：是否多了 abs、平方或 maximum？",
    ),
    (
        "complement",
        lambda expected: 1 - expected,
        "One minus the right numbers comes back: yes and no are exchanged.",
        "返回的是 1 减去正确的数：“是”和“否”弄反了。",
    ),
    (
        "truncated",
        np.trunc,
        "The fractions are cut off: the array holds integers. Make it with np.zeros(shape), which "
        "holds floats.",
        "小数部分被截掉了：数组是整数类型。请用 np.zeros(shape) 创建浮点数组。",
    ),
    (
        "squared",
        np.square,
        "The square of the right numbers comes back.",
        "返回的是正确数值的平方。",
    ),
    (
        "root",
        lambda expected: np.sqrt(np.abs(expected)),
        "The square root of the right numbers comes back.",
        "返回的是正确数值的平方根。",
    ),
    (
        "logarithm",
        lambda expected: np.log(np.where(expected > 0, expected, np.nan)),
        "The logarithm of the right numbers comes back.",
        "返回的是正确数值的对数。",
    ),
    (
        "exponential",
        np.exp,
        "e to the power of the right numbers comes back.",
        "返回的是以 e 为底、正确数值为指数的幂。",
    ),
    (
        "reciprocal",
        lambda expected: 1 / np.where(expected == 0, np.nan, expected),
        "One divided by the right numbers comes back.",
        "返回的是正确数值的倒数。",
    ),
)  # fmt: skip


def _time(look: _Look) -> Finding | None:
    """Relations along the time axis."""
    axis = look.axis("T_x")
    if axis is None:
        return None
    long = [s for s in look.wrong if s.expected.shape[axis] > 2]
    if not long:
        return None
    if look.always(lambda expected: np.flip(expected, axis)):
        return _finding(
            "time-reversed",
            "The numbers are right, but the steps stand in reverse order.",
            "数值是对的，但时间步的顺序反了。",
        )
    for lag in (1, -1):
        if all(_is_shifted(look, s, axis, lag) for s in long) and any(
            is_telling(s.actual) for s in long
        ):
            late = lag == 1
            return _finding(
                "one-step-late" if late else "one-step-early",
                f"The numbers are right but stand one step too {'late' if late else 'early'}: "
                f"what belongs to step t is found at step t {'+' if late else '-'} 1.",
                f"数值是对的，但整体{'晚' if late else '早'}了一步："
                f"第 t 步的结果出现在第 t {'+' if late else '-'} 1 步。",
            )
    return _first_wrong(look, axis)


def _is_shifted(look: _Look, sample: Sample, axis: int, lag: int) -> bool:
    expected, actual = np.moveaxis(sample.expected, axis, 0), np.moveaxis(sample.actual, axis, 0)
    if lag > 0:
        return look.equal(expected[:-1], actual[1:])
    return look.equal(expected[1:], actual[:-1])


def _wrong_places(look: _Look, sample: Sample, axis: int) -> frozenset[int]:
    wrong = mismatches(sample.expected, sample.actual, look.tolerance)
    others = tuple(i for i in range(wrong.ndim) if i != axis)
    return frozenset(int(i) for i in np.flatnonzero(np.any(wrong, axis=others)))


def _first_wrong(look: _Look, axis: int) -> Finding | None:
    """Which steps are wrong, when it is always the same ones."""
    for name, steps, en, zh in _STEPS:
        if all(
            _wrong_places(look, s, axis) == frozenset(steps(s.expected.shape[axis]))
            for s in look.wrong
        ):
            return _finding(name, en, zh)
    return None


_STEPS: Sequence[tuple[str, Callable[[int], Sequence[int]], str, str]] = (
    (
        "first-step-only-wrong",
        lambda _: [0],
        "Only the first step is wrong: what should go into it from outside?",
        "只有第一个时间步是错的：它应当从外面得到什么？",
    ),
    (
        "last-step-only-wrong",
        lambda n: [n - 1],
        "Only the last step is wrong: does the loop reach it, and what should flow into it?",
        "只有最后一个时间步是错的：循环走到它了吗？什么应当流入它？",
    ),
    (
        "wrong-after-first-step",
        lambda n: list(range(1, n)),
        "The first step is right, all later ones are wrong: look at what one step hands to the "
        "next, and at which input each step reads.",
        "第一个时间步是对的，之后全错：请检查一步传给下一步的是什么，以及每一步读的是哪个输入。",
    ),
    (
        "wrong-before-last-step",
        lambda n: list(range(n - 1)),
        "The last step is right, all earlier ones are wrong: look at what flows back from one "
        "step to the one before.",
        "最后一个时间步是对的，之前全错：请检查从后一步往前一步传回的是什么。",
    ),
)  # fmt: skip


def _examples(look: _Look) -> Finding | None:
    axis = look.axis("m")
    if axis is None or not any(s.expected.shape[axis] > 2 for s in look.wrong):
        return None
    if all(
        _wrong_places(look, s, axis) == frozenset(range(1, s.expected.shape[axis]))
        for s in look.wrong
    ):
        return _finding(
            "first-example-only-right",
            "Only the first example of the batch is right: all of them need the same treatment, "
            "one column each.",
            "一批样本中只有第一个是对的：每个样本（每一列）都要同样处理。",
        )
    return None


def _reordered(look: _Look) -> Finding | None:
    if not all(
        s.actual.size >= 4
        and is_telling(s.actual)
        and look.equal(np.sort(s.expected, axis=None), np.sort(s.actual, axis=None))
        for s in look.wrong
    ):
        return None
    return _finding(
        "reordered",
        "All the right numbers are there, but in other places: reshape does not move axes, use a "
        "transpose; or an index is taken from the wrong end.",
        "数都对，但位置不对：reshape 不会交换轴，请用转置；也可能下标取自错误的一端。",
    )


_FINDERS: Sequence[Callable[[_Look], Finding | None]] = (
    _axes,
    _sums,
    lambda look: None if not look.same_shapes() else _of_one_shape(look),
)


def _of_one_shape(look: _Look) -> Finding | None:
    finders = (
        _not_finite,
        _constant,
        _factor,
        _time,
        _examples,
        _simple,
        _reordered,
        _property,
    )
    return next((finding for finder in finders if (finding := finder(look))), None)
