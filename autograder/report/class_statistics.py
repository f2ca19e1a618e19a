"""What the records of a class say together: marks, questions, checks, mistakes, run time."""

import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from autograder.report.page import share_of
from autograder.score import QuestionResult, Result

LEAST_FOR_DISCRIMINATION = 8
_NOT_TRIED = ("not_attempted", "skipped", "grader_error")
_STEPS = (0.5, 1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Marks from ``low`` up to but not including ``high``; the last bin includes it."""

    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The distribution of the marks of all graded submissions."""

    max_score: float
    mean: float
    median: float
    quartiles: tuple[float, float]
    full: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionStatistics:
    """How the class did on one question.

    Attributes
    ----------
    mean_share : float
        Mean of the marks over the question's points: its difficulty, 1 is easy.
    discrimination : float or None
        Correlation of its marks with those of all other questions.
    """

    id: str
    title: str
    max_score: float
    graded: int
    mean_share: float
    full: int
    none: int
    discrimination: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatistics:
    """How many fail one group of cases, of those who tried the question."""

    question: str
    name: str
    failed: int
    graded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeStatistics:
    """A diagnosed mistake and who made it."""

    question: str
    id: str
    hint: Mapping[str, str]
    students: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTime:
    """Seconds of wall time, over all submissions that were run."""

    total: float
    median: float
    longest: float
    slowest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStatistics:
    """All of it."""

    graded: int
    ungraded: tuple[Result, ...]
    marks: Marks | None
    questions: tuple[QuestionStatistics, ...]
    groups: tuple[GroupStatistics, ...]
    mistakes: tuple[MistakeStatistics, ...]
    wrong_answers: int
    unrecognised: int
    run_time: RunTime | None


def summarise(records: Sequence[Result]) -> ClassStatistics:
    """Statistics of a class; only submissions with marks count towards them."""
    graded = [record for record in records if record.status == "graded"]
    answers = [(record, question) for record in graded for question in record.questions]
    wrong = [question for _, question in answers if question.status not in ("passed", *_NOT_TRIED)]
    return ClassStatistics(
        graded=len(graded),
        ungraded=tuple(record for record in records if record.status != "graded"),
        marks=_marks(graded) if graded else None,
        questions=_questions(graded),
        groups=_groups(question for _, question in answers),
        mistakes=_mistakes(answers),
        wrong_answers=len(wrong),
        unrecognised=sum(not any(map(_is_named, q.diagnosis)) for q in wrong),
        run_time=_run_time(graded),
    )


def _is_named(diagnosis: object) -> bool:
    return getattr(diagnosis, "id", "unknown") != "unknown"


def _marks(graded: Sequence[Result]) -> Marks:
    scores = [record.score for record in graded]
    max_score = max(record.max_score for record in graded)
    low, _, high = statistics.quantiles(scores * (2 if len(scores) == 1 else 1), method="inclusive")
    return Marks(
        max_score=max_score,
        mean=statistics.fmean(scores),
        median=statistics.median(scores),
        quartiles=(low, high),
        full=sum(record.score >= record.max_score for record in graded),
        bins=histogram(scores, max_score),
    )


def histogram(scores: Sequence[float], max_score: float) -> tuple[Bin, ...]:
    """Counts in at most 14 bins of one round width from 0 to the top; extra credit extends them.

    Examples
    --------
    >>> [(b.low, b.high, b.count) for b in histogram([0, 4, 5, 10], 10)][:2]
    [(0.0, 1.0, 1), (1.0, 2.0, 0)]
    """
    top = max([max_score, *scores, 0.5])
    step = next((step for step in _STEPS if top / step <= 14), top / 10)
    number = max(1, -int(-top // step))
    counts = Counter(min(number - 1, max(0, int(score // step))) for score in scores)
    return tuple(
        Bin(low=i * step * 1.0, high=min((i + 1) * step, top) * 1.0, count=counts[i])
        for i in range(number)
    )


def _questions(graded: Sequence[Result]) -> tuple[QuestionStatistics, ...]:
    answers: dict[str, list[tuple[QuestionResult, float]]] = {}
    for record in graded:
        for question in record.questions:
            rest = record.score - question.score
            answers.setdefault(question.id, []).append((question, rest))
    return tuple(_question(list(given)) for given in answers.values())


def _question(answers: Sequence[tuple[QuestionResult, float]]) -> QuestionStatistics:
    first = answers[0][0]
    shares = [share_of(question.score, question.max_score) for question, _ in answers]
    return QuestionStatistics(
        id=first.id,
        title=first.title,
        max_score=first.max_score,
        graded=len(answers),
        mean_share=statistics.fmean(shares),
        full=sum(share >= 1 for share in shares),
        none=sum(share <= 0 for share in shares),
        discrimination=correlation(shares, [rest for _, rest in answers]),
    )


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation; ``None`` for few values or where one side does not vary."""
    if len(first) < LEAST_FOR_DISCRIMINATION:
        return None
    try:
        return statistics.correlation(first, second)
    except statistics.StatisticsError:
        return None


def _groups(questions: Iterable[QuestionResult]) -> tuple[GroupStatistics, ...]:
    failed: Counter[tuple[str, str]] = Counter()
    graded: Counter[tuple[str, str]] = Counter()
    for question in questions:
        if question.status in _NOT_TRIED:
            continue  # would fail every group alike, and hide which ones are hard
        for check in question.checks:
            key = (question.id, check.name)
            graded[key] += 1
            failed[key] += check.status == "failed"
    found = [
        GroupStatistics(question=key[0], name=key[1], failed=failed[key], graded=number)
        for key, number in graded.items()
        if failed[key]
    ]
    return tuple(sorted(found, key=lambda group: -group.failed / group.graded))


def _mistakes(
    answers: Iterable[tuple[Result, QuestionResult]],
) -> tuple[MistakeStatistics, ...]:
    students: dict[tuple[str, str], dict[str, None]] = {}
    hints: dict[tuple[str, str], Mapping[str, str]] = {}
    for record, question in answers:
        for diagnosis in filter(_is_named, question.diagnosis):
            key = (question.id, diagnosis.id)
            students.setdefault(key, {})[record.student] = None
            hints.setdefault(key, diagnosis.hint)
    found = [
        MistakeStatistics(question=key[0], id=key[1], hint=hints[key], students=tuple(who))
        for key, who in students.items()
    ]
    return tuple(sorted(found, key=lambda mistake: -len(mistake.students)))


def _run_time(graded: Sequence[Result]) -> RunTime | None:
    timed = [record for record in graded if record.duration_s > 0]
    if not timed:
        return None
    slowest = max(timed, key=lambda record: record.duration_s)
    seconds = [record.duration_s for record in timed]
    return RunTime(
        total=sum(seconds),
        median=statistics.median(seconds),
        longest=slowest.duration_s,
        slowest=slowest.student,
    )
