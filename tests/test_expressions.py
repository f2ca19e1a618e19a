import pytest

from autograder.errors import SpecError
from autograder.expressions import check_names, evaluate, expression_names


def test_arithmetic_and_calls():
    names = {"n_a": 3, "double": lambda x: 2 * x}
    assert evaluate("double(n_a) + [1, 2][0] ** 2", names) == 7


def test_names_are_those_it_refers_to():
    assert expression_names("normal(n_a, m, scale=0.5) @ Waa") == {"normal", "n_a", "m", "Waa"}


@pytest.mark.parametrize(
    "text",
    [
        "x.__class__",
        "[a for a in b]",
        "(lambda: 1)()",
        "f'{x}'",
        "x if y else z",
        "f(x)(y)",
        "__import__('os') and 1",
        "(y := 1)",
        "f(*x)",
    ],
)
def test_everything_else_is_refused(text):
    with pytest.raises(SpecError):
        expression_names(text)


def test_builtins_are_out_of_reach():
    with pytest.raises(KeyError):
        evaluate("open('x')", {})


def test_unknown_name_lists_known_ones():
    with pytest.raises(SpecError, match=r"uses n_q.*known names: m, n_a"):
        check_names("n_q + m", {"n_a", "m"})


def test_not_an_expression():
    with pytest.raises(SpecError, match="not an expression"):
        expression_names("normal(")
