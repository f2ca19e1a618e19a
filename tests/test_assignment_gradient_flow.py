"""The assignment `gradient-flow`: right in any style, and what each mistake costs."""

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

ASSIGNMENT = find_assignment("gradient-flow")
FUNCTIONS = [question.function for question in ASSIGNMENT.questions]
STYLES = sorted((ASSIGNMENT.folder / "correct").glob("*.py"))
SEEDS = 30
FEWER_SEEDS = {"gradient_norms": 10, "log_gradient_norms": 10, "gradient_regime": 10}  # long ones


@cache
def exam(function: str, seed: int) -> Exam:
    question = ASSIGNMENT.question(function)
    return Exam(ASSIGNMENT, question, Seed(secret="flow", student=str(seed)))


@cache
def solutions() -> str:
    """All functions as the reference has them."""
    reference = ASSIGNMENT.reference_functions
    return "\n\n".join(solution_source(reference[name], known=reference) for name in FUNCTIONS)


def sit(function: str, source: str, seed: int) -> Attempt:
    session = LocalSession(solutions(), source)
    return attempt(session, exam(function, seed))  # type: ignore[arg-type]


def lost_in(taken: Attempt) -> set[str]:
    """Groups that failed; manners of nothing but wrong values are skipped."""
    return {check.name for check in taken.checks if check.status == "failed"}


