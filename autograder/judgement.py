"""What a judge says of a value that has no single right answer.

A judge is a function in an assignment's ``judges.py``. It runs in the grader, gets the arguments of
a call and the plain value that came back, and looks at what the value is good for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
