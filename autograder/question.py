"""Grade one question: the student's own functions first, then fairness.

A call that fails is judged in a process of its own, where no earlier call can have left anything
behind. A function that needs others is given the grader's in their place when it fails with the
student's own: it earns the better of the two, so that an error costs once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from autograder.attempt import Attempt, Exam, attempt
from autograder.runner.session import Session
from autograder.score import QuestionResult, QuestionStatus
from autograder.spec import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """A question's marks and the attempt they come from, for the diagnosis to look at."""

    result: QuestionResult
    best: Attempt


def grade_question(session: Session, exam: Exam, *, pristine: bool) -> Graded:
    """Grade one function.

    Parameters
    ----------
    session : Session
        The student's notebook, its cells run.
    pristine : bool
        No function was called in this session yet.
    """
    best = attempt(session, exam)
    if not best.passed and not best.not_attempted and not pristine:
        session.fresh()
        best = attempt(session, exam)
    if not best.passed and not best.not_attempted and exam.question.needs:
        session.fresh()
        served = attempt(session, exam, _stand_ins(exam))
        if served.score > best.score:
            best = served
    return Graded(result=_result(exam.question, best), best=best)


def _stand_ins(exam: Exam) -> dict[str, Callable[..., object]]:
    return {name: exam.assignment.reference_functions[name] for name in exam.question.needs}


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


def _message(best: Attempt) -> str:
    return next((check.message for check in best.checks if check.status == "failed"), "")
