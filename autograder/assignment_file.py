"""Read ``assignment.yaml`` into the records of ``autograder.spec``.

Every mistake an author can make is reported with the file, the path of the key and the way to mend
it, before anything runs.
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, MappingProxyType, ModuleType
from typing import Any

from autograder import file_keys
from autograder.data_files import DATA
from autograder.draws import CONSTANTS, DRAW_NAMES
from autograder.errors import SpecError
from autograder.expressions import check_names
from autograder.file_keys import Keys
from autograder.spec import (
    Assignment,
    Check,
    Dim,
    Group,
    Kind,
    Limits,
    Output,
    Property,
    Question,
    Tree,
)
from autograder.strict_yaml import load_yaml

DEFAULT_DIMS: Mapping[str, Dim] = MappingProxyType(
    {"n_x": (2, 6), "n_a": (2, 6), "n_y": (2, 6), "m": (2, 6), "T_x": (3, 7)}
)
COUNTEREXAMPLE_POLICIES = ("always", "after-deadline", "never")
_REFERENCE = "reference."  # the package of the answers
_PLAIN_KINDS = ("any", "integer", "labels", "scalar", "text")


def load_assignment(folder: Path) -> Assignment:
    """Read and validate one assignment's folder.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``assignment.yaml``; its name is the assignment's name.

    Raises
    ------
    SpecError
        For anything that is missing, unknown or inconsistent.
    """
    path = folder / "assignment.yaml"
    if not path.is_file():
        raise SpecError(f"{folder}: not an assignment, for it holds no assignment.yaml.")
    try:
        return _Reader(folder).assignment(load_yaml(path))
    except _KeyPathError as problem:
        raise SpecError(f"{path}: {problem}") from None


class _KeyPathError(Exception):
    """A problem at a key path, not yet joined with the file's name."""


def _mapping(value: Any, where: str, keys: Keys | None = None) -> dict[str, Any]:
    """``value`` as a dict with the keys it must and may have; without ``keys`` with any."""
    if value is None and not (keys and keys.required):
        return {}
    if not isinstance(value, dict):
        raise _KeyPathError(f"{where}: expected a mapping, found {value!r}.")
    for key in value:
        if not isinstance(key, str):
            raise _KeyPathError(f"{where}: the key {key!r} must be text; put it in quotes.")
    if keys is None:
        return value
    unknown = sorted(set(value) - set(keys.known))
    if unknown:
        known = ", ".join(keys.known)
        raise _KeyPathError(f"{where}: unknown key {unknown[0]!r}; known are {known}.")
    missing = [key for key in keys.required if key not in value]
    if missing:
        raise _KeyPathError(f"{where}: the key {missing[0]!r} is missing.")
    return value


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise _KeyPathError(f"{where}: expected a list, found {value!r}.")
    return value


