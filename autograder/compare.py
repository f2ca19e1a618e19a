"""Compare what a call returned with what the reference returns, output by output.

Checks go from coarse to fine - nothing, kind, shape, finite, values - and stop at the first that
fails, so that one mistake gives one sentence. Right values in the wrong dtype or with a lost axis
are right: that is a matter of manners and reported apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.arrays import ABSOLUTE_FLOOR, Numbers, as_numbers, without_ones
from autograder.holding import OverfullError, first_not_held, holds
from autograder.runner.codec import Opaque
from autograder.spec import Kind, Output

_TYPES_TO_NAME = {"set", "frozenset", "function", "generator", "map", "zip", "filter", "ndarray"}
_MOST_AXES, _MOST_COUNTED = 6, 1000  # of a student's value that are told exactly
_SINGLE_PRECISION = 1e-6  # tolerance for float32: 16 units in the last place, for a chain of steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement on one output of one call.

    Attributes
    ----------
    output : str
        Its name, with a dot before the entry of a dict.
    right : bool
        The values are right.
    problem : str
        One sentence when they are not.
    manners : str
        One sentence when the values are right but dtype or axes are not; else empty.
    """

    output: str
    right: bool
    problem: str = ""
    manners: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    tolerance: float
    reveal: bool


def output_names(returns: Sequence[Output], prefix: str = "") -> list[str]:
    """Names of everything that is compared on its own."""
    names: list[str] = []
    for output in returns:
        if output.kind is Kind.DICT:
            # A dict that is the only thing returned needs no name before its entries.
            inner = prefix if len(returns) == 1 and not prefix else f"{prefix}{output.name}."
            names.extend(output_names(output.fields, inner or ""))
        else:
            names.append(f"{prefix}{output.name}")
    return names


def all_wrong(returns: Sequence[Output], problem: str) -> tuple[Verdict, ...]:
    """Every output judged wrong for one and the same reason."""
    return tuple(
        Verdict(output=name, right=False, problem=problem) for name in output_names(returns)
    )


@np.errstate(all="ignore")  # a student's numbers may be anything
def compare(
    returns: Sequence[Output],
    expected: object,
    actual: object,
    *,
    tolerance: float = 1e-7,
    reveal: bool = False,
) -> tuple[Verdict, ...]:
    """Judge every output of one call.

    Parameters
    ----------
    returns : sequence of Output
        One output: the value itself. Several: a tuple in this order.
    expected, actual : object
        Returned by the reference and by the student's function.
    tolerance : float
        Largest accepted difference, relative to the largest entry of the whole expected array.
    reveal : bool
        Put expected numbers into the sentences; for cases that the student may see.
    """
    if actual is None:
        return all_wrong(returns, "None came back: is the return statement missing?")
    rules = _Rules(tolerance=tolerance, reveal=reveal)
    if len(returns) == 1:
        return tuple(_compare_output(returns[0], expected, actual, "", rules, alone=True))
    names = ", ".join(output.name for output in returns)
    if not isinstance(actual, tuple | list):
        return all_wrong(
            returns, f"expected {len(returns)} values ({names}), got {describe(actual)}."
        )
    if len(actual) != len(returns):
        return all_wrong(
            returns,
            f"expected {len(returns)} values ({names}), but {_count(len(actual))} came back.",
        )
    assert isinstance(expected, tuple | list)
    return tuple(
        verdict
        for output, wanted, got in zip(returns, expected, actual, strict=True)
        for verdict in _compare_output(output, wanted, got, "", rules)
    )


def _compare_output(
    output: Output,
    expected: Any,
    actual: Any,
    prefix: str,
    rules: _Rules,
    *,
    alone: bool = False,
) -> Iterator[Verdict]:
    name = f"{prefix}{output.name}"
    if output.kind is not Kind.DICT:
        yield _judge(output, name, expected, actual, rules)
        return
    inner = prefix if alone else f"{name}."
    for field in output.fields:
        label = repr(field.name)
        if not isinstance(actual, Mapping):
            problem = f"expected a dict with the key {label}, got {describe(actual)}."
        elif field.name not in actual:
            problem = f"the dict has no key {label}."
        else:
            yield from _compare_output(
                field, expected[field.name], actual[field.name], inner, rules
            )
            continue
        for wrong in all_wrong([field], problem):
            yield Verdict(output=f"{inner}{wrong.output}", right=False, problem=problem)


def _judge(output: Output, name: str, expected: Any, actual: Any, rules: _Rules) -> Verdict:
    problem, manners = "", ""
    if actual is None:
        problem = "it is None."
    elif output.kind in (Kind.ARRAY, Kind.ELEMENTWISE, Kind.SCALAR):
        elementwise = output.kind is Kind.ELEMENTWISE
        problem, manners = _judge_numbers(expected, actual, rules, elementwise)
    elif output.kind is Kind.INTEGER:
        problem, manners = _judge_integer(expected, actual, rules)
    elif output.kind is Kind.TEXT:
        if not (isinstance(actual, str) and actual == expected):
            shown = f"expected {expected!r}, got {actual!r:.80}." if rules.reveal else ""
            problem = shown or f"it is {describe(actual)} other than the expected one."
    elif output.kind is Kind.LABELS:
        problem = _judge_labels(expected, actual)
    elif output.kind is Kind.HOLDS:
        problem = _judge_holding(output, expected, actual, rules.tolerance)
    else:
        problem = _judge_structure(expected, actual, rules)
    return Verdict(output=name, right=not problem, problem=problem, manners=manners)


