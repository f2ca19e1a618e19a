"""The cases of a class, drawn once for all students who get them.

Every case of a question comes in a few variants, and a student's name says which of them this
student gets: for each case on its own, so that hardly two students share all of theirs. In exchange
a case, its encoding, the reference's answer to it and what misconceptions make of it are worked out
for the class and not for each submission.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

import numpy as np

from autograder.cases import Case, Seed, build_case, build_ladder
from autograder.runner.codec import Kept
from autograder.spec import Assignment, Question

VARIANTS = 8
_MOST_BYTES = 16 << 20  # of inputs that are kept; what is worked out on them takes a few times that
_Place = tuple[str, int, int, int]  # function, group, case, variant


class Bank:
    """The cases of one assignment in one course.

    Parameters
    ----------
    secret : str
        The course's.
    """

    def __init__(self, assignment: Assignment, secret: str) -> None:
        self.assignment = assignment
        self._secret = secret
        self._drawn: dict[_Place, Case] = {}
        self._ladders: dict[tuple[str, int], _Once] = {}
        self._bytes = 0

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
        place = (question.function, number, index, variant)
        if place not in self._drawn:
            seed = Seed(secret=self._secret, student=f"\x1f{variant}")
            drawn = build_case(self.assignment, question, seed, number, index)
            self._drawn[place] = self._kept(drawn)
        token = f"{self.assignment.name}:{question.function}:{number}.{index}:{student}"
        return replace(self._drawn[place], token=token)

    def ladder(self, question: Question, number: int) -> Iterable[Case]:
        """Small cases of one group, the same for everybody."""
        place = (question.function, number)
        if place not in self._ladders:
            built = build_ladder(self.assignment, question, number)
            self._ladders[place] = _Once(map(self._kept, built))
        return self._ladders[place]

    def _variant(self, student: str, *place: str | int) -> int:
        text = "\x1f".join([self._secret, student, self.assignment.name, *map(str, place)])
        return hashlib.sha256(text.encode()).digest()[0] % VARIANTS

    def _kept(self, case: Case) -> Case:
        """The case with room for what is worked out on it, while there is room for it."""
        self._bytes += _size(case.arguments)
        if self._bytes > _MOST_BYTES:
            self._drawn.clear()
            self._ladders.clear()
            self._bytes = _size(case.arguments)
        return replace(case, arguments=Kept(case.arguments), worked_out={})


class _Once:
    """Cases that are made when somebody first comes as far as them, and kept."""

    def __init__(self, cases: Iterator[Case]) -> None:
        self._rest = cases
        self._made: list[Case] = []

    def __iter__(self) -> Iterator[Case]:
        for place in count():
            if place == len(self._made):
                case = next(self._rest, None)
                if case is None:
                    return
                self._made.append(case)
            yield self._made[place]


def _size(value: object) -> int:
    """About the bytes that a value takes."""
    if isinstance(value, np.ndarray):
        return value.nbytes + 100
    if isinstance(value, dict):
        return 100 + sum(map(_size, value.values()))
    return 60 + (sum(map(_size, value)) if isinstance(value, list | tuple) else 0)
