"""All mutants of a function, each with a name that lasts.

A mutant is known by its function and the lines that changed, so its name stays the same as long as
those lines do, whatever else is edited.
"""

import ast
import copy
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from autograder.audit.mutation import calls, steps, terms
from autograder.audit.mutation.site import Near, New, Site
from autograder.audit.mutation.spoilers import spoiled
from autograder.spec import Question

_RULES = (*terms.RULES, *calls.RULES, *steps.RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A reference function with one change.

    Attributes
    ----------
    id : str
        ``function: old lines -> new lines``.
    kind : str
        What was done, such as ``"operator"``.
    source : str
        The whole changed function.
    diff : str
        The changed lines, marked ``-`` and ``+``.
    """

    id: str
    function: str
    kind: str
    source: str
    diff: str


def make_mutants(
    question: Question, source: str, arguments: Mapping[str, object], near: Near
) -> tuple[Mutant, ...]:
    """All mutants of a question's function.

    Parameters
    ----------
    question : Question
    source : str
        Of the function, without annotations and docstring.
    arguments : mapping of str to object
        Of some call; tells what can be changed in place.
    near : mapping of str to sequence of str
        Graded functions that may be taken for one another.
    """
    tree = ast.parse(source)
    original = ast.unparse(tree)
    found: dict[str, Mutant] = {}
    names: dict[str, int] = {}
    for kind, made in (*_mutated(tree, near), *spoiled(tree, question, arguments)):
        text = ast.unparse(ast.fix_missing_locations(made))
        if text == original or text in found:
            continue
        name, diff = _difference(question.function, original, text)
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            name = f"{name} ({names[name]})"
        found[text] = Mutant(id=name, function=question.function, kind=kind, source=text, diff=diff)
    return tuple(found.values())


def _mutated(tree: ast.Module, near: Near) -> Iterator[tuple[str, ast.Module]]:
    definition = tree.body[0]
    assert isinstance(definition, ast.FunctionDef)
    around = Site.of(definition, near)
    for way, site in _sites(definition, around, (("body", 0),), ()):
        for kind, new in _replacements(site):
            made = copy.deepcopy(tree)
            _put(made, way, copy.deepcopy(new))
            yield kind, made


def _replacements(site: Site) -> Iterator[tuple[str, New]]:
    if any(isinstance(parent, ast.Raise | ast.JoinedStr) for parent in site.parents):
        return  # what an error says is not graded
    for kind, nodes, operator in _RULES:
        if isinstance(site.node, nodes):
            for new in operator(site):
                yield kind, new


Way = tuple[tuple[str, int | None], ...]


def _sites(
    node: ast.AST, around: Site, way: Way, parents: tuple[ast.AST, ...]
) -> Iterator[tuple[Way, Site]]:
    """Every node with the way to it, in the order of the source."""
    yield way, around.at(node, parents)
    for field, value in ast.iter_fields(node):
        children = list(enumerate(value)) if isinstance(value, list) else [(None, value)]
        for index, child in children:
            if isinstance(child, ast.AST):
                yield from _sites(child, around, (*way, (field, index)), (*parents, node))


def _put(tree: ast.AST, way: Way, new: New) -> None:
    """Replace the node at the end of a way."""
    *before, (field, index) = way
    node = tree
    for name, place in before:
        value = getattr(node, name)
        node = value if place is None else value[place]
    if index is None:
        setattr(node, field, new)
        return
    values = getattr(node, field)
    values[index : index + 1] = new if isinstance(new, list) else [new]
    if not values and field == "body":
        values.append(ast.Pass())


def _difference(function: str, old: str, new: str) -> tuple[str, str]:
    """A name and the changed lines."""
    old_lines, new_lines = old.splitlines(), new.splitlines()
    marked = []
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what != "equal":
            marked += [f"- {line}" for line in old_lines[start:end]]
            marked += [f"+ {line}" for line in new_lines[new_start:new_end]]
    removed, added = ("; ".join(m[1:].strip() for m in marked if m[0] == sign) for sign in "-+")
    return f"{function}: {removed or 'nothing'} -> {added or 'nothing'}", "\n".join(marked)
