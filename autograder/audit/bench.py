"""An assignment on the audit's bench, and how much is tried."""

import hashlib
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.assignment_file import load_assignment
from autograder.audit.candidate import plain_source
from autograder.audit.mutation import Mutant, make_mutants
from autograder.audit.trial import Exams
from autograder.spec import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is tried.

    Attributes
    ----------
    mutants : int or None
        Most mutants of a function; ``None`` for all.
    mutant_seeds, misconception_seeds, style_seeds : int
        With how many students' cases each is tried.
    judged_seeds : int
        Of these, how many are also given the cases of a judge: whole trainings, on which right
        answers differ no more than on other cases.
    random_cases : int
        For each group, before a mutant counts as equivalent.
    spread : int or None
        Most misconceptions of a function that the functions which call it are graded with.
    """

    mutants: int | None
    mutant_seeds: int
    misconception_seeds: int
    style_seeds: int
    judged_seeds: int
    random_cases: int
    spread: int | None = None


QUICK = Size(
    mutants=40,
    mutant_seeds=2,
    misconception_seeds=1,
    style_seeds=3,
    judged_seeds=1,
    random_cases=5,
    spread=2,
)
WHOLE = Size(
    mutants=None,
    mutant_seeds=10,
    misconception_seeds=3,
    style_seeds=2000,
    judged_seeds=100,
    random_cases=60,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One assignment with what its trials share."""

    assignment: Assignment
    exams: Exams

    def mutants(self, function: str) -> tuple[Mutant, ...]:
        """All mutants of a function, first those that tell most.

        One variable in the place of another is by far the most frequent change, and mostly ends in
        an error at once, so these come last.
        """
        assignment = self.assignment
        made = make_mutants(
            assignment.question(function),
            plain_source(assignment.reference_functions[function]),
            self.exams.get(function, 0).cases[0].arguments,
            _near(assignment),
        )
        return tuple(sorted(made, key=_place))


@cache
def bench_of(folder: Path) -> Bench:
    """The bench of this process for an assignment."""
    assignment = load_assignment(folder)
    return Bench(assignment=assignment, exams=Exams(assignment))


def _place(mutant: Mutant) -> tuple[bool, bytes]:
    """Where a mutant stands among the others: shuffled, always in the same way."""
    return mutant.kind == "variable", hashlib.sha256(mutant.id.encode()).digest()


def _near(assignment: Assignment) -> dict[str, tuple[str, ...]]:
    """Functions with the same arguments, which may be taken for one another."""
    arguments = {
        name: tuple(inspect.signature(function).parameters)
        for name, function in assignment.reference_functions.items()
    }
    return {
        name: tuple(other for other in arguments if other != name and arguments[other] == own)
        for name, own in arguments.items()
    }
