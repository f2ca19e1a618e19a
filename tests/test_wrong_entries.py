"""Which entries are wrong, told by the arguments at the same places; not told by chance."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder.wrong_entries import Entries, Marks, find_entries

Test = Callable[[dict[str, np.ndarray]], Marks]


def cases(test: Test, count: int = 4, size: int = 5) -> list[Entries]:
    found = []
    for number in range(count):
        rng = np.random.default_rng([5, number])
        arguments = {
            "z": rng.normal(size=(2, size)),
            "y": rng.choice([-1.0, 1.0], size=(2, size)),
            "delta": 0.7,
            "gradients": {"dba": 2 * rng.normal(size=(2, size)), "dby": np.ones((1, 2))},
            "words": ["no", "numbers"],
        }
        found.append(Entries(wrong=test(arguments), arguments=arguments))
    return found


@pytest.mark.parametrize(
    ("test", "text"),
    [
        (lambda a: a["z"] < 0, "An entry is wrong where `z` is negative"),
        (
            lambda a: np.abs(a["z"]) > a["delta"],
            "An entry is wrong where the size of `z` is above `delta`",
        ),
        (lambda a: a["y"] * a["z"] < 1, "An entry is wrong where `z * y` is below 1"),
        (
            lambda a: (a["y"] == 1) & (a["z"] > 0),
            "An entry is wrong where `z` is positive and `y` is positive",
        ),
        (
            lambda a: np.abs(a["gradients"]["dba"]) > a["delta"],
            'An entry is wrong where the size of `gradients["dba"]` is above `delta`',
        ),
        (
            lambda a: (a["y"] < 0) & (np.indices(a["y"].shape)[1] > 0),
            "All wrong entries are among those where `y` is negative",
        ),
    ],
)
def test_what_the_wrong_entries_have_in_common(test: Test, text: str) -> None:
    hint = find_entries(cases(test))
    assert hint is not None
    assert text in hint["en"]
    assert text.split("`")[1] in hint["zh"]


@pytest.mark.parametrize(
    "test",
    [
        lambda a: np.ones(a["z"].shape, dtype=bool),
        lambda a: np.zeros(a["z"].shape, dtype=bool),
        lambda a: np.indices(a["z"].shape)[1] % 2 == 0,
    ],
)
def test_nothing_is_said_of_all_of_none_and_of_places(test: Test) -> None:
    assert find_entries(cases(test)) is None


def test_a_few_entries_are_no_evidence() -> None:
    assert find_entries(cases(lambda a: a["z"] < 0, count=1, size=3)) is None


def test_an_argument_that_a_case_lacks_says_nothing() -> None:
    found = cases(lambda a: np.abs(a["z"]) > a["delta"])
    less = {name: value for name, value in found[0].arguments.items() if name != "delta"}
    assert find_entries([*found, Entries(wrong=found[0].wrong, arguments=less)]) is None
