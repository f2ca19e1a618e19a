import pytest
from exam_room import exam_room
from local_session import LocalSession

from autograder.compare import Verdict
from autograder.question import grade_question
from autograder.score import CaseVerdict, score_checks, total
from autograder.spec import Check, Group, Kind, Limits, Output, Question


def group(name, points, check=Check.VALUES, **more):
    return Group(name=name, points=points, check=check, dims={}, given={}, arguments={}, **more)


QUESTION = Question(
    function="f",
    title="F",
    points=10,
    needs=(),
    dims={},
    given={},
    arguments={},
    returns=(Output(name="a", kind=Kind.ARRAY), Output(name="b", kind=Kind.ARRAY)),
    tolerance=1e-7,
    limits=Limits(),
    groups=(
        group("ordinary", 6),
        group("edges", 2),
        group("refuses", 1, Check.RAISES, raises="ValueError"),
        group("alone", 0.5, Check.PURITY),
        group("manners", 0.5, Check.MANNERS),
    ),
)


def case(number, a=True, b=True, **more):
    verdicts = (
        Verdict(output="a", right=a, problem="" if a else "wrong"),
        Verdict(output="b", right=b, problem="" if b else "off"),
    )
    return CaseVerdict(group=number, token=f"t{number}", verdicts=verdicts, **more)


def scores(*cases):
    return [check.score for check in score_checks(QUESTION, cases)]


def test_all_right():
    checks = score_checks(QUESTION, [case(0), case(0), case(1), case(2)])
    assert [check.status for check in checks] == ["passed"] * 5
    assert total(checks) == 10


def test_a_group_is_worth_the_share_of_outputs_right_in_all_its_cases():
    assert scores(case(0, b=False), case(0), case(1), case(2))[0] == 3
    assert scores(case(0, b=False), case(0, a=False), case(1), case(2))[0] == 0
    assert scores(case(0, b=False), case(0, b=False), case(1), case(2))[:2] == [3, 2]


def test_failed_check_says_what_and_which():
    check = score_checks(QUESTION, [case(0), case(0, b=False), case(1), case(2)])[0]
    assert check.message == "b: off"
    assert check.outputs == ("b",)
    assert check.token == "t0"


def test_nothing_right_earns_nothing_for_manners_or_for_failing():
    wrong = {"a": False, "b": False}
    checks = score_checks(QUESTION, [case(0, **wrong), case(1, **wrong), case(2)])
    assert total(checks) == 0
    assert [check.status for check in checks[2:]] == ["skipped"] * 3


def test_changed_argument_costs_its_own_points_only():
    checks = score_checks(QUESTION, [case(0, changed=("x",)), case(1), case(2)])
    assert total(checks) == 9.5
    assert "changed its argument x" in checks[3].message


def test_bad_manners_cost_their_own_points_only():
    impolite = CaseVerdict(
        group=0,
        token="t",
        verdicts=(
            Verdict(output="a", right=True, manners="dtype float32, expected float64."),
            Verdict(output="b", right=True),
        ),
    )
    checks = score_checks(QUESTION, [impolite, case(1), case(2)])
    assert total(checks) == 9.5
    assert checks[4].message == "a: dtype float32, expected float64."


def test_problem_of_the_call_comes_before_its_outputs():
    checks = score_checks(
        QUESTION, [case(0, a=False, b=False, problem="It raised."), case(1), case(2)]
    )
    assert checks[0].message == "It raised."


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_every_wrong_case_costs_something(wrong):
    cases = [case(i, a=i != wrong) for i in range(3)]
    assert total(score_checks(QUESTION, cases)) < 10


@pytest.mark.parametrize(
    ("source", "right"),
    [
        ("def rnn_cell_backward(da_next, cache): return {**own(da_next, cache), 'dba': 1.0}",
         ("dxt", "da_prev", "dWax", "dWaa")),
        ("def rnn_cell_backward(da_next, cache): return own(da_next, cache)", ()),
        ("def rnn_cell_backward(da_next, cache): return None", ()),
    ],
)  # fmt: skip
def test_outputs_that_are_right_although_others_are_not(source, right):
    room = exam_room("bptt")
    session = LocalSession(room.solutions, "own = rnn_cell_backward", source)
    graded = grade_question(session, room.exam("rnn_cell_backward", 0), pristine=True)
    assert graded.result.right_outputs == right
