"""A place in a function where something can be changed."""

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self, TypeVar

Item = TypeVar("Item")
Node = TypeVar("Node", bound=ast.AST)
Near = Mapping[str, Sequence[str]]  # functions that may be taken for one another


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A node and what stands around it.

    Attributes
    ----------
    parents : tuple of ast.AST
        The outermost first.
    variables : tuple of str
        Arguments and local names of the function.
    keys : tuple of str
        Texts by which it looks into dicts.
    near : mapping
        Graded functions that may be taken for one another.
    """

    node: ast.AST
    parents: tuple[ast.AST, ...] = ()
    variables: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    near: Near

    @classmethod
    def of(cls, definition: ast.FunctionDef, near: Near) -> Self:
        """The surroundings of all nodes of a function."""
        names = [node.arg for node in ast.walk(definition.args) if isinstance(node, ast.arg)]
        keys = []
        for node in ast.walk(definition):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
            elif isinstance(node, ast.Subscript) and (key := text_of(node.slice)):
                keys.append(key)
        variables = [name for name in names if name != "_"]
        return cls(
            node=definition,
            variables=tuple(dict.fromkeys(variables)),
            keys=tuple(dict.fromkeys(keys)),
            near=near,
        )

    def at(self, node: ast.AST, parents: tuple[ast.AST, ...]) -> Self:
        """The same function, another node."""
        return replace(self, node=node, parents=parents)

    @property
    def parent(self) -> ast.AST | None:
        """The node around this one."""
        return self.parents[-1] if self.parents else None

    @property
    def is_called(self) -> bool:
        """Whether the node is the function of a call."""
        return isinstance(self.parent, ast.Call) and self.parent.func is self.node


New = ast.AST | list[ast.stmt]  # a list takes the place of one statement
Operator = Callable[[Site], Iterator[New]]
Rule = tuple[str, tuple[type[ast.AST], ...], Operator]


def text_of(node: ast.AST) -> str:
    """The text that a constant holds, or an empty one."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_numpy(node: ast.AST) -> bool:
    """Whether it is the name ``np``."""
    return isinstance(node, ast.Name) and node.id == "np"


def changed(node: Node, **fields: object) -> Node:
    """A copy with other fields; what they hold is shared with the original."""
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def exchanged(items: Sequence[ast.expr]) -> Iterator[list[ast.expr]]:
    """The items with two neighbours exchanged, for each pair of neighbours."""
    for index in range(len(items) - 1):
        yield [*items[:index], items[index + 1], items[index], *items[index + 2 :]]


def without(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items without one of them, for each of them."""
    for index in range(len(items)):
        yield [*items[:index], *items[index + 1 :]]


def expression(text: str, **parts: ast.expr) -> ast.expr:
    """An expression from a text in which names stand for other expressions."""
    return _Fill(parts).visit(ast.parse(text, mode="eval").body)  # type: ignore[no-any-return]


class _Fill(ast.NodeTransformer):
    def __init__(self, parts: Mapping[str, ast.expr]) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return copy.deepcopy(self._parts.get(node.id, node))
