"""Grade one question: the student's own functions first, then fairness, then help.

What passes in the notebook's process, passes. What fails is judged in a process of its own, where
no earlier question can have left anything behind. A function that needs others is given the
grader's in their place when it fails with the student's own, so that an error costs once: it earns
the better of the two, luck aside.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from autograder.attempt import Attempt, Exam, attempt, same_outcomes
from autograder.counterexample import depends_on_earlier_calls, find_counterexample
from autograder.diagnose import STATEFUL, diagnose, is_vague
from autograder.runner.session import Session
from autograder.score import Counterexample, QuestionResult, QuestionStatus
from autograder.spec import Question

_Shown = tuple[Counterexample, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A question's marks, and the attempt they come from."""

    result: QuestionResult
    best: Attempt


@dataclass(frozen=True, slots=True)
class _Tries:
    """A function among the student's own, and with the grader's in place of those it needs."""

    own: Attempt
    served: Attempt | None = None

    @property
    def best(self) -> Attempt:
        """The attempt that carries the marks."""
        return _better(self.own, self.served)

    @property
    def studied(self) -> Attempt:
        """The attempt to explain: among the grader's functions only its own mistakes are seen."""
        best, served = self.best, self.served
        return served if served and served.score >= best.score else best


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A question's attempts, and the smallest case that shows what is wrong in them.

    Attributes
    ----------
    unsettled : bool
        It earned more in a process of its own than after the calls of earlier questions.
    """

    exam: Exam
    tries: _Tries
    shown: _Shown = None
    unsettled: bool = False

    @property
    def sound(self) -> bool:
        """Whether the function is right among the student's own."""
        return self.tries.own.passed

    @property
    def size(self) -> int:
        """Bytes of what the calls returned."""
        tries = [made for made in (self.tries.own, self.tries.served) if made]
        return sum(outcome.size for made in tries for outcome in made.outcomes if outcome)


def grade_question(
    session: Session,
    exam: Exam,
    *,
    pristine: bool,
    sound: Collection[str] = (),
    helpers: Sequence[str] = (),
) -> Graded:
    """Judge one function, and explain what is wrong; see `judge_question`."""
    judged = judge_question(session, exam, pristine=pristine, sound=sound, helpers=helpers)
    return explain(session, judged)


@np.errstate(all="ignore")  # students' numbers may be anything
def judge_question(
    session: Session,
    exam: Exam,
    *,
    pristine: bool,
    sound: Collection[str] = (),
    helpers: Sequence[str] = (),
) -> Judged:
    """Put a function's cases to it.

    Parameters
    ----------
    session : Session
        The student's notebook, its cells run.
    pristine : bool
        No function was called in this session yet.
    sound : collection of str
        Functions of this notebook that have passed without the grader's help. Those need nobody in
        their place: a function that needs no others has only its own mistakes.
    helpers : sequence of str
        Functions of earlier questions that are wrong and that this one may call, although it need
        not. Not of later ones: two empty functions that call each other would earn marks.
    """
    needed = () if set(exam.question.needs) <= set(sound) else exam.question.needs
    names = (*needed, *helpers)
    first = _try(session, exam, names)
    if first.best.passed or first.best.not_attempted:
        return Judged(exam=exam, tries=first)
    session.fresh()  # what the cases that carry marks left behind must not be shown
    shown = _smallest(session, exam, first)
    if pristine and first.served is None:
        return Judged(exam=exam, tries=first, shown=shown)
    # After small cases, which anybody may see, once more: when all calls come to the same as they
    # did after those of other questions, it does not matter what was called before.
    if same_outcomes(first.own, attempt(session, exam)):
        return Judged(exam=exam, tries=first, shown=shown)
    afresh = _judged_afresh(session, exam, names if first.served else ())
    return replace(afresh, unsettled=afresh.tries.best.score > first.best.score)


