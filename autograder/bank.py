"""The cases of a class, drawn once for all students who get them.

Every case of a question comes in a few variants, and a student's name says which of them this
student gets: for each case on its own, so that hardly two students share all of theirs. In exchange
a case, its encoding and the reference's answer to it are worked out for the class and not for each
submission, and kept within a bound. What a misconception makes of a case is not: to work it out
again costs no more than to keep it.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from autograder.cases import Case, Seed, build_case, build_rung, count_rungs
from autograder.expected import Answer, answer
from autograder.runner.codec import pack
from autograder.spec import Assignment, Check, Question

VARIANTS = 8
_MOST_BYTES = 16 << 20  # of inputs, encodings and answers together
_MOST_OF_ONE = 2 << 20  # a larger case would drive many others out
_Place = tuple[str, int, int, int | None]  # function, group, case, variant; group, rung and None


class Bank:
    """The cases of one assignment in one course.

    Parameters
    ----------
    secret : str
        The course's.

    Attributes
    ----------
    size : int
        About the bytes that the kept cases take.
    """

    def __init__(self, assignment: Assignment, secret: str) -> None:
        self.assignment = assignment
        self.size = 0
        self._secret = secret
        self._kept: dict[_Place, tuple[Case | None, int]] = {}  # last what was used last

    def cases(self, question: Question, student: str) -> tuple[Case, ...]:
        """All cases of a question for a student, group by group."""
        places = [
            (number, index)
            for number, group in enumerate(question.groups)
            if group.has_cases
            for index in range(group.cases * max(1, len(group.vary)))
        ]
        return tuple(self.case(question, student, number, index) for number, index in places)

    def case(self, question: Question, student: str, number: int, index: int) -> Case:
        """One case: of a group by its number, and of the student.

        Raises
        ------
        SpecError
            When an expression fails for the drawn dimensions.
        """
        variant = self._variant(student, question.function, number, index)
        seed = Seed(secret=self._secret, student=f"\x1f{variant}")
        case = self._case(
            (question.function, number, index, variant),
            partial(build_case, self.assignment, question, seed, number, index),
        )
        assert case is not None
        token = f"{self.assignment.name}:{question.function}:{number}.{index}:{student}"
        return replace(case, token=token)

    def ladder(self, question: Question, number: int) -> Iterator[Case]:
        """Small cases of one group, the same for everybody."""
        for rung in range(count_rungs(question, number)):
            case = self._case(
                (question.function, number, rung, None),
                partial(build_rung, self.assignment, question, number, rung),
            )
            if case is not None:
                yield case

    def _variant(self, student: str, *place: str | int) -> int:
        text = "\x1f".join([self._secret, student, self.assignment.name, *map(str, place)])
        return hashlib.sha256(text.encode()).digest()[0] % VARIANTS

    def _case(self, place: _Place, build: Callable[[], Case | None]) -> Case | None:
        """The case of that place, kept or made; what was used longest ago makes room for it."""
        known = self._kept.pop(place, None)
        if known is None:
            known = self._complete(build())
            if known[1] > _MOST_OF_ONE:
                return known[0]
            self.size += known[1]
        self._kept[place] = known
        while self.size > _MOST_BYTES:
            self.size -= self._kept.pop(next(iter(self._kept)))[1]
        return known[0]

    def _complete(self, case: Case | None) -> tuple[Case | None, int]:
        """The case with its encoding and the reference's answer, and about the bytes it takes."""
        if case is None:  # no case fits that rung
            return None, _size((), set())
        arguments, right = pack(case.arguments), None
        if self.assignment.question(case.function).groups[case.group].check is not Check.JUDGE:
            right = answer(self.assignment.reference_functions[case.function], case)
        case = replace(case, arguments=arguments, answer=right)
        return case, _size([arguments, arguments.packed, right, case.dims], set())


def _size(value: object, seen: set[int]) -> int:
    """About the bytes that a value takes; what stands in several places is counted once."""
    if id(value) in seen:
        return 0
    seen.add(id(value))
    size = sys.getsizeof(value)
    match value:
        case np.ndarray() if value.base is not None:
            size += _size(value.base, seen)
        case Answer():
            size += _size(value.value, seen)
        case Mapping():
            size += sum(_size(key, seen) + _size(item, seen) for key, item in value.items())
        case list() | tuple():
            size += sum(_size(item, seen) for item in value)
    return size
