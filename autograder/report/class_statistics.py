"""What the records of a class say together: marks, questions, checks, mistakes, run time."""

import statistics
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from sys import intern
from typing import Any

from autograder.report.distribution import Marks, distribution_of
from autograder.report.page import share_of, standing_of, tone_of
from autograder.score import Diagnosis, Outcome, QuestionResult, Result

LEAST_FOR_DISCRIMINATION = 8
_NOT_TRIED = ("not_attempted", "skipped", "grader_error")


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


MistakeKey = tuple[str, str]  # the function and the mistake's id


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeStatistics:
    """A diagnosed mistake and how many made it."""

    question: str
    id: str
    hint: Mapping[str, str]
    students: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTime:
    """Seconds of wall time, over all submissions that were run."""

    total: float
    median: float
    longest: float
    slowest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(Outcome):
    """A student's line in the class's table: all that stays of a record, some hundred bytes.

    Attributes
    ----------
    questions : tuple of str
        The functions; with ``scores`` and ``tones``, empty where there are no marks.
    tones : tuple of str
        How each stands: right, part, wrong or none.
    mistakes : tuple of (str, str)
        The functions and ids of the mistakes that were made.
    """

    late_days: float
    duration_s: float
    questions: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    tones: tuple[str, ...] = ()
    mistakes: tuple[MistakeKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassStatistics:
    """All of it; ``title`` and ``assignment`` are those of the first submission with marks."""

    title: str
    assignment: str
    versions: tuple[str, ...]
    rows: tuple[Row, ...]
    graded: int
    marks: Marks | None
    questions: tuple[QuestionStatistics, ...]
    groups: tuple[GroupStatistics, ...]
    mistakes: tuple[MistakeStatistics, ...]
    wrong_answers: int
    unrecognised: int
    run_time: RunTime | None

    @property
    def ungraded(self) -> tuple[Row, ...]:
        """Those without marks."""
        return tuple(row for row in self.rows if row.status != "graded")


def summarise(records: Iterable[Result]) -> ClassStatistics:
    """Statistics of a class; only submissions with marks count towards them.

    Each record is looked at once and let go.
    """
    tally = _Tally()
    for record in records:
        tally.add(record)
    return tally.statistics()


class _Tally:
    """What the records so far say together."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._first: Result | None = None
        self._versions: set[str] = set()
        self._questions: dict[str, _Answers] = {}
        self._tried: Counter[tuple[str, str]] = Counter()  # groups of cases
        self._failed: Counter[tuple[str, str]] = Counter()
        self._mistakes: Counter[MistakeKey] = Counter()
        self._hints: dict[MistakeKey, Mapping[str, str]] = {}
        self._wrong = self._unrecognised = 0
        self._alike: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def add(self, record: Result) -> None:
        graded = record.status == "graded"
        if self._first is None or (graded and self._first.status != "graded"):
            self._first = replace(record, questions=())
        if record.version:
            self._versions.add(record.version)
        questions = record.questions if graded else ()
        for question in questions:
            rest = record.score - question.score
            self._questions.setdefault(question.id, _Answers(question)).add(question, rest)
            self._add_groups(question)
            self._add_diagnosis(question)
        mistakes = dict.fromkeys(
            (question.id, diagnosis.id)
            for question in questions
            for diagnosis in filter(_is_named, question.diagnosis)
        )
        self._mistakes.update(mistakes.keys())
        self._rows.append(
            Row(
                student=record.student,
                status=intern(record.status),  # type: ignore[arg-type]
                score=record.score,
                max_score=record.max_score,
                message="" if graded else record.message,
                late_days=record.late_days,
                duration_s=record.duration_s,
                questions=self._once(question.id for question in questions),
                scores=tuple(question.score for question in questions),
                tones=self._once(tone_of(standing_of(question)) for question in questions),
                mistakes=self._once(mistakes),
            )
        )

    def _once(self, words: Iterable[Any]) -> tuple[Any, ...]:
        """The same tuple for the same words."""
        made = tuple(words)
        return self._alike.setdefault(made, made)

    def _add_groups(self, question: QuestionResult) -> None:
        if question.status in _NOT_TRIED:
            return  # would fail every group alike, and hide which ones are hard
        for check in question.checks:
            key = (question.id, check.name)
            self._tried[key] += 1
            self._failed[key] += check.status == "failed"

    def _add_diagnosis(self, question: QuestionResult) -> None:
        named = list(filter(_is_named, question.diagnosis))
        for diagnosis in named:
            self._hints.setdefault((question.id, diagnosis.id), diagnosis.hint)
        if question.status not in ("passed", *_NOT_TRIED):
            self._wrong += 1
            self._unrecognised += not named

    def statistics(self) -> ClassStatistics:
        first, graded = self._first, [row for row in self._rows if row.status == "graded"]
        return ClassStatistics(
            title=(first.title or first.assignment) if first else "",
            assignment=first.assignment if first else "",
            versions=tuple(sorted(self._versions)),
            rows=tuple(self._rows),
            graded=len(graded),
            marks=distribution_of(graded) if graded else None,
            questions=tuple(answers.statistics() for answers in self._questions.values()),
            groups=self._group_statistics(),
            mistakes=self._mistake_statistics(),
            wrong_answers=self._wrong,
            unrecognised=self._unrecognised,
            run_time=_run_time(graded),
        )

    def _group_statistics(self) -> tuple[GroupStatistics, ...]:
        found = [
            GroupStatistics(question=key[0], name=key[1], failed=self._failed[key], graded=number)
            for key, number in self._tried.items()
            if self._failed[key]
        ]
        return tuple(sorted(found, key=lambda group: -group.failed / group.graded))

    def _mistake_statistics(self) -> tuple[MistakeStatistics, ...]:
        found = [
            MistakeStatistics(question=key[0], id=key[1], hint=self._hints[key], students=number)
            for key, number in self._mistakes.items()
        ]
        return tuple(sorted(found, key=lambda mistake: -mistake.students))


def _is_named(diagnosis: Diagnosis) -> bool:
    return diagnosis.id != "unknown"


class _Answers:
    """The class's marks on one question."""

    def __init__(self, first: QuestionResult) -> None:
        self._id, self._title, self._max_score = first.id, first.title, first.max_score
        self._shares = array("d")
        self._rests = array("d")  # marks of all other questions

    def add(self, question: QuestionResult, rest: float) -> None:
        self._shares.append(share_of(question.score, question.max_score))
        self._rests.append(rest)

    def statistics(self) -> QuestionStatistics:
        return QuestionStatistics(
            id=self._id,
            title=self._title,
            max_score=self._max_score,
            graded=len(self._shares),
            mean_share=statistics.fmean(self._shares),
            full=sum(share >= 1 for share in self._shares),
            none=sum(share <= 0 for share in self._shares),
            discrimination=correlation(self._shares, self._rests),
        )


def correlation(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Pearson's correlation; ``None`` for few values or where one side does not vary."""
    if len(first) < LEAST_FOR_DISCRIMINATION:
        return None
    try:
        return statistics.correlation(first, second)
    except statistics.StatisticsError:
        return None


def _run_time(graded: Sequence[Row]) -> RunTime | None:
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
