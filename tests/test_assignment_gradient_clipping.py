"""The assignment `gradient-clipping`: what each mistake costs, and norms away from thresholds."""

import numpy as np
import pytest
from exam_room import MANNERS, PURITY, Mistake, exam_room

ROOM = exam_room("gradient-clipping")
ASSIGNMENT = ROOM.assignment
SEEDS = 30


# One typical mistake, and all groups that lose by it.
WRONG = [
    (
        "clip_by_value",
        """
        def clip_by_value(gradients, max_value):
            if max_value <= 0:
                raise ValueError
            return {
                name: np.clip(g, -max_value if name == "dby" else -np.inf, max_value)
                for name, g in gradients.items()
            }
        """,
        {
            "other shapes",
            "other names",
            "some entries too large",
            "nothing or everything too large",
            "NaN and infinity",
        },
    ),
    (
        "clip_by_value",
        """
        def clip_by_value(gradients, max_value):
            for g in gradients.values():
                g[g > max_value] = max_value
                g[g < -max_value] = -max_value
            return gradients
        """,
        {PURITY, "refuses a bound that is not positive"},
    ),
    (
        "clip_by_value",
        """
        def clip_by_value(gradients, max_value):
            if max_value <= 0:
                raise ValueError
            clipped = {name: np.clip(g, -max_value, max_value) for name, g in gradients.items()}
            return {name: np.nan_to_num(g) for name, g in clipped.items()}
        """,
        {"NaN and infinity"},
    ),
    (
        "clip_by_norm",
        """
        def clip_by_norm(gradient, max_norm):
            norm = np.sqrt(np.sum(gradient**2))
            if not np.isfinite(norm) or max_norm <= 0:
                raise ValueError
            return gradient * min(1.0, max_norm / norm) if norm else gradient.copy()
        """,
        {"entries near 1e200"},
    ),
    (
        "clip_by_norm",
        """
        def clip_by_norm(gradient, max_norm):
            if not np.isfinite(gradient).all() or max_norm <= 0:
                raise ValueError
            norm = global_norm({"g": gradient})
            return gradient / norm * min(norm, max_norm)
        """,
        {"zero stays zero"},
    ),
    (
        "clip_by_norm",
        """
        def clip_by_norm(gradient, max_norm):
            if not np.isfinite(gradient).all() or max_norm <= 0:
                raise ValueError
            norms = np.linalg.norm(gradient / 1e100, axis=-1, keepdims=True) * 1e100
            return gradient * np.minimum(1.0, max_norm / (norms + 1e-12))
        """,
        {"too long", "other shapes", "three axes", "entries of one sign", "entries near 1e200"},
    ),
    (
        "global_norm",
        """
        def global_norm(gradients):
            return np.sqrt(sum(np.sum(g**2) for g in gradients.values()))
        """,
        {"entries near 1e200", "entries near 1e-200"},
    ),
    (
        "global_norm",
        """
        def global_norm(gradients):
            largest = max(np.abs(g).max() for g in gradients.values())
            return largest * np.sqrt(sum(np.sum((g / largest) ** 2) for g in gradients.values()))
        """,
        {"all zero"},
    ),
    (
        "global_norm",
        """
        def global_norm(gradients):
            size = max(np.abs(g).max() for g in gradients.values()) or 1.0
            total = 0.0
            for g in gradients.values():
                total = np.sum((g / size) ** 2)
            return size * np.sqrt(total)
        """,
        {"other shapes", "five gradients", "of different sizes", "edges", "entries near 1e200"},
    ),
    (
        "clip_by_global_norm",
        """
        def clip_by_global_norm(gradients, max_norm):
            norm = global_norm(gradients)
            if not np.isfinite(norm) or max_norm <= 0:
                raise ValueError
            return {name: clip_by_norm(g, max_norm) for name, g in gradients.items()}, norm
        """,
        {
            "other shapes",
            "other names",
            "too long",
            "of different sizes",
            "edges",
            "entries near 1e200",
        },
    ),
    (
        "clip_by_global_norm",
        """
        def clip_by_global_norm(gradients, max_norm):
            norm = global_norm(gradients)
            scale = min(1.0, max_norm / norm) if norm else 1.0
            return {name: g * scale for name, g in gradients.items()}, norm
        """,
        {"refuses NaN", "refuses infinity", "refuses a norm that is not positive"},
    ),
    (
        "clip_by_global_norm",
        """
        def clip_by_global_norm(gradients, max_norm):
            norm = global_norm(gradients)
            if not np.isfinite(norm) or max_norm <= 0:
                raise ValueError
            scale = min(1.0, max_norm / max(norm, 1e-300))
            clipped = {name: (g * scale).astype("float32") for name, g in gradients.items()}
            return {name: np.asarray(g) for name, g in clipped.items()}, norm
        """,
        {MANNERS},
    ),
    (
        "clipped_update",
        """
        def clipped_update(parameters, gradients, learning_rate, max_norm):
            new = update_parameters(parameters, gradients, learning_rate)
            clip_by_global_norm(gradients, max_norm)
            return new
        """,
        {"other names", "a gradient that is too long", "a large learning rate", "edges"},
    ),
    (
        "clipped_update",
        """
        def clipped_update(parameters, gradients, learning_rate, max_norm):
            steps = {name: learning_rate * g for name, g in gradients.items()}
            steps, _ = clip_by_global_norm(steps, max_norm)
            return update_parameters(parameters, steps, 1.0)
        """,
        {"other names", "a gradient that is too long", "a large learning rate", "edges"},
    ),
    (
        "clipped_update",
        """
        def clipped_update(parameters, gradients, learning_rate, max_norm):
            clipped, _ = clip_by_global_norm(gradients, max_norm)
            for name in parameters:
                parameters[name] -= learning_rate * clipped["d" + name]
            return parameters
        """,
        {PURITY},
    ),
]


