"""From verdicts to points: the result record, and the rules by which marks come about.

The rules, all of them:

* a group of value cases is worth its points times the share of outputs that are right in every one
  of its cases;
* manners (arguments left alone, dtype, axes) and errors to raise are groups of their own and count
  once some value of the question is right, so that a stub earns nothing for leaving its arguments
  alone, nor a function that always fails for failing;
* the marks of a question are the sum over its groups.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from types import NoneType
from typing import Any, Literal

from autograder.compare import Verdict
from autograder.spec import Check, Question

QuestionStatus = Literal[
    "passed", "failed", "skipped", "not_attempted", "timeout", "crashed", "grader_error"
]
Status = Literal["graded", "unreadable", "missing", "grader_error"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One group of cases: its points, and a sentence where it failed.

    Attributes
    ----------
    name : str
        The group's name in ``assignment.yaml``.
    status : str
        ``passed``, ``failed``, or ``skipped`` where it does not count: manners and errors to raise
        count once a value is right.
    score, max_score : float
        Points earned and points to earn.
    message : str
        What is wrong, for the student; empty where nothing is.
    token : str
        Names the first case that failed, for ``autograder replay``; the instructor's only.
    outputs : tuple of str
        The outputs that are wrong.
    measures : mapping of str to float
        Numbers that a judge reports, such as a loss.
    """

    name: str
    status: Literal["passed", "failed", "skipped"]
    score: float
    max_score: float
    message: str = ""
    token: str = ""
    outputs: tuple[str, ...] = ()
    measures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A named mistake that explains the wrong outputs.

    Attributes
    ----------
    id : str
        Of an entry of ``misconceptions.yaml``, or of a general finding such as a transposed array.
    outputs : tuple of str
        The outputs that it explains.
    hint : mapping of str to str
        By language: ``en`` and ``zh``.
    """

    id: str
    outputs: tuple[str, ...]
    hint: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """The smallest failing case.

    Attributes
    ----------
    code : str
        To paste into a cell below the function.
    expected, actual : str
        Values as text; what differs stands between « and ».
    """

    code: str
    expected: str
    actual: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionResult:
    """One graded function.

    Attributes
    ----------
    id : str
        The function's name.
    title : str
        One line from ``assignment.yaml``.
    score, max_score : float
        Points earned and points to earn: sums over the checks.
    status : str
        ``passed``, ``failed``, ``skipped`` (nothing was graded), ``not_attempted``, ``timeout``,
        ``crashed``, or ``grader_error``, which leaves the whole submission ungraded.
    message : str
        What is wrong, in a sentence; empty where nothing is.
    follow_through : bool
        Whether right functions stood in for wrong ones that this one calls.
    replaced : tuple of str
        The functions that the grader's stood in for.
    right_outputs : tuple of str
        Of a function that returns several things, those that are right in every case although
        others are not.
    checks : tuple of CheckResult
        One for each group of cases.
    diagnosis : tuple of Diagnosis
        Named mistakes; empty where none is certain.
    counterexample : Counterexample or None
        The smallest failing case, where there is one.
    """

    id: str
    title: str
    score: float
    max_score: float
    status: QuestionStatus
    message: str = ""
    follow_through: bool = False
    replaced: tuple[str, ...] = ()
    right_outputs: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    counterexample: Counterexample | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult:
    """A cell of the notebook that did not run to its end.

    Attributes
    ----------
    index : int
        Its place in the notebook, counted from 0, text cells included.
    status : str
        ``error``, ``timeout`` or ``crashed``.
    message : str
        What happened.
    """

    index: int
    status: Literal["error", "timeout", "crashed"]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A result in short: what a run keeps of a submission whose record is written."""

    student: str
    status: Status
    score: float
    max_score: float
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All there is to know about one graded submission; every page is a function of it.

    Attributes
    ----------
    assignment : str
        Its name.
    student : str
        The name of the student's folder below ``submitted/``.
    status : str
        ``graded``, ``unreadable`` (no notebook could be read from the file), ``missing`` (there is
        no file), or ``grader_error``: the grader's own fault, and no mark.
    score, max_score : float
        Points earned and points to earn: sums over the questions.
    title : str
        The assignment's title.
    message : str
        Why there is no mark, in a sentence; empty where there is one.
    seed : str
        Tells whether two records come of the same random cases; the seed cannot be found from it.
    isolation : str
        What confined the student's code, such as ``bwrap+landlock+seccomp``.
    duration_s : float
        Wall time in seconds.
    version : str
        Of this package.
    source_hash : str
        Names the content of the submitted file.
    tests : str
        Changes with the assignment, its reference and this package: what it was graded with.
    late_days : float
        Days after the due date in nbgrader's gradebook.
    notes : tuple of str
        What was odd about the file, such as another name than expected; it costs nothing.
    cells : tuple of CellResult
        Cells that did not run to their end.
    questions : tuple of QuestionResult
        One for each graded function, in the order of ``assignment.yaml``.
    """

    assignment: str
    student: str
    status: Status
    score: float
    max_score: float
    title: str = ""
    message: str = ""
    seed: str = ""
    isolation: str = ""
    duration_s: float = 0.0
    version: str = ""
    source_hash: str = ""
    tests: str = ""
    late_days: float = 0.0
    notes: tuple[str, ...] = ()
    cells: tuple[CellResult, ...] = ()
    questions: tuple[QuestionResult, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The result in short."""
        return Outcome(
            student=self.student,
            status=intern(self.status),  # type: ignore[arg-type]
            score=self.score,
            max_score=self.max_score,
            message=self.message,
        )

    def as_dict(self) -> dict[str, Any]:
        """The record as plain data, ready for JSON."""
        data: dict[str, Any] = _plain(self)
        return data


