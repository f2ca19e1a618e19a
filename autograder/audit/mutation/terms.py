"""Changes of formulas: operators, terms, conditions, constants, keys and names."""

import ast
from collections.abc import Iterator

from autograder.audit.mutation.site import New, Rule, Site, changed

_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Div,),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}


def _operator(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.BinOp | ast.AugAssign)
    for other in _OPERATORS.get(type(node.op), ()):
        yield changed(node, op=other())


def _dropped_term(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.BinOp)
    yield node.left
    yield ast.UnaryOp(ast.USub(), node.right) if isinstance(node.op, ast.Sub) else node.right


def _exchanged_sides(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.BinOp)
    if not isinstance(node.op, ast.Add | ast.Mult):
        yield changed(node, left=node.right, right=node.left)


def _dropped_sign(site: Site) -> Iterator[New]:
    assert isinstance(site.node, ast.UnaryOp)
    yield site.node.operand


def _assigned(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.AugAssign)
    yield ast.Assign(targets=[node.target], value=node.value, lineno=0)


def _comparison(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Compare)
    for index, operator in enumerate(node.ops):
        for other in _COMPARISONS[type(operator)]:
            yield changed(node, ops=[*node.ops[:index], other(), *node.ops[index + 1 :]])


def _connective(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.BoolOp)
    yield changed(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
    yield from node.values


def _choice(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.IfExp)
    yield node.body
    yield node.orelse
    yield changed(node, body=node.orelse, orelse=node.body)


def _branch(site: Site) -> Iterator[New]:
    """The other branch, always the one, always the other."""
    node = site.node
    assert isinstance(node, ast.If | ast.While)
    yield changed(node, test=ast.UnaryOp(ast.Not(), node.test))
    yield [*node.body]
    yield [*node.orelse]


def _constant(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Constant)
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        yield from map(ast.Constant, (value + 1, value - 1))
    elif isinstance(value, float):
        yield from map(ast.Constant, (1.0,) if value == 0 else (0.0, 2 * value, value / 10))


def _text(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Constant)
    if not isinstance(node.value, str):
        return
    if isinstance(site.parent, ast.Subscript) and len(site.keys) > 1:
        yield from (ast.Constant(key) for key in site.keys if key != node.value)
    else:
        yield ast.Constant(node.value + "_")


def _variable(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Name)
    if isinstance(node.ctx, ast.Load) and node.id in site.variables:
        yield from (ast.Name(name, ast.Load()) for name in site.variables if name != node.id)


RULES: tuple[Rule, ...] = (
    ("operator", (ast.BinOp, ast.AugAssign), _operator),
    ("dropped term", (ast.BinOp,), _dropped_term),
    ("exchanged sides", (ast.BinOp,), _exchanged_sides),
    ("dropped sign", (ast.UnaryOp,), _dropped_sign),
    ("operator", (ast.AugAssign,), _assigned),
    ("comparison", (ast.Compare,), _comparison),
    ("condition", (ast.BoolOp,), _connective),
    ("condition", (ast.IfExp,), _choice),
    ("condition", (ast.If, ast.While), _branch),
    ("constant", (ast.Constant,), _constant),
    ("key", (ast.Constant,), _text),
    ("variable", (ast.Name,), _variable),
)
