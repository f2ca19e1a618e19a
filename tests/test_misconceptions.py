"""Misconceptions: reading the file, and building buggy functions from it."""

import re
from pathlib import Path

import numpy as np
import pytest
from small_assignment import MISCONCEPTIONS, entry, small_assignment

from autograder.errors import SpecError
from autograder.library import assignment_folders, find_assignment
from autograder.misconceptions import (
    FILE_NAME,
    buggy_function,
    load_misconceptions,
    misconceptions_of,
    source_of,
)


def test_a_misconception_is_a_change_of_the_reference(tmp_path: Path) -> None:
    assignment = small_assignment(tmp_path)
    first, *_ = misconceptions_of(assignment, "mix")
    assert first.id == "no-tanh"
    assert first.hint == {"en": "look at no-tanh", "zh": "看 no-tanh"}
    x, w = np.array([[3.0, -1.0]]), np.array([[2.0]])
    h, total = buggy_function(assignment, first)(x, w)  # type: ignore[misc]
    np.testing.assert_array_equal(h, [[6.0, -2.0]])
    np.testing.assert_array_equal(total, [[2.0]])


def test_the_docstring_is_no_part_of_the_source(tmp_path: Path) -> None:
    source = source_of(small_assignment(tmp_path).reference_functions["mix"])
    assert "in words" not in source
    assert source.count("np.tanh(z)") == 1


def test_callees_are_those_of_the_reference(tmp_path: Path) -> None:
    assignment = small_assignment(tmp_path)
    (ignored, _) = misconceptions_of(assignment, "pool")
    x, w = np.array([[0.5, -1.0]]), np.array([[2.0]])
    value = buggy_function(assignment, ignored)(x, w, 3)
    np.testing.assert_array_equal(value, assignment.reference_functions["mix"](x, w)[1])  # type: ignore[index]


def test_two_at_once(tmp_path: Path) -> None:
    assignment = small_assignment(tmp_path)
    no_tanh, no_mean, units, *_ = load_misconceptions(assignment)
    _, total = buggy_function(assignment, no_tanh, no_mean)(np.ones((1, 4)), np.eye(1))  # type: ignore[misc]
    np.testing.assert_array_equal(total, [[4.0]])
    with pytest.raises(SpecError, match="no-mean, divides-by-units"):
        buggy_function(assignment, no_mean, units)


def test_no_file_means_no_misconceptions(tmp_path: Path) -> None:
    assert load_misconceptions(small_assignment(tmp_path, "")) == ()


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    assignment = small_assignment(tmp_path)
    before = len(load_misconceptions(assignment))
    path = tmp_path / FILE_NAME
    path.write_text(MISCONCEPTIONS + entry("no-w", "np.dot(w, x)", "x"), "utf-8")
    assert len(load_misconceptions(assignment)) == before + 1


ONE = entry("one", "np.tanh(z)", "z")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title: no list\n", "expected a list"),
        ("- just text\n", "expected a mapping"),
        (ONE.replace("evidence", "evidences"), "unknown key 'evidences'"),
        (ONE.replace("  function: mix\n", ""), "the key 'function' is missing"),
        (ONE.replace(", zh: '看 one'", ""), "exactly the languages en, zh"),
        (ONE.replace("'看 one'", "''"), "hint.zh: expected text"),
        (ONE.replace("function: mix", "function: mixed"), "no function 'mixed'"),
        (ONE.replace("new: 'z'", "now: 'z'"), "change: expected"),
        (ONE.replace("[experience]", "experience"), "evidence: expected a list"),
        (entry("one", "np.tanh(q)", "z"), r"'np.tanh\(q\)' does not stand in"),
        (entry("one", "h = np.tanh(z)", "h = np.tanh(z)"), "leaves the function as it is"),
        (entry("one", "total", "t"), "'total' stands 2 times"),
        (entry("one", "in words that no change", "in words"), "does not stand in"),
        (ONE + ONE, "the id stands twice"),
        (ONE + ONE.replace("id: one", "id: two"), "the very same change as 'one'"),
        (entry("one", "np.tanh(z)", "z", more="  twins: [other]\n"), "twin 'other'"),
        (ONE.replace("id: one", "id: 3"), "id: expected text"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, message: str) -> None:
    assignment = small_assignment(tmp_path, text)
    with pytest.raises(SpecError, match=message) as caught:
        load_misconceptions(assignment)
    assert FILE_NAME in str(caught.value)


def test_a_change_that_is_no_python_names_its_entry(tmp_path: Path) -> None:
    assignment = small_assignment(tmp_path, entry("broken", "np.tanh(z)", "np.tanh(z"))
    with pytest.raises(SpecError, match=r"'broken': the changed source is not Python"):
        buggy_function(assignment, *load_misconceptions(assignment))


def _delivered() -> list[str]:
    return [name for name, path in assignment_folders().items() if (path / FILE_NAME).is_file()]


@pytest.mark.parametrize("name", _delivered())
def test_delivered_misconceptions_fit_their_reference(name: str) -> None:
    assignment = find_assignment(name)
    counts = dict.fromkeys((question.function for question in assignment.questions), 0)
    for misconception in load_misconceptions(assignment):
        assert callable(buggy_function(assignment, misconception))
        counts[misconception.function] += 1
    assert min(counts.values()) >= 5, counts


@pytest.mark.parametrize("name", _delivered())
def test_delivered_hints_are_in_both_languages(name: str) -> None:
    for known in load_misconceptions(find_assignment(name)):
        chinese = {key: bool(re.search(r"[\u4e00-\u9fff]", known.hint[key])) for key in known.hint}
        assert chinese == {"en": False, "zh": True}, known.id


def test_every_assignment_has_known_mistakes() -> None:
    assert set(_delivered()) == set(assignment_folders())
    assert sum(len(load_misconceptions(find_assignment(name))) for name in _delivered()) >= 1000
