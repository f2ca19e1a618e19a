"""Naming the mistake: known ones, two at once, relations, errors - and not naming what is not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_session import LocalSession, local_attempt, write_assignment
from small_assignment import MISCONCEPTIONS, entry, small_assignment

from autograder.assignment_file import load_assignment
from autograder.attempt import Exam, attempt
from autograder.cases import Seed
from autograder.diagnose import UNKNOWN, diagnose
from autograder.runner.outcome import Outcome
from autograder.score import Diagnosis
from autograder.spec import Assignment

RIGHT = """
def mix(x, w):
    h = np.tanh(w @ x)
    return h, h.mean(axis=1, keepdims=True)
def pool(x, w, k=1):
    if k < 1:
        raise ValueError("no")
    return mix(x, w)[1] * k
"""


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return small_assignment(tmp_path)


def found(assignment: Assignment, code: str, function: str = "mix") -> tuple[Diagnosis, ...]:
    return diagnose(*local_attempt(assignment, function, code))


def ids(diagnosis: tuple[Diagnosis, ...]) -> list[str]:
    return [item.id for item in diagnosis]


def changed(old: str, new: str) -> str:
    assert RIGHT.count(old) == 1
    return RIGHT.replace(old, new)


def test_a_right_function_has_no_diagnosis(assignment: Assignment) -> None:
    assert found(assignment, RIGHT) == ()
    assert found(assignment, RIGHT, "pool") == ()


def test_a_stub_has_none(assignment: Assignment) -> None:
    assert found(assignment, "def mix(x, w):\n    raise NotImplementedError\n") == ()


def test_a_known_mistake_written_in_another_way(assignment: Assignment) -> None:
    (item,) = found(assignment, changed("np.tanh(w @ x)", "(x.T @ w.T).T"))
    assert item.id == "no-tanh"
    assert item.outputs == ("h", "total")
    assert item.hint == {"en": "look at no-tanh", "zh": "看 no-tanh"}


def test_one_wrong_output_of_two(assignment: Assignment) -> None:
    (item,) = found(assignment, changed("h.mean(", "h.sum("))
    assert (item.id, item.outputs) == ("no-mean", ("total",))


def test_a_known_mistake_is_not_named_for_a_part_of_what_is_wrong(assignment: Assignment) -> None:
    """What is left is unknown, and `h` may be wrong for the same unknown reason."""
    code = changed("return h, h.mean(axis=1, keepdims=True)", "return w @ x, h[:, :1] ** 3 + 0.1")
    assert "no-tanh" not in ids(found(assignment, code))


def test_a_known_mistake_is_not_named_that_would_change_a_right_output(tmp_path: Path) -> None:
    both = entry("both-halved", "return h, total", "return h / 2, total / 2")
    code = changed("return h,", "return h / 2,")
    (item,) = found(small_assignment(tmp_path, both), code)
    assert (item.id, item.outputs) == ("pattern-factor", ("h",))


def test_two_mistakes_in_two_outputs(tmp_path: Path) -> None:
    each = entry("cubed", "return h, total", "return h ** 3, total")
    each += entry("shifted", "return h, total", "return h, total - h[:, :1]")
    code = changed(
        "return h, h.mean(axis=1, keepdims=True)",
        "return h ** 3, h.mean(axis=1, keepdims=True) - h[:, :1]",
    )
    diagnosis = found(small_assignment(tmp_path, each), code)
    assert {item.id: item.outputs for item in diagnosis} == {"cubed": ("h",), "shifted": ("total",)}


def test_two_known_mistakes_that_are_never_seen_alone_are_not_named(tmp_path: Path) -> None:
    """Of many pairs some give the numbers of a third mistake by chance."""
    pair = entry("tripled", "np.sum(h", "np.sum(3 * h")
    pair += entry("shifted", "/ x.shape[1]", "/ x.shape[1] - h[:, :1]")
    mean = "h.mean(axis=1, keepdims=True)"
    code = changed(mean, f"3 * {mean} - h[:, :1]")
    assert ids(found(small_assignment(tmp_path, pair), code)) == [UNKNOWN]


def test_a_mistake_that_writes_into_an_argument_is_named_only_where_that_happened(
    tmp_path: Path,
) -> None:
    written = entry("x-halved-first", "dot(w, x)", "dot(w, np.multiply(x, 0.5, out=x))")
    assignment = small_assignment(tmp_path, written)
    assert ids(found(assignment, changed("w @ x", "w @ x / 2"))) == [UNKNOWN]
    assert ids(found(assignment, changed("    h = np", "    x *= 0.5\n    h = np"))) == [
        "x-halved-first"
    ]


def test_two_known_mistakes_at_once(assignment: Assignment) -> None:
    code = changed("np.tanh(w @ x)", "w @ x").replace("h.mean(", "h.sum(")
    diagnosis = found(assignment, code)
    assert {item.id: item.outputs for item in diagnosis} == {
        "no-tanh": ("h", "total"),
        "no-mean": ("total",),
    }


def test_an_error_with_the_same_shapes(assignment: Assignment) -> None:
    assert ids(found(assignment, changed("w @ x", "w.T @ x"))) == ["transposed-product"]


def test_an_error_that_two_mistakes_share_is_only_explained(tmp_path: Path) -> None:
    other = entry("other-transposed", "np.dot(w, x)", "np.dot(w.T, x) + 1")
    assignment = small_assignment(tmp_path, MISCONCEPTIONS + other)
    (item,) = found(assignment, changed("w @ x", "np.dot(w.T, x)"))
    assert item.id == "error-shapes"
    assert "np.dot(w.T, x)" in item.hint["en"]
    assert "times (" in item.hint["en"]


def test_zeros_are_no_evidence(tmp_path: Path) -> None:
    zeros = entry("zeros", "return h, total", "return h * 0, total * 0")
    assignment = small_assignment(tmp_path, zeros)
    code = changed("return h, h.mean(axis=1, keepdims=True)", "return 0 * h, np.zeros((len(w), 1))")
    assert ids(found(assignment, code)) == ["pattern-zeros"]


def test_zeros_are_evidence_beside_a_right_output(tmp_path: Path) -> None:
    zeros = entry("empty", "return h, total", "return h * 0, total")
    assignment = small_assignment(tmp_path, zeros)
    assert ids(found(assignment, changed("return h,", "return 0 * h,"))) == ["empty"]


def test_the_first_of_twins_is_named(tmp_path: Path) -> None:
    twins = entry("late", "np.tanh(z)", "+z") + entry("early", "np.tanh(z)", "z")
    assert ids(found(small_assignment(tmp_path, twins), changed("np.tanh(w @ x)", "w @ x"))) == [
        "late"
    ]


def test_purity_by_name_and_in_general(assignment: Assignment) -> None:
    code = changed("    return h,", "    x *= 2\n    return h,")
    assert ids(found(assignment, code)) == ["x-scaled-in-place"]
    code = changed("    return h,", "    w *= 2\n    return h,")
    assert ids(found(assignment, code)) == ["changed-argument"]


def test_manners_by_name_and_in_general(assignment: Assignment) -> None:
    code = changed("return h,", "return h.astype('float32'),")
    assert ids(found(assignment, code)) == ["float32"]
    code = changed("keepdims=True)", "keepdims=True)[:, 0]")
    assert ids(found(assignment, code)) == ["bad-manners"]


def test_an_error_that_should_be_raised(assignment: Assignment) -> None:
    code = changed("k < 1", "k < -1")
    assert ids(found(assignment, code, "pool")) == ["k-unchecked"]


def test_with_the_grader_in_the_place_of_a_wrong_callee(assignment: Assignment) -> None:
    code = changed("np.tanh(w @ x)", "w @ x - 1").replace("[1] * k", "[1]")
    exam = Exam(assignment, assignment.question("pool"), Seed(secret="s", student="t"))
    served = {"mix": assignment.reference_functions["mix"]}
    best = attempt(LocalSession(code), exam, served)  # type: ignore[arg-type]
    assert ids(diagnose(exam, best)) == ["k-ignored"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("return h,", "return -h,", "pattern-sign"),
        ("return h,", "return 2 * h,", "pattern-factor"),
        ("h.mean(axis=1, keepdims=True)", "h.mean(axis=1, keepdims=True) / len(h[0])", "pattern-factor"),  # noqa: E501
        ("return h,", "return h.T,", "pattern-transposed"),
        ("return h, h.mean(axis=1, keepdims=True)", "return h", "wrong-returns"),
        ("return h, h.mean(axis=1, keepdims=True)", "h", "none-returned"),
        ("tanh(w", "than(w", "error-attribute"),
        ("w @ x", "weights @ x", "error-name"),
        ("w @ x", "w @ x ** 2", UNKNOWN),
        ("w @ x", "(w @ x if len(x.T) > 1 else w @ x + 1)", "only-some-cases"),
    ],
)  # fmt: skip
def test_what_is_not_in_the_file(assignment: Assignment, old: str, new: str, expected: str) -> None:
    diagnosis = found(assignment, changed(old, new))
    assert ids(diagnosis) == [expected]
    assert all(set(item.hint) == {"en", "zh"} for item in diagnosis)


def test_which_entries_are_wrong_is_told(assignment: Assignment) -> None:
    square = "def mix(x, w):\n    h = np.tanh(w @ x)\n    h = np.where(x > 0, h, h ** 3)\n"
    code = square + "    return h, np.tanh(w @ x).mean(axis=1, keepdims=True)\n"
    folder = assignment.folder
    text = (folder / "assignment.yaml").read_text().replace("n_a, n_x)", "n_x, n_x)")
    (folder / "assignment.yaml").write_text(text.replace("h: [n_a, m]", "h: [n_x, m]"))
    (item,) = found(load_assignment(folder), code)
    assert (item.id, item.outputs) == ("only-some-entries", ("h",))
    assert "`x` is negative" in item.hint["en"]


def test_where_it_goes_wrong_is_told(assignment: Assignment) -> None:
    (item,) = found(assignment, changed("w @ x", "(w @ x if len(x.T) > 1 else w @ x + 1)"))
    assert "m = 1" in item.hint["en"]


class Hanging(LocalSession):
    """Every call hangs."""

    def call(self, *args: object, **kwargs: object) -> Outcome:
        return Outcome(status="timeout", cpu_s=2.0)


class HangsLater(LocalSession):
    """Right up to the last calls, which hang."""

    def call_all(self, *args: Any, **kwargs: Any) -> Iterator[Outcome]:
        outcomes = list(super().call_all(*args, **kwargs))
        return (yield from [*outcomes[:-1], Outcome(status="timeout", cpu_s=2.0)])


def test_a_known_mistake_is_named_by_the_calls_that_ended(assignment: Assignment) -> None:
    exam = Exam(assignment, assignment.question("mix"), Seed(secret="s", student="t"))
    session = HangsLater(changed("np.tanh(w @ x)", "w @ x"))
    best = attempt(session, exam)  # type: ignore[arg-type]
    assert ids(diagnose(exam, best)) == ["no-tanh", "never-ends"]


def test_a_factor_is_no_dimension_that_the_question_lacks(assignment: Assignment) -> None:
    folder = assignment.folder
    text = (folder / "assignment.yaml").read_text().replace("n_y: 2, T_x: 2", "n_y: 3, T_x: 2")
    (folder / "assignment.yaml").write_text(text)
    (item,) = found(load_assignment(folder), changed("return h,", "return 3 * h,"))
    assert item.hint["en"] == "Every entry is 3 times what it should be, in every case."


def test_a_call_that_hangs(assignment: Assignment) -> None:
    exam = Exam(assignment, assignment.question("mix"), Seed(secret="s", student="t"))
    best = attempt(Hanging(RIGHT), exam)  # type: ignore[arg-type]
    assert ids(diagnose(exam, best)) == ["never-ends"]


def test_the_same_numbers_by_chance_are_not_named(tmp_path: Path) -> None:
    """A mistake that shares one output with a known one, but no case where that is wrong."""
    assignment = small_assignment(tmp_path, entry("units", "x.shape[1]", "x.shape[0]"))
    diagnosis = found(assignment, changed("return h,", "return h ** 3,"))
    assert ids(diagnosis) == [UNKNOWN]


COUNTING = """
def count(x):
    n = int(np.sum(x > 0))
    word = "some" if n > 1 else "few"
    return n, word
"""
COUNTED = """
questions:
- function: count
  title: Count
  points: 4
  arguments: {x: "signs(T_x)"}
  returns: {n: integer, word: text}
  groups:
  - {name: ordinary, points: 4, vary: [{T_x: 1}, {T_x: 2}, {T_x: 3}, {T_x: 9}]}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x > 0", "x < 0", ["counts-the-others"]),
        ("n > 1", "n > 0", ["one-is-some"]),
        ("return n, word", "return 0, 'none'", [UNKNOWN]),
        ("return n, word", "return n + 3, word", [UNKNOWN]),
    ],
)
def test_words_and_whole_numbers_tell_when_they_change(
    tmp_path: Path, old: str, new: str, expected: list[str]
) -> None:
    mistakes = entry("counts-the-others", "x > 0", "x < 0", "count")
    mistakes += entry("one-is-some", "n > 1", "n > 0", "count")
    mistakes += entry("nothing", "return n, word", "return 0, 'none'", "count")
    assignment = write_assignment(
        tmp_path, reference=COUNTING, questions=COUNTED, misconceptions=mistakes
    )
    assert ids(found(assignment, COUNTING.replace(old, new), "count")) == expected
