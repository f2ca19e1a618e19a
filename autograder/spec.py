"""What an assignment is: frozen records of its questions, groups of cases, outputs and limits.

``autograder.assignment_file`` reads them from ``assignment.yaml``. A question says which function
is graded, how its inputs are drawn and what it returns; expected values are never typed in, they
come from the reference function.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

# An input as written in the file: an expression, a plain value, or a dict or list of them.
Tree = object
Dim = int | tuple[int, int] | str  # fixed, an inclusive range, or an expression of other dimensions


class Check(StrEnum):
    """What a group of cases looks at."""

    VALUES = "values"
    PURITY = "purity"  # arguments left alone
    MANNERS = "manners"  # dtype and axes
    QUIET = "quiet"  # no warnings of numpy
    RAISES = "raises"
    JUDGE = "judge"


class Kind(StrEnum):
    """What an output must be."""

    ARRAY = "array"
    ELEMENTWISE = "elementwise"  # an array whose entries are compared each on its own scale
    SCALAR = "scalar"
    INTEGER = "integer"
    TEXT = "text"
    LABELS = "labels"  # a list of whole numbers
    DICT = "dict"
    HOLDS = "holds"  # any container in which certain values can be found
    ANY = "any"  # compared by structure with what the reference returns


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One returned thing.

    ``shape`` names dimensions for arrays, ``fields`` are the entries of a dict.
    """

    name: str
    kind: Kind
    shape: tuple[str | int, ...] = ()
    fields: tuple["Output", ...] = ()
    holds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the calls of one function may use: CPU seconds, and megabytes on top of the start."""

    seconds: float = 2.0
    memory_mb: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Cases that carry points together."""

    name: str
    points: float
    check: Check = Check.VALUES
    cases: int = 1
    dims: Mapping[str, Dim]
    vary: tuple[Mapping[str, Dim], ...] = ()
    given: Mapping[str, Tree]
    arguments: Mapping[str, Tree]
    omit: tuple[str, ...] = ()
    raises: str | None = None
    judge: str | None = None

    @property
    def has_cases(self) -> bool:
        """Whether cases are drawn for it; purity and its like look at those of the others."""
        return self.check not in (Check.PURITY, Check.MANNERS, Check.QUIET)


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A check that needs no reference, for the student's own kernel: numerical derivatives.

    The gradients that the question's function returns are compared with central differences of the
    student's own function ``of``.

    Attributes
    ----------
    of : str
        Its arguments are inputs of the case with the same names.
    gradients : mapping of str to str
        From an argument of ``of``, or an entry of one such as ``parameters.Waa``, to the output
        that is its gradient.
    result : int or None
        Which of the values that ``of`` returns is derived; ``None`` for its only one.
    project : str or None
        Expression of the upstream gradient: the sum of the result times it is derived. ``None``
        where the result is a number.
    reuse : mapping of str to int
        Arguments of the question's function that are taken from what ``of`` returned, by position,
        such as a cache.
    """

    of: str
    gradients: Mapping[str, str]
    result: int | None = None
    project: str | None = None
    reuse: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One graded function."""

    function: str
    title: str
    points: float
    needs: tuple[str, ...]
    dims: Mapping[str, Dim]
    given: Mapping[str, Tree]
    arguments: Mapping[str, Tree]
    returns: tuple[Output, ...]
    tolerance: float
    limits: Limits
    groups: tuple[Group, ...]
    properties: tuple[Property, ...] = ()
    fresh: bool = False  # returns new arrays and containers, none of its arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One assignment: its folder, its questions and the functions it is compared with.

    Attributes
    ----------
    reference_functions : mapping of str to callable
        Every function of the reference, those of earlier assignments that it imports included.
    judges : mapping of str to callable
        Functions of the folder's ``judges.py``.
    draws : mapping
        Named inputs that questions share.
    """

    name: str
    title: str
    folder: Path
    questions: tuple[Question, ...]
    carried: tuple[str, ...]
    counterexample: str
    draws: Mapping[str, Tree]
    reference_functions: Mapping[str, Callable[..., object]]
    judges: Mapping[str, Callable[..., object]]

    @property
    def max_score(self) -> float:
        """Points of all questions."""
        return sum(question.points for question in self.questions)

    def question(self, function: str) -> Question:
        """The question of that function; raises ``KeyError`` where there is none."""
        for question in self.questions:
            if question.function == function:
                return question
        raise KeyError(function)
