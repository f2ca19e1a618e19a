"""Put one question's cases to a student's function and judge what comes back."""

import builtins
import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from autograder.bank import Bank
from autograder.cases import Case, Seed, build_cases, build_ladder
from autograder.compare import Verdict, compare, output_names
from autograder.errors import CodecError, RunnerError
from autograder.expected import Answer, known_answer
from autograder.judgement import Judgement
from autograder.runner import codec
from autograder.runner.outcome import Outcome, Raised
from autograder.runner.session import Session
from autograder.score import CaseVerdict, CheckResult, score_checks, total
from autograder.spec import Assignment, Check, Group, Question

_Value = TypeVar("_Value")
_MAX_DEATHS = 2  # calls that may hang or crash before the rest is given up
_MAX_IDLE = 15.0  # seconds for which all calls together may do nothing
_MAX_BYTES = 64 << 20  # of returned values that are kept in memory
STUB_ERROR = "NotImplementedError"


class Exam:
    """The cases of one question for one student, with the reference's answers.

    The answers are worked out when first needed: a function that is not there costs nothing.
    """

    def __init__(
        self, assignment: Assignment, question: Question, seed: Seed, bank: Bank | None = None
    ) -> None:
        self.assignment = assignment
        self.question = question
        self._bank = bank
        self.cases: tuple[Case, ...] = (
            bank.cases(question, seed.student) if bank else build_cases(assignment, question, seed)
        )

    def ladder(self, number: int) -> Iterable[Case]:
        """Small cases of a group, smallest first."""
        if self._bank is not None:
            return self._bank.ladder(self.question, number)
        return build_ladder(self.assignment, self.question, number)

    def of_mistake(
        self, place: int, mistake: str, make: Callable[[], tuple[_Value, int]]
    ) -> _Value:
        """What a known mistake makes of the case at that place, once for all who get the case.

        Parameters
        ----------
        make : callable
            Gives it, with about the bytes that it takes.
        """
        if self._bank is None:
            return make()[0]
        return self._bank.of_mistake(self.cases[place], mistake, make)

    def judged(self, case: Case, reply: bytes, judge: Callable[[], CaseVerdict]) -> CaseVerdict:
        """What is said of a reply to a case, once for all whose functions return it."""
        return judge() if self._bank is None else self._bank.judged(case, reply, judge)

    @cached_property
    def answers(self) -> tuple[Answer, ...]:
        """What the reference makes of each case."""
        reference = self.assignment.reference_functions[self.question.function]
        return tuple(
            known_answer(reference, case) if self._is_compared(case) else Answer()
            for case in self.cases
        )

    def group(self, case: Case) -> Group:
        """The group that a case belongs to."""
        return self.question.groups[case.group]

    def _is_compared(self, case: Case) -> bool:
        return self.group(case).check is Check.VALUES


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One pass over an exam.

    Attributes
    ----------
    outcomes : tuple of Outcome or None
        ``None`` where the call was not made, because too many before it had hung or crashed.
    replaced : tuple of str
        Functions that the grader's stood in for: those that the question needs, and others that
        were called.
    """

    exam: Exam
    outcomes: tuple[Outcome | None, ...]
    verdicts: tuple[CaseVerdict, ...]
    checks: tuple[CheckResult, ...]
    replaced: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Points earned."""
        return total(self.checks)

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return all(check.status == "passed" for check in self.checks)

    @property
    def not_attempted(self) -> bool:
        """Whether the function is missing or still the stub."""
        return all(outcome is not None and is_stub(outcome) for outcome in self.outcomes)


def is_stub(outcome: Outcome) -> bool:
    """Whether the call met no function, or the stub that was handed out."""
    if outcome.status == "undefined":
        return True
    return outcome.error is not None and outcome.error.type == STUB_ERROR


