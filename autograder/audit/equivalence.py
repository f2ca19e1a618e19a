"""Tell a mutant that is no mistake from one that the tests miss.

It counts as equivalent when it keeps the contract, at a tolerance that only rounding needs, on the
whole ladder of small cases and on many random ones: sizes of every group, sizes that no group
draws, the question's arguments as no group changes them, and the domain that ``audit.yaml`` adds
where the documented one is wider than the tests'. The cases of a judge are whole trainings, in
which rounding alone makes a difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from autograder.audit.candidate import Candidate
from autograder.cases import Case, Seed, build_case, build_ladder
from autograder.compare import compare
from autograder.errors import SpecError
from autograder.expected import answer
from autograder.spec import Assignment, Group, Question

_ROUNDING = 1e-10
_SEED = Seed(secret="equivalence", student="")
_UNCHANGED = Group(name="no group's input", points=0.0, dims={}, given={}, arguments={})


def find_difference(
    candidate: Candidate,
    assignment: Assignment,
    question: Question,
    *,
    domain: Sequence[Group] = (),
    random_cases: int,
) -> str:
    """Where a candidate differs from the reference, in a few words; empty where nowhere.

    Parameters
    ----------
    domain : sequence of Group
        Inputs that the documentation allows besides those of the question's groups.
    random_cases : int
        For each group.
    """
    own = (group for group in question.groups if group.has_cases and not group.judge)
    groups = (*own, *domain, _UNCHANGED)
    asked = replace(question, groups=groups)
    for case in _cases(assignment, asked, random_cases):
        if sentence := _difference(candidate, assignment, asked, case):
            sizes = ", ".join(f"{name} = {size}" for name, size in case.dims.items())
            return f"{groups[case.group].name} ({sizes}): {sentence}"
    return ""


def _cases(assignment: Assignment, question: Question, random_cases: int) -> Iterator[Case]:
    for number in range(len(question.groups)):
        yield from build_ladder(assignment, question, number)
    wide = _any_size(question)
    for index in range(random_cases):
        for number in range(len(question.groups)):
            for asked in (question, wide):
                try:
                    yield build_case(assignment, asked, _SEED, number, index)
                except SpecError:
                    continue  # the group's expressions do not fit these sizes


def _any_size(question: Question) -> Question:
    """The question with dimensions drawn from 1 on, equal ones among them."""
    ranges = {name: (1, dim[1]) for name, dim in question.dims.items() if isinstance(dim, tuple)}
    groups = (replace(group, dims={**ranges, **group.dims}) for group in question.groups)
    return replace(question, groups=tuple(groups))


def _difference(
    candidate: Candidate, assignment: Assignment, question: Question, case: Case
) -> str:
    """What differs in one case."""
    expected = answer(assignment.reference_functions[case.function], case)
    seconds = question.limits.seconds
    outcome = candidate.call(case.function, case.arguments, seconds=seconds)
    raised = outcome.error.type if outcome.error else None
    if raised != expected.raised:
        return f"it raises {raised}." if raised else f"it does not raise {expected.raised}."
    if outcome.status != "value":
        return "" if raised else "it does not end."
    parts = compare(
        question.returns, expected.value, outcome.value, tolerance=_ROUNDING, reveal=True
    )
    for part in parts:
        if text := part.problem or part.manners:
            return f"{part.output}: {text}" if part.output else text
    if outcome.changed:
        return f"{', '.join(outcome.changed)} changed in place."
    return ""
