"""Own: make up the history of a training that never took place, where no numbers are compared."""

import numpy as np
import pytest

from autograder.cases import Seed, build_cases
from autograder.library import find_assignment


@pytest.fixture(scope="module")
def judged():
    assignment = find_assignment("name-tagger")
    question = assignment.question("train")
    number, group = next(
        (number, group)
        for number, group in enumerate(question.groups)
        if group.judge == "learns_although_gradients_explode"
    )
    cases = build_cases(assignment, question, Seed(secret="s", student="mallory"))
    arguments = next(case.arguments for case in cases if case.group == number)
    return assignment.judges[group.judge], arguments, assignment.reference_functions["train"]


HISTORY = list(np.linspace(1.0, 0.1, 80))


def test_control(judged):
    """By the history alone it looks like the reference's."""
    _, arguments, train = judged
    _, history = train(*arguments.values())
    assert history[-1] < 0.6 * history[0]
    assert HISTORY[-1] < 0.6 * HISTORY[0]


@pytest.mark.parametrize("scale", [1.0, 0.0, -1.0, 1e6])
def test_contained(judged, scale):
    judge, arguments, train = judged
    made_up = {name: scale * value for name, value in arguments["parameters"].items()}
    assert judge(arguments, (made_up, HISTORY)).problems
    assert not judge(arguments, train(*arguments.values())).problems
