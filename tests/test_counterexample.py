"""The smallest failing case, and what a question's result says of it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from local_session import LocalSession
from small_assignment import small_assignment
from unlisted.judged import unlisted

from autograder.aligned import aligned_outputs
from autograder.attempt import Exam, attempt
from autograder.audit.candidate import Candidate
from autograder.cases import Seed
from autograder.counterexample import MAX_CALLS, find_counterexample
from autograder.question import Graded, grade_question
from autograder.runner.outcome import Outcome
from autograder.score import Counterexample
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


def exam_of(assignment: Assignment, function: str = "mix") -> Exam:
    return Exam(assignment, assignment.question(function), Seed(secret="s", student="t"))


def found(
    assignment: Assignment, code: str, function: str = "mix"
) -> tuple[Counterexample, str] | None:
    exam, session = exam_of(assignment, function), LocalSession(code)
    return find_counterexample(session, exam, attempt(session, exam))  # type: ignore[arg-type]


def graded(assignment: Assignment, code: str, function: str = "mix") -> Graded:
    exam, session = exam_of(assignment, function), LocalSession(code)
    return grade_question(session, exam, pristine=True)  # type: ignore[arg-type]


def test_the_code_shows_what_is_said(assignment: Assignment) -> None:
    code = RIGHT.replace("np.tanh(w @ x)", "w @ x")
    example, sentence = found(assignment, code) or pytest.fail("nothing found")
    scope: dict[str, Any] = {}
    exec(code.replace("np.", "__import__('numpy')."), scope)
    lines = example.code.splitlines()
    exec("\n".join([*lines[:-1], f"result = {lines[-1]}"]), scope)
    assert scope["x"].shape == scope["w"].shape == (1, 1)
    right = float(np.tanh(scope["w"] @ scope["x"])[0, 0])
    assert f"expected {right:.6g}, got {float(scope['result'][0][0, 0]):.6g}" in sentence
    assert "«" in example.expected
    assert "«" in example.actual


def test_it_grows_until_the_mistake_shows(assignment: Assignment) -> None:
    example, _ = found(assignment, RIGHT.replace("h.mean(", "h.sum(")) or pytest.fail("nothing")
    scope: dict[str, Any] = {}
    exec("\n".join(example.code.splitlines()[:-1]), scope)
    assert scope["x"].shape[1] == 2
    assert example.expected.startswith("total:")


def test_an_exception(assignment: Assignment) -> None:
    code = RIGHT.replace("w @ x", "w @ x.T")
    example, sentence = found(assignment, code) or pytest.fail("nothing found")
    assert "It raised ValueError in the line `h = np.tanh(w @ x.T)`" in sentence
    assert example.actual == sentence
    assert "h" in example.expected


def test_an_error_that_should_be_raised(assignment: Assignment) -> None:
    code = RIGHT.replace("k < 1", "k < -1")
    example, sentence = found(assignment, code, "pool") or pytest.fail("nothing found")
    assert example.code.splitlines()[-1] == "pool(x, w, k)"
    assert "k = 0" in example.code
    assert example.expected == "ValueError is raised"
    assert "ValueError" in sentence


def test_a_changed_argument_and_bad_manners(assignment: Assignment) -> None:
    code = RIGHT.replace("    return h,", "    w *= 2\n    return h,")
    example, _ = found(assignment, code) or pytest.fail("nothing found")
    assert example.actual == "w changed"
    code = RIGHT.replace("return h,", "return h.astype('float32'),")
    example, sentence = found(assignment, code) or pytest.fail("nothing found")
    assert "float32" in sentence


def test_nothing_to_show(assignment: Assignment) -> None:
    assert found(assignment, RIGHT) is None
    assert found(assignment, "def mix(x, w):\n    raise NotImplementedError") is None
    only_large = RIGHT.replace("w @ x", "w @ x + (w.size * x.size > 60)")
    session, exam = LocalSession(only_large), exam_of(assignment)
    best = attempt(session, exam)  # type: ignore[arg-type]
    session.calls = 0
    assert find_counterexample(session, exam, best) is None  # type: ignore[arg-type]
    assert 0 < session.calls <= MAX_CALLS


class Hanging(LocalSession):
    """Every call hangs."""

    def call(self, name: str, arguments: Mapping[str, object], **_: object) -> Outcome:
        self.calls += 1
        return Outcome(status="timeout", cpu_s=2.0)


def test_a_call_that_hangs_is_shown_and_not_made_again(assignment: Assignment) -> None:
    session, exam = Hanging(RIGHT), exam_of(assignment)
    best = attempt(session, exam)  # type: ignore[arg-type]
    session.calls = 0
    _, sentence = find_counterexample(session, exam, best) or pytest.fail("nothing found")  # type: ignore[arg-type]
    assert session.calls == 1
    assert "did not end" in sentence


def test_a_question_tells_what_is_wrong(assignment: Assignment) -> None:
    result = graded(assignment, RIGHT.replace("np.tanh(w @ x)", "w @ x")).result
    assert [item.id for item in result.diagnosis] == ["no-tanh"]
    assert result.counterexample is not None
    assert result.message.startswith("h: ")
    assert "got" in result.message


def test_a_right_question_tells_nothing(assignment: Assignment) -> None:
    result = graded(assignment, RIGHT).result
    assert (result.status, result.diagnosis, result.counterexample) == ("passed", (), None)


def test_no_counterexample_where_the_course_wants_none(assignment: Assignment) -> None:
    quiet = replace(assignment, counterexample="never")
    result = graded(quiet, RIGHT.replace("np.tanh(w @ x)", "w @ x")).result
    assert result.counterexample is None
    assert "got" not in result.message
    assert result.diagnosis


def test_a_wrong_callee_costs_once_and_is_not_diagnosed_twice(assignment: Assignment) -> None:
    result = graded(assignment, RIGHT.replace("np.tanh(w @ x)", "w @ x"), "pool").result
    assert (result.status, result.score, result.replaced) == ("passed", 4.0, ("mix",))
    assert result.diagnosis == ()


def test_a_callee_still_to_be_written_costs_once(assignment: Assignment) -> None:
    stub = "def mix(x, w):\n    raise NotImplementedError\n"
    result = graded(assignment, RIGHT + stub, "pool").result
    assert (result.status, result.replaced) == ("passed", ("mix",))
    both = RIGHT + stub + stub.replace("mix(x, w)", "pool(x, w, k=1)")
    assert graded(assignment, both, "pool").result.status == "not_attempted"


def test_both_wrong(assignment: Assignment) -> None:
    """Marks are the same with and without the callee; only the own mistake is named."""
    code = RIGHT.replace("np.tanh(w @ x)", "w @ x").replace("[1] * k", "[1]")
    result = graded(assignment, code, "pool").result
    assert [item.id for item in result.diagnosis] == ["k-ignored"]


def test_a_function_that_remembers_earlier_calls(assignment: Assignment) -> None:
    code = RIGHT.replace("h = np", "seen.append(1)\n    h = len(seen) + np") + "seen = [-1]\n"
    code = code.replace("len(seen) +", "max(len(seen) - 2, 0) +")
    result = graded(assignment, code).result
    assert [item.id for item in result.diagnosis] == ["stale-state"]


@np.errstate(all="ignore")
@pytest.mark.parametrize("name", ["rnn-cell", "losses", "bptt", "gradient-flow", "name-tagger"])
def test_pasted_below_the_wrong_function_the_code_gives_what_is_said(name: str) -> None:
    """In the student's notebook, whatever else it defines; the reference gives the other text."""
    shown = 0
    for mistake in unlisted(name):
        question = mistake.assignment.question(mistake.function)
        exam = Exam(mistake.assignment, question, Seed(secret="s", student="t"))
        notebook = Candidate(mistake.assignment, mistake.code)
        tried = attempt(notebook.as_session(), exam)
        found = find_counterexample(notebook.as_session(), exam, tried)
        assert found, mistake.label
        case = found[0]
        *lines, call = case.code.splitlines()
        outcomes = []
        for scope in (Candidate(mistake.assignment).scope, notebook.scope):
            exec("\n".join(lines), scope)
            if not outcomes and case.expected == "ValueError is raised":
                with pytest.raises(ValueError, match="must be"):
                    eval(call, scope)
                outcomes.append(ValueError)
                continue
            with suppress(IndexError):  # what one of the mistakes leads to
                outcomes.append(eval(call, scope))
        if len(outcomes) == 1:
            assert "It raised IndexError" in case.actual, mistake.label
            continue
        if outcomes[0] is ValueError:
            assert case.actual == "It should raise ValueError here.", mistake.label
            continue
        expected, actual = aligned_outputs(question.returns, *outcomes, question.tolerance)
        assert (expected, actual) == (case.expected, case.actual), mistake.label
        assert "«" in actual
        shown += 1
    assert shown > 10
