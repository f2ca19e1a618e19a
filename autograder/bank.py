"""The cases of a class, drawn once for all students who get them.

Every case of a question comes in a few variants, and a student's name says which of them this
student gets: for each case on its own, so that hardly two students share all of theirs. In exchange
a case, its encoding and the reference's answer to it are worked out for the class and not for each
submission; so is what a known mistake makes of it. Each of the two is kept within a bound.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np

from autograder.cases import Case, Seed, build_case, build_rung, count_rungs
from autograder.expected import Answer, answer
from autograder.kept import Kept
from autograder.runner.codec import pack
from autograder.spec import Assignment, Check, Question

VARIANTS = 8
_MOST_BYTES = 16 << 20  # of inputs, encodings and answers together
_MOST_OF_MISTAKES = 8 << 20  # bytes of what they make of the cases
_MOST_JUDGED = 4 << 20  # bytes of replies and of what was said of them
_VERDICT = 1000  # bytes of what is said of one
_Place = tuple[str, int, int, int | None]  # function, group, case, variant; group, rung and None
_Value = TypeVar("_Value")


class Bank:
    """The cases of one assignment in one course.

    Parameters
    ----------
    secret : str
        The course's.

    Attributes
    ----------
    kept : Kept
        Cases with what belongs to them.
    mistaken : Kept
        What known mistakes make of them.
    verdicts : Kept
        What was said of replies to them.
    """

    def __init__(self, assignment: Assignment, secret: str) -> None:
        self.assignment = assignment
        self.kept = Kept()
        self.mistaken = Kept()
        self.verdicts = Kept()
        self._secret = secret

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

    def of_mistake(
        self, case: Case, mistake: str, make: Callable[[], tuple[_Value, int]]
    ) -> _Value:
        """What a known mistake makes of a case of this bank: ``make`` gives it, with its bytes."""
        assert case.place is not None
        return self.mistaken.get((case.place, mistake), make, most=_MOST_OF_MISTAKES)

    def judged(self, case: Case, reply: bytes, judge: Callable[[], _Value]) -> _Value:
        """What is said of a reply to a case of this bank: ``judge`` says it once."""
        if case.place is None:
            return judge()
        size = len(reply) + _VERDICT
        return self.verdicts.get((case.place, reply), lambda: (judge(), size), most=_MOST_JUDGED)

    def _variant(self, student: str, *place: str | int) -> int:
        text = "\x1f".join([self._secret, student, self.assignment.name, *map(str, place)])
        return hashlib.sha256(text.encode()).digest()[0] % VARIANTS

    def _case(self, place: _Place, build: Callable[[], Case | None]) -> Case | None:
        return self.kept.get(place, lambda: self._complete(place, build()), most=_MOST_BYTES)

    def _complete(self, place: _Place, case: Case | None) -> tuple[Case | None, int]:
        """The case with its encoding and the reference's answer, and about the bytes it takes."""
        if case is None:  # no case fits that rung
            return None, size_of(())
        arguments, right = pack(case.arguments), None
        if self.assignment.question(case.function).groups[case.group].check is not Check.JUDGE:
            right = answer(self.assignment.reference_functions[case.function], case)
        case = replace(case, arguments=arguments, answer=right, place=place)
        return case, size_of([arguments, arguments.packed, right, case.dims])


def size_of(value: object) -> int:
    """About the bytes that a value takes; what stands in several places is counted once."""
    return _size(value, set())


def _size(value: object, seen: set[int]) -> int:
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