def _judged_afresh(session: Session, exam: Exam, names: Sequence[str]) -> Judged:
    """Judge a function whose calls depend on earlier ones: each attempt in its own process."""
    session.fresh()
    tries = _Tries(attempt(session, exam))
    if names and not tries.own.passed:
        session.fresh()
        tries = _Tries(tries.own, _served(session, exam, names))
    if tries.best.passed:
        return Judged(exam=exam, tries=tries)
    session.fresh()
    return Judged(exam=exam, tries=tries, shown=_smallest(session, exam, tries))


def _try(session: Session, exam: Exam, names: Sequence[str]) -> _Tries:
    own = attempt(session, exam)
    if own.passed or not names or any(o and o.status == "undefined" for o in own.outcomes):
        return _Tries(own)
    return _Tries(own, _served(session, exam, names))


def _served(session: Session, exam: Exam, names: Sequence[str]) -> Attempt | None:
    """The attempt with the grader's functions in the place of the student's of some names."""
    functions: dict[str, Callable[..., object]] = dict(exam.assignment.reference_functions)
    made = attempt(session, exam, {name: functions[name] for name in names})
    return None if made.not_attempted else made


def _better(own: Attempt, served: Attempt | None) -> Attempt:
    """The attempt that carries the marks.

    Less than half of the points is no sign of a right function when right callees do not earn it,
    too: an early answer that is trivial, such as zeros, can make a wrong later one look right here
    and there. Functions that do not fit the grader's at all keep what they earn among themselves.
    """
    if served is None or own.score == served.score:
        return own
    if served.score > own.score:
        return served
    fits = any(outcome and outcome.status == "value" for outcome in served.outcomes)
    return served if fits and own.score < own.exam.question.points / 2 else own


def _smallest(session: Session, exam: Exam, tries: _Tries) -> _Shown:
    """The smallest case that shows what is wrong, in a process without any that carry marks."""
    if exam.assignment.counterexample == "never" or tries.best.not_attempted:
        return None
    return find_counterexample(session, exam, tries.studied)


@np.errstate(all="ignore")
def explain(session: Session, judged: Judged) -> Graded:
    """Make the result: marks, what is wrong, and the smallest case that shows it.

    Nothing runs in the session meanwhile, but where it is asked whether the order of calls matters.
    """
    exam, best, studied = judged.exam, judged.tries.best, judged.tries.studied
    result = _result(exam.question, best)
    if best.passed or best.not_attempted:
        return Graded(result=result, best=best)
    session.fresh()
    diagnosis = diagnose(exam, studied)
    if is_vague(diagnosis) and depends_on_earlier_calls(session, exam, studied):
        return Graded(result=replace(result, diagnosis=(STATEFUL,)), best=best)
    result = replace(result, diagnosis=diagnosis)
    if judged.shown is not None:
        counterexample, sentence = judged.shown
        result = replace(result, counterexample=counterexample, message=sentence)
    return Graded(result=result, best=best)


def _result(question: Question, best: Attempt) -> QuestionResult:
    return QuestionResult(
        id=question.function,
        title=question.title,
        score=best.score,
        max_score=question.points,
        status=_status(best),
        message=_message(best),
        follow_through=bool(best.replaced),
        replaced=best.replaced,
        right_outputs=_right_outputs(best),
        checks=best.checks,
    )


def _status(best: Attempt) -> QuestionStatus:
    if best.passed:
        return "passed"
    if best.not_attempted:
        return "not_attempted"
    statuses = {outcome.status for outcome in best.outcomes if outcome is not None}
    if "timeout" in statuses:
        return "timeout"
    return "crashed" if "crashed" in statuses else "failed"


def _right_outputs(best: Attempt) -> tuple[str, ...]:
    """Outputs without a fault in any case, where others have one."""
    judged = [verdict for case in best.verdicts for verdict in case.verdicts]
    wrong = {verdict.output for verdict in judged if not verdict.right}
    right = dict.fromkeys(verdict.output for verdict in judged if verdict.output not in wrong)
    return tuple(right) if wrong else ()


def _message(best: Attempt) -> str:
    return next((check.message for check in best.checks if check.status == "failed"), "")