@pytest.mark.parametrize(("function", "source", "groups"), WRONG)
def test_a_mistake_costs_where_it_should(function: str, source: str, groups: set[str]) -> None:
    perhaps = {"edges", "entries near 1e-200", "NaN does not hide"}
    ROOM.assert_costs(Mistake(function=function, source=source, costs=groups, perhaps=perhaps))


def test_a_large_constant_in_the_denominator_is_noticed_and_that_of_pytorch_is_not() -> None:
    source = """
        def clip_by_global_norm(gradients, max_norm):
            norm = global_norm(gradients)
            if not np.isfinite(norm) or max_norm <= 0:
                raise ValueError
            scale = min(1.0, max_norm / (norm + EPSILON))
            return {name: g * scale for name, g in gradients.items()}, norm
        """
    for seed in range(SEEDS):
        for epsilon, right in (("1e-12", True), ("1e-6", True), ("1e-3", False)):
            taken = ROOM.sit("clip_by_global_norm", source.replace("EPSILON", epsilon), seed)
            assert taken.passed is right, (seed, epsilon)


@pytest.mark.parametrize("function", ["clip_by_global_norm", "clipped_update"])
def test_thresholds_keep_their_distance_and_norms_are_at_least_1(function: str) -> None:
    norm_of = ASSIGNMENT.reference_functions["global_norm"]
    for name, case in ROOM.drawn(function, SEEDS):
        if name.startswith("refuses") or name in ("zero stays zero", "no gradient"):
            continue
        norm, bound = norm_of(case.arguments["gradients"]), case.arguments["max_norm"]
        assert norm >= 1, name
        assert bound < 0.9 * norm or bound > 1.1 * norm, name  # type: ignore[operator]


def test_nothing_cancels_in_the_update() -> None:
    for name, case in ROOM.drawn("clipped_update", SEEDS):
        if name.startswith("refuses") or name == "a gradient is missing":
            continue
        new = ASSIGNMENT.reference_functions["clipped_update"](*case.arguments.values())
        for key, value in case.arguments["parameters"].items():  # type: ignore[attr-defined]
            assert np.max(np.abs(new[key])) > 0.1 * np.max(np.abs(value)), (name, key)
