"""Put a candidate to the cases of its question: does it lose points, and where."""

from dataclasses import replace
from functools import lru_cache

from autograder.attempt import Attempt, Exam, attempt, judge_case
from autograder.audit.candidate import Candidate
from autograder.cases import Seed
from autograder.score import score_checks
from autograder.spec import Assignment, Check

KEPT = 32  # exams that are kept; one of `train` takes over 10 MB
_SECRET = "audit"
_LEAST_SECONDS, _TIMES_LONGER = 0.25, 30.0


class Exams:
    """The exams of one assignment's questions for the audit's students, made when first needed."""

    def __init__(self, assignment: Assignment, *, kept: int = KEPT) -> None:
        self.assignment = assignment
        self.get = lru_cache(maxsize=kept)(self._make)
        self._longest: dict[str, float] = {}

    def _make(self, function: str, student: int) -> Exam:
        question = self.assignment.question(function)
        return Exam(self.assignment, question, Seed(secret=_SECRET, student=f"{student}"))

    def seconds(self, function: str) -> float:
        """What a call of a mutant may take: many times what the reference needs."""
        if function not in self._longest:
            reference = Candidate(self.assignment)
            attempt(reference.as_session(), self.get(function, 0))
            self._longest[function] = reference.longest
        return max(_LEAST_SECONDS, _TIMES_LONGER * self._longest[function])


def losing_groups(tried: Attempt) -> tuple[str, ...]:
    """Case groups in which points were lost."""
    return tuple(check.name for check in tried.checks if check.score < check.max_score)


def crashes(exam: Exam, tried: Attempt) -> bool:
    """Whether no value ever came where one should."""
    return all(
        outcome is None or outcome.status != "value"
        for case, outcome in zip(exam.cases, tried.outcomes, strict=True)
        if exam.group(case).check is not Check.RAISES
    )


def loses(candidate: Candidate, exam: Exam, *, judged: bool = True) -> bool:
    """Whether points are lost; looks no further than the first wrong case.

    Parameters
    ----------
    judged : bool
        Also put the cases of groups that have a judge.
    """
    numbers = [k for k, group in enumerate(exam.question.groups) if judged or not group.judge]
    verdicts = []
    for case, expected in zip(exam.cases, exam.answers, strict=True):
        if case.group not in numbers:
            continue
        outcome = candidate.call(
            case.function, case.arguments, seconds=exam.question.limits.seconds
        )
        verdict = judge_case(exam, case, expected, outcome)
        if exam.group(case).points and not all(part.right for part in verdict.verdicts):
            return True
        verdicts.append(replace(verdict, group=numbers.index(case.group)))
    asked = replace(exam.question, groups=tuple(exam.question.groups[k] for k in numbers))
    checks = score_checks(asked, verdicts)
    return any(check.score < check.max_score for check in checks)
