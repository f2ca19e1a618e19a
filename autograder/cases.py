"""From a question and a seed to the inputs of its calls.

Each case has a seed of its own, made from a secret, a name, the assignment, the function, the group
and the case's number, so that one case can be made again without the others. `autograder.bank` says
which cases a student gets.
"""

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import Any

import numpy as np

from autograder.data_files import DATA, read_data
from autograder.draws import CONSTANTS, Draws
from autograder.errors import SpecError
from autograder.expected import Answer
from autograder.expressions import evaluate, expression_names
from autograder.runner.codec import Source
from autograder.spec import Assignment, Dim, Group, Output, Property, Question, Tree

# Smallest first: one step, one unit, one example; then one thing grows at a time.
_LADDER_SIZES = (
    {"n_x": 1, "n_a": 1, "n_y": 1, "m": 1, "T_x": 1},
    {"n_x": 1, "n_a": 1, "n_y": 2, "m": 1, "T_x": 1},
    {"n_x": 1, "n_a": 1, "n_y": 2, "m": 2, "T_x": 1},
    {"n_x": 1, "n_a": 1, "n_y": 2, "m": 1, "T_x": 2},
    {"n_x": 1, "n_a": 2, "n_y": 2, "m": 1, "T_x": 1},
    {"n_x": 2, "n_a": 2, "n_y": 2, "m": 1, "T_x": 2},
    {"n_x": 2, "n_a": 2, "n_y": 2, "m": 2, "T_x": 2},
    {"n_x": 2, "n_a": 3, "n_y": 2, "m": 2, "T_x": 2},
    {"n_x": 2, "n_a": 2, "n_y": 2, "m": 2, "T_x": 3},
    {"n_x": 3, "n_a": 2, "n_y": 3, "m": 2, "T_x": 3},
    {"n_x": 2, "n_a": 3, "n_y": 4, "m": 2, "T_x": 5},
)
_RUNGS = (
    *((sizes, False) for sizes in _LADDER_SIZES),
    *((sizes, True) for sizes in _LADDER_SIZES[6:10:3]),  # numbers less round, as last resort
)
_PROPERTY_SIZES = {"n_x": 2, "n_a": 3, "n_y": 2, "m": 2, "T_x": 3}
_NOISE = 3e-16  # relative error of one operation
_LADDER_REPEATS = 3  # round numbers hide some mistakes by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """Where randomness comes from.

    Attributes
    ----------
    secret : str
        Known to the course alone; students cannot work out their cases without it.
    student : str
        The student's id, or ``""`` for cases that everyone may see.
    """

    secret: str
    student: str

    def generator(self, *place: str | int) -> np.random.Generator:
        """A generator that only this seed and this place share."""
        text = "\x1f".join([self.secret, self.student, *map(str, place)])
        digest = hashlib.sha256(text.encode()).digest()
        return np.random.default_rng(np.random.SeedSequence(int.from_bytes(digest, "big")))

    def fingerprint(self) -> str:
        """Names the seed in a record without giving the secret away."""
        return hashlib.sha256(f"{self.secret}\x1f{self.student}\x1f".encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The inputs of one call.

    Attributes
    ----------
    group, index : int
        Position of the group in the question, and of the case in the group.
    arguments : mapping of str to object
        In the order of the call.
    token : str
        ``autograder replay`` makes this case again from it.
    size : int
        Numbers and words among the arguments.
    answer : Answer or None
        The reference's, where it is known already.
    place : tuple or None
        In the bank of the class, where it comes from one.
    """

    function: str
    group: int
    index: int
    dims: Mapping[str, int]
    arguments: Mapping[str, object]
    token: str
    size: int
    answer: Answer | None = field(default=None, compare=False, repr=False)
    place: tuple[object, ...] | None = field(default=None, compare=False, repr=False)


def build_cases(assignment: Assignment, question: Question, seed: Seed) -> tuple[Case, ...]:
    """All cases of a question, group by group."""
    return tuple(
        build_case(assignment, question, seed, number, index)
        for number, group in enumerate(question.groups)
        if group.has_cases
        for index in range(group.cases * max(1, len(group.vary)))
    )


def build_case(
    assignment: Assignment,
    question: Question,
    seed: Seed,
    number: int,
    index: int,
    *,
    draws: Callable[[np.random.Generator], Draws] = Draws,
) -> Case:
    """One case of one group.

    Parameters
    ----------
    number, index : int
        Of the group in the question, and of the case in the group.
    draws : callable
        Makes the draw functions from a generator.

    Raises
    ------
    SpecError
        When an expression fails for the drawn dimensions.
    """
    group = question.groups[number]
    rng = seed.generator(assignment.name, question.function, number, index)
    varied = group.vary[index % len(group.vary)] if group.vary else {}
    dims = _draw_dims({**question.dims, **group.dims, **varied}, rng, {**group.dims, **varied})
    arguments = _draw_arguments(assignment, question, group, dims, draws(rng))
    token = f"{assignment.name}:{question.function}:{number}.{index}:{seed.student}"
    return Case(
        function=question.function,
        group=number,
        index=index,
        dims=dims,
        arguments=arguments,
        token=token,
        size=_size(arguments),
    )


