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


# Correct solutions in the styles that students write them in.
RIGHT = {
    "mse_loss": {
        "mean of sums": "return np.mean(np.sum(np.square(y_pred - y), axis=0))",
        "einsum": "r = y - y_pred; return np.einsum('ij,ij->', r, r) / y.shape[-1]",
        "norm": "return np.linalg.norm(y_pred - y) ** 2 / y_pred.shape[1]",
        "mean times units": "return ((y_pred - y) ** 2).mean() * y.shape[0]",
        "loops": """
            total = 0
            for i in range(len(y)):
                for j in range(len(y[0])):
                    total += (y_pred[i][j] - y[i][j]) ** 2
            return total / len(y[0])
        """,
        "trace": "r = y_pred - y; return np.trace(r @ r.T) / y.shape[1]",
        "expanded": "return np.sum(y_pred * y_pred - 2 * y_pred * y + y * y) / y.shape[1]",
    },
    "mse_gradient": {
        "other order": "return (y_pred - y) * (2.0 / y.shape[1])",
        "fortran": "return np.asfortranarray(-2 / y.shape[1] * (y - y_pred))",
        "in place on a copy": """
            g = y_pred.copy()
            g -= y
            g *= 2
            g /= y.shape[1]
            return g
        """,
        "lists": """
            m = y.shape[1]
            return [[2 * (p - t) / m for p, t in zip(*rows)] for rows in zip(y_pred, y)]
        """,
    },
    "cross_entropy_loss": {
        "both sides clipped": """
            p = np.clip(y_pred, 1e-12, 1 - 1e-12)
            return -np.sum(y * np.log(p)) / y.shape[1]
        """,
        "added": "return -np.sum(y * np.log(y_pred + 1e-12)) / y.shape[1]",
        "maximum": "return -np.mean(np.sum(y * np.log(np.maximum(y_pred, 1e-12)), axis=0))",
        "picked by argmax": """
            right = y_pred[np.argmax(y, axis=0), np.arange(y.shape[1])]
            return -np.mean(np.log(np.where(right < 1e-12, 1e-12, right)))
        """,
        "picked by mask": "return -np.log(np.clip(y_pred[y == 1], 1e-12, None)).sum() / y.shape[1]",
        "probability of the right class": """
            right = np.sum(y * y_pred, axis=0)
            return -np.mean(np.log(np.clip(right, 1e-12, 1)))
        """,
        "loops": """
            total = 0.0
            for j in range(y.shape[1]):
                for i in range(y.shape[0]):
                    if y[i, j]:
                        total -= np.log(max(y_pred[i, j], 1e-12))
            return total / y.shape[1]
        """,
    },
    "cross_entropy_gradient": {
        "added": "return -y / ((y_pred + 1e-12) * y.shape[1])",
        "both sides clipped": "return -(y / np.clip(y_pred, 1e-12, 1 - 1e-12)) / y.shape[1]",
        "only where one": """
            g = np.zeros_like(y_pred)
            g[y == 1] = -1 / np.maximum(y_pred[y == 1], 1e-12)
            return g / y.shape[1]
        """,
        "where": "return np.where(y > 0.5, -1 / (len(y[0]) * np.clip(y_pred, 1e-12, 2)), 0)",
    },
    "log_loss": {
        "added": """
            e = 1e-12
            return -np.sum(y * np.log(y_pred + e) + (1 - y) * np.log(1 - y_pred + e)) / y.shape[1]
        """,
        "each clipped": """
            yes, no = np.maximum(y_pred, 1e-12), np.maximum(1 - y_pred, 1e-12)
            return -np.mean(np.sum(y * np.log(yes) + (1 - y) * np.log(no), axis=0))
        """,
        "log1p": """
            p = np.clip(y_pred, 1e-12, 1 - 1e-12)
            return -np.sum(y * np.log(p) + (1 - y) * np.log1p(-p)) / y.shape[1]
        """,
        "probability of what is right": """
            right = np.where(y == 1, y_pred, 1 - y_pred)
            return -np.log(np.clip(right, 1e-12, 1)).sum() / y.shape[1]
        """,
        "loops": """
            total = 0
            for p, t in zip(y_pred.ravel(), y.ravel()):
                p = min(max(p, 1e-12), 1 - 1e-12)
                total += -np.log(p) if t == 1 else -np.log(1 - p)
            return total / y.shape[1]
        """,
    },
    "log_loss_gradient": {
        "one fraction": """
            p = np.clip(y_pred, 1e-12, 1 - 1e-12)
            return (p - y) / (p * (1 - p)) / y.shape[1]
        """,
        "added": """
            e = 1e-12
            return ((1 - y) / (1 - y_pred + e) - y / (y_pred + e)) / y.shape[1]
        """,
        "each clipped": """
            yes, no = np.maximum(y_pred, 1e-12), np.maximum(1 - y_pred, 1e-12)
            return -(y / yes - (1 - y) / no) / y.shape[1]
        """,
        "where": """
            p = np.clip(y_pred, 1e-12, 1 - 1e-12)
            return np.where(y == 1, -1 / p, 1 / (1 - p)) / y.shape[1]
        """,
        "one fraction, added": """
            return (y_pred - y) / (y_pred * (1 - y_pred) + 1e-12) / y.shape[1]
        """,
    },
    "hinge_loss": {
        "mean of sums": "return np.mean(np.sum(np.maximum(1 - y * scores, 0), axis=0))",
        "where": "s = y * scores; return np.where(s < 1, 1 - s, 0).sum() / y.shape[1]",
        "clip": "return np.clip(1 - scores * y, 0, None).sum() / scores.shape[1]",
        "absolute": "v = 1 - y * scores; return np.sum((v + np.abs(v)) / 2) / y.shape[1]",
        "selected": "v = 1 - y * scores; return v[v > 0].sum() / y.shape[1]",
    },
    "hinge_gradient": {
        "at or below the margin": "return np.where(y * scores <= 1, -y, 0) / y.shape[1]",
        "times a truth value": "return -y * (1 - y * scores > 0) / y.shape[1]",
        "half at the margin": "return -y * np.heaviside(1 - y * scores, 0.5) / y.shape[1]",
        "assigned": """
            g = -y.copy()
            g[y * scores >= 1] = 0
            return g / y.shape[1]
        """,
    },
    "huber_loss": {
        "strictly below": """
            r = np.abs(y_pred - y)
            small = r < delta
            costs = small * r**2 / 2 + ~small * (delta * r - delta**2 / 2)
            return costs.sum() / y.shape[1]
        """,
        "minimum": """
            r = np.abs(y - y_pred)
            q = np.minimum(r, delta)
            return np.mean(np.sum(0.5 * q**2 + delta * (r - q), axis=0))
        """,
        "loops": """
            total = 0
            for r in np.abs(y_pred - y).flatten():
                if r <= delta:
                    total += r * r / 2
                else:
                    total += delta * (r - delta / 2)
            return total / y.shape[1]
        """,
        "piecewise": """
            r = np.abs(y_pred - y)
            parts = [lambda e: e**2 / 2, lambda e: delta * (e - delta / 2)]
            return np.piecewise(r, [r <= delta, r > delta], parts).sum() / y.shape[1]
        """,
    },
    "huber_gradient": {
        "clip": "return np.clip(y_pred - y, -delta, delta) / y.shape[1]",
        "strictly below": """
            r = y_pred - y
            return np.where(abs(r) < delta, r, delta * np.sign(r)) / y.shape[1]
        """,
        "scaled": """
            r = y_pred - y
            return r * np.minimum(1, delta / np.maximum(np.abs(r), 1e-300)) / y.shape[1]
        """,
    },
    "sequence_loss": {
        "one example at a time": """
            n_y, m, T = y.shape
            per_step = np.zeros(T)
            for t in range(T):
                for j in range(m):
                    if mask is None or mask[j, t]:
                        per_step[t] += step_loss(y_pred[:, j:j + 1, t], y[:, j:j + 1, t]) / m
            return per_step.sum(), per_step
        """,
        "indices": """
            m, T = y.shape[1:]
            if mask is None:
                mask = np.ones((m, T))
            steps = []
            for t in range(T):
                (real,) = np.nonzero(mask[:, t])
                if not len(real):
                    steps.append(0.0)
                    continue
                steps.append(step_loss(y_pred[:, real, t], y[:, real, t]) * len(real) / m)
            return sum(steps), np.array(steps)
        """,
        "compress": """
            m = y.shape[1]
            per_step = []
            for t in range(y.shape[2]):
                keep = [True] * m if mask is None else mask.T[t] == 1
                p, q = (np.compress(keep, a[..., t], axis=1) for a in (y_pred, y))
                share = p.shape[1] / m
                per_step += [share * step_loss(p, q) if share else 0.0]
            return float(np.sum(per_step)), per_step
        """,
    },
}
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


@pytest.mark.parametrize(
    ("function", "body"),
    [
        pytest.param(function, body, id=f"{function}-{name}")
        for function, bodies in RIGHT.items()
        for name, body in bodies.items()
    ],
)
def test_right_in_another_style(function: str, body: str) -> None:
    for seed in range(SEEDS):
        taken = sit(function, defined(function, body), seed)
        assert taken.passed, (seed, problems(taken))


def test_every_function_has_other_styles() -> None:
    assert set(RIGHT) == set(FUNCTIONS)
    assert min(map(len, RIGHT.values())) >= 3


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
