"""What a judge says of a value that has no single right answer.

A judge is a function in an assignment's ``judges.py``. It runs in the grader, gets the arguments of
a call and the plain value that came back, and looks at what the value is good for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.compare import compare
from autograder.spec import Kind, Output


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

    As `compare` sees it: another dtype or an axis of length 1 costs in the groups of manners alone.

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
    arrays = tuple(Output(name=name, kind=Kind.ARRAY) for name in expected)
    whole = [Output(name="result", kind=Kind.DICT, fields=arrays)]
    verdicts = compare(whole, expected, found, tolerance=tolerance)
    return Judgement(
        problems=tuple(
            f"{verdict.output}, in a call with names of its own: {verdict.problem}"
            for verdict in verdicts
            if not verdict.right
        )[:1]
    )
