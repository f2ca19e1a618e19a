"""What a judge says of a returned value that has no single right answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The verdict of a function of an assignment's ``judges.py``.

    Attributes
    ----------
    problems : tuple of str
        A sentence for each thing that is wrong; empty when all is well.
    measures : mapping of str to float
        What was measured, such as ``{"F1": 0.87}``; shown in the record.
    """

    problems: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)
