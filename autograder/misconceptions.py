"""Known mistakes as data: each is a change to the reference function's source.

``misconceptions.yaml`` lies beside ``assignment.yaml``. A buggy function is the reference with the
change applied, compiled among the reference's own globals; so a new misconception is a few lines
of text, and what a student who has it returns is computed, never typed in.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from autograder.errors import SpecError
from autograder.file_keys import CHANGE, MISCONCEPTION
from autograder.spec import Assignment
from autograder.strict_yaml import load_yaml

FILE_NAME = "misconceptions.yaml"
LANGUAGES = ("en", "zh")

Function = Callable[..., object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A replacement in a function's source; ``old`` stands there exactly once."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconception:
    """A known mistake.

    Attributes
    ----------
    hint : mapping of str to str
        By language; says what to look at, not what to type.
    change : tuple of Change
        Applied to the reference's source in this order.
    twins : tuple of str
        Ids of those that behave the same in every case that can be drawn.
    evidence : tuple of str
        Where the mistake was seen, or ``"experience"``.
    """

    id: str
    function: str
    hint: Mapping[str, str]
    change: tuple[Change, ...]
    twins: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


def load_misconceptions(assignment: Assignment) -> tuple[Misconception, ...]:
    """All misconceptions of an assignment, read once per process.

    Raises
    ------
    SpecError
        For anything that is missing, unknown, repeated, or does not fit the reference; names the
        file, the entry and the fix. Whether a changed source compiles shows in `buggy_function`.
    """
    path = assignment.folder / FILE_NAME
    if not path.is_file():
        return ()
    return _read(path, path.stat().st_mtime_ns, _Functions(assignment.reference_functions))


def misconceptions_of(assignment: Assignment, function: str) -> tuple[Misconception, ...]:
    """Those of one function, in the order of the file."""
    return tuple(entry for entry in load_misconceptions(assignment) if entry.function == function)


def buggy_function(assignment: Assignment, *misconceptions: Misconception) -> Function:
    """The reference function with these mistakes in it, compiled once per process.

    Parameters
    ----------
    misconceptions : Misconception
        Of one function.

    Raises
    ------
    SpecError
        When the changes do not fit together, or what they make is not Python.
    """
    reference = assignment.reference_functions[misconceptions[0].function]
    changes = tuple(change for entry in misconceptions for change in entry.change)
    try:
        return _build(reference, changes)
    except SpecError as error:
        ids = ", ".join(entry.id for entry in misconceptions)
        raise SpecError(f"{assignment.folder / FILE_NAME}, entry {ids!r}: {error}") from None


@lru_cache(maxsize=512)  # those of an assignment and some pairs, 3 KB each
def _build(reference: Function, changes: tuple[Change, ...]) -> Function:
    source = changed_source(source_of(reference), changes)
    try:
        code = compile(source, f"<{reference.__name__}, changed>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise SpecError(f"the changed source is not Python ({error.msg}); mend 'new'.") from None
    # Names of the module are those of the reference, callees too: one mistake at a time.
    scope = dict(inspect.unwrap(reference).__globals__)
    exec(code, scope)
    function: Function = scope[reference.__name__]
    return function


@lru_cache(maxsize=256)
def source_of(function: Function) -> str:
    """A function's source without its docstring."""
    text = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(text).body[0]
    assert isinstance(definition, ast.FunctionDef)
    if ast.get_docstring(definition) is None:
        return text
    first = definition.body[0]
    assert first.end_lineno is not None
    lines = text.splitlines(keepends=True)
    return "".join(lines[: first.lineno - 1] + lines[first.end_lineno :])


def changed_source(source: str, changes: Sequence[Change]) -> str:
    """Apply replacements one after the other.

    Raises
    ------
    SpecError
        When an ``old`` is not there, or stands there more than once.
    """
    for change in changes:
        count = source.count(change.old)
        if count != 1:
            how = "does not stand" if count == 0 else f"stands {count} times"
            fix = "copy it from the reference" if count == 0 else "add what is around it"
            raise SpecError(f"{change.old!r} {how} in the function's code; {fix}.")
        source = source.replace(change.old, change.new)
    return source