def describe(value: object) -> str:
    """Say what a value is in a few words.

    Never its contents: what a function returns can carry the hidden inputs that it was given.
    """
    text = f"an object of type {type(value).__name__}"
    match value:
        case None:
            text = "None"
        case Opaque():
            known = value.type_name in _TYPES_TO_NAME
            text = f"an object of type {value.type_name}" if known else "an object"
        case np.ndarray():
            text = f"an array of shape {_shape(value.shape)}"
        case dict():
            text = f"a dict with {_count(len(value))} entries"
        case tuple() | list():
            text = f"a {type(value).__name__} of {_count(len(value))}"
        case str():
            text = "a text"
        case bool():
            text = f"{value}"
        case int() | float() | complex() | np.generic():
            text = "a single number"
    return text


def _shape(shape: tuple[int, ...]) -> str:
    """A shape as Python writes it, as far as it can have come about by mistake."""
    if len(shape) > _MOST_AXES:
        return f"with {_count(len(shape))} axes"
    listed = ", ".join(map(_count, shape))
    return f"({listed},)" if len(shape) == 1 else f"({listed})"


def _count(number: int) -> str:
    # An exact size could be a number of a hidden case, written as a shape.
    return str(number) if number < _MOST_COUNTED else f"over {_MOST_COUNTED - 1}"


def _judge_numbers(expected: Any, actual: Any, rules: _Rules, elementwise: bool) -> tuple[str, str]:
    """Problem and bad manners of an array or a scalar; both empty when all is well."""
    if _is_same(expected, actual):
        return "", ""
    wanted, got = np.asarray(expected, dtype=float), as_numbers(actual)
    if got is None:
        return f"expected {_wanted(wanted)}, got {describe(actual)}.", ""
    manners = ""
    if got.shape != wanted.shape:
        lost_axis = got.ndim != wanted.ndim  # (n, 1) for (1, n) is a transpose, not a lost axis
        if not lost_axis or without_ones(got.shape) != without_ones(wanted.shape):
            return f"shape {_shape(got.shape)}, expected {wanted.shape}.", ""
        manners = (
            f"shape {_shape(got.shape)}, expected {wanted.shape}: an axis of length 1 matters."
        )
        got = got.reshape(wanted.shape)
    if got.dtype != np.float64 and isinstance(actual, np.ndarray | np.generic):
        manners = manners or f"dtype {got.dtype}, expected float64."
    if got.dtype.kind == "c":
        if np.any(got.imag != 0):
            return "it holds complex numbers.", ""
        got = got.real
    rules = _Rules(tolerance=tolerance_of(got.dtype, rules.tolerance), reveal=rules.reveal)
    problem = _difference(wanted, got.astype(float), rules, elementwise)
    if problem and got.dtype == np.float16:
        problem = "dtype float16, which keeps three digits only, expected float64."
    return problem, "" if problem else manners


def _is_same(expected: Any, actual: Any) -> bool:
    """Whether it is the same to the last bit, quickly: most of what is compared is."""
    if type(actual) is not type(expected):
        return False
    if type(actual) is not np.ndarray:
        return type(actual) in (float, np.float64) and bool(actual == expected)
    alike = actual.dtype == expected.dtype == np.float64 and actual.shape == expected.shape
    return bool(alike and actual.tobytes() == expected.tobytes())


def _wanted(wanted: Numbers) -> str:
    return "a number" if wanted.ndim == 0 else f"an array of shape {wanted.shape}"


def tolerance_of(dtype: np.dtype[Any], tolerance: float) -> float:
    """The tolerance for numbers that came in a dtype, which may not be able to hold it.

    No more than float32 needs: mistakes that are smaller would pass. float16 would need so much
    that half of a class's mistakes would.
    """
    return max(tolerance, _SINGLE_PRECISION) if dtype == np.float32 else tolerance


def allowed_differences(expected: Numbers, tolerance: float, *, elementwise: bool) -> Numbers:
    """Largest accepted difference, of each entry where these are compared on their own scale."""
    sizes = np.abs(np.where(np.isfinite(expected), expected, 0.0))
    scale = sizes if elementwise else sizes.max(initial=0.0)
    return np.where(scale > 0, tolerance * scale, ABSOLUTE_FLOOR)


