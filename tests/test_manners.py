"""Right values with bad manners, in every question of the course: a small part of the mark."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from autograder.attempt import attempt
from autograder.audit.candidate import Candidate, compiled, plain_source
from autograder.audit.mutation.spoilers import spoiled
from autograder.audit.trial import Exams
from autograder.library import assignment_folders, find_assignment
from autograder.spec import Check, Kind, Question

QUESTIONS = [
    pytest.param(name, question.function, id=question.function)
    for name in assignment_folders()
    for question in find_assignment(name).questions
]
CHECKS = {
    "argument changed": Check.PURITY,
    "dtype": Check.MANNERS,
    "axis lost": Check.MANNERS,
    "axis added": Check.MANNERS,
}


def points_of(question: Question, check: Check) -> float:
    return sum(group.points for group in question.groups if group.check is check)


@pytest.mark.parametrize(("name", "function"), QUESTIONS)
def test_manners_are_points_of_their_own_and_few(name: str, function: str) -> None:
    question = find_assignment(name).question(function)
    arguments = Exams(find_assignment(name)).get(function, 0).cases[0].arguments
    changeable = any(isinstance(value, np.ndarray | dict | list) for value in arguments.values())
    assert (points_of(question, Check.PURITY) > 0) is changeable
    has_form = any(output.kind not in (Kind.TEXT, Kind.LABELS) for output in question.returns)
    assert (points_of(question, Check.MANNERS) > 0) is has_form
    small = points_of(question, Check.PURITY) + points_of(question, Check.MANNERS)
    assert small <= 0.25 * question.points


@pytest.mark.parametrize("check", [Check.PURITY, Check.MANNERS], ids=["purity", "form"])
@pytest.mark.parametrize(("name", "function"), QUESTIONS)
def test_bad_manners_cost_their_points_and_no_others(name, function, check: Check) -> None:
    """Some change does so; others also spoil values, such as those of a cache."""
    assignment = find_assignment(name)
    question = assignment.question(function)
    if not (points := points_of(question, check)):
        pytest.skip("nothing to change" if check is Check.PURITY else "a text or labels")
    exam = Exams(assignment).get(function, 0)
    tree = ast.parse(plain_source(assignment.reference_functions[function]))
    without_judges = replace(question, groups=tuple(g for g in question.groups if not g.judge))
    costs = set()
    for kind, changed in spoiled(tree, without_judges, exam.cases[0].arguments):
        if CHECKS[kind] is not check:
            continue
        source = ast.unparse(ast.fix_missing_locations(changed))
        with np.errstate(all="ignore"):
            tried = attempt(Candidate(assignment, compiled(source)).as_session(), exam)
        costs.add(round(question.points - tried.score, 2))
        if points in costs:
            break
    assert points in costs