class _Functions(dict[str, Function]):
    """Reference functions as a part of a cache's key: equal when they are the same functions."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(map(id, self.values())))


@lru_cache(maxsize=32)
def _read(path: Path, _mtime: int, functions: _Functions) -> tuple[Misconception, ...]:
    data = load_yaml(path)
    if data is None:
        return ()
    if not isinstance(data, list):
        raise SpecError(f"{path}: expected a list of misconceptions; begin each with '- id:'.")
    found: dict[str, Misconception] = {}
    sources: dict[tuple[str, str], str] = {}
    for number, item in enumerate(data):
        label = item.get("id", f"number {number + 1}") if isinstance(item, dict) else number + 1
        try:
            entry = _entry(item)
            changed = _check_change(entry, functions)
            if entry.id in found:
                raise SpecError("the id stands twice; rename one of them.")
            other = sources.setdefault((entry.function, changed), entry.id)
            if other != entry.id:
                raise SpecError(f"makes the very same change as {other!r}; remove one.")
            found[entry.id] = entry
        except SpecError as error:
            raise SpecError(f"{path}, entry {label!r}: {error}") from None
    _check_twins(path, found)
    return tuple(found.values())


def _entry(item: Any) -> Misconception:
    if not isinstance(item, dict):
        raise SpecError(f"expected a mapping, found {item!r}.")
    for key in item:
        if key not in MISCONCEPTION.known:
            known = ", ".join(MISCONCEPTION.known)
            raise SpecError(f"unknown key {key!r}; known are {known}.")
    for key in MISCONCEPTION.required:
        if key not in item:
            raise SpecError(f"the key {key!r} is missing.")
    hint = item["hint"]
    if not isinstance(hint, dict) or set(hint) != set(LANGUAGES):
        raise SpecError(f"'hint' must have exactly the languages {', '.join(LANGUAGES)}.")
    if not isinstance(item["change"], list) or not item["change"]:
        raise SpecError("'change' must be a list of {old: ..., new: ...}.")
    return Misconception(
        id=_text(item["id"], "id"),
        function=_text(item["function"], "function"),
        hint={language: _text(hint[language], f"hint.{language}") for language in LANGUAGES},
        change=tuple(_change(change) for change in item["change"]),
        twins=_texts(item.get("twins", []), "twins"),
        evidence=_texts(item["evidence"], "evidence"),
    )


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise SpecError(f"{where}: expected text, found {value!r}.")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise SpecError(f"{where}: expected a list of texts, found {value!r}.")
    return tuple(_text(item, where) for item in value)


def _change(value: Any) -> Change:
    if not isinstance(value, dict) or set(value) != set(CHANGE.required):
        raise SpecError(f"change: expected {{old: ..., new: ...}}, found {value!r}.")
    if not isinstance(value["new"], str):
        raise SpecError(f"change.new: expected text, found {value['new']!r}.")
    return Change(old=_text(value["old"], "change.old"), new=value["new"])


def _check_change(entry: Misconception, functions: Mapping[str, Function]) -> str:
    """The changed source."""
    if entry.function not in functions:
        raise SpecError(f"the reference has no function {entry.function!r}.")
    source = source_of(functions[entry.function])
    changed = changed_source(source, entry.change)
    if changed == source:
        raise SpecError("the change leaves the function as it is.")
    return changed


def _check_twins(path: Path, found: Mapping[str, Misconception]) -> None:
    for entry in found.values():
        for twin in entry.twins:
            if twin not in found or found[twin].function != entry.function:
                raise SpecError(
                    f"{path}, entry {entry.id!r}: the twin {twin!r} is no misconception of "
                    f"{entry.function}."
                )