def _number(value: Any, where: str, *, low: float = 0.0) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= low:
        raise _KeyPathError(f"{where}: expected a number of at least {low:g}, found {value!r}.")
    return float(value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise _KeyPathError(f"{where}: expected true or false, found {value!r}.")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _KeyPathError(f"{where}: expected text, found {value!r}.")
    return value


def _one_of(value: Any, where: str, known: Collection[str]) -> str:
    if value not in known:
        raise _KeyPathError(f"{where}: {value!r} is none of {', '.join(known)}.")
    return str(value)


def _dims(value: Any, where: str) -> dict[str, Dim]:
    return {name: _dim(size, f"{where}.{name}") for name, size in _mapping(value, where).items()}


def _dim(value: Any, where: str) -> Dim:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    if isinstance(value, str):
        return value
    match value:
        case [int(low), int(high)] if 1 <= low <= high:
            return (low, high)
    raise _KeyPathError(
        f"{where}: {value!r} is no dimension; write a size, [smallest, largest], or another's name."
    )


def _output(name: str, value: Any, where: str) -> Output:
    if isinstance(value, list):
        return Output(name=name, kind=Kind.ARRAY, shape=tuple(value))
    if isinstance(value, str):
        return Output(name=name, kind=Kind(_one_of(value, where, _PLAIN_KINDS)))
    match value:
        case {"dict": dict(fields)} if len(value) == 1:
            inner = tuple(_output(key, kind, f"{where}.{key}") for key, kind in fields.items())
            return Output(name=name, kind=Kind.DICT, fields=inner)
        case {"holds": list(names)} if len(value) == 1:
            return Output(name=name, kind=Kind.HOLDS, holds=tuple(names))
        case {"elementwise": list(shape)} if len(value) == 1:
            return Output(name=name, kind=Kind.ELEMENTWISE, shape=tuple(shape))
    raise _KeyPathError(
        f"{where}: {value!r} is no kind of output; write a shape such as [n_a, m], one of "
        f"{', '.join(_PLAIN_KINDS)}, or a mapping dict:, holds: or elementwise:."
    )


class _Reader:
    """Reads one file; knows which names expressions may use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._functions: Mapping[str, Callable[..., object]] = {}
        self._judges: Mapping[str, Callable[..., object]] = {}
        self._known: set[str] = set()

    def assignment(self, data: Any) -> Assignment:
        top = _mapping(data, "top level", file_keys.ASSIGNMENT)
        self._functions = _functions_of(_load_module(self._folder, top["reference"], "reference"))
        if (self._folder / "judges.py").is_file():
            self._judges = _functions_of(_load_module(self._folder, "judges.py", "judges"))
        dims = {**DEFAULT_DIMS, **_dims(top.get("dims"), "dims")}
        draws = _mapping(top.get("draws"), "draws")
        self._known = {*DRAW_NAMES, *CONSTANTS, DATA, *self._functions, *draws}
        for name, tree in draws.items():
            self._check_tree(tree, f"draws.{name}", {*self._known, *dims})
        limits = self._limits(top.get("limits"), "limits", Limits())
        carried = tuple(_list(top.get("carried", []), "carried"))
        questions = tuple(
            self._question(entry, f"questions[{index}]", dims, limits)
            for index, entry in enumerate(_list(top["questions"], "questions"))
        )
        self._check_needs(questions, carried)
        return Assignment(
            name=self._folder.name,
            title=_text(top["title"], "title"),
            folder=self._folder,
            questions=questions,
            carried=carried,
            counterexample=_one_of(
                top.get("counterexample", "always"), "counterexample", COUNTEREXAMPLE_POLICIES
            ),
            draws=draws,
            reference_functions=self._functions,
            judges=self._judges,
        )

    def _check_needs(self, questions: tuple[Question, ...], carried: tuple[str, ...]) -> None:
        graded = [question.function for question in questions]
        for function in {name for name in graded if graded.count(name) > 1}:
            raise _KeyPathError(f"questions: {function!r} is graded twice; remove one of them.")
        for name in carried:
            self._check_reference(name, "carried")
        for index, question in enumerate(questions):
            for name in question.needs:
                if name not in graded and name not in carried:
                    raise _KeyPathError(
                        f"questions[{index}].needs: {name!r} is neither a question nor carried."
                    )
                self._check_reference(name, f"questions[{index}].needs")
                if question.function in _called_by(name, self._functions):
                    raise _KeyPathError(
                        f"questions[{index}].needs: served by the grader, {name!r} would work out "
                        f"{question.function!r} itself; remove it."
                    )

    def _check_reference(self, name: str, where: str) -> None:
        if name not in self._functions:
            raise _KeyPathError(f"{where}: the reference has no function {name!r}.")

    def _question(self, data: Any, where: str, dims: Mapping[str, Dim], limits: Limits) -> Question:
        entry = _mapping(data, where, file_keys.QUESTION)
        function = _text(entry["function"], f"{where}.function")
        where = f"{where} ({function})"
        self._check_reference(function, where)
        all_dims = {**dims, **_dims(entry.get("dims"), f"{where}.dims")}
        given = _mapping(entry.get("given"), f"{where}.given")
        arguments = _mapping(entry["arguments"], f"{where}.arguments")
        known = self._check_inputs(given, arguments, where, {*self._known, *all_dims})
        returns = _mapping(entry["returns"], f"{where}.returns")
        outputs = tuple(_output(k, v, f"{where}.returns.{k}") for k, v in returns.items())
        if not outputs:
            raise _KeyPathError(f"{where}.returns: say what the function returns.")
        groups = tuple(
            self._group(group, f"{where}.groups[{index}]", known)
            for index, group in enumerate(_list(entry["groups"], f"{where}.groups"))
        )
        properties = tuple(
            self._property(item, f"{where}.properties[{index}]", known, arguments, outputs)
            for index, item in enumerate(_list(entry.get("properties", []), f"{where}.properties"))
        )
        points = _number(entry["points"], f"{where}.points")
        total = sum(group.points for group in groups)
        if abs(total - points) > 1e-9:
            raise _KeyPathError(f"{where}.points: {points:g}, but its groups add up to {total:g}.")
        return Question(
            function=function,
            title=_text(entry["title"], f"{where}.title"),
            points=points,
            needs=tuple(_list(entry.get("needs", []), f"{where}.needs")),
            dims=all_dims,
            given=given,
            arguments=arguments,
            returns=outputs,
            tolerance=_number(entry.get("tolerance", 1e-7), f"{where}.tolerance"),
            limits=self._limits(entry.get("limits"), f"{where}.limits", limits),
            groups=groups,
            properties=properties,
            fresh=_flag(entry.get("fresh", False), f"{where}.fresh"),
        )

    def _property(
        self,
        data: Any,
        where: str,
        known: set[str],
        arguments: Mapping[str, Tree],
        outputs: tuple[Output, ...],
    ) -> Property:
        entry = _mapping(data, where, file_keys.PROPERTY)
        of = _text(entry["of"], f"{where}.of")
        self._check_reference(of, f"{where}.of")
        inputs = inspect.signature(self._functions[of]).parameters
        for name, parameter in inputs.items():
            if name not in known and parameter.default is parameter.empty:
                raise _KeyPathError(f"{where}.of: {of} needs {name!r}; draw it under 'given'.")
        gradients = _mapping(entry["gradients"], f"{where}.gradients")
        names = {field.name for output in outputs for field in (output, *output.fields)}
        for argument, output in gradients.items():
            if argument.partition(".")[0] not in inputs:
                raise _KeyPathError(f"{where}.gradients: {of} has no argument {argument!r}.")
            if not isinstance(output, str) or output.rpartition(".")[2] not in names:
                raise _KeyPathError(
                    f"{where}.gradients.{argument}: no output is called {output!r}."
                )
        if "project" in entry:
            self._check_tree(_text(entry["project"], f"{where}.project"), where, known)
        reuse = _mapping(
            entry.get("reuse"), f"{where}.reuse", Keys(optional=dict.fromkeys(arguments, ""))
        )
        for name, index in (*reuse.items(), ("result", entry.get("result", 0))):
            if not isinstance(index, int):
                raise _KeyPathError(f"{where}: {name} must be a position, found {index!r}.")
        return Property(
            of=of,
            gradients=gradients,
            result=entry.get("result"),
            project=entry.get("project"),
            reuse=reuse,
        )

    def _group(self, data: Any, where: str, known: set[str]) -> Group:
        entry = _mapping(data, where, file_keys.GROUP)
        default = next((kind for kind in ("raises", "judge") if kind in entry), "values")
        check = Check(_one_of(entry.get("check", default), f"{where}.check", list(Check)))
        if (check is Check.RAISES) != ("raises" in entry):
            raise _KeyPathError(f"{where}: 'check: raises' and 'raises: ErrorName' go together.")
        judge = entry.get("judge")
        if (check is Check.JUDGE) != (judge is not None):
            raise _KeyPathError(f"{where}: 'check: judge' and 'judge: name' go together.")
        if judge is not None and judge not in self._judges:
            raise _KeyPathError(f"{where}.judge: judges.py has no function {judge!r}.")
        given = _mapping(entry.get("given"), f"{where}.given")
        arguments = _mapping(entry.get("arguments"), f"{where}.arguments")
        self._check_inputs(given, arguments, where, known)
        vary = _list(entry.get("vary", []), f"{where}.vary")
        cases = _number(entry.get("cases", 1), f"{where}.cases", low=1)
        return Group(
            name=_text(entry["name"], f"{where}.name"),
            points=_number(entry["points"], f"{where}.points"),
            check=check,
            cases=int(cases),
            dims=_dims(entry.get("dims"), f"{where}.dims"),
            vary=tuple(_dims(v, f"{where}.vary[{i}]") for i, v in enumerate(vary)),
            given=given,
            arguments=arguments,
            omit=tuple(_list(entry.get("omit", []), f"{where}.omit")),
            raises=entry.get("raises"),
            judge=judge,
        )

    def _check_inputs(
        self, given: Mapping[str, Tree], arguments: Mapping[str, Tree], where: str, known: set[str]
    ) -> set[str]:
        """Check every expression; return the names known after the last one."""
        known = set(known)
        for section, trees in (("given", given), ("arguments", arguments)):
            for name, tree in trees.items():
                self._check_tree(tree, f"{where}.{section}.{name}", known)
                known.add(name)
        return known

    def _check_tree(self, tree: Tree, where: str, known: set[str]) -> None:
        match tree:
            case str() if not tree.startswith("lambda"):
                try:
                    check_names(tree, known)
                except SpecError as error:
                    raise _KeyPathError(f"{where}: {error}") from None
            case dict():
                for key, value in tree.items():
                    self._check_tree(value, f"{where}.{key}", known)
            case list():
                for index, value in enumerate(tree):
                    self._check_tree(value, f"{where}[{index}]", known)

    @staticmethod
    def _limits(data: Any, where: str, default: Limits) -> Limits:
        entry = _mapping(data, where, file_keys.LIMITS)
        return Limits(
            seconds=_number(entry.get("seconds", default.seconds), f"{where}.seconds", low=0.01),
            memory_mb=int(
                _number(entry.get("memory_mb", default.memory_mb), f"{where}.memory_mb", low=16)
            ),
        )


def _called_by(name: str, functions: Mapping[str, Callable[..., object]]) -> set[str]:
    """A function's name, and those of all functions that it calls, directly or not."""
    found, todo = {name}, [name]
    while todo:
        code = getattr(functions[todo.pop()], "__code__", None)
        names = {*_names_in(code)} & functions.keys() - found if code else set()
        found |= names
        todo += names
    return found


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


class _SourceLoader(SourceFileLoader):
    """Reads the source each time: bytecode beside it is told apart by second and size alone."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the module."""
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)


