"""The parts into which an audit is cut, so that several processes can work on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from autograder.attempt import attempt
from autograder.audit.audit_file import load_audit_file
from autograder.audit.bench import Bench, Size, bench_of
from autograder.audit.candidate import Candidate, compiled
from autograder.audit.correct import load_styles
from autograder.audit.guard import quiet
from autograder.audit.misconception_trials import try_misconception
from autograder.audit.mutant_trials import try_mutant
from autograder.audit.records import MisconceptionResult, MutantResult, StyleResult
from autograder.audit.style_trials import merged, try_style
from autograder.audit.trial import KEPT
from autograder.misconceptions import misconceptions_of
from autograder.spec import Assignment

_STUDENTS = 100  # of one part
_MOST_PARTS = 1 << 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Every ``of``-th item of one kind of one function, from ``number`` on."""

    folder: Path
    function: str
    kind: Literal["stub", "mutants", "misconceptions", "styles"]
    size: Size
    number: int = 0
    of: int = 1

    def halves(self) -> tuple["Part", ...]:
        """The same work in two parts; none when it cannot be cut any further."""
        if self.kind == "stub" or self.of >= _MOST_PARTS:
            return ()
        return tuple(
            replace(self, number=number, of=2 * self.of)
            for number in (self.number, self.number + self.of)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found out in one part.

    Attributes
    ----------
    known : tuple of str
        Names of all mutants of the function, tried or not.
    """

    function: str
    mutants: tuple[MutantResult, ...] = ()
    known: tuple[str, ...] = ()
    misconceptions: tuple[MisconceptionResult, ...] = ()
    styles: tuple[StyleResult, ...] = ()
    stub_points: float = 0.0


def parts_of(assignment: Assignment, size: Size) -> Iterator[Part]:
    """The whole work on an assignment, what takes longest first."""
    for question in assignment.questions:
        part = Part(folder=assignment.folder, function=question.function, kind="stub", size=size)
        lots = max(1, size.style_seeds // _STUDENTS)
        yield from (replace(part, kind="styles", number=k, of=lots) for k in range(lots))
        lots = 1 if size.mutants else 4
        yield from (replace(part, kind="mutants", number=k, of=lots) for k in range(lots))
        yield replace(part, kind="misconceptions")
        yield part


def do_part(part: Part) -> Found:
    """Do one part of the work in this process."""
    bench = bench_of(part.folder)
    with quiet():
        match part.kind:
            case "stub":
                return Found(function=part.function, stub_points=_stub_points(bench, part.function))
            case "mutants":
                return _mutants(bench, part)
            case "misconceptions":
                return _misconceptions(bench, part)
            case "styles":
                return _styles(bench, part)


def _mutants(bench: Bench, part: Part) -> Found:
    mutants = bench.mutants(part.function)
    domain = load_audit_file(bench.assignment).domain.get(part.function, ())
    chosen = mutants[: part.size.mutants][part.number :: part.of]
    tried = tuple(try_mutant(bench, mutant, part.size, domain) for mutant in chosen)
    known = tuple(mutant.id for mutant in mutants)
    return Found(function=part.function, mutants=tried, known=known)


def _misconceptions(bench: Bench, part: Part) -> Found:
    entries = misconceptions_of(bench.assignment, part.function)[part.number :: part.of]
    seeds, spread = part.size.misconception_seeds, part.size.spread
    tried = (
        try_misconception(bench, entry, seeds, spreading=spread is None or number < spread)
        for number, entry in enumerate(entries)
    )
    return Found(function=part.function, misconceptions=tuple(tried))


def _styles(bench: Bench, part: Part) -> Found:
    """Every style with the same students, whose cases are made once for all of them."""
    styles = [s for s in load_styles(bench.assignment) if part.function in s.functions]
    students = range(part.size.style_seeds)[part.number :: part.of]
    tried = [
        [
            try_style(bench, part.function, style, few, judged=part.size.judged_seeds)
            for style in (None, *styles)
        ]
        for few in (students[start : start + KEPT] for start in range(0, len(students), KEPT))
    ]
    return Found(function=part.function, styles=tuple(map(merged, zip(*tried, strict=True))))


def _stub_points(bench: Bench, function: str) -> float:
    """What the stub earns, whatever the rest of the notebook holds."""
    stub = compiled(f"def {function}(*arguments, **named):\n    raise NotImplementedError\n")
    candidate = Candidate(bench.assignment, stub)
    return attempt(candidate.as_session(), bench.exams.get(function, 0)).score
