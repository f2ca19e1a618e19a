"""The small language in which an ``assignment.yaml`` says how inputs are drawn.

``"normal(n_a, m, scale=0.5)"`` is Python syntax with most of Python left out: names, numbers,
arithmetic, subscripts, lists, tuples, dicts, and calls of the functions that the case generator
offers. No attributes, comprehensions or lambdas: reading an expression tells what it does.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import CodeType

from autograder.errors import SpecError

_ALLOWED = (
    ast.Expression, ast.Name, ast.Load, ast.Constant, ast.Call, ast.keyword, ast.Subscript,
    ast.Slice, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp, ast.USub, ast.UAdd, ast.BinOp, ast.Add,
    ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult, ast.Compare, ast.Lt,
    ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq,
)  # fmt: skip


@lru_cache(maxsize=4096)
def _compile(text: str) -> tuple[CodeType, frozenset[str]]:
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise SpecError(f"{text!r} is not an expression ({error.msg}).") from None
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__
            raise SpecError(
                f"{text!r} uses {what}, which is not allowed here; "
                "use names, numbers, arithmetic, subscripts and calls of draw functions."
            )
        if isinstance(node, ast.Call) and not isinstance(node.func, ast.Name):
            raise SpecError(f"{text!r} calls something that is not a plain name.")
    names = frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return compile(tree, "<assignment.yaml>", "eval"), names


def expression_names(text: str) -> frozenset[str]:
    """Names that the expression refers to; raises ``SpecError`` where it is not allowed."""
    return _compile(text)[1]


def check_names(text: str, known: Iterable[str]) -> None:
    """Raise ``SpecError`` when the expression uses a name that nothing defines."""
    known = set(known)
    unknown = sorted(expression_names(text) - known)
    if unknown:
        raise SpecError(
            f"{text!r} uses {', '.join(unknown)}, which nothing defines; "
            f"known names: {', '.join(sorted(known))}."
        )


def evaluate(text: str, names: Mapping[str, object]) -> object:
    """Value of the expression; ``names`` are its only surroundings."""
    code, used = _compile(text)
    scope: dict[str, object] = {"__builtins__": {}}
    scope.update({name: names[name] for name in used})
    return eval(code, scope)
