"""Relations of wrong numbers to right ones: found where they hold, and nowhere else."""

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from autograder.generic_findings import Numbers, Sample, find_relation
from autograder.spec import Kind, Output

CUBE = Output(name="a", kind=Kind.ARRAY, shape=("n_a", "m", "T_x"))
MATRIX = Output(name="h", kind=Kind.ARRAY, shape=("n_a", "m"))
LOSS = Output(name="loss", kind=Kind.SCALAR)
SIZES = ({"n_a": 2, "m": 3, "T_x": 4}, {"n_a": 3, "m": 5, "T_x": 6}, {"n_a": 4, "m": 2, "T_x": 3})

Relation = Callable[[Numbers, Mapping[str, int]], object]


def samples(output: Output, relation: Relation, sizes: object = SIZES) -> list[Sample]:
    rng = np.random.default_rng(7)
    made = []
    for dims in sizes:  # type: ignore[attr-defined]
        expected = rng.uniform(0.1, 0.9, [dims[n] for n in output.shape]) * rng.choice([-1, 1])
        actual = np.asarray(relation(expected, dims), dtype=float)
        right = actual.shape == expected.shape and np.array_equal(actual, expected)
        made.append(Sample(dims=dims, expected=expected, actual=actual, right=right))
    return made


def name_of(output: Output, relation: Relation) -> str | None:
    finding = find_relation(output, samples(output, relation), 1e-7)
    return finding.id.removeprefix("pattern-") if finding else None


@pytest.mark.parametrize(
    ("relation", "expected"),
    [
        (lambda a, d: -a, "sign"),
        (lambda a, d: 3.7 * a, "factor"),
        (lambda a, d: np.abs(a), "sign-lost"),
        (lambda a, d: 1 - a, "complement"),
        (lambda a, d: a + 0.25, "offset"),
        (lambda a, d: a**2, "squared"),
        (lambda a, d: np.exp(a), "exponential"),
        (lambda a, d: 1 / a, "reciprocal"),
        (lambda a, d: 0 * a, "zeros"),
        (lambda a, d: 0 * a + 0.3, "constant"),
        (lambda a, d: np.where(a == a.max(), np.nan, a), "not-finite"),
        (lambda a, d: np.flip(a, 2), "time-reversed"),
        (lambda a, d: np.roll(a, 1, axis=2), "one-step-late"),
        (lambda a, d: np.roll(a, -1, axis=2), "one-step-early"),
        (lambda a, d: np.swapaxes(a, 1, 2), "axes-exchanged"),
        (lambda a, d: np.moveaxis(a, 2, 0), "axes-exchanged"),
        (lambda a, d: np.swapaxes(a, 1, 2).reshape(a.shape), "reordered"),
        (lambda a, d: a * (np.arange(d["T_x"]) == 0), "wrong-after-first-step"),
        (lambda a, d: a * (np.arange(d["T_x"]) == d["T_x"] - 1), "wrong-before-last-step"),
        (lambda a, d: a * (np.arange(d["T_x"]) > 0), "first-step-only-wrong"),
        (lambda a, d: a * (np.arange(d["T_x"]) < d["T_x"] - 1), "last-step-only-wrong"),
        (lambda a, d: a * (np.arange(d["m"]) == 0)[:, None], "first-example-only-right"),
        (lambda a, d: a.sum(axis=2), "summed-too-much"),
        (lambda a, d: a, None),
        (lambda a, d: a + a**2 + 0.1, None),
        (lambda a, d: a[:1], None),
    ],
)
def test_relations_of_a_sequence(relation: Relation, expected: str | None) -> None:
    assert name_of(CUBE, relation) == expected


def test_a_transposed_matrix() -> None:
    assert name_of(MATRIX, lambda a, d: a.T) == "transposed"


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (lambda d: 1 / d["m"], "1/m times"),
        (lambda d: d["m"], "m times"),
        (lambda d: 2, "2 times"),
        (lambda d: 0.5, "1/2 times"),
        (lambda d: 1 / d["T_x"], "1/T_x times"),
        (lambda d: 2 / d["m"], "2 1/m times"),
        (lambda d: 1 / (d["m"] * d["n_a"]), "1/(m n_a) times"),
        (lambda d: 1 / np.log(2), "1/log(2) times"),
    ],
)
def test_a_factor_is_told_by_what_it_stands_for(
    factor: Callable[[Mapping[str, int]], float], said: str
) -> None:
    for output in (MATRIX, LOSS):
        finding = find_relation(output, samples(output, lambda a, d: a * factor(d)), 1e-7)
        assert finding is not None
        assert said in finding.hint["en"]
        assert finding.hint["zh"]


def test_one_number_alone_has_no_factor() -> None:
    only = samples(LOSS, lambda a, d: a * 2, SIZES[:1])
    assert find_relation(LOSS, only, 1e-7) is None


def test_a_loss_that_is_not_summed() -> None:
    def parts(expected: Numbers, dims: Mapping[str, int]) -> Numbers:
        weights = np.arange(1.0, dims["m"] + 1)
        return expected * weights / weights.sum()

    assert name_of(LOSS, parts) == "not-summed"


def test_a_relation_must_hold_in_every_wrong_case() -> None:
    mixed = [
        *samples(MATRIX, lambda a, d: -a, SIZES[:1]),
        *samples(MATRIX, lambda a, d: a**3, SIZES[1:]),
    ]
    assert find_relation(MATRIX, mixed, 1e-7) is None


def test_a_factor_must_fit_the_right_cases_too() -> None:
    """m times would be wrong where m is 3; a right case with m = 3 speaks against it."""
    mixed = [
        *samples(MATRIX, lambda a, d: a, SIZES[:1]),
        *samples(MATRIX, lambda a, d: a * d["m"], SIZES[1:]),
    ]
    assert find_relation(MATRIX, mixed, 1e-7) is None


def test_a_size_that_never_changes_is_no_factor() -> None:
    alike = [dict(SIZES[0])] * 3
    finding = find_relation(MATRIX, samples(MATRIX, lambda a, d: a * d["m"], alike), 1e-7)
    assert finding is not None
    assert "m times" not in finding.hint["en"]
