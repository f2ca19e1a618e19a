"""The assignment `losses`: what each mistake costs, and inputs that keep away from kinks."""

import numpy as np
import pytest
from exam_room import PURITY, Mistake, exam_room

from autograder.cases import Seed, build_cases
from autograder.visible import visible_cases

ROOM = exam_room("losses")
ASSIGNMENT, FUNCTIONS = ROOM.assignment, ROOM.functions
SEEDS = 30

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


# One typical mistake, and all groups that must notice it.
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
        {"ordinary scores", "edges", "nothing to pay, and all to pay"},
    ),
    (
        "huber_loss",
        """
        r = np.abs(y_pred - y)
        return np.sum(np.where(r <= 1, r**2 / 2, r - 0.5)) / y.shape[1]
        """,
        {"small and large errors", "small errors alone", "edges", "at the tie"},
    ),
    (
        "huber_loss",
        """
        r = np.abs(y_pred - y)
        return np.sum(np.where(r <= delta, r**2 / 2, delta * (r - delta))) / y.shape[1]
        """,
        {"small and large errors", "the usual delta", "edges", "at the tie"},
    ),
    (
        "huber_gradient",
        "r = y_pred - y; return r * (np.abs(r) < delta) / y.shape[1]",
        {"small and large errors", "the usual delta", "edges", "at the tie"},
    ),
    (
        "sequence_loss",
        """
        steps = np.array([step_loss(y_pred[:, :, t], y[:, :, t]) for t in range(y.shape[2])])
        return steps.sum(), steps
        """,
        {
            "with padding", "an example without a step",
            "squared error", "cross-entropy", "another loss", "edges",
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
            "with padding", "an example without a step",
            "another loss", "edges", "padding that is not a number",
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
            "with padding", "an example without a step",
            "squared error", "cross-entropy", "another loss", "edges",
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
        {"edges", "a step that nobody has", "gaps in the middle"},
    ),
    (
        "sequence_loss",
        """
        steps = [np.mean(np.sum((y_pred[:, :, t] - y[:, :, t]) ** 2 *
                 (1 if mask is None else mask[:, t]), axis=0)) for t in range(y.shape[2])]
        return sum(steps), np.array(steps)
        """,
        {
            "all steps are real", "with padding", "an example without a step",
            "cross-entropy", "another loss", "edges",
            "padding that is not a number", "a step that nobody has", "gaps in the middle",
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("function", "body", "groups"), WRONG)
def test_a_mistake_costs_where_it_should(function: str, body: str, groups: set[str]) -> None:
    perhaps = {"with padding"} if function == "sequence_loss" else set()
    source = defined(function, body)
    ROOM.assert_costs(Mistake(function=function, source=source, costs=groups, perhaps=perhaps))


@pytest.mark.parametrize("function", ["hinge_loss", "hinge_gradient"])
def test_no_score_stands_on_the_margin(function: str) -> None:
    for _, case in ROOM.drawn(function, SEEDS):
        margins = case.arguments["y"] * case.arguments["scores"]  # type: ignore[operator]
        assert np.min(np.abs(margins - 1)) > 1e-9


@pytest.mark.parametrize("function", ["huber_loss", "huber_gradient"])
def test_some_errors_are_delta_to_the_last_bit(function: str) -> None:
    for name, case in ROOM.drawn(function, 2):
        if name == "at the tie":
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
