"""What a right answer to a case is: computed by the reference, never typed in."""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING

import numpy as np

from autograder.runner.codec import Source

if TYPE_CHECKING:
    from autograder.cases import Case

_PLAIN = frozenset({str, int, float, bool, NoneType})  # a vocabulary holds hundreds of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a function made of a case: a value, or an exception's name."""

    value: object = None
    raised: str | None = None


def answer(function: Callable[..., object], case: "Case") -> Answer:
    """Call a trusted function with copies of the case's arguments.

    Parameters
    ----------
    function : callable
        The reference, or a variant of it; never a student's.
    case : Case
    """
    arguments = [usable(value) for value in case.arguments.values()]
    try:
        with np.errstate(all="ignore"):
            return Answer(value=function(*arguments))
    except Exception as error:
        return Answer(raised=type(error).__name__)


def known_answer(reference: Callable[..., object], case: "Case") -> Answer:
    """The reference's answer, which a case that several students get has with it."""
    return case.answer or answer(reference, case)


def usable(value: object) -> object:
    """A private copy of an argument, with function sources compiled."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.copy(order="K")
    if isinstance(value, Source):
        return eval(value.text, {"np": np})
    if isinstance(value, Mapping):
        return {key: usable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [usable(item) for item in value]
    if isinstance(value, tuple):
        return tuple(usable(item) for item in value)
    return copy.deepcopy(value)
