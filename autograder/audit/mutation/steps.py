"""Changes of order and extent: indices, slices, loops, statements, what is returned."""

import ast
import copy
from collections.abc import Iterator, Sequence

from autograder.audit.mutation.site import New, Rule, Site, changed, exchanged, expression, without


def _index(site: Site) -> Iterator[New]:
    """One off, and axes exchanged."""
    node = site.node
    assert isinstance(node, ast.Subscript)
    parts: Sequence[ast.expr] = (
        node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    )
    for number, part in enumerate(parts):
        if isinstance(part, ast.Name | ast.BinOp | ast.Attribute):
            for text in ("i + 1", "i - 1"):
                off = expression(text, i=part)
                yield _indexed(node, [*parts[:number], off, *parts[number + 1 :]])
    for other in exchanged(parts):
        yield _indexed(node, other)


def _indexed(node: ast.Subscript, parts: Sequence[ast.expr]) -> ast.Subscript:
    alone = not isinstance(node.slice, ast.Tuple)
    return changed(node, slice=parts[0] if alone else changed(node.slice, elts=[*parts]))


def _slice(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Slice)
    for field in ("lower", "upper", "step"):
        bound = getattr(node, field)
        if bound is None:
            continue
        yield changed(node, **{field: None})
        if field != "step" and not isinstance(bound, ast.Constant):
            for text in ("i + 1", "i - 1"):
                yield changed(node, **{field: expression(text, i=bound)})


def _bounds(site: Site) -> Iterator[New]:
    """Other steps than all of them, or in another order."""
    node = site.node
    assert isinstance(node, ast.For | ast.comprehension)
    for text in ("list(steps)[1:]", "list(steps)[:-1]", "list(steps)[::-1]"):
        yield changed(node, iter=expression(text, steps=node.iter))
    steps = node.iter
    if isinstance(steps, ast.Call) and ast.unparse(steps.func) == "range":
        last = 0 if len(steps.args) == 1 else 1
        more = expression("i + 1", i=steps.args[last])
        args = [more if place == last else arg for place, arg in enumerate(steps.args)]
        yield changed(node, iter=changed(steps, args=args))


def _dropped_filter(site: Site) -> Iterator[New]:
    assert isinstance(site.node, ast.comprehension)
    for ifs in without(site.node.ifs):
        yield changed(site.node, ifs=ifs)


def _left_early(site: Site) -> Iterator[New]:
    """A loop that ends after its first step."""
    assert isinstance(site.node, ast.For)
    yield changed(site.node, body=[*site.node.body, ast.Break()])


def _dropped(_site: Site) -> Iterator[New]:
    yield []


def _order(site: Site) -> Iterator[New]:
    """Two neighbours of a tuple or list exchanged, or one missing."""
    node = site.node
    assert isinstance(node, ast.Tuple | ast.List)
    if isinstance(site.parent, ast.Subscript):
        return
    for elts in exchanged(node.elts):
        yield changed(node, elts=elts)
    if isinstance(node.ctx, ast.Load):
        for elts in without(node.elts):
            yield changed(node, elts=elts)


def _entries(site: Site) -> Iterator[New]:
    """Two values of a dict exchanged, or an entry missing."""
    node = site.node
    assert isinstance(node, ast.Dict)
    for values in exchanged(node.values):
        yield changed(node, values=values)
    for pairs in without(list(zip(node.keys, node.values, strict=True))):
        yield changed(node, keys=[key for key, _ in pairs], values=[value for _, value in pairs])


def _error(site: Site) -> Iterator[New]:
    node = site.node
    assert isinstance(node, ast.Raise)
    if isinstance(node.exc, ast.Call):
        other = copy.copy(node.exc)
        other.func = ast.Name("RuntimeError", ast.Load())
        yield changed(node, exc=other)


_STATEMENTS = (
    ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Raise, ast.For, ast.While,
    ast.Break, ast.Continue, ast.Delete,
)  # fmt: skip

RULES: tuple[Rule, ...] = (
    ("index", (ast.Subscript,), _index),
    ("slice", (ast.Slice,), _slice),
    ("loop", (ast.For, ast.comprehension), _bounds),
    ("loop", (ast.For,), _left_early),
    ("condition", (ast.comprehension,), _dropped_filter),
    ("dropped statement", _STATEMENTS, _dropped),
    ("order", (ast.Tuple, ast.List), _order),
    ("key", (ast.Dict,), _entries),
    ("error", (ast.Raise,), _error),
)
