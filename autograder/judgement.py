"""What a judge says of a value that has no single right answer.

A judge is a function in an assignment's ``judges.py``. It runs in the grader, gets the arguments of
a call and the plain value that came back, and looks at what the value is good for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograder.arrays import as_numbers
from autograder.compare import mismatches


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A judge's opinion.

    Attributes
    ----------
    problems : tuple of str
        One sentence for each thing that is wrong, written for the student; empty: all is well.
    measures : mapping of str to float
        Numbers worth a line in the record, such as ``{"F1": 0.87}``.
    """

    problems: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)


def same_entries(expected: Mapping[str, Any], found: object, tolerance: float = 1e-7) -> Judgement:
    """Whether a dict has come with the same arrays, for names that differ from case to case.

    Parameters
    ----------
    expected : mapping of str to array_like
    found : object
        What came back.
    tolerance : float
        Largest accepted difference, relative to the largest entry of an expected array.
    """
    if not isinstance(found, Mapping) or set(found) != set(expected):
        names = ", ".join(sorted(expected))
        return Judgement(problems=(f"A dict with these names should come back: {names}.",))
    for name, wanted in expected.items():
        got = as_numbers(found[name])
        if got is None or got.shape != np.shape(wanted) or got.dtype.kind == "c":
            shape = np.shape(wanted)
            return Judgement(problems=(f"{name} should be an array of shape {shape}.",))
        if mismatches(np.asarray(wanted, dtype=float), got.astype(float), tolerance).any():
            return Judgement(problems=(f"{name} is wrong in a call with names of its own.",))
    return Judgement()
