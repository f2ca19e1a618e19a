"""An error costs once, in every question that needs others; and no early answer is a bargain.

An early answer that is trivial - nothing, zeros, its own argument - neither costs the later
questions anything nor makes them easier: what is expected there is what the reference makes of
right early answers, whatever the student's give.
"""

from functools import cache

import numpy as np
import pytest
from local_session import LocalSession
from small_assignment import small_assignment

from autograder import question as question_module
from autograder.attempt import Exam, same_outcomes
from autograder.audit.candidate import Candidate, callers_of, compiled, plain_source
from autograder.audit.trial import Exams
from autograder.cases import Seed
from autograder.library import assignment_folders, find_assignment
from autograder.misconceptions import changed_source, misconceptions_of, source_of
from autograder.question import Graded, grade_question, judge_question

# Early answers: what a function of that name gives for the arguments that it gets. `right` is the
# reference's; the last kind has the right form, so that nothing fails on its way.
TRIVIAL = {
    "not written": "raise NotImplementedError",
    "nothing": "return None",
    "its argument": "return arguments[0]",
    "zeros": "return zeros_like(right(*arguments, **named))",
}
ZEROS = """
def zeros_like(value):
    if isinstance(value, dict):
        return {key: zeros_like(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(zeros_like(item) for item in value)
    return value * 0 if isinstance(value, (int, float, np.ndarray, np.generic)) else value
"""

LATER = [
    (name, question.function)
    for name in assignment_folders()
    for question in find_assignment(name).questions
    if question.needs
]


def kinds_for(function: str) -> list[str]:
    """All kinds of early answers; one for the question whose cases are whole trainings."""
    return ["zeros"] if function == "train" else list(TRIVIAL)


@cache
def exams(name: str) -> Exams:
    return Exams(find_assignment(name))


def trivial(functions: tuple[str, ...], body: str) -> str:
    parts = [ZEROS]
    for function in functions:
        parts.append(f"right_{function} = {function}")
        text = body.replace("right(", f"right_{function}(")
        parts.append(f"def {function}(*arguments, **named):\n    {text}")
    return "\n".join(parts)


@pytest.fixture
def unexplained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks alone: nobody asks what the mistake is."""
    monkeypatch.setattr(question_module, "diagnose", lambda _exam, _studied: ())
    monkeypatch.setattr(question_module, "find_counterexample", lambda *_: None)
    monkeypatch.setattr(question_module, "depends_on_earlier_calls", lambda *_: False)


def grade(name: str, function: str, *sources: str) -> Graded:
    candidate = Candidate(find_assignment(name), *(compiled(source) for source in sources))
    with np.errstate(all="ignore"):
        return grade_question(candidate.as_session(), exams(name).get(function, 0), pristine=True)


@pytest.mark.parametrize(
    ("name", "function", "kind"),
    [(name, function, kind) for name, function in LATER for kind in kinds_for(function)],
)
def test_trivial_early_answers_cost_a_right_later_one_nothing(name, function, kind) -> None:
    assignment = find_assignment(name)
    question = assignment.question(function)
    result = grade(name, function, trivial(question.needs, TRIVIAL[kind])).result
    assert (result.score, result.status) == (question.points, "passed")
    calls = any(function in callers_of(assignment, needed) for needed in question.needs)
    assert result.follow_through is calls


@pytest.mark.parametrize(("name", "function"), LATER)
def test_trivial_early_answers_earn_a_wrong_later_one_nothing(name, function, unexplained) -> None:
    """Its mark is the one that it has after right early answers."""
    assignment = find_assignment(name)
    entry = misconceptions_of(assignment, function)[0]
    wrong = changed_source(source_of(assignment.reference_functions[function]), entry.change)
    after_right = grade(name, function, wrong).result.score
    assert after_right < assignment.question(function).points
    for kind in kinds_for(function):
        early = trivial(assignment.question(function).needs, TRIVIAL[kind])
        assert grade(name, function, early, wrong).result.score <= after_right


@pytest.mark.parametrize(("name", "function"), [each for each in LATER if each[1] != "train"])
def test_what_follows_from_trivial_early_answers_is_wrong(name, function, unexplained) -> None:
    """Hard-coded, so that neither right early answers nor the grader's can mend it."""
    assignment = find_assignment(name)
    question = assignment.question(function)
    if not any(function in callers_of(assignment, needed) for needed in question.needs):
        pytest.skip("the reference calls none of them")
    early = trivial(question.needs, TRIVIAL["zeros"])
    later = plain_source(assignment.reference_functions[function])
    of_its_own = (
        f"scope = dict(globals())\nexec({early!r}, scope)\nexec({later!r}, scope)\n"
        f"{function} = scope[{function!r}]\n"
    )
    assert grade(name, function, of_its_own).result.score <= 0.75 * question.points


def test_functions_that_fit_only_each_other_keep_what_they_earn(tmp_path) -> None:
    """A cache of one's own, and a mistake in the function that reads it."""
    assignment = small_assignment(tmp_path)
    own = """
    def mix(x, w):
        return {"h": np.tanh(np.dot(w, x))}

    def pool(x, w, k=1):
        if k < 0:
            raise ValueError
        return np.sum(mix(x, w)["h"], axis=1, keepdims=True) / x.shape[1] * k
    """
    session = LocalSession(own)
    exam = Exam(assignment, assignment.question("pool"), Seed(secret="s", student="t"))
    result = grade_question(session, exam, pristine=True).result  # type: ignore[arg-type]
    assert (result.score, result.follow_through) == (3.0, False)


COUNTS = """
def mix(x, w):
    return np.tanh(np.dot(w, x))

def pool(x, w, k=1):
    seen.append(x)
    return np.mean(mix(x, w), axis=1, keepdims=True) * k + len(seen) - 1
"""


def test_stand_ins_are_for_callees_that_are_not_sound(tmp_path) -> None:
    assignment = small_assignment(tmp_path)
    wrong = "def mix(x, w):\n    return np.dot(w, x)\ndef pool(x, w, k=1):\n    return mix(x, w)"
    exam = Exam(assignment, assignment.question("pool"), Seed(secret="s", student="t"))
    tried = []
    for sound in ((), ("mix",)):
        session = LocalSession(wrong)
        judged = judge_question(session, exam, pristine=False, sound=sound)  # type: ignore[arg-type]
        tried.append(judged.tries.served is not None)
    assert tried == [True, False]


def test_a_function_whose_calls_depend_on_earlier_ones_is_judged_afresh(tmp_path) -> None:
    """It keeps a count: in a process of its own, the first call of a case is right."""
    assignment = small_assignment(tmp_path)
    exam = Exam(assignment, assignment.question("pool"), Seed(secret="s", student="t"))
    best = []
    for pristine in (True, False):
        session = LocalSession("seen = []\n" + COUNTS)
        judged = judge_question(session, exam, pristine=pristine, sound=("mix",))  # type: ignore[arg-type]
        best.append(judged.tries.best)
        assert not judged.sound
        assert not judged.unsettled
    alone, afresh = best
    assert same_outcomes(alone, afresh)
    assert [any(not v.right for v in case.verdicts) for case in alone.verdicts][:2] == [False, True]
