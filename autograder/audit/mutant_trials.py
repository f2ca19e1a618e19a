"""Mutants of the reference: each must cost points, or be no mistake at all."""

from collections.abc import Sequence
from typing import Any

from autograder.attempt import attempt
from autograder.audit.bench import Bench, Size
from autograder.audit.candidate import Candidate, compiled
from autograder.audit.equivalence import find_difference
from autograder.audit.mutation import Mutant
from autograder.audit.records import Fate, MutantResult
from autograder.audit.trial import crashes, loses, losing_groups
from autograder.score import total
from autograder.spec import Group


def try_mutant(
    bench: Bench, mutant: Mutant, size: Size, domain: Sequence[Group] = ()
) -> MutantResult:
    """Grade a mutant for several students; where it loses nothing, compare it with the reference.

    Parameters
    ----------
    domain : sequence of Group
        Inputs that the documentation allows besides those of the question's groups.
    """
    question = bench.assignment.question(mutant.function)
    candidate = Candidate(
        bench.assignment,
        compiled(mutant.source),
        seconds=bench.exams.seconds(mutant.function),
    )
    exams = [bench.exams.get(mutant.function, number) for number in range(size.mutant_seeds)]
    first = attempt(candidate.as_session(), exams[0])
    groups = losing_groups(first)
    crashed = crashes(exams[0], first)
    rest = exams[1:] if not crashed else exams[:0]
    caught = [bool(groups), *(loses(candidate, exam) for exam in rest)]
    lost = round(question.points - total(first.checks), 2)
    if all(caught):
        return _result(mutant, "caught", crashes=crashed, lost=lost, groups=groups)
    if any(caught):
        witness = f"caught with {sum(caught)} of {len(caught)} seeds only"
        return _result(mutant, "sometimes", lost=lost, groups=groups, witness=witness)
    witness = find_difference(
        candidate, bench.assignment, question, domain=domain, random_cases=size.random_cases
    )
    if witness:
        return _result(mutant, "survived", witness=witness)
    reason = "it gives what the reference gives in every case tried"
    return _result(mutant, "equivalent", reason=reason)


def _result(mutant: Mutant, fate: Fate, **more: Any) -> MutantResult:
    return MutantResult(id=mutant.id, kind=mutant.kind, diff=mutant.diff, fate=fate, **more)
