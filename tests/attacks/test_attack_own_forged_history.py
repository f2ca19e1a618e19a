"""Own: make up the history of a training that never took place, where no numbers are compared."""

import numpy as np
import pytest

from autograder.cases import Seed, build_cases
from autograder.library import find_assignment

HISTORIES = {
    "learns_although_gradients_explode": list(np.linspace(1.0, 0.1, 80)),
    "diverges": [1.0, *np.linspace(10.0, 1e6, 79)],
}


@pytest.fixture(scope="module", params=HISTORIES)
def judged(request):
    assignment = find_assignment("name-tagger")
    question = assignment.question("train")
    number = [group.judge for group in question.groups].index(request.param)
    cases = build_cases(assignment, question, Seed(secret="s", student="mallory"))
    arguments = next(case.arguments for case in cases if case.group == number)
    with np.errstate(all="ignore"):
        right = assignment.reference_functions["train"](*arguments.values())
    return assignment.judges[request.param], arguments, right, HISTORIES[request.param]


def test_control(judged):
    """By the history alone it looks like the reference's."""
    _, _, (_, history), made_up = judged
    assert (history[-1] < 0.6 * history[0]) == (made_up[-1] < 0.6 * made_up[0])
    assert (np.nanmax(history) > 2 * history[0]) == (max(made_up) > 2 * made_up[0])


@pytest.mark.parametrize("scale", [1.0, 0.0, -1.0, 1e6])
def test_contained(judged, scale):
    judge, arguments, right, history = judged
    made_up = {name: scale * value for name, value in arguments["parameters"].items()}
    assert judge(arguments, (made_up, history)).problems
    assert not judge(arguments, right).problems
