"""Every kind of change that the audit makes, one at a time on functions of a line or two."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from autograder.audit.bench import bench_of
from autograder.audit.candidate import plain_source
from autograder.audit.mutation import Mutant, make_mutants
from autograder.library import assignment_folders, find_assignment
from autograder.spec import Assignment, Kind, Output, Question


def question(*returns: Output) -> Question:
    given = find_assignment("rnn-cell").questions[0]
    return replace(given, function="f", returns=returns or (Output(name="y", kind=Kind.ANY),))


def mutants(body: str, arguments: str = "x, w", **near: tuple[str, ...]) -> dict[str, str]:
    """New lines of the mutants of a function, with their kinds."""
    source = f"def f({arguments}):\n" + "".join(f"    {line}\n" for line in body.splitlines())
    made = make_mutants(question(), source, {}, near)
    assert len({mutant.id for mutant in made}) == len(made)
    return {added(mutant): mutant.kind for mutant in made}


def added(mutant: Mutant) -> str:
    lines = (line[1:].strip() for line in mutant.diff.splitlines() if line.startswith("+"))
    return "; ".join(lines)


@pytest.mark.parametrize(
    ("body", "made", "kind"),
    [
        ("return x + w", "return x - w", "operator"),
        ("return x @ w", "return x * w", "operator"),
        ("x += w", "x = w", "operator"),
        ("return x + w", "return x", "dropped term"),
        ("return x - w", "return -w", "dropped term"),
        ("return x - w", "return w - x", "exchanged sides"),
        ("return -x", "return x", "dropped sign"),
        ("return x < w", "return x <= w", "comparison"),
        ("return x if w else 0", "return x", "condition"),
        ("return [a for a in x if a > w]", "return [a for a in x]", "condition"),
        ("return x and w", "return x or w", "condition"),
        ("return 2 * x", "return 3 * x", "constant"),
        ("return 0.5 * x", "return 0.05 * x", "constant"),
        ("return np.sum(x, axis=0)", "return np.sum(x, axis=1)", "constant"),
        ("return np.sum(x, axis=0)", "return np.sum(x, axis=-1)", "constant"),
        ("return np.sum(x, axis=0)", "return np.sum(x)", "dropped argument"),
        ("return np.sum(x, keepdims=True)", "return np.sum(x, keepdims=False)", "constant"),
        ("return x.shape[1]", "return x.shape[0]", "constant"),
        ("return x['a'] + x['b']", "return x['b'] + x['b']", "key"),
        ("return x + w", "return w + w", "variable"),
        ("return np.dot(x, w)", "return np.dot(w, x)", "exchanged arguments"),
        ("return np.dot(x, w)", "return np.dot(x.T, w)", "transpose"),
        ("return x @ w", "return x @ w.T", "transpose"),
        ("return x.T", "return x", "transpose"),
        ("return np.max(x)", "return np.min(x)", "function"),
        ("return np.tanh(x)", "return x", "dropped call"),
        ("return x[:, w]", "return x[:, w + 1]", "index"),
        ("return x[:, w]", "return x[w, :]", "index"),
        ("return x[w:]", "return x[w - 1:]", "slice"),
        ("for t in range(w):\n    x += t", "for t in list(range(w))[1:]:", "loop"),
        ("for t in range(w):\n    x += t", "for t in list(range(w))[:-1]:", "loop"),
        ("for t in range(w):\n    x += t", "for t in range(w + 1):", "loop"),
        ("for t in range(w):\n    x += t", "for t in list(range(w))[::-1]:", "loop"),
        ("for t in range(w):\n    x += t", "break", "loop"),
        ("x = 1\nreturn w", "", "dropped statement"),
        ("return x, w", "return (w, x)", "order"),
        ("return {'a': x, 'b': w}", "return {'a': w, 'b': x}", "key"),
        ("return {'a': x, 'b': w}", "return {'a': x}", "key"),
        ("raise ValueError(x)", "raise RuntimeError(x)", "error"),
        ("if x:\n    return w\nreturn x", "if not x:", "condition"),
        ("while x:\n    x -= w", "while not x:", "condition"),
    ],
)
def test_a_change_of_this_kind_is_made(body: str, made: str, kind: str) -> None:
    found = mutants(body)
    assert found.get(made) == kind, found


def test_functions_of_the_same_arguments_are_taken_for_one_another() -> None:
    assert mutants("return g(x)", g=("h",))["return h(x)"] == "function"


def test_what_an_error_says_is_left_alone() -> None:
    assert not any("2" in line for line in mutants("raise ValueError(f'{x} is not {1}')"))


def test_right_values_in_a_bad_form() -> None:
    shape = Output(name="y", kind=Kind.ARRAY, shape=("n", 1))
    made = make_mutants(
        question(shape), "def f(x):\n    return x * 2\n", {"x": np.ones((2, 1))}, {}
    )
    kinds = {mutant.kind: mutant for mutant in made}
    results = {}
    for kind in ("dtype", "axis lost", "argument changed"):
        scope: dict = {"np": np}
        exec(kinds[kind].source, scope)
        x = np.ones((2, 1))
        results[kind] = (scope["f"](x), x)
    assert results["dtype"][0].dtype == np.float32
    assert results["axis lost"][0].shape == (2,)
    value, x = results["argument changed"]
    assert (value.tolist(), x.tolist()) == ([[2], [2]], [[2], [2]])


def _lines(assignment: Assignment, function: str) -> set[str]:
    definition = ast.parse(plain_source(assignment.reference_functions[function])).body[0]
    statements = (node for node in ast.walk(definition) if isinstance(node, ast.stmt))
    return {
        ast.unparse(node).splitlines()[0].strip()
        for node in statements
        if not isinstance(node, ast.FunctionDef | ast.With | ast.Raise | ast.Pass)
    }


@pytest.mark.parametrize("name", ["gradient-clipping", "losses", "rnn-cell"])  # the quicker half
def test_every_line_of_a_reference_is_changed(name: str) -> None:
    bench = bench_of(assignment_folders()[name])
    for item in bench.assignment.questions:
        changed = {
            line[1:].strip()
            for mutant in bench.mutants(item.function)
            for line in mutant.diff.splitlines()
            if line.startswith("-")
        }
        assert _lines(bench.assignment, item.function) <= changed, item.function