def problems(taken: Attempt) -> list[str]:
    return [f"{check.name}: {check.message}" for check in taken.checks if check.status != "passed"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_reference_gets_full_marks_and_the_stub_none(function: str) -> None:
    stub = f"def {function}(*arguments):\n    raise NotImplementedError"
    for seed in range(4):
        taken = sit(function, "", seed)
        assert taken.passed, problems(taken)
        untouched = sit(function, stub, seed)
        assert untouched.score == 0
        assert untouched.not_attempted


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("style", STYLES, ids=lambda path: path.stem)
def test_right_in_another_style(style: Path, function: str) -> None:
    source = style.read_text("utf-8")
    for seed in range(FEWER_SEEDS.get(function, SEEDS)):
        taken = sit(function, source, seed)
        assert taken.passed, (seed, problems(taken))


def test_there_are_many_styles() -> None:
    assert len(STYLES) >= 8


# One typical mistake, and all groups that lose by it.
STEPS = """
    def steps_until(factor, threshold):
        if not 0 < factor < np.inf or factor == 1:
            raise ValueError("factor")
        if factor < 1 and threshold <= 0 or factor > 1 and threshold == np.inf:
            raise ValueError("threshold")
"""
REGIME = """
    def gradient_regime(a, Waa, tolerance=0.01):
        growth = log_gradient_norms(a, Waa)[0] / max(1, a.shape[1] - 1)
        GROWTH
        if abs(growth) <= tolerance:
            return "stable"
        return "vanishing" if growth < 0 else "exploding"
"""
WRONG = [
    (
        "scalar_forward",
        """
        def scalar_forward(x, S0, weights):
            S, state = [], 0.0
            for value in x:
                state = np.tanh(weights["Wx"] * value + weights["Ws"] * state + weights["b1"])
                S.append(state)
            return np.array(S), weights["Wo"] * np.array(S) + weights["b2"]
        """,
        {"ordinary sequences", "edges"},
        {"a thousand steps"},
    ),
    (
        "unrolled_gradients",
        solutions().replace('product = product * slope * weights["Ws"]', "product *= slope"),
        {
            "the third of three steps", "any step", "the last step",
            "twenty steps with the weight 0.1", "a weight that makes gradients grow",
        },
        set(),
    ),
    (
        "unrolled_gradients",
        solutions().replace("not 1 <= t <= len(x)", "t > len(x)"),
        {"refuses step 0 and below"},
        set(),
    ),
    (
        "step_jacobian",
        "def step_jacobian(a_t, Waa):\n    return Waa * (1 - a_t**2)\n",
        {"ordinary states", "edges", "saturated units"},
        {"arguments left alone", "shapes and dtype"},  # count once a value is right
    ),
    (
        "step_jacobian",
        "def step_jacobian(a_t, Waa):\n    Waa *= (1 - a_t**2)[:, None]\n    return Waa\n",
        {"arguments left alone"},
        set(),
    ),
    (
        "jacobian_product",
        solutions().replace(
            "J = np.dot(step_jacobian(a[:, j], Waa), J)",
            "J = np.dot(J, step_jacobian(a[:, j], Waa))",
        ),
        {"several steps apart", "from the first to the last", "other numbers of units"},
        {"a hundred steps"},
    ),
    (
        "jacobian_product",
        """
        def jacobian_product(a, Waa, k, t):
            J = np.eye(len(Waa))
            for j in range(k + 1, t + 1):
                J = step_jacobian(a[:, j], Waa) @ J
            return J
        """,
        {"refuses k after t", "refuses positions outside of the sequence"},
        set(),
    ),
    (
        "gradient_norms",
        """
        def gradient_norms(a, Waa):
            T_x = a.shape[1]
            norms = []
            for k in range(T_x):
                J = jacobian_product(a, Waa, k, T_x - 1)
                norms.append(np.sqrt(np.max(np.linalg.eigvalsh(np.nan_to_num(J.T @ J)))))
            return np.array(norms)
        """,
        {"norms near 1e-240 and 1e240"},
        set(),
    ),
    (
        "gradient_norms",
        """
        def gradient_norms(a, Waa):
            T_x = a.shape[1]
            products = [jacobian_product(a, Waa, k, T_x - 1) for k in range(T_x)]
            return np.array([np.max(np.abs(np.linalg.eigvals(J))) for J in products])
        """,
        {"short sequences", "edges", "forty steps that vanish or explode"},
        {
            "norms near 1e-240 and 1e240", "two hundred steps",
            "a step at which all units are saturated",
        },
    ),
    (
        "log_gradient_norms",
        "def log_gradient_norms(a, Waa):\n    return np.log(gradient_norms(a, Waa))\n",
        {"norms outside of the range of floats", "a thousand steps"},
        set(),
    ),
    (
        "log_gradient_norms",
        """
        def log_gradient_norms(a, Waa):
            T_x = a.shape[1]
            logs = [0.0]
            for t in range(T_x - 1, 0, -1):
                norm = np.linalg.norm(step_jacobian(a[:, t], Waa), 2)
                logs.append(logs[-1] + np.log(norm))
            return np.array(logs[::-1])
        """,
        {
            "short sequences", "norms outside of the range of floats", "a thousand steps",
            "edges",
        },
        {"a step at which all units are saturated"},
    ),
    (
        "steps_until",
        dedent(STEPS)
        + "    return max(0, int(np.ceil(np.log(threshold) / np.log(factor) - 1e-9)))",
        {"thresholds that a power meets exactly", "no step or a single one"},
        set(),
    ),
    (
        "steps_until",
        dedent(STEPS)
        + "    return max(0, np.floor(np.log(threshold) / np.log(factor)) + 1)",
        {"a whole number"},
        set(),
    ),
    (
        "steps_until",
        """
        def steps_until(factor, threshold):
            if factor == 1:
                return np.inf
            return max(0, int(np.floor(np.log(threshold) / np.log(factor))) + 1)
        """,
        {"refuses the factor 1"},
        {"refuses other factors", "refuses a threshold out of reach"},
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "growth *= max(1, a.shape[1] - 1)"),
        {"all three regimes"},
        {"another tolerance", "a wide tolerance", "two hundred steps"},
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "tolerance = 0.01"),
        {"another tolerance", "a wide tolerance", "two steps"},
        set(),
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "growth = growth if np.isfinite(growth) else 0.0"),
        {"a step at which all units are saturated"},
        set(),
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "return 'vanishing'"),
        {
            "all three regimes",
            "another tolerance",
            "a wide tolerance",
            "two steps",
            "a single step",
        },
        {"two hundred steps"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("function", "source", "groups", "perhaps"), WRONG)
