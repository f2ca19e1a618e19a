"""What the diagnosis makes of mistakes that it does not know, and whether that is true.

Two kinds: mistakes written without looking at the catalogue (the YAML files beside this one), and
known ones whose entry is taken out of the catalogue. Names of both were judged by hand.
"""

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from unittest.mock import patch

import numpy as np

import autograder.diagnose as stage
from autograder.attempt import Exam, attempt
from autograder.audit.candidate import Candidate, compiled
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.library import find_assignment
from autograder.misconceptions import (
    Misconception,
    changed_source,
    misconceptions_of,
    source_of,
)
from autograder.score import Diagnosis
from autograder.spec import Assignment
from autograder.strict_yaml import load_yaml

FOLDER = Path(__file__).parent
ASSIGNMENTS = ("rnn-cell", "losses", "bptt", "gradient-flow", "gradient-clipping", "name-tagger")
PLACES = ("unknown", "only-some-cases", "only-some-entries")  # where at most, and no cause
_SECONDS = 1.0  # of CPU a call of a wrong function may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """A wrong function.

    Attributes
    ----------
    names : collection of str
        That tell its true cause.
    """

    label: str
    assignment: Assignment
    function: str
    code: CodeType
    names: Collection[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was said of a mistake; ``wrong`` names tell another cause than the true one."""

    mistake: Mistake
    said: Sequence[Diagnosis]
    wrong: Sequence[str]
    caught: bool
    cpu_s: float

    @property
    def named(self) -> bool:
        """Whether a cause or a relation of the numbers was told."""
        return any(item.id not in PLACES for item in self.said)


def unlisted(*names: str) -> Iterator[Mistake]:
    """Mistakes that were written without looking at the catalogue, of some or all assignments."""
    for name in names or ASSIGNMENTS:
        assignment = find_assignment(name)
        for label, entry in load_yaml(FOLDER / f"{name}.yaml").items():
            yield Mistake(
                label=label,
                assignment=assignment,
                function=entry["function"],
                code=compiled(entry["source"]),
                names=entry["names"],
            )


def in_catalogue(name: str) -> Iterator[tuple[Mistake, frozenset[str]]]:
    """Known mistakes of an assignment, each with the entries to take out: its and its twins'."""
    assignment = find_assignment(name)
    accepted = load_yaml(FOLDER / "leave_one_out.yaml")
    for question in assignment.questions:
        entries = misconceptions_of(assignment, question.function)
        source = source_of(assignment.reference_functions[question.function])
        for entry in entries:
            mistake = Mistake(
                label=entry.id,
                assignment=assignment,
                function=question.function,
                code=compiled(changed_source(source, entry.change)),
                names=accepted.get(entry.id, ()),
            )
            yield mistake, _same(entry, entries)


def _same(entry: Misconception, entries: Sequence[Misconception]) -> frozenset[str]:
    named_by = (other.id for other in entries if entry.id in other.twins)
    return frozenset({entry.id, *entry.twins, *named_by})


@np.errstate(all="ignore")
def judge(
    mistake: Mistake,
    student: str = "student",
    without: Collection[str] = frozenset(),
    bank: Bank | None = None,
) -> Judged:
    """Grade a wrong function for a student, and diagnose it with a catalogue that lacks entries."""
    assignment = mistake.assignment
    seed = Seed(secret="s", student=student)
    exam = Exam(assignment, assignment.question(mistake.function), seed, bank)
    candidate = Candidate(assignment, mistake.code, seconds=_SECONDS)
    tried = attempt(candidate.as_session(), exam)
    entries = misconceptions_of(assignment, mistake.function)
    kept = tuple(entry for entry in entries if entry.id not in without)
    with patch.object(stage, "misconceptions_of", lambda *_: kept):
        started = time.process_time()
        said = stage.diagnose(exam, tried)
        spent = time.process_time() - started
    wrong = [item.id for item in said if not _is_true(item.id, mistake, entries)]
    return Judged(mistake=mistake, said=said, wrong=wrong, caught=not tried.passed, cpu_s=spent)


def _is_true(name: str, mistake: Mistake, entries: Sequence[Misconception]) -> bool:
    """A relation between numbers and an exception's meaning are true wherever they are told.

    But not always to the point, so for the mistakes of the YAML files they are judged as well.
    """
    if name in PLACES or name in mistake.names:
        return True
    known = {entry.id for entry in entries}
    return mistake.label in known and name not in known
