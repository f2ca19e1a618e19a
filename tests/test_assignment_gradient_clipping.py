"""The assignment `gradient-clipping`: right in any style, and what each mistake costs."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent

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
from autograder.submissions import Submitted

ASSIGNMENT = find_assignment("gradient-clipping")
FUNCTIONS = [question.function for question in ASSIGNMENT.questions]
STYLES = sorted((ASSIGNMENT.folder / "correct").glob("*.py"))
SEEDS = 30
PURITY, MANNERS = "arguments left alone", "shapes and dtype"


@cache
def exam(function: str, seed: int) -> Exam:
    question = ASSIGNMENT.question(function)
    return Exam(ASSIGNMENT, question, Seed(secret="clipping", student=str(seed)))


@cache
def solutions() -> str:
    """All functions as the reference has them, the pasted one too."""
    reference = ASSIGNMENT.reference_functions
    names = [*ASSIGNMENT.carried, *FUNCTIONS]
    return "\n\n".join(solution_source(reference[name], known=reference) for name in names)


def sit(function: str, source: str, seed: int) -> Attempt:
    session = LocalSession(solutions(), source)
    return attempt(session, exam(function, seed))  # type: ignore[arg-type]


def lost_in(taken: Attempt) -> set[str]:
    return {check.name for check in taken.checks if check.status != "passed"}


def problems(taken: Attempt) -> list[str]:
    return [f"{check.name}: {check.message}" for check in taken.checks if check.status != "passed"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_reference_gets_full_marks_and_the_stub_none(function: str) -> None:
    stub = f"def {function}(*arguments):\n    raise NotImplementedError"
    for seed in range(8):
        taken = sit(function, "", seed)
        assert taken.passed, problems(taken)
        untouched = sit(function, stub, seed)
        assert untouched.score == 0
        assert untouched.not_attempted


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
def test_right_in_another_style(style: Path, function: str) -> None:
    source = style.read_text("utf-8")
    for seed in range(SEEDS):
        taken = sit(function, source, seed)
        assert taken.passed, (seed, problems(taken))


def test_there_are_many_styles() -> None:
    assert len(STYLES) >= 8


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
        {"some entries too large", "nothing or everything too large", "NaN and infinity"},
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
        {"five gradients", "of different sizes", "edges", "entries near 1e200"},
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
        {"too long", "of different sizes", "edges", "entries near 1e200"},
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
        {"a gradient that is too long", "a large learning rate", "edges"},
    ),
    (
        "clipped_update",
        """
        def clipped_update(parameters, gradients, learning_rate, max_norm):
            steps = {name: learning_rate * g for name, g in gradients.items()}
            steps, _ = clip_by_global_norm(steps, max_norm)
            return update_parameters(parameters, steps, 1.0)
        """,
        {"a gradient that is too long", "a large learning rate", "edges"},
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
    for seed in range(10):
        taken = sit(function, dedent(source), seed)
        assert lost_in(taken) >= groups, seed
        assert lost_in(taken) <= groups | {"edges", "entries near 1e-200", "NaN does not hide"}
        assert 0 < taken.score < ASSIGNMENT.question(function).points


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
            taken = sit("clip_by_global_norm", dedent(source).replace("EPSILON", epsilon), seed)
            assert taken.passed is right, (seed, epsilon)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_known_mistake_is_caught_and_named(function: str) -> None:
    head = "Array = np.ndarray\nArrays = dict[str, Array]\n"
    source = source_of(ASSIGNMENT.reference_functions[function])
    known_here = misconceptions_of(ASSIGNMENT, function)
    assert len(known_here) >= 12
    for known in known_here:
        taken = sit(function, head + changed_source(source, known.change), 1)
        assert not taken.passed, known.id
        (named,) = diagnose(exam(function, 1), taken)
        assert named.id in {known.id, *known.twins}


def drawn(function: str) -> Iterator[tuple[str, Case]]:
    """Small cases with round numbers, and those of a class."""
    question = ASSIGNMENT.question(function)
    for number, group in enumerate(question.groups):
        if group.has_cases:
            for case in build_ladder(ASSIGNMENT, question, number):
                yield group.name, case
    for seed in range(SEEDS):
        for case in build_cases(ASSIGNMENT, question, Seed(secret="k", student=str(seed))):
            yield question.groups[case.group].name, case


@pytest.mark.parametrize("function", ["clip_by_global_norm", "clipped_update"])
def test_thresholds_keep_their_distance_and_norms_are_at_least_1(function: str) -> None:
    norm_of = ASSIGNMENT.reference_functions["global_norm"]
    for name, case in drawn(function):
        if name.startswith("refuses") or name in ("zero stays zero", "no gradient"):
            continue
        norm, bound = norm_of(case.arguments["gradients"]), case.arguments["max_norm"]
        assert norm >= 1, name
        assert bound < 0.9 * norm or bound > 1.1 * norm, name  # type: ignore[operator]


def test_nothing_cancels_in_the_update() -> None:
    for name, case in drawn("clipped_update"):
        if name.startswith("refuses"):
            continue
        new = ASSIGNMENT.reference_functions["clipped_update"](*case.arguments.values())
        for key, value in case.arguments["parameters"].items():  # type: ignore[attr-defined]
            assert np.max(np.abs(new[key])) > 0.1 * np.max(np.abs(value)), (name, key)


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
    assert (result.status, result.score) == (sample.status, sample.score), [
        (question.id, question.score, question.message) for question in result.questions
    ]


def test_a_wrong_norm_costs_only_itself(grader, tmp_path: Path) -> None:
    """What calls it is graded with the grader's."""
    write_samples(ASSIGNMENT, tmp_path)
    path = tmp_path / "wrong-sum-of-norms" / ASSIGNMENT.name / f"{ASSIGNMENT.name}.ipynb"
    result = grader.grade(Submitted(student="s", notebook=path))
    wrong = [question.id for question in result.questions if question.score < question.max_score]
    assert wrong == ["global_norm"]
    helped = {question.id for question in result.questions if question.follow_through}
    assert helped == {"clip_by_global_norm", "clipped_update"}