def test_a_mistake_costs_where_it_should(
    function: str, source: str, groups: set[str], perhaps: set[str]
) -> None:
    for seed in range(5):
        taken = sit(function, dedent(source), seed)
        assert groups <= lost_in(taken) <= groups | perhaps, seed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_known_mistake_is_caught_and_named(function: str) -> None:
    head = "Array = np.ndarray\n"
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
        if group.has_cases and group.dims.get("T_x") not in (200, 1000):
            for case in build_ladder(ASSIGNMENT, question, number):
                yield group.name, case
    for seed in range(FEWER_SEEDS.get(function, SEEDS)):
        for case in build_cases(ASSIGNMENT, question, Seed(secret="k", student=str(seed))):
            yield question.groups[case.group].name, case


def test_norms_stay_in_the_range_of_floats() -> None:
    norms_of = ASSIGNMENT.reference_functions["gradient_norms"]
    logs_of = ASSIGNMENT.reference_functions["log_gradient_norms"]
    for name, case in drawn("gradient_norms"):
        if name != "a step at which all units are saturated":
            logs = logs_of(*case.arguments.values())
            norms = norms_of(*case.arguments.values())
            assert np.all(np.abs(logs) < np.log(1e300)), name  # type: ignore[arg-type]
            np.testing.assert_allclose(norms, np.exp(logs), rtol=1e-9)  # type: ignore[arg-type]


def test_logarithms_leave_it_where_the_name_says_so() -> None:
    for name, case in drawn("log_gradient_norms"):
        logs = ASSIGNMENT.reference_functions["log_gradient_norms"](*case.arguments.values())
        if name in ("norms outside of the range of floats", "a thousand steps"):
            assert np.isfinite(logs).all()  # type: ignore[call-overload]
            assert np.max(np.abs(logs)) > np.log(1e308), name  # type: ignore[arg-type]


def test_regimes_keep_their_distance_from_the_tolerance() -> None:
    seen = set()
    for name, case in drawn("gradient_regime"):
        a, Waa = case.arguments["a"], case.arguments["Waa"]
        if name in ("a single step", "a step at which all units are saturated"):
            continue
        steps = max(1, a.shape[1] - 1)  # type: ignore[attr-defined]
        growth = ASSIGNMENT.reference_functions["log_gradient_norms"](a, Waa)[0] / steps  # type: ignore[index]
        ratio = abs(growth) / case.arguments.get("tolerance", 0.01)  # type: ignore[operator]
        assert ratio < 0.65 or ratio > 1.5 or a.shape[1] == 1, name  # type: ignore[attr-defined]
        seen.add((name, np.sign(growth) * (ratio > 1)))
    for group in ("all three regimes", "another tolerance", "a wide tolerance", "two steps"):
        assert {(group, -1), (group, 0), (group, 1)} <= seen


def test_thresholds_lie_between_powers_or_on_them() -> None:
    for name, case in drawn("steps_until"):
        factor, threshold = case.arguments["factor"], case.arguments["threshold"]
        if name in ("factors below 1", "factors above 1", "factors close to 1"):
            passed = np.log(threshold) / np.log(factor)  # type: ignore[call-overload]
            assert 0.1 < passed % 1 < 0.9
        elif name == "thresholds that a power meets exactly":
            steps = ASSIGNMENT.reference_functions["steps_until"](factor, threshold)
            assert factor ** (steps - 1) == threshold  # type: ignore[operator]


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


def test_a_wrong_jacobian_costs_only_itself(grader, tmp_path: Path) -> None:
    """What calls it is graded with the grader's."""
    write_samples(ASSIGNMENT, tmp_path)
    path = tmp_path / "wrong-sides-of-the-jacobian" / ASSIGNMENT.name / f"{ASSIGNMENT.name}.ipynb"
    result = grader.grade(Submitted(student="s", notebook=path))
    wrong = [question.id for question in result.questions if question.score < question.max_score]
    assert wrong == ["step_jacobian"]
    helped = {question.id for question in result.questions if question.follow_through}
    assert helped >= {"jacobian_product", "gradient_norms", "log_gradient_norms"}
