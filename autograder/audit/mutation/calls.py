"""Changes of calls: another function, arguments exchanged or missing, a factor transposed."""

import ast
from collections.abc import Iterator

from autograder.audit.mutation.site import (
    New,
    Rule,
    Site,
    changed,
    exchanged,
    is_numpy,
    without,
)

_NEAR = {
    "max": ("min", "sum", "mean"),
    "min": ("max",),
    "maximum": ("minimum", "add"),
    "minimum": ("maximum",),
    "sum": ("mean", "max", "prod"),
    "mean": ("sum", "median"),
    "prod": ("sum",),
    "tanh": ("sinh", "arctan", "tan"),
    "exp": ("exp2", "expm1"),
    "expm1": ("exp",),
    "log": ("log2", "log10", "log1p"),
    "log1p": ("log",),
    "sqrt": ("square", "cbrt"),
    "square": ("abs",),
    "abs": ("square", "negative", "sign"),
    "sign": ("abs",),
    "zeros": ("ones",),
    "ones": ("zeros",),
    "zeros_like": ("ones_like",),
    "ones_like": ("zeros_like",),
    "eye": ("ones",),
    "dot": ("multiply",),
    "outer": ("multiply",),
    "vstack": ("hstack",),
    "hstack": ("vstack",),
    "argmax": ("argmin", "max"),
    "argmin": ("argmax",),
    "all": ("any",),
    "any": ("all",),
    "isfinite": ("isnan",),
    "isnan": ("isfinite", "isinf"),
    "floor": ("ceil", "round"),
    "ceil": ("floor", "round"),
    "round": ("floor", "ceil"),
    "cumsum": ("cumprod",),
    "cumprod": ("cumsum",),
}
_BUILTINS = {"max": ("min",), "min": ("max",), "sum": ("max",), "any": ("all",), "all": ("any",)}
_PRODUCTS = ("np.dot", "np.matmul")


def _near_numpy(site: Site) -> Iterator[New]:
    """``np.max`` becomes ``np.min``, ``x.sum()`` becomes ``x.mean()``."""
    node = site.node
    assert isinstance(node, ast.Attribute)
    if is_numpy(node.value) or site.is_called:
        yield from (changed(node, attr=name) for name in _NEAR.get(node.attr, ()))


def _near_function(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Name)
    near = site.near.get(node.id, ())
    if site.is_called and node.id not in site.variables:
        near = _BUILTINS.get(node.id, near)
    if isinstance(node.ctx, ast.Load) and node.id not in site.variables:
        yield from (ast.Name(name, ast.Load()) for name in near)


def _unwrapped(site: Site) -> Iterator[New]:
    """``f(x)`` becomes ``x``, and so does ``x.copy()``."""
    node = site.node
    assert isinstance(node, ast.Call)
    if isinstance(node.func, ast.Attribute) and not is_numpy(node.func.value):
        yield node.func.value
    elif node.args and not isinstance(node.args[0], ast.Starred):
        yield node.args[0]


def _exchanged_arguments(site: Site) -> Iterator[New]:
    assert isinstance(site.node, ast.Call)
    for args in exchanged(site.node.args):
        yield changed(site.node, args=args)


def _dropped_argument(site: Site) -> Iterator[New]:
    """The last one by position, or one that is named."""
    node = site.node
    assert isinstance(node, ast.Call)
    if len(node.args) > 1:
        yield changed(node, args=node.args[:-1])
    for keywords in without(node.keywords):
        yield changed(node, keywords=keywords)


def _transposed_factor(site: Site) -> Iterator[New]:
    node = site.node
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        yield changed(node, left=_transpose(node.left))
        yield changed(node, right=_transpose(node.right))
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in _PRODUCTS:
        one, other = node.args[:2]
        yield changed(node, args=[_transpose(one), other])
        yield changed(node, args=[one, _transpose(other)])


def _transpose(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return node.value
    return ast.Attribute(node, "T", ast.Load())


def _dropped_transpose(site: Site) -> Iterator[New]:
    assert isinstance(site.node, ast.Attribute)
    if site.node.attr == "T":
        yield site.node.value


RULES: tuple[Rule, ...] = (
    ("function", (ast.Attribute,), _near_numpy),
    ("function", (ast.Name,), _near_function),
    ("dropped call", (ast.Call,), _unwrapped),
    ("exchanged arguments", (ast.Call,), _exchanged_arguments),
    ("dropped argument", (ast.Call,), _dropped_argument),
    ("transpose", (ast.BinOp, ast.Call), _transposed_factor),
    ("transpose", (ast.Attribute,), _dropped_transpose),
)