def used_dims(assignment: Assignment, question: Question) -> frozenset[str]:
    """Dimensions that inputs or outputs of a question have; all others lead nowhere."""
    names = {str(size) for output in _flat(question.returns) for size in output.shape}
    groups = question.groups
    left: list[Tree] = [
        *question.arguments.values(),
        *question.given.values(),
        *(tree for group in groups for tree in (*group.arguments.values(), *group.given.values())),
    ]
    while left:
        found = _names_in(left.pop()) - names
        names |= found
        left.extend(assignment.draws[name] for name in found if name in assignment.draws)
    return frozenset(names & set(question.dims))


def _flat(outputs: Sequence[Output]) -> Iterator[Output]:
    for output in outputs:
        yield output
        yield from _flat(output.fields)


def _names_in(tree: Tree) -> frozenset[str]:
    match tree:
        case str() if not tree.startswith("lambda"):
            return expression_names(tree)
        case dict():
            return frozenset().union(*map(_names_in, tree.values()))
        case list():
            return frozenset().union(*map(_names_in, tree))
    return frozenset()


def build_ladder(assignment: Assignment, question: Question, number: int) -> Iterator[Case]:
    """Small cases of one group with round numbers, smallest first."""
    for rung in range(count_rungs(question, number)):
        if case := build_rung(assignment, question, number, rung):
            yield case


def count_rungs(question: Question, number: int) -> int:
    """Rungs of the ladder of one group, those included that no case fits."""
    return len(_RUNGS) * max(1, len(question.groups[number].vary)) * _LADDER_REPEATS


def build_rung(assignment: Assignment, question: Question, number: int, rung: int) -> Case | None:
    """The small case of one group on that rung of its ladder.

    A size that the group fixes (``dims`` and each of ``vary``) stays as the group says. ``None``
    where the group's expressions do not fit so small a size.
    """
    group = question.groups[number]
    varieties = group.vary or ({},)
    place, repeat = divmod(rung, _LADDER_REPEATS)
    size_index, variety = divmod(place, len(varieties))
    sizes, tenths = _RUNGS[size_index]
    fixed = {**group.dims, **varieties[variety]}
    index = size_index * _LADDER_REPEATS + repeat
    seed = Seed(secret="ladder", student="")
    rng = seed.generator(assignment.name, question.function, number, index)
    dims = _draw_dims({**question.dims, **_free(question, sizes), **fixed}, rng, fixed)
    try:
        drawn = _draw_arguments(
            assignment, question, group, dims, Draws(rng, rounded=True, tenths=tenths)
        )
    except SpecError:
        return None
    arguments = {name: _tidy(value) for name, value in drawn.items()}
    return Case(
        function=question.function,
        group=number,
        index=index,
        dims=dims,
        arguments=arguments,
        token="",
        size=_size(arguments),
    )


def _size(arguments: Mapping[str, object]) -> int:
    return sum(np.asarray(leaf).size for leaf in leaves(arguments))


