"""A reference function as a notebook cell: signature, docstring, and the body between markers.

nbgrader replaces what is between the markers by the stub that students get, so that no signature
or docstring is typed twice.
"""

import ast
import builtins
import inspect
import symtable
import textwrap
from collections.abc import Callable, Collection

from autograder.errors import SpecError

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


def solution_source(function: Callable[..., object], *, known: Collection[str] = ()) -> str:
    """The cell's source for a reference function.

    Parameters
    ----------
    function : callable
        A plain function whose source can be read.
    known : collection of str
        Names besides numpy's ``np`` and the builtins that the notebook defines.

    Raises
    ------
    SpecError
        When the function uses a name that the notebook does not have.
    """
    name = function.__name__
    try:
        text = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise SpecError(f"The reference function {name} has no readable source: {error}.") from None
    node = ast.parse(text).body[0]
    if not isinstance(node, ast.FunctionDef):
        raise SpecError(f"The reference's {name} must be a plain function, written with `def`.")
    source = _compose(node, text.splitlines())
    unknown = sorted(_globals(source) - {name, "np", *dir(builtins), *known})
    if unknown:
        raise SpecError(
            f"The reference function {name} uses {', '.join(unknown)}, which a notebook does not "
            "have. Use only its arguments, np, builtins and graded or carried functions."
        )
    return source


def _compose(node: ast.FunctionDef, lines: list[str]) -> str:
    for argument in ast.walk(node.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    first = node.body[0]
    has_docstring = ast.get_docstring(node) is not None
    header_end = first.end_lineno if has_docstring else first.lineno - 1
    docstring = lines[first.lineno - 1 : first.end_lineno] if has_docstring else []
    body = "\n".join(lines[header_end:]).strip("\n") if header_end is not None else ""
    return "\n".join(
        [
            f"def {node.name}({ast.unparse(node.args)}):",
            *docstring,
            f"    {BEGIN}",
            body,
            f"    {END}",
        ]
    )


def _globals(source: str) -> set[str]:
    """Names that the functions in ``source`` look up outside themselves."""
    found: set[str] = set()
    tables = [symtable.symtable(source, "<solution>", "exec")]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        if isinstance(table, symtable.Function):
            found.update(table.get_globals())
    return found
