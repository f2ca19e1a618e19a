"""A wrong name is worse than none: mistakes that the catalogue does not have are not misnamed."""

import pytest
from unlisted.judged import ASSIGNMENTS, FOLDER, Judged, in_catalogue, judge, unlisted

from autograder.attempt import Exam
from autograder.audit.candidate import Candidate
from autograder.cases import Seed
from autograder.question import grade_question
from autograder.strict_yaml import load_yaml

MISTAKES = list(unlisted())
LEAST_NAMED = 85  # of these mistakes; the catalogue turned out to have most of them
A_FUNCTION = 2  # known mistakes of each function that are taken out of the catalogue
MISNAMED = {"dtanh-a-prev"}  # two others give the same, as one undoes a part of the other


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [judge(mistake) for mistake in MISTAKES]


def test_there_are_mistakes_of_every_function() -> None:
    functions = {(m.assignment.name, m.function) for m in MISTAKES}
    asked = {(m.assignment.name, q.function) for m in MISTAKES for q in m.assignment.questions}
    assert functions == asked
    assert len({mistake.label for mistake in MISTAKES}) == len(MISTAKES) >= 140


def test_every_mistake_costs_points(judged: list[Judged]) -> None:
    assert [item.mistake.label for item in judged if not item.caught] == []


def test_no_mistake_is_given_a_name_that_is_not_its_own(judged: list[Judged]) -> None:
    """A name that is new here has to be judged by hand, and added to `names` where it is true."""
    assert {item.mistake.label: item.wrong for item in judged if item.wrong} == {}


def test_most_are_named_and_all_others_get_a_word(judged: list[Judged]) -> None:
    assert sum(item.named for item in judged) >= LEAST_NAMED
    assert [item.mistake.label for item in judged if not item.said] == []


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_a_known_mistake_without_its_entry_is_not_misnamed(name: str) -> None:
    seen: dict[str, int] = {}
    wrong = {}
    for mistake, same in in_catalogue(name):
        seen[mistake.function] = seen.get(mistake.function, 0) + 1
        if seen[mistake.function] > A_FUNCTION:
            continue
        if found := judge(mistake, without=same).wrong:
            wrong[mistake.label] = found
    assert wrong.keys() <= MISNAMED, wrong


def test_judgements_are_of_names_that_exist() -> None:
    known = {mistake.label for name in ASSIGNMENTS for mistake, _ in in_catalogue(name)}
    accepted = load_yaml(FOLDER / "leave_one_out.yaml")
    judged = {name for mistake in MISTAKES for name in mistake.names}
    named = {*accepted, *(name for names in accepted.values() for name in names), *judged}
    assert {name for name in named - known if not name.startswith("pattern-")} == set()


@pytest.mark.parametrize(
    ("callee", "caller"),
    [
        ("tanh-gradient-twice-a", "cell-backward-tanh-slope-twice"),
        ("cell-backward-bias-summed-over-everything", "backward-average-of-the-two-streams"),
        ("cell-head-squashes-again", "forward-reads-sequence-backwards"),
        ("forward-last-prediction-everywhere", "classify-longest-length-for-all"),
        ("jacobian-one-minus-a", "product-power-of-newest-step"),
    ],
)
def test_a_wrong_callee_does_not_hide_the_mistake_of_the_caller(callee: str, caller: str) -> None:
    mistakes = {mistake.label: mistake for mistake in MISTAKES}
    inner, outer = mistakes[callee], mistakes[caller]
    notebook = Candidate(outer.assignment, inner.code, outer.code).as_session()
    for mistake in (inner, outer):
        question = outer.assignment.question(mistake.function)
        exam = Exam(outer.assignment, question, Seed(secret="s", student="student"))
        result = grade_question(notebook, exam, pristine=True).result
        assert {item.id for item in result.diagnosis} <= set(mistake.names), mistake.label
        assert result.diagnosis, mistake.label
