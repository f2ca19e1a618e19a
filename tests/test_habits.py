"""What a caller would stumble over: results that change afterwards, matrices, warnings."""

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from local_session import write_assignment

from autograder.attempt import Exam
from autograder.cases import Seed
from autograder.question import grade_question
from autograder.runner.worker import Worker
from autograder.score import QuestionResult
from autograder.spec import Assignment

X = np.arange(6.0).reshape(2, 3)
ONE = {"x": X}


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker() as worker:
        yield worker


def habits(worker: Worker, source: str, *cases: dict[str, object]) -> list[tuple[str, ...]]:
    with worker.session() as session:
        (cell,) = session.run_cells([dedent(source)], seconds=5)
        assert cell.status == "ok", cell
        return [outcome.habits for outcome in session.call_all("f", cases, seconds=5)]


@pytest.mark.parametrize(
    "source",
    [
        "out = np.empty((2, 3))\ndef f(x): return np.multiply(x, 2, out=out)",
        "out = np.empty((9, 9))\ndef f(x):\n    out[:2, :3] = 2 * x\n    return out[:2, :3]",
        "out = {}\ndef f(x):\n    out['y'] = 2 * x\n    return out",
        "out = np.empty((2, 3))\ndef f(x): return 1, {'y': np.multiply(x, 2, out=out)}",
        "out = []\ndef f(x):\n    out.append(2 * x)\n    return out",
    ],
)
def test_what_an_earlier_call_returned_is_rewritten(worker: Worker, source: str) -> None:
    source = f"import numpy as np\n{source}"
    assert habits(worker, source, ONE, {"x": X + 1}) == [(), ("rewritten",)]


@pytest.mark.parametrize(
    "source",
    [
        "def f(x): return 2 * x",
        "same = np.zeros(3)\ndef f(x): return same, {'x': same, 'y': x + 1}",
        "out = np.empty((2, 3))\ndef f(x): return np.multiply(x, 2, out=out).copy()",
        "kept = []\ndef f(x):\n    kept.append(x)\n    return len(kept)",
    ],
)
def test_who_makes_new_results_or_leaves_them_alone(worker: Worker, source: str) -> None:
    assert habits(worker, f"import numpy as np\n{source}", ONE, {"x": X + 1}) == [(), ()]


def test_arguments_and_matrices(worker: Worker) -> None:
    source = """
        import numpy as np
        def f(x, how):
            return {
                "itself": x,
                "in a dict": {"a": x},
                "with its array": dict(x),
                "with a new array": {"a": x["a"] * 1},
                "matrix": (1, {"a": np.asmatrix(x["a"] * 1)}),
            }[how]
    """
    expected = {
        "itself": ("argument",),
        "in a dict": ("argument",),
        "with its array": ("argument",),
        "with a new array": (),
        "matrix": ("matrix",),
    }
    cases = [{"x": {"a": X}, "how": how} for how in expected]
    assert habits(worker, source, *cases) == list(expected.values())


QUESTIONS = """
questions:
- function: keep
  title: Keep
  points: 3
  fresh: true
  arguments: {x: "normal(n_x, m)"}
  returns: {y: [n_x, m]}
  groups:
  - {name: ordinary, points: 1.5, cases: 3}
  - {name: arguments left alone, points: 0.5, check: purity}
  - {name: form, points: 0.5, check: manners}
  - {name: no warning, points: 0.5, check: quiet}
"""
REFERENCE = """
def keep(x):
    return np.maximum(x, 0)
"""


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("habits") / "keeping"
    questions = "dims: {n_x: [2, 4], m: [2, 4]}\n" + dedent(QUESTIONS)
    return write_assignment(folder, reference=REFERENCE, questions=questions)


def graded(worker: Worker, assignment: Assignment, source: str) -> QuestionResult:
    exam = Exam(assignment, assignment.question("keep"), Seed(secret="s", student="t"))
    with worker.session() as session:
        session.run_cells([f"import numpy as np\n{source}\n"], seconds=5)
        return grade_question(session, exam, pristine=True).result


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "def keep(x):\n    return x if (x >= 0).all() else np.where(x > 0, x, 0)",
            ("", "", ""),
        ),
        (
            "all_of = []\ndef keep(x):\n    all_of.append(np.where(x > 0, x, 0))\n"
            "    return all_of[0] if all_of[0] is all_of[-1] else all_of[-1]",
            ("", "", ""),
        ),
        (
            "out = np.empty((9, 9))\ndef keep(x):\n    y = out[:len(x), :x.shape[1]]\n"
            "    y[...] = np.where(x > 0, x, 0)\n    return y",
            ("arguments left alone", "result-not-new", "changed what the one before had returned"),
        ),
        (
            "def keep(x):\n    return np.asmatrix(np.where(x > 0, x, 0))",
            ("form", "bad-manners", "np.matrix, expected np.ndarray"),
        ),
        (
            "def keep(x):\n    return np.where(np.log(x) > -np.inf, x, 0)",
            ("no warning", "warns", "numpy warned"),
        ),
    ],
    ids=["argument where nothing changes", "kept", "rewritten", "matrix", "warns"],
)
def test_each_costs_its_own_group_and_is_named(
    worker: Worker, assignment: Assignment, source: str, said: tuple[str, str, str]
) -> None:
    lost, name, sentence = said
    result = graded(worker, assignment, source)
    failed = [check.name for check in result.checks if check.score < check.max_score]
    assert failed == ([lost] if lost else [])
    assert [found.id for found in result.diagnosis] == ([name] if name else [])
    assert sentence in result.message


def test_an_argument_is_nothing_new(worker: Worker, tmp_path: Path) -> None:
    reference = "def keep(x):\n    return np.minimum(x, 5)"
    questions = dedent(QUESTIONS).replace("normal(n_x, m)", "uniform(n_x, m)")
    results = []
    questions = "dims: {n_x: [2, 4], m: [2, 4]}\n" + questions
    for number, text in enumerate((questions, questions.replace("  fresh: true\n", ""))):
        folder = tmp_path / str(number) / "keeping"
        assignment = write_assignment(folder, reference=reference, questions=text)
        results.append(graded(worker, assignment, "def keep(x):\n    return x"))
    asked, not_asked = results
    assert (asked.score, not_asked.score) == (2.5, 3)
    assert "An argument itself came back" in asked.message
    assert [found.id for found in asked.diagnosis] == ["result-not-new"]
