"""Right values with bad manners: an argument changed in place, another dtype, an axis lost."""

import ast
import copy
from collections.abc import Iterator, Mapping

import numpy as np

from autograder.spec import Kind, Output, Question

_FLOATS = (Kind.ARRAY, Kind.ELEMENTWISE)
_OF_ARRAYS = (
    ("dtype", "np.float32(value)"),
    ("axis lost", "np.squeeze(value)"),
    ("axis added", "np.array([value])"),
)
_FORMS = {
    Kind.SCALAR: (("dtype", "np.float32(value)"), ("axis added", "np.array([value])")),
    Kind.INTEGER: (("dtype", "float(value)"),),
}


def spoiled(
    tree: ast.Module, question: Question, arguments: Mapping[str, object]
) -> Iterator[tuple[str, ast.Module]]:
    """Copies of a function with one bad habit.

    Parameters
    ----------
    tree : ast.Module
        Holds the function alone.
    arguments : mapping of str to object
        Of some call.
    """
    if question.groups and any(group.judge for group in question.groups):
        return  # a judge looks at what values are good for
    for name, value in arguments.items():
        if statement := _overwriting(name, value):
            yield "argument changed", _before_return(tree, statement)
    for place, output in enumerate(question.returns):
        for keys in _places(question, output, place):
            for kind, text in _FORMS.get(output.kind, _OF_ARRAYS):
                yield kind, _wrapped(tree, keys, text)


def _overwriting(name: str, value: object) -> str:
    """A statement that changes an argument in place."""
    if isinstance(value, np.ndarray) and value.size:
        return f"{name} += 1"
    if isinstance(value, Mapping) and value:
        first = next(iter(value.values()))
        at = f"{name}[next(iter({name}))]"
        return f"{at} += 1" if isinstance(first, np.ndarray) and first.size else f"{at} = None"
    if isinstance(value, list) and value:
        return f"{name}.pop()"
    return ""


def _places(question: Question, output: Output, place: int) -> Iterator[str]:
    """Where in the result the numbers of an output stand, as an index."""
    at = "" if len(question.returns) == 1 else f"[{place}]"
    if output.kind in (*_FLOATS, *_FORMS):
        yield at
    elif output.kind is Kind.DICT:
        yield from (f"{at}[{f.name!r}]" for f in output.fields if f.kind in _FLOATS)


def _before_return(tree: ast.Module, *statements: str) -> ast.Module:
    """The function with statements after the result, which may hold arguments, was worked out."""
    result = ["import copy", "result = copy.deepcopy(RESULT)"]
    return _Returns([*result, *statements, "return result"]).changed(tree)


def _wrapped(tree: ast.Module, index: str, text: str) -> ast.Module:
    """The function with a part of its result changed, where it has this part."""
    value = f"result{index}"
    change = text.replace("value", value)
    if not index:
        return _Returns(["result = RESULT", f"return {change}"]).changed(tree)
    if index.startswith("[") and index.count("[") == 1 and index[1].isdigit():
        start = ["result = list(RESULT)", f"{value} = {change}", "return tuple(result)"]
        return _Returns(start).changed(tree)
    holder, _, name = value.removesuffix("]").rpartition("[")
    change = f"if {name} in {holder}: {value} = {change}"
    return _Returns(["result = RESULT", change, "return result"]).changed(tree)


class _Returns(ast.NodeTransformer):
    """Puts other statements in the place of each return; ``RESULT`` is what was returned."""

    def __init__(self, statements: list[str]) -> None:
        self._statements = statements

    def changed(self, tree: ast.Module) -> ast.Module:
        new = self.visit(copy.deepcopy(tree))
        assert isinstance(new, ast.Module)
        return new

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        assert node.value is not None
        text = "\n".join(self._statements).replace("RESULT", f"({ast.unparse(node.value)})")
        return ast.parse(text).body

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node