def _plain(value: Any) -> Any:
    """What `dataclasses.asdict` makes of the value, in a twentieth of the time."""
    kind = type(value)
    if kind in (str, float, int, bool, NoneType):
        return value
    if kind in (tuple, list):
        return kind(map(_plain, value))
    if isinstance(value, Mapping):
        return dict(value)
    return {name: _plain(getattr(value, name)) for name in kind.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseVerdict:
    """What became of one case.

    Attributes
    ----------
    problem : str
        Of the whole call: an exception, nothing returned; empty when outputs were compared.
    changed : tuple of str
        Arguments that the call changed in place.
    impure, warned : str
        What else is wrong with how values came about, in a sentence; empty where nothing is.
    """

    group: int
    token: str
    verdicts: tuple[Verdict, ...]
    problem: str = ""
    changed: tuple[str, ...] = ()
    impure: str = ""
    warned: str = ""
    measures: Mapping[str, float] = field(default_factory=dict)


def score_checks(question: Question, cases: Sequence[CaseVerdict]) -> tuple[CheckResult, ...]:
    """Points of every group of a question.

    Parameters
    ----------
    question : Question
    cases : sequence of CaseVerdict
        One for each case of each group that has cases.
    """
    checks: list[CheckResult | None] = []
    for number, group in enumerate(question.groups):
        own = [case for case in cases if case.group == number]
        checks.append(_score_group(group.name, group.points, own) if group.has_cases else None)
    values = {i for i, g in enumerate(question.groups) if g.check in (Check.VALUES, Check.JUDGE)}
    some_right = any(check and check.score > 0 for i, check in enumerate(checks) if i in values)
    seen = [case for case in cases if case.group in values]
    for number, group in enumerate(question.groups):
        if checks[number] is None or (group.check is Check.RAISES and not some_right):
            checks[number] = _score_manners(group.name, group.points, group.check, seen, some_right)
    return tuple(check for check in checks if check is not None)


def _score_group(name: str, points: float, cases: Sequence[CaseVerdict]) -> CheckResult:
    outputs = [verdict.output for verdict in cases[0].verdicts]
    wrong = {v.output for case in cases for v in case.verdicts if not v.right}
    share = 1 - len(wrong) / len(outputs)
    first = next((case for case in cases if any(not v.right for v in case.verdicts)), None)
    measures = {key: value for case in cases for key, value in case.measures.items()}
    return CheckResult(
        name=name,
        status="failed" if wrong else "passed",
        score=round(points * share, 2),
        max_score=points,
        message=_sentence(first) if first else "",
        token=first.token if first else "",
        outputs=tuple(output for output in outputs if output in wrong),
        measures=measures,
    )


def _sentence(case: CaseVerdict) -> str:
    if case.problem:
        return case.problem
    verdict = next(verdict for verdict in case.verdicts if not verdict.right)
    return f"{verdict.output}: {verdict.problem}" if verdict.output else verdict.problem


def _score_manners(
    name: str, points: float, check: Check, cases: Sequence[CaseVerdict], some_right: bool
) -> CheckResult:
    if not some_right:
        message = "Counts once a value is right."
        return CheckResult(
            name=name, status="skipped", score=0.0, max_score=points, message=message
        )
    for case in cases:
        if check is Check.PURITY and case.changed:
            names = ", ".join(case.changed)
            message = f"The call changed its argument {names}; work on a copy instead."
        elif check is Check.PURITY and case.impure:
            message = case.impure
        elif check is Check.QUIET and case.warned:
            message = case.warned
        elif check is Check.MANNERS and (bad := [v for v in case.verdicts if v.manners]):
            message = f"{bad[0].output}: {bad[0].manners}"
        else:
            continue
        return CheckResult(
            name=name,
            status="failed",
            score=0.0,
            max_score=points,
            message=message,
            token=case.token,
        )
    return CheckResult(name=name, status="passed", score=points, max_score=points)


def total(checks: Sequence[CheckResult]) -> float:
    """Sum of the points earned, rounded to cents so that sums of shares look like marks."""
    return round(sum(check.score for check in checks), 2)
