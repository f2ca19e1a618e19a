"""The assignment `losses`: right answers in any style get full marks, wrong ones lose them."""

import json
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pytest
from local_session import LocalSession

from autograder.attempt import Attempt, Exam, attempt
from autograder.cases import Case, Seed, build_cases, build_ladder
from autograder.class_run import Grader, Setup
from autograder.diagnose import diagnose
from autograder.library import find_assignment
from autograder.misconceptions import changed_source, misconceptions_of, source_of
from autograder.samples import load_samples, write_samples
from autograder.solution import solution_source
from autograder.source_notebook import build_source
from autograder.spec import Question
from autograder.submissions import Submitted
from autograder.visible import visible_cases, write_visible_cases

ASSIGNMENT = find_assignment("losses")
FUNCTIONS = [question.function for question in ASSIGNMENT.questions]
SEEDS = 30


@cache
def exam(function: str, seed: int) -> Exam:
    question = ASSIGNMENT.question(function)
    return Exam(ASSIGNMENT, question, Seed(secret="losses", student=str(seed)))


def sit(function: str, source: str, seed: int) -> Attempt:
    return attempt(LocalSession(source), exam(function, seed))  # type: ignore[arg-type]


def lost_in(taken: Attempt) -> set[str]:
    return {check.name for check in taken.checks if check.status != "passed"}


