"""Known mistakes: each must cost points, be named, be shown, and cost nothing elsewhere."""

from autograder.audit.bench import Bench
from autograder.audit.candidate import Candidate, callers_of, compiled
from autograder.audit.records import MisconceptionResult
from autograder.misconceptions import Misconception, changed_source, misconceptions_of, source_of
from autograder.question import grade_question
from autograder.score import QuestionResult


def try_misconception(
    bench: Bench, entry: Misconception, seeds: int, *, spreading: bool = True
) -> MisconceptionResult:
    """Grade the whole assignment of a student who has this mistake and no other.

    Parameters
    ----------
    spreading : bool
        Also grade the functions that call the wrong one: they must lose nothing.
    """
    assignment = bench.assignment
    source = changed_source(source_of(assignment.reference_functions[entry.function]), entry.change)
    callers = callers_of(assignment, entry.function) if spreading else ()
    longest = max(bench.exams.seconds(name) for name in (entry.function, *callers))
    candidate = Candidate(assignment, compiled(source), seconds=longest)
    graded = [_grade(bench, candidate, entry.function, number) for number in range(seeds)]
    spread = [
        name
        for name in callers
        for number in range(seeds)
        if _loss(_grade(bench, candidate, name, number))
    ]
    allowed = twins_of(bench, entry)
    named = [", ".join(item.id for item in result.diagnosis) for result in graded]
    first = graded[0]
    return MisconceptionResult(
        id=entry.id,
        lost=min(map(_loss, graded)),
        groups=tuple(check.name for check in first.checks if check.score < check.max_score),
        named=tuple(dict.fromkeys(name or "nothing" for name in named if name not in allowed)),
        spread=tuple(dict.fromkeys(spread)),
        shown=first.counterexample is not None or assignment.counterexample == "never",
    )


def twins_of(bench: Bench, entry: Misconception) -> frozenset[str]:
    """Names under which a mistake may be diagnosed: its own and those of its twins."""
    entries = misconceptions_of(bench.assignment, entry.function)
    named_by = (other.id for other in entries if entry.id in other.twins)
    return frozenset({entry.id, *entry.twins, *named_by})


def _grade(bench: Bench, candidate: Candidate, function: str, number: int) -> QuestionResult:
    exam = bench.exams.get(function, number)
    return grade_question(candidate.as_session(), exam, pristine=True).result


def _loss(result: QuestionResult) -> float:
    return round(result.max_score - result.score, 2)