def same_outcomes(one: Attempt, other: Attempt) -> bool:
    """Whether every call of two attempts came to the same, to the last bit."""
    pairs = zip(one.outcomes, other.outcomes, strict=True)
    return all(a is b or (a and b and _are_same(a, b)) for a, b in pairs)


def _are_same(one: Outcome, other: Outcome) -> bool:
    return one.reply == other.reply != b"" or _content(one) == _content(other)


def _content(outcome: Outcome) -> tuple[object, ...]:
    """All of an outcome but what it cost."""
    with suppress(CodecError):
        value = b"".join(codec.encode_strictly(outcome.value))
        return outcome.status, value, outcome.error, outcome.changed, outcome.warnings
    return (object(),)  # what cannot be compared is like nothing


def attempt(
    session: Session, exam: Exam, served: Mapping[str, Callable[..., object]] | None = None
) -> Attempt:
    """Call the student's function on every case of an exam and score the outcomes.

    Parameters
    ----------
    session : Session
        The student's notebook, its cells run.
    served : mapping of str to callable
        The grader's functions that stand in for the student's own of these names.
    """
    served = served or {}
    outcomes = tuple(_call_all(session, exam, served))
    asked = {name for outcome in outcomes if outcome for name in outcome.asked}
    verdicts = tuple(
        judge_case(exam, case, expected, outcome)
        for case, expected, outcome in zip(exam.cases, exam.answers, outcomes, strict=True)
    )
    return Attempt(
        exam=exam,
        outcomes=outcomes,
        verdicts=verdicts,
        checks=score_checks(exam.question, verdicts),
        replaced=tuple(name for name in served if name in exam.question.needs or name in asked),
    )


def _call_all(
    session: Session, exam: Exam, served: Mapping[str, Callable[..., object]]
) -> Sequence[Outcome | None]:
    outcomes: list[Outcome | None] = []
    limits = exam.question.limits
    deaths, idle, size = 0, 0.0, 0
    with closing(
        session.call_all(
            exam.question.function,
            [case.arguments for case in exam.cases],
            seconds=limits.seconds,
            memory_mb=limits.memory_mb,
            served=served,
        )
    ) as calls:
        for outcome in calls:
            outcomes.append(outcome)
            idle += outcome.idle_s
            size += outcome.size
            deaths += outcome.status in ("timeout", "crashed")
            if deaths >= _MAX_DEATHS or idle > _MAX_IDLE or size > _MAX_BYTES:
                break
    return [*outcomes, *[None] * (len(exam.cases) - len(outcomes))]


def judge_case(
    exam: Exam, case: Case, expected: Answer, outcome: Outcome | None, *, reveal: bool = False
) -> CaseVerdict:
    """Judge one call.

    Parameters
    ----------
    reveal : bool
        The case may be seen by the student: sentences may show its numbers.
    """
    # Only values: what is said of an error may name a line, which is each student's own.
    if (
        reveal
        or outcome is None
        or not (outcome.status == "value" and outcome.reply)
        or exam.group(case).judge is not None
    ):
        return _judge_case(exam, case, expected, outcome, reveal=reveal)
    known = exam.judged(
        case, outcome.reply, lambda: _judge_case(exam, case, expected, outcome, reveal=False)
    )
    return replace(known, token=case.token)