def mismatches(
    expected: Numbers, actual: Numbers, tolerance: float, *, elementwise: bool = False
) -> NDArray[np.bool_]:
    """Which entries differ, for float arrays of one shape; NaN equals NaN, inf equals inf."""
    finite = np.isfinite(expected)
    allowed = allowed_differences(expected, tolerance, elementwise=elementwise)
    with np.errstate(invalid="ignore", over="ignore"):
        close = np.abs(expected - actual) <= allowed
    same = np.equal(expected, actual) | (np.isnan(expected) & np.isnan(actual))
    return np.logical_not(np.where(finite, close, same))


def _difference(expected: Numbers, actual: Numbers, rules: _Rules, elementwise: bool) -> str:
    """A sentence on how two arrays of one shape differ; empty where they agree."""
    if not elementwise and _is_close(expected, actual, rules.tolerance):
        return ""
    wrong = mismatches(expected, actual, rules.tolerance, elementwise=elementwise)
    if not wrong.any():
        return ""
    share = "all" if wrong.all() else f"{int(wrong.sum())} of {wrong.size}"
    for what, test in (("NaN", np.isnan), ("infinite", np.isinf)):
        unexpected = test(actual) & ~test(expected)
        if unexpected.any():
            return f"{int(unexpected.sum())} of {actual.size} entries are {what}."
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    values = "expected {}, got {}".format(*_numbers(expected[place], actual[place]))
    if actual.size == 1:
        return f"{values}." if rules.reveal else "the value differs from the expected one."
    if rules.reveal:
        return f"{share} entries differ; at {list(place)} {values}."
    return f"{share} entries differ from the expected ones."


def _is_close(expected: Numbers, actual: Numbers, tolerance: float) -> bool:
    """Whether all is finite and close, quickly: most of what is compared is right."""
    with np.errstate(invalid="ignore", over="ignore"):
        allowed = tolerance * np.abs(expected).max(initial=0.0)
        return bool(0 < allowed < np.inf and np.abs(expected - actual).max() <= allowed)


def _numbers(*values: Any) -> list[str]:
    """Numbers in as few digits as tell them apart."""
    texts: list[str] = []
    for digits in (6, 10, 17):
        texts = [f"{float(value):.{digits}g}" for value in values]
        if len(set(texts)) == len(values):
            break
    return texts


def _judge_integer(expected: Any, actual: Any, rules: _Rules) -> tuple[str, str]:
    got = as_numbers(actual)
    if got is None or got.size != 1 or got.dtype.kind == "c":
        return f"expected a whole number, got {describe(actual)}.", ""
    number = float(got.reshape(()))
    if number != float(expected):
        shown = f"expected {int(expected)}, got {number:g}." if rules.reveal else ""
        return shown or "it is a wrong number.", ""
    whole = got.dtype.kind in "iu" and got.ndim == 0
    return "", "" if whole else f"expected an int, got {describe(actual)}."


def _judge_labels(expected: Any, actual: Any) -> str:
    got = as_numbers(actual)
    if got is None or got.ndim > 2 or got.size != len(expected):
        return f"expected a list of {len(expected)} labels, got {describe(actual)}."
    wrong = [i for i, (e, a) in enumerate(zip(expected, got.ravel(), strict=True)) if e != a]
    return f"the label at position {wrong[0]} is wrong." if wrong else ""


def _judge_holding(output: Output, expected: Any, actual: Any, tolerance: float) -> str:
    """Every array of ``expected`` stands somewhere in ``actual``, whatever the layout."""
    try:
        lacking = first_not_held(expected, actual, tolerance)
    except OverfullError as error:
        return f"it holds more than {error}; {', '.join(output.holds)} are enough."
    if lacking is None:
        return ""
    what = _name_of(lacking, output, expected) or f"an array of shape {lacking.shape}"
    return f"it should hold {', '.join(output.holds)}, but {what} is not in it."


def _name_of(array: Numbers, output: Output, expected: Any) -> str:
    """Which of the things that should be held has an array, where they stand one by one."""
    if not isinstance(expected, tuple) or len(expected) != len(output.holds):
        return ""
    parts = zip(output.holds, expected, strict=True)
    return next((name for name, part in parts if holds(part, array)), "")


def _judge_structure(expected: Any, actual: Any, rules: _Rules) -> str:
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping) or set(actual) != set(expected):
            return f"expected a dict with the keys {sorted(expected)}, got {describe(actual)}."
        pairs = [(repr(key), expected[key], actual[key]) for key in expected]
    elif isinstance(expected, list | tuple):
        if not isinstance(actual, list | tuple | np.ndarray) or len(actual) != len(expected):
            return f"expected {len(expected)} values, got {describe(actual)}."
        pairs = [(str(i), e, a) for i, (e, a) in enumerate(zip(expected, actual, strict=True))]
    elif expected is None or isinstance(expected, str):
        return "" if expected == actual else f"it is {describe(actual)}."
    else:
        return _judge_numbers(expected, actual, rules, elementwise=False)[0]
    for key, wanted, got in pairs:
        if problem := _judge_structure(wanted, got, rules):
            return f"at {key}: {problem}"
    return ""
