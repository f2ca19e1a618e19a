"""What nobody may read: the numbers of hidden cases, right answers, the reference, other students.

``found_in`` looks for them in a text as a patient reader would: in full, rounded, with other signs
between the digits, and as the bytes of numbers.
"""

import html
import inspect
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from autograder.assignment_file import load_assignment
from autograder.attempt import Exam
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.runner.codec import Source
from autograder.spec import Assignment

_TELLING = 15  # characters from which a line of code is no commonplace
_DIGITS = 10  # that do not come together by chance
_TOKEN = re.compile(r"\d+\.\d+(?:e[-+]\d+)?|0x1\.[0-9a-f]+p[-+]\d+")


@dataclass(frozen=True)
class Secrets:
    """What must not be found."""

    inputs: frozenset[float]
    answers: frozenset[float]
    lines: frozenset[str]
    words: tuple[str, ...] = ()

    def found_in(self, text: str) -> list[str]:
        """Whatever of it a text gives away."""
        text = html.unescape(text).replace("\\", "")
        spaced = re.sub(r"\s+", " ", text)
        found = [f"word {word}" for word in self.words if word in text]
        found += [f"line {line}" for line in self.lines if line in spaced]
        digits = re.sub(r"\D", "", text)
        runs = {digits[at : at + _DIGITS] for at in range(len(digits))}
        tokens = set(_TOKEN.findall(text))
        beginnings = {token[:8] for token in tokens}
        for kind, numbers in (("input", self.inputs), ("answer", self.answers)):
            rounded = []
            for number in numbers:
                if _long_digits(number) in runs or not tokens.isdisjoint(_full(number)):
                    found.append(f"{kind} {number!r}")
                elif not tokens.isdisjoint(_rounded(number)) or repr(abs(number))[:8] in beginnings:
                    rounded.append(number)
            # One rounded number among thousands may be there by chance.
            if len(rounded) > 2:
                found.append(f"{kind}s, rounded: {rounded[:5]}")
        return found

    def bytes_in(self, data: bytes) -> list[float]:
        """Answers whose bytes a message holds."""
        return [number for number in self.answers if struct.pack("<d", number) in data]


def secrets_of(
    assignment: Assignment, secret: str, students: tuple[str, ...], public: str, *words: str
) -> Secrets:
    """The secrets of an assignment in a course.

    Parameters
    ----------
    public : str
        Text that students have anyway, such as the released notebook and the counterexamples.
    """
    inputs, answers = _numbers_of(assignment.folder, secret, students)
    return Secrets(
        inputs=inputs,
        answers=answers,
        lines=frozenset(_lines_of(assignment, re.sub(r"\s+", " ", public))),
        words=(secret, *words),
    )


@lru_cache(maxsize=100)
def _numbers_of(
    folder: Path, secret: str, students: tuple[str, ...]
) -> tuple[frozenset[float], frozenset[float]]:
    """Numbers of all inputs, and of all answers."""
    assignment, bank = load_assignment(folder), _bank(folder, secret)
    inputs: set[float] = set()
    answers: set[float] = set()
    given: set[float] = set()
    for student in students:
        for question in assignment.questions:
            exam = Exam(assignment, question, Seed(secret=secret, student=student), bank)
            for case, answer in zip(exam.cases, exam.answers, strict=True):
                inputs |= set(_numbers(case.arguments))
                given |= set(_numbers(case.arguments, most=10_000))
                answers |= set(_numbers(answer.value))  # a cache holds inputs, too
    return frozenset(inputs), frozenset(answers - given)


@lru_cache(maxsize=4)
def _bank(folder: Path, secret: str) -> Bank:
    return Bank(load_assignment(folder), secret)


def _numbers(value: object, most: int = 6) -> Iterator[float]:
    """Numbers with digits that are nobody else's, a few of each array."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            yield from _numbers(part, most)
    elif not isinstance(value, Source | str) and value is not None:
        array = np.asarray(value)
        if array.dtype.kind == "f":
            for number in array.ravel()[:most].tolist():
                if 1e-3 < abs(number) < 1e5 and _is_telling(number):
                    yield number


def _is_telling(number: float) -> bool:
    """Whether its digits are nobody else's: not 0.9999999999 and the like."""
    size = repr(abs(number))
    return len(size) > 14 and re.search(r"(\d)\1\1", size[:10]) is None


def _lines_of(assignment: Assignment, public: str) -> Iterator[str]:
    for function in assignment.reference_functions.values():
        body = inspect.getsource(function).replace(inspect.getdoc(function) or "", "")
        for line in map(str.strip, body.splitlines()):
            told = re.sub(r"\s+", " ", line)
            if len(told) >= _TELLING and told not in public and not told.startswith("def "):
                yield told


def _long_digits(number: float) -> str:
    return re.sub(r"\D", "", repr(abs(number)).split("e")[0]).lstrip("0")[:_DIGITS]


def _full(number: float) -> tuple[str, ...]:
    size = abs(number)
    forms = (repr(size), size.hex(), f"{size:.17g}", f"{size:.9g}", f"{size:.8e}")
    return (*forms, *(f"{size:.{places}f}" for places in (8, 9, 10, 12)))


def _rounded(number: float) -> tuple[str, ...]:
    size = abs(number)
    forms = (f"{size:.6f}", f"{size:.7f}", f"{size:.6g}", f"{size:.7g}", f"{size:.6e}")
    return tuple(form for form in forms if len(form.strip("0.").replace(".", "")) >= 5)