def _load_module(folder: Path, name: object, where: str) -> ModuleType:
    """Import a module by its dotted name, or a ``.py`` file of the assignment's folder."""
    if not isinstance(name, str):
        raise _KeyPathError(f"{where}: expected a module or a file, found {name!r}.")
    try:
        if not name.endswith(".py"):
            return importlib.import_module(name)
        path = folder / name
        unique = f"_assignment_{folder.name.replace('-', '_')}_{path.stem}"
        loader = _SourceLoader(unique, str(path))
        spec = importlib.util.spec_from_file_location(unique, path, loader=loader)
        if spec is None or spec.loader is None or not path.is_file():
            raise _KeyPathError(f"{where}: there is no file {path}.")
        module = importlib.util.module_from_spec(spec)
        sys.modules[unique] = module
        spec.loader.exec_module(module)
    except _KeyPathError:
        raise
    except Exception as error:
        raise _KeyPathError(
            f"{where}: {name} cannot be imported ({type(error).__name__}: {error})."
        ) from error
    return module


def _functions_of(module: ModuleType) -> Mapping[str, Callable[..., object]]:
    """A module's public functions, and those of the reference modules that they come from.

    What the module itself calls is not all that students carry over: ``rnn_forward``, say, stands
    on ``rnn_cell_forward``.
    """
    found: dict[str, Callable[..., object]] = {}
    modules = [module]
    for source in modules:
        for name, value in vars(source).items():
            if not inspect.isfunction(value) or name.startswith("_"):
                continue
            found.setdefault(name, value)
            origin = sys.modules.get(value.__module__)
            new = origin is not None and origin not in modules
            if new and value.__module__.startswith(_REFERENCE):
                modules.append(sys.modules[value.__module__])
    return MappingProxyType(found)