def _judge_case(
    exam: Exam, case: Case, expected: Answer, outcome: Outcome | None, *, reveal: bool
) -> CaseVerdict:
    question, group = exam.question, exam.group(case)
    problem, measures = "", {}
    verdicts: tuple[Verdict, ...] | None = None
    if group.check is Check.RAISES and outcome is not None:
        problem = _problem_of_raising(group, outcome)
    elif outcome is None or outcome.status != "value":
        problem = explain(outcome, question, reveal=reveal)
    elif group.judge is not None:
        judgement = _ask_judge(exam, group.judge, case, outcome.value)
        problem, measures = " ".join(judgement.problems), dict(judgement.measures)
    else:
        verdicts = compare(
            question.returns,
            expected.value,
            outcome.value,
            tolerance=question.tolerance,
            reveal=reveal,
        )
        if outcome.habits and "matrix" in outcome.habits:
            verdicts = tuple(_without_matrix(verdict) for verdict in verdicts)
    if verdicts is None:
        verdicts = tuple(
            Verdict(output=name, right=not problem, problem=problem)
            for name in output_names(question.returns)
        )
    return CaseVerdict(
        group=case.group,
        token=case.token,
        verdicts=verdicts,
        problem=problem,
        changed=outcome.changed if outcome else (),
        impure=_impure(question, outcome) if outcome and outcome.habits else "",
        warned=_warned(outcome, verdicts) if outcome and outcome.warnings else "",
        measures=measures,
    )


def _without_matrix(verdict: Verdict) -> Verdict:
    said = "np.matrix, expected np.ndarray: with a matrix, `*` and indexing mean something else."
    return replace(verdict, manners=verdict.manners or said) if verdict.right else verdict


def _impure(question: Question, outcome: Outcome) -> str:
    if "rewritten" in outcome.habits:
        return "The call changed what the one before had returned; make new arrays in each call."
    if "argument" in outcome.habits and question.fresh:
        return "An argument itself came back, or is in what came back; return a new one: a copy."
    return ""


def _warned(outcome: Outcome, verdicts: Sequence[Verdict]) -> str:
    """A sentence on numpy's warnings before right values; their texts are the student's to write.

    Where a value is wrong, that has cost its points, and the warning came of it.
    """
    heard = any(text.startswith("RuntimeWarning") for text in outcome.warnings)
    if not heard or not all(verdict.right for verdict in verdicts):
        return ""
    return (
        "numpy warned (overflow, division by zero or an invalid value): have no such number come "
        "up on the way, also where it is not used."
    )


def _problem_of_raising(group: Group, outcome: Outcome) -> str:
    raised = outcome.error.type if outcome.error else None
    if raised == group.raises:
        return ""
    return f"It should raise {group.raises} here" + (f", not {raised}." if raised else ".")


def _ask_judge(exam: Exam, name: str, case: Case, value: object) -> Judgement:
    try:
        # Copies: both are others', too.
        judgement = exam.assignment.judges[name](*copy.deepcopy((dict(case.arguments), value)))
    except Exception as error:
        raise RunnerError(
            f"{exam.assignment.name}, judges.py: {name} failed ({type(error).__name__}: {error})."
        ) from error
    if not isinstance(judgement, Judgement):
        raise RunnerError(f"{exam.assignment.name}, judges.py: {name} must return a Judgement.")
    return judgement


def explain(outcome: Outcome | None, question: Question, *, reveal: bool) -> str:
    """Say in a sentence why a call gave no value.

    An exception's message is the student's own text and can carry the inputs of a hidden case, so
    it is shown for cases that may be seen and for nothing else.
    """
    if outcome is None:
        return "Not called any more, because earlier calls hung, crashed or returned too much."
    if outcome.status == "undefined":
        return f"There is no function {question.function} in the notebook."
    if outcome.status == "timeout":
        return (
            f"The call did not end within {question.limits.seconds:g} s of computing: "
            "look for a loop that never stops, or for something it waits for."
        )
    if outcome.status == "crashed" or outcome.error is None:
        return "The Python process ended during the call."
    if is_stub(outcome):
        return "Not written yet: the cell still raises NotImplementedError."
    return _explain_error(outcome.error, reveal=reveal)


def _explain_error(error: Raised, *, reveal: bool) -> str:
    known = isinstance(getattr(builtins, error.type, None), type) or error.type == "LinAlgError"
    where = f" in the line `{error.line.strip()}`" if error.line else ""
    what = f"{error.type}" if known or reveal else "an error of its own"
    message = f": {error.message}" if reveal and error.message else ""
    return f"It raised {what}{where}{message}."