def problems(taken: Attempt) -> list[str]:
    return [f"{check.name}: {check.message}" for check in taken.checks if check.status != "passed"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_reference_gets_full_marks_and_the_stub_none(function: str) -> None:
    reference = ASSIGNMENT.reference_functions
    right = solution_source(reference[function], known=reference)
    stub = f"def {function}(*arguments):\n    raise NotImplementedError"
    for seed in range(8):
        taken = sit(function, right, seed)
        assert taken.passed, problems(taken)
        untouched = sit(function, stub, seed)
        assert untouched.score == 0
        assert untouched.not_attempted


HEADS = {
    "hinge_loss": "scores, y", "hinge_gradient": "scores, y",
    "huber_loss": "y_pred, y, delta=1.0", "huber_gradient": "y_pred, y, delta=1.0",
    "sequence_loss": "step_loss, y_pred, y, mask=None",
}  # fmt: skip


def defined(function: str, body: str) -> str:
    lines = body.strip("\n").splitlines()
    inset = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    text = "\n".join(f"    {line[inset:]}" for line in lines)
    return f"def {function}({HEADS.get(function, 'y_pred, y')}):\n{text}\n"


STYLES = sorted((ASSIGNMENT.folder / "correct").glob("*.py"))


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
def test_right_in_another_style(style: Path, function: str) -> None:
    source = style.read_text("utf-8")
    assert f"def {function}(" in source
    for seed in range(SEEDS):
        taken = sit(function, source, seed)
        assert taken.passed, (seed, problems(taken))


def test_there_are_many_styles() -> None:
    assert len(STYLES) >= 8


# One typical mistake, and all groups that must notice it.
PURITY = "arguments left alone"
WRONG = [
    ("mse_loss", "return np.sum((y_pred - y) ** 2)", {"ordinary errors", "edges"}),
    ("mse_loss", "return np.mean((y_pred - y) ** 2)", {"ordinary errors", "edges"}),
    ("mse_loss", "y_pred -= y; return np.sum(y_pred ** 2) / y.shape[1]", {PURITY}),
    (
        "mse_loss",
        "return np.sum((y_pred - y) ** 2, keepdims=True) / y.shape[1]",
        {"a plain number"},
    ),
    ("mse_gradient", "return 2 * (y_pred - y)", {"ordinary errors", "edges"}),
    (
        "mse_gradient",
        "return (2 * (y_pred - y) / y.shape[1]).astype('float32')",
        {"shapes and dtype"},
    ),
    (
        "cross_entropy_loss",
        "return -np.sum(y * np.log(y_pred)) / y.shape[1]",
        {"a right class that was ruled out"},
    ),
    (
        "cross_entropy_loss",
        "p = np.where(y_pred == 0, 1e-12, y_pred); return -np.sum(y * np.log(p)) / y.shape[1]",
        {"a right class that was ruled out"},
    ),
    (
        "cross_entropy_loss",
        "np.clip(y_pred, 1e-12, 1, out=y_pred); return -np.sum(y * np.log(y_pred)) / y.shape[1]",
        {PURITY},
    ),
    (
        "cross_entropy_gradient",
        "return -y / y_pred / y.shape[1]",
        {"a right class that was ruled out"},
    ),
    (
        "log_loss",
        "return -np.sum(y * np.log(y_pred + 1e-12)) / y.shape[1]",
        {"ordinary probabilities", "edges", "sure and wrong, sure and right"},
    ),
    (
        "log_loss_gradient",
        "return ((1 - y) / (1 - y_pred) - y / y_pred) / y.shape[1]",
        {"sure and wrong"},
    ),
    (
        "hinge_loss",
        "return np.sum(np.maximum(0, -y * scores)) / y.shape[1]",
        {"ordinary scores", "edges", "nothing to pay, and all to pay"},
    ),
    (
        "hinge_gradient",
        "return -y / y.shape[1]",
        {"ordinary scores", "nothing to pay, and all to pay"},
    ),
    (
        "huber_loss",
        """
        r = np.abs(y_pred - y)
        return np.sum(np.where(r <= 1, r**2 / 2, r - 0.5)) / y.shape[1]
        """,
        {"small and large errors"},
    ),
    (
        "huber_loss",
        """
        r = np.abs(y_pred - y)
        return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta))) / y.shape[1]
        """,
        {"small and large errors", "the usual delta", "at the tie"},
    ),
    (
        "huber_gradient",
        "r = y_pred - y; return r * (np.abs(r) < delta) / y.shape[1]",
        {"small and large errors", "the usual delta", "at the tie"},
    ),
    (
        "sequence_loss",
        """
        steps = np.array([step_loss(y_pred[:, :, t], y[:, :, t]) for t in range(y.shape[2])])
        return steps.sum(), steps
        """,
        {
            "with padding", "squared error", "cross-entropy", "another loss",
            "padding that is not a number", "a step that nobody has", "gaps in the middle",
        },
    ),
    (
        "sequence_loss",
        """
        mask = np.ones(y.shape[1:]) if mask is None else mask
        steps = np.array([
            step_loss(y_pred[:, :, t] * mask[:, t], y[:, :, t] * mask[:, t])
            for t in range(y.shape[2])
        ])
        return steps.sum(), steps
        """,
        {
            "with padding", "another loss", "padding that is not a number",
            "a step that nobody has", "gaps in the middle",
        },
    ),
    (
        "sequence_loss",
        """
        mask = np.ones(y.shape[1:]) if mask is None else mask
        steps = np.zeros(y.shape[2])
        for t in range(y.shape[2]):
            now = mask[:, t] > 0
            if now.any():
                steps[t] = step_loss(y_pred[:, now, t], y[:, now, t])
        return steps.sum(), steps
        """,
        {
            "with padding", "squared error", "cross-entropy", "another loss",
            "padding that is not a number", "a step that nobody has", "gaps in the middle",
        },
    ),
    (
        "sequence_loss",
        """
        mask = np.ones(y.shape[1:]) if mask is None else mask
        steps = np.array([
            step_loss(y_pred[:, mask[:, t] > 0, t], y[:, mask[:, t] > 0, t])
            * mask[:, t].mean() for t in range(y.shape[2])
        ])
        return steps.sum(), steps
        """,
        {"a step that nobody has", "gaps in the middle"},
    ),
    (
        "sequence_loss",
        """
        steps = [np.mean(np.sum((y_pred[:, :, t] - y[:, :, t]) ** 2 *
                 (1 if mask is None else mask[:, t]), axis=0)) for t in range(y.shape[2])]
        return sum(steps), np.array(steps)
        """,
        {"all steps are real", "with padding", "cross-entropy", "another loss", "edges"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("function", "body", "groups"), WRONG)
def test_a_mistake_costs_where_it_should(function: str, body: str, groups: set[str]) -> None:
    for seed in range(10):
        taken = sit(function, defined(function, body), seed)
        assert lost_in(taken) >= groups, seed
        if groups <= {PURITY, "a plain number", "shapes and dtype"}:
            assert lost_in(taken) == groups


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_known_mistake_is_caught_and_named(function: str) -> None:
    head = "from collections.abc import Callable\nArray = np.ndarray\n"
    source = source_of(ASSIGNMENT.reference_functions[function])
    for known in misconceptions_of(ASSIGNMENT, function):
        taken = sit(function, head + changed_source(source, known.change), 1)
        assert not taken.passed, known.id
        (named,) = diagnose(exam(function, 1), taken)
        assert named.id in {known.id, *known.twins}


def drawn(question: Question, seed: int) -> list[Case]:
    numbers = [n for n, group in enumerate(question.groups) if group.has_cases]
    small = [case for n in numbers for case in build_ladder(ASSIGNMENT, question, n)]
    return [*small, *build_cases(ASSIGNMENT, question, Seed(secret="k", student=str(seed)))]


@pytest.mark.parametrize("function", ["hinge_loss", "hinge_gradient"])
def test_no_score_stands_on_the_margin(function: str) -> None:
    for seed in range(SEEDS):
        for case in drawn(ASSIGNMENT.question(function), seed):
            margins = case.arguments["y"] * case.arguments["scores"]  # type: ignore[operator]
            assert np.min(np.abs(margins - 1)) > 1e-9


@pytest.mark.parametrize("function", ["huber_loss", "huber_gradient"])
def test_some_errors_are_delta_to_the_last_bit(function: str) -> None:
    for case in drawn(ASSIGNMENT.question(function), 1):
        if ASSIGNMENT.question(function).groups[case.group].name == "at the tie":
            size = np.abs(case.arguments["y_pred"] - case.arguments["y"])  # type: ignore[operator]
            assert np.sum(size == case.arguments["delta"]) == 2


def test_the_step_losses_are_not_those_of_the_notebook() -> None:
    strange = {"with padding", "another loss", "edges", "padding that is not a number"}
    for case in build_cases(
        ASSIGNMENT, ASSIGNMENT.question("sequence_loss"), Seed(secret="k", student="s")
    ):
        group = ASSIGNMENT.question("sequence_loss").groups[case.group].name
        loss = eval(case.arguments["step_loss"].text, {"np": np})  # type: ignore[attr-defined]
        p, y = np.array([[0.3, 0.7], [0.4, 0.3]]), np.array([[0.0, 1.0], [1.0, 0.0]])
        known = [
            ASSIGNMENT.reference_functions[name](p, y)
            for name in FUNCTIONS
            if name.endswith("_loss") and name != "sequence_loss"
        ]
        assert isinstance(loss(p, y), float)
        if group in strange:
            assert not any(np.isclose(loss(p, y), value) for value in known)
        if group in strange - {"another loss"}:
            assert not np.isclose(loss(p, y), loss(y, p))


def test_every_function_has_cases_to_see() -> None:
    shown = visible_cases(ASSIGNMENT)["questions"]
    assert {name: len(entry["cases"]) > 3 for name, entry in shown.items()} == dict.fromkeys(
        FUNCTIONS, True
    )
    assert sum(bool(entry["properties"]) for entry in shown.values()) == 5


SAMPLES = load_samples(ASSIGNMENT)


@pytest.fixture(scope="module")
def grader():
    grader = Grader(Setup(assignment_folder=ASSIGNMENT.folder, secret="sixteen or more letters"))
    yield grader
    grader.close()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_has_the_marks_its_label_says(sample, grader, tmp_path: Path) -> None:
    write_samples(ASSIGNMENT, tmp_path)
    path = tmp_path / sample.name / ASSIGNMENT.name / f"{ASSIGNMENT.name}.ipynb"
    result = grader.grade(Submitted(student=sample.name, notebook=path))
    lost = [(q.id, q.score, q.message) for q in result.questions if q.score < q.max_score]
    assert (result.status, result.score) == (sample.status, sample.score), lost


def test_the_solved_notebook_runs_in_a_kernel(tmp_path: Path) -> None:
    nbclient = pytest.importorskip("nbclient")
    write_visible_cases(ASSIGNMENT, tmp_path)
    notebook = nbformat.reads(json.dumps(build_source(ASSIGNMENT)), as_version=4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()
    outputs = [out for cell in notebook.cells for out in cell.get("outputs", [])]
    assert [out for out in outputs if out.output_type == "stream"] == []  # no warning either
    shown = [out.data for out in outputs]
    assert sum("image/png" in data for data in shown) == 4
    checks = [data["text/plain"] for data in shown if "image/png" not in data]
    assert len(checks) == len(FUNCTIONS)
    assert all(text.startswith("✓") for text in checks), checks
