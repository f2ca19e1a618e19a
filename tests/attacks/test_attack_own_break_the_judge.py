"""Own: return what makes the grader itself fail, so that no mark can be given.

The judges of an assignment are the instructor's Python and look at what a student's function gave.
"""

import random

import pytest
from hostile import disturbed, value
from test_fuzz_values import sent

from autograder.attempt import Exam, judge_case
from autograder.cases import Seed
from autograder.errors import RunnerError
from autograder.expected import Answer, answer
from autograder.library import assignment_folders, find_assignment
from autograder.runner.outcome import Outcome

ROUNDS = 60


def judged():
    """Every question of which some cases are judged by the assignment's own functions."""
    for name in sorted(assignment_folders()):
        assignment = find_assignment(name)
        for question in assignment.questions:
            if any(group.judge for group in question.groups):
                yield pytest.param(assignment, question, id=f"{name}-{question.function}")


def judged_case(assignment, question):
    exam = Exam(assignment, question, Seed(secret="s", student="mallory"))
    return exam, next(case for case in exam.cases if exam.group(case).judge)


@pytest.mark.parametrize(("assignment", "question"), list(judged()))
def test_control(assignment, question):
    """A judge that trusts what it gets fails at such a value."""
    exam, case = judged_case(assignment, question)
    name = exam.group(case).judge
    trusting = {**assignment.judges, name: lambda arguments, found: found["W"].shape}
    object.__setattr__(exam, "assignment", _With(assignment, trusting))
    with pytest.raises(RunnerError, match="failed"):
        judge_case(exam, case, Answer(), Outcome(status="value", value=[0]))


class _With:
    """An assignment with other judges."""

    def __init__(self, assignment, judges):
        self.name, self.judges = assignment.name, judges


@pytest.mark.parametrize(("assignment", "question"), list(judged()))
def test_contained(assignment, question):
    chance = random.Random(3)
    exam, case = judged_case(assignment, question)
    right = answer(assignment.reference_functions[question.function], case).value
    assert judge_case(exam, case, Answer(), Outcome(status="value", value=right)).problem == ""
    for number in range(ROUNDS):
        found = sent(value(chance) if number % 2 else disturbed(right, chance))
        verdict = judge_case(exam, case, Answer(), Outcome(status="value", value=found))
        assert verdict.problem == "" or verdict.problem.endswith((".", "?")), verdict.problem
