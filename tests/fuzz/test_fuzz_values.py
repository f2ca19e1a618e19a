"""Whatever a student's function returns, grading it ends in marks and sentences."""

import json
import random

import numpy as np
import pytest
from hostile import disturbed, value

from autograder.attempt import Exam
from autograder.cases import Seed
from autograder.expected import answer
from autograder.library import find_assignment
from autograder.question import grade_question
from autograder.report.page import render_feedback
from autograder.report.record_file import as_result, render_json
from autograder.runner import codec
from autograder.runner.one_by_one import OneByOne
from autograder.runner.outcome import Outcome, Raised
from autograder.score import Result

ASSIGNMENTS = [find_assignment(name) for name in ("rnn-cell", "bptt", "losses")]


class HostileSession(OneByOne):
    """Answers every call with something that came over the wire, right only now and then."""

    def __init__(self, exam: Exam, chance: random.Random) -> None:
        self._exam, self._chance = exam, chance
        self._kind = chance.randrange(4)
        self._same = chance.random() < 0.3
        self._first = None

    def fresh(self) -> None:
        pass

    def call(self, name, arguments, *, seconds, memory_mb=None, served=None) -> Outcome:
        if self._same and self._first is not None:
            return self._first
        self._first = self._outcome(name, arguments)
        return self._first

    def _outcome(self, name, arguments) -> Outcome:
        chance = self._chance
        roll = chance.random()
        if roll < 0.03:
            return Outcome(status=chance.choice(["timeout", "crashed"]), cpu_s=chance.random())
        if roll < 0.15:
            words = ["", "ValueError", "<b>", "\x1b[0m", "NotImplementedError", "shapes (2,3) and"]
            raised = Raised(
                type=chance.choice(words), message=chance.choice(words) * 30,
                line=chance.choice([None, *words]), lineno=chance.choice([None, -5, 10**9]),
            )  # fmt: skip
            return Outcome(status="exception", error=raised)
        if self._kind == 0:
            found = value(chance)
        else:
            case = next(iter(self._exam.cases))
            reference = self._exam.assignment.reference_functions[name]
            right = answer(reference, _Case(arguments))
            found = disturbed(right.value, chance) if self._kind < 3 else value(chance, 3)
            assert case
        changed = tuple(key for key in arguments if chance.random() < 0.1)
        return Outcome(status="value", value=sent(found), changed=changed)


class _Case:
    def __init__(self, arguments) -> None:
        self.arguments = arguments


def sent(found: object) -> object:
    return codec.decode(b"".join(bytes(part) for part in codec.encode(found)))


def fuzz(rounds: int, seed: int) -> int:
    chance = random.Random(seed)
    graded = 0
    for _ in range(rounds):
        assignment = chance.choice(ASSIGNMENTS)
        question = chance.choice(assignment.questions)
        exam = Exam(assignment, question, Seed(secret="s", student=str(chance.randrange(50))))
        session = HostileSession(exam, chance)
        result = grade_question(session, exam, pristine=chance.random() < 0.5).result  # type: ignore[arg-type]
        assert 0 <= result.score <= result.max_score
        assert np.isfinite(result.score)
        record = Result(
            assignment=assignment.name, student="s", status="graded", score=result.score,
            max_score=question.points, questions=(result,),
        )  # fmt: skip
        assert "</html>" in render_feedback(record)
        text = render_json(record)
        text.encode("utf-8")
        assert as_result(json.loads(text)).score == record.score
        graded += 1
    return graded


def test_hostile_values_are_graded():
    assert fuzz(60, seed=1) == 60


@pytest.mark.slow
def test_very_many_hostile_values_are_graded():
    assert fuzz(3000, seed=2) == 3000
