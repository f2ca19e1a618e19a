"""A student's functions put to an assignment's exams right here: what tests of marks share."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from textwrap import dedent

from local_session import LocalSession

from autograder.attempt import Attempt, Exam, attempt
from autograder.cases import Case, Seed, build_cases, build_ladder
from autograder.library import find_assignment
from autograder.solution import solution_source
from autograder.spec import Assignment

PURITY, MANNERS = "arguments left alone", "shapes and dtype"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A wrong function, the groups that it must cost, and those that it may cost besides."""

    function: str
    source: str
    costs: set[str]
    perhaps: set[str] = field(default_factory=set)


class ExamRoom:
    """The exams of one assignment; right functions stand below whatever a student defines."""

    def __init__(self, name: str) -> None:
        self.assignment: Assignment = find_assignment(name)
        self.functions = [question.function for question in self.assignment.questions]
        self._exams: dict[tuple[str, int], Exam] = {}

    def exam(self, function: str, seed: int) -> Exam:
        if (function, seed) not in self._exams:
            question = self.assignment.question(function)
            drawn = Seed(secret="exam room", student=str(seed))
            self._exams[function, seed] = Exam(self.assignment, question, drawn)
        return self._exams[function, seed]

    @cached_property
    def solutions(self) -> str:
        """All functions as the reference has them, the pasted ones too."""
        reference = self.assignment.reference_functions
        names = [*self.assignment.carried, *self.functions]
        return "\n\n".join(solution_source(reference[name], known=reference) for name in names)

    def changed(self, old: str, new: str) -> str:
        """The solutions with one place changed."""
        assert self.solutions.count(old) == 1, old
        return self.solutions.replace(old, new)

    def sit(self, function: str, source: str, seed: int) -> Attempt:
        session = LocalSession(self.solutions, source)
        return attempt(session, self.exam(function, seed))  # type: ignore[arg-type]

    def drawn(self, function: str, seeds: int) -> Iterator[tuple[str, Case]]:
        """Small cases with round numbers, and those of a class; with the names of their groups."""
        question = self.assignment.question(function)
        for number, group in enumerate(question.groups):
            if group.has_cases:
                for case in build_ladder(self.assignment, question, number):
                    yield group.name, case
        for seed in range(seeds):
            for case in build_cases(self.assignment, question, Seed(secret="k", student=f"{seed}")):
                yield question.groups[case.group].name, case

    def assert_costs(self, mistake: Mistake, *, seeds: int = 5) -> None:
        """Whatever is drawn, a mistake loses in its groups and in no others."""
        for seed in range(seeds):
            taken = self.sit(mistake.function, dedent(mistake.source), seed)
            lost = {check.name for check in taken.checks if check.status == "failed"}
            assert mistake.costs <= lost <= mistake.costs | mistake.perhaps, (seed, problems(taken))


@cache
def exam_room(name: str) -> ExamRoom:
    return ExamRoom(name)


def problems(taken: Attempt) -> list[str]:
    return [f"{check.name}: {check.message}" for check in taken.checks if check.status != "passed"]
