"""The assignment `gradient-flow`: what each mistake costs, and inputs in the range they need."""

from textwrap import dedent

import numpy as np
import pytest
from exam_room import Mistake, exam_room

ROOM = exam_room("gradient-flow")
ASSIGNMENT = ROOM.assignment
SEEDS = 10


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
        ROOM.changed('product = product * slope * weights["Ws"]', "product *= slope"),
        {
            "the third of three steps", "any step", "a weight of zero", "the last step",
            "twenty steps with the weight 0.1", "a weight that makes gradients grow",
        },
        set(),
    ),
    (
        "unrolled_gradients",
        ROOM.changed("not 1 <= t <= len(x)", "t > len(x)"),
        {"refuses step 0 and below"},
        set(),
    ),
    (
        "step_jacobian",
        "def step_jacobian(a_t, Waa):\n    return Waa * (1 - a_t**2)\n",
        {"ordinary states", "edges", "saturated units"},
        set(),
    ),
    (
        "step_jacobian",
        "def step_jacobian(a_t, Waa):\n    Waa *= (1 - a_t**2)[:, None]\n    return Waa\n",
        {"arguments left alone"},
        set(),
    ),
    (
        "jacobian_product",
        ROOM.changed(
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
        {
            "thresholds that a power meets exactly", "no step or a single one",
            "powers whose logarithms are rounded",
        },
        set(),
    ),
    (
        "steps_until",
        dedent(STEPS)
        + "    return max(0, np.floor(np.log(threshold) / np.log(factor)) + 1)",
        {"a whole number", "powers whose logarithms are rounded"},
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
        {"refuses the factor 1", "powers whose logarithms are rounded"},
        {"refuses other factors", "refuses a threshold out of reach"},
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "growth *= max(1, a.shape[1] - 1)"),
        {"all three regimes"},
        {"another tolerance", "a wide and a narrow tolerance", "two hundred steps"},
    ),
    (
        "gradient_regime",
        REGIME.replace("GROWTH", "tolerance = 0.01"),
        {"another tolerance", "a wide and a narrow tolerance", "two steps"},
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
            "a wide and a narrow tolerance",
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
    mistake = Mistake(function=function, source=source, costs=groups, perhaps=perhaps)
    ROOM.assert_costs(mistake, seeds=3)


def test_norms_stay_in_the_range_of_floats() -> None:
    norms_of = ASSIGNMENT.reference_functions["gradient_norms"]
    logs_of = ASSIGNMENT.reference_functions["log_gradient_norms"]
    for name, case in ROOM.drawn("gradient_norms", SEEDS):
        zero = not np.any(case.arguments["Waa"])  # round numbers can be
        if name != "a step at which all units are saturated" and not zero:
            logs = logs_of(*case.arguments.values())
            norms = norms_of(*case.arguments.values())
            assert np.all(np.abs(logs) < np.log(1e300)), name  # type: ignore[arg-type]
            np.testing.assert_allclose(norms, np.exp(logs), rtol=1e-9)  # type: ignore[arg-type]


def test_logarithms_leave_it_where_the_name_says_so() -> None:
    for name, case in ROOM.drawn("log_gradient_norms", SEEDS):
        logs = ASSIGNMENT.reference_functions["log_gradient_norms"](*case.arguments.values())
        if name in ("norms outside of the range of floats", "a thousand steps"):
            assert np.isfinite(logs).all()  # type: ignore[call-overload]
            assert np.max(np.abs(logs)) > np.log(1e308), name  # type: ignore[arg-type]


def test_regimes_keep_their_distance_from_the_tolerance() -> None:
    seen = set()
    for name, case in ROOM.drawn("gradient_regime", SEEDS):
        a, Waa = case.arguments["a"], case.arguments["Waa"]
        if name in ("a single step", "a step at which all units are saturated"):
            continue
        steps = max(1, a.shape[1] - 1)  # type: ignore[attr-defined]
        growth = ASSIGNMENT.reference_functions["log_gradient_norms"](a, Waa)[0] / steps  # type: ignore[index]
        ratio = abs(growth) / case.arguments.get("tolerance", 0.01)  # type: ignore[operator]
        assert ratio < 0.65 or ratio > 1.5 or a.shape[1] == 1, name  # type: ignore[attr-defined]
        seen.add((name, np.sign(growth) * (ratio > 1)))
    for group in (
        "all three regimes",
        "another tolerance",
        "a wide and a narrow tolerance",
        "two steps",
    ):
        assert {(group, -1), (group, 0), (group, 1)} <= seen


def test_thresholds_lie_between_powers_or_on_them() -> None:
    for name, case in ROOM.drawn("steps_until", SEEDS):
        factor, threshold = case.arguments["factor"], case.arguments["threshold"]
        if name in ("factors below 1", "factors above 1", "factors close to 1"):
            passed = np.log(threshold) / np.log(factor)  # type: ignore[call-overload]
            assert 0.1 < passed % 1 < 0.9
        elif name == "thresholds that a power meets exactly":
            steps = ASSIGNMENT.reference_functions["steps_until"](factor, threshold)
            assert factor ** (steps - 1) == threshold  # type: ignore[operator]
