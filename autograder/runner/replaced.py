"""Other functions in the place of a student's, for one call: wherever the student refers to them.

A name in the notebook is looked up when it is used, so it is enough to change what it stands for.
But the function itself may have been taken hold of before: as a default argument, under another
name, in a list, by a decorator. So its code is replaced as well.
"""

import functools
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Function = Callable[..., Any]
_CALLED = "the function in the place"


@contextmanager
def replaced(space: dict[str, Any], functions: Mapping[str, Function], keep: str) -> Iterator[None]:
    """Let functions take the place of others of the same names as long as the context is open.

    Parameters
    ----------
    space : dict
        The notebook's names.
    keep : str
        Name of the function that is about to be called; its code stays what it is.
    """
    saved = {name: space[name] for name in functions if name in space}
    kept, _ = _plain(space.get(keep))
    codes: list[tuple[types.FunctionType, types.CodeType]] = []
    try:
        for name, function in functions.items():
            plain, bound = _plain(saved.get(name))
            if plain is not None and plain is not kept:
                codes.append((plain, plain.__code__))
                plain.__code__ = _passing_on(function, len(plain.__closure__ or ()), bound)
        space.update(functions)
        yield
    finally:
        for plain, code in reversed(codes):
            plain.__code__ = code
        for name in functions:
            space.pop(name, None)
        space.update(saved)


def _plain(function: Any) -> tuple[types.FunctionType | None, bool]:
    """The Python function behind what a name stands for, and whether it gets a ``self`` first."""
    bound = type(function) is types.MethodType
    plain = function.__func__ if bound else function
    return (plain if type(plain) is types.FunctionType else None), bound


def _passing_on(function: Function, free: int, bound: bool) -> types.CodeType:
    """Code that passes all arguments on to a function, for one with so many free variables."""
    template = _template(free, bound)
    constants = [function if value == _CALLED else value for value in template.co_consts]
    return template.replace(co_consts=tuple(constants))


@functools.cache
def _template(free: int, bound: bool) -> types.CodeType:
    names = ", ".join(f"_{number}" for number in range(free))
    outer = "def outer():\n" + (f"    {names}, = {[None] * free}\n" if free else "")
    inner = f"    def inner({'_self, ' if bound else ''}*args, **kwargs):\n"
    used = f"        {names},\n" if free else ""
    body = f"        called = {_CALLED!r}\n        return called(*args, **kwargs)\n"
    code = compile(outer + inner + used + body, "<stand-in>", "exec")
    for name in ("outer", "inner"):
        inside = (c for c in code.co_consts if isinstance(c, types.CodeType) and c.co_name == name)
        code = next(inside)
    return code