def leaves(value: object) -> Iterator[object]:
    """What stands in nested mappings, lists and tuples."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def _free(question: Question, sizes: Mapping[str, int]) -> Mapping[str, int]:
    """The sizes without those that the question fixes: a tagger has one output, however small.

    No fewer classes than are ever drawn: of one alone the probability is 1, whatever goes wrong.
    """
    free = {name: n for name, n in sizes.items() if not isinstance(question.dims.get(name), int)}
    classes = question.dims.get("n_y")
    if isinstance(classes, tuple):
        free["n_y"] = max(free["n_y"], classes[0])
    return free


def _tidy(value: Any) -> Any:
    """Arrays in which 0.3875 does not stand as 0.38749999999999996 any more."""
    match value:
        case np.ndarray() if value.dtype == np.float64:
            short = np.array([float(f"{x:.12g}") for x in value.ravel()]).reshape(value.shape)
            with np.errstate(invalid="ignore"):  # infinite ones
                close = np.abs(short - value) <= _NOISE * np.abs(value)
            return np.where(close, short, value)
        case np.float64():
            return np.float64(_tidy(np.asarray(value)))
        case dict():
            return {key: _tidy(item) for key, item in value.items()}
        case list():
            return [_tidy(item) for item in value]
        case tuple():
            return tuple(_tidy(item) for item in value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyCase:
    """What a property needs: calls of the derived function and of the one that derives.

    Attributes
    ----------
    inputs : mapping of str to object
        Arguments of the function that is derived, in the order of its call.
    upstream : object
        The gradient that reaches its result; ``None`` where that is a number.
    arguments : mapping of str to object
        Of the question's function; those that are taken from the other's result are as the
        reference has them.
    """

    inputs: Mapping[str, object]
    upstream: object
    arguments: Mapping[str, object]


def build_property(assignment: Assignment, question: Question, wanted: Property) -> PropertyCase:
    """Inputs of a numerical derivative: small, and off every kink."""
    group = question.groups[0]
    rng = Seed(secret="property", student="").generator(
        assignment.name, question.function, wanted.of
    )
    sizes = {**question.dims, **_free(question, _PROPERTY_SIZES), **group.dims}
    dims = _draw_dims(sizes, rng, group.dims)
    scope = _Scope(assignment, dims, Draws(rng))
    arguments = _fill(scope, assignment, question, group)
    of = assignment.reference_functions[wanted.of]
    taken = takewhile(lambda name: name in scope, inspect.signature(of).parameters)
    inputs = {name: scope.value(name) for name in taken}
    upstream = None if wanted.project is None else scope.value(wanted.project)
    return PropertyCase(inputs=inputs, upstream=upstream, arguments=arguments)


def _draw_dims(
    dims: Mapping[str, Dim], rng: np.random.Generator, fixed: Mapping[str, Dim]
) -> dict[str, int]:
    """Sizes of one case; those that are ranges are drawn distinct, so that no mix-up fits."""
    sizes: dict[str, int] = {}
    for name, dim in dims.items():
        if isinstance(dim, int):
            sizes[name] = dim
    for name, dim in dims.items():
        if isinstance(dim, tuple):
            candidates = range(dim[0], dim[1] + 1)
            taken = () if name in fixed else sizes.values()
            free = [size for size in candidates if size not in taken] or candidates
            sizes[name] = free[int(rng.integers(len(free)))]
    for name, dim in dims.items():
        if isinstance(dim, str):
            value = evaluate(dim, {key: size for key, size in sizes.items() if key != name})
            if not isinstance(value, int) or value < 1:
                raise SpecError(f"dimension {name}: {dim!r} gives {value!r}, not a size.")
            sizes[name] = value
    return sizes


def _draw_arguments(
    assignment: Assignment,
    question: Question,
    group: Group,
    dims: Mapping[str, int],
    draws: Draws,
) -> dict[str, object]:
    """Values of the call's arguments, in order; ``given`` values come first."""
    return _fill(_Scope(assignment, dims, draws), assignment, question, group)


def _fill(
    scope: "_Scope", assignment: Assignment, question: Question, group: Group
) -> dict[str, object]:
    """Draw given values and arguments into a scope; the arguments."""
    for name, tree in {**question.given, **group.given}.items():
        scope.names[name] = scope.value(tree)
    arguments: dict[str, object] = {}
    for name, tree in {**question.arguments, **group.arguments}.items():
        if name in group.omit:
            continue
        try:
            arguments[name] = scope.names[name] = scope.value(tree)
        except SpecError:
            raise
        except Exception as error:
            sizes = ", ".join(f"{key}={size}" for key, size in scope.dims.items())
            raise SpecError(
                f"{assignment.name}, {question.function}, group {group.name!r}: "
                f"{name} = {tree!r} fails for {sizes} ({type(error).__name__}: {error})."
            ) from error
    return arguments


class _Scope:
    """Names that expressions of one case see; shared draws are made when first used."""

    def __init__(self, assignment: Assignment, dims: Mapping[str, int], draws: Draws) -> None:
        self._shared = assignment.draws
        self.dims = dims
        self.names: dict[str, object] = {
            **CONSTANTS,
            **draws.names(),
            **assignment.reference_functions,
            DATA: partial(read_data, assignment.folder),
            **dims,
        }

    def __contains__(self, name: str) -> bool:
        return name in self.names or name in self._shared

    def value(self, tree: Tree) -> object:
        """Evaluate a tree of expressions."""
        match tree:
            case str() if tree.startswith("lambda"):
                return Source(tree)
            case str():
                for name in sorted(expression_names(tree)):
                    if name not in self.names and name in self._shared:
                        self.names[name] = self.value(self._shared[name])
                return evaluate(tree, self.names)
            case dict():
                return {key: self.value(item) for key, item in tree.items()}
            case list():
                return [self.value(item) for item in tree]
        return tree
