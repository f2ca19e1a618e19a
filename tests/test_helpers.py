"""An error costs once, too, where a function calls one that it need not call."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_session import write_assignment

from autograder.grade import grade_notebook
from autograder.runner.worker import Worker
from autograder.score import Result
from autograder.spec import Assignment

QUESTIONS = """
dims: {n_x: [2, 4]}
questions:
- function: spread
  title: Spread
  points: 2
  arguments: {x: "normal(n_x)"}
  returns: {y: scalar}
  groups: [{name: values, points: 2, cases: 3}]
- function: scaled
  title: Scaled
  points: 2
  arguments: {x: "normal(n_x)"}
  returns: {y: [n_x]}
  groups: [{name: values, points: 2, cases: 3}]
"""
REFERENCE = """
def spread(x):
    return np.max(x) - np.min(x)


def scaled(x):
    return x / (np.max(x) - np.min(x))
"""
RIGHT = "def spread(x):\n    return np.max(x) - np.min(x)"
WRONG = "def spread(x):\n    return np.max(x)"
CALLS = "def scaled(x):\n    return x / spread(x)"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    return write_assignment(tmp_path / "spreading", reference=REFERENCE, questions=QUESTIONS)


def graded(worker: Worker, assignment: Assignment, *sources: str) -> Result:
    cells = [
        {"cell_type": "code", "source": f"import numpy as np\n{text}", "metadata": {}}
        for text in sources
    ]
    text = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}})
    return grade_notebook(assignment, text.encode(), worker=worker, student="s", secret="s")


def scores(result: Result) -> list[float]:
    return [question.score for question in result.questions]


def test_a_wrong_function_that_a_later_one_calls_costs_once(
    worker: Worker, assignment: Assignment
) -> None:
    assert scores(graded(worker, assignment, RIGHT, CALLS)) == [2, 2]
    result = graded(worker, assignment, WRONG, CALLS)
    assert scores(result) == [0, 2]
    assert result.questions[1].replaced == ("spread",)


def test_through_a_helper_in_another_cell(worker: Worker, assignment: Assignment) -> None:
    helper = "def divide(x):\n    return x / spread(x)"
    result = graded(worker, assignment, WRONG, "def scaled(x): return divide(x)", helper)
    assert scores(result) == [0, 2]


def test_who_calls_nobody_is_helped_by_nobody(worker: Worker, assignment: Assignment) -> None:
    for scaled in ("def scaled(x):\n    return x", "def scaled(x):\n    # spread?\n    return x"):
        result = graded(worker, assignment, WRONG, scaled)
        assert scores(result) == [0, 0]
        assert result.questions[1].replaced == ()
        assert not result.questions[1].follow_through


def test_functions_that_only_call_each_other_earn_once_at_most(
    worker: Worker, assignment: Assignment
) -> None:
    first = "def spread(x):\n    return x[0] / scaled(x)[0]"
    assert scores(graded(worker, assignment, first, CALLS)) == [0, 2]
