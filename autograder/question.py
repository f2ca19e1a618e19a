"""Grade one question: the student's own functions first, then fairness, then help.

A call that fails is judged in a process of its own, where no earlier call can have left anything
behind. A function that needs others is given the grader's in their place when it fails with the
student's own, so that an error costs once: it earns the better of the two, luck aside.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from autograder.attempt import Attempt, Exam, attempt
from autograder.counterexample import depends_on_earlier_calls, find_counterexample
from autograder.diagnose import STATEFUL, diagnose, is_vague
from autograder.runner.session import Session
from autograder.score import QuestionResult, QuestionStatus
from autograder.spec import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A question's marks, and the attempt they come from."""

    result: QuestionResult
    best: Attempt


@np.errstate(all="ignore")  # students' numbers may be anything
def grade_question(
    session: Session, exam: Exam, *, pristine: bool, wrong: Collection[str] = ()
) -> Graded:
    """Grade one function.

    Parameters
    ----------
    session : Session
        The student's notebook, its cells run.
    pristine : bool
        No function was called in this session yet.
    wrong : collection of str
        Functions of this notebook that did not pass.
    """
    own = attempt(session, exam)
    if own.passed:
        return Graded(result=_result(exam.question, own), best=own)
    if (quick := _settled_here(session, exam, own, wrong)) is not None:
        return Graded(result=_result(exam.question, quick), best=quick)
    if not own.not_attempted and not pristine:
        session.fresh()
        own = attempt(session, exam)
    served = None if own.passed else _attempt_served(session, exam, own)
    best = _better(own, served)
    result = _result(exam.question, best)
    if not best.passed and not best.not_attempted:
        # With the grader's functions around it, only this function's own mistakes are seen.
        studied = served if served and served.score >= best.score else best
        result = _explained(session, exam, result, studied)
    return Graded(result=result, best=best)


def _settled_here(
    session: Session, exam: Exam, own: Attempt, wrong: Collection[str]
) -> Attempt | None:
    """The attempt that counts, where it takes no other process to know it.

    What fails next to a function that is known to be wrong mostly passes with the grader's in that
    one's place, and what is not written is nowhere written. Passing counts in any process.
    """
    if not own.not_attempted and not set(wrong) & set(exam.question.needs):
        return None
    if not _is_served(exam, own):
        return own if own.not_attempted else None
    served = attempt(session, exam, _stand_ins(exam))
    if served.passed and served.score > own.score:
        return served
    return own if own.not_attempted and served.not_attempted else None


def _attempt_served(session: Session, exam: Exam, own: Attempt) -> Attempt | None:
    """Once more with the grader's functions in the place of those that this one needs."""
    if not _is_served(exam, own):
        return None
    session.fresh()
    served = attempt(session, exam, _stand_ins(exam))
    return None if served.not_attempted else served


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


def _is_served(exam: Exam, own: Attempt) -> bool:
    """Whether the function exists and needs others."""
    exists = all(outcome is None or outcome.status != "undefined" for outcome in own.outcomes)
    return bool(exam.question.needs) and exists


def _stand_ins(exam: Exam) -> dict[str, Callable[..., object]]:
    functions = exam.assignment.reference_functions
    return {name: functions[name] for name in exam.question.needs}


def _explained(
    session: Session, exam: Exam, result: QuestionResult, studied: Attempt
) -> QuestionResult:
    """Add what is wrong, and the smallest case that shows it."""
    session.fresh()  # no thread of the student's goes on while the grader thinks
    diagnosis = diagnose(exam, studied)
    if is_vague(diagnosis) and depends_on_earlier_calls(session, exam, studied):
        return replace(result, diagnosis=(STATEFUL,))
    result = replace(result, diagnosis=diagnosis)
    if exam.assignment.counterexample == "never":
        return result
    session.fresh()  # what the cases that carry marks left behind must not be shown
    if (found := find_counterexample(session, exam, studied)) is None:
        return result
    counterexample, sentence = found
    return replace(result, counterexample=counterexample, message=sentence)


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
