"""What of a result its student is shown, by the assignment's policy and the course's deadline."""

from dataclasses import replace

from autograder.gradebook import Gradebook
from autograder.report.page import render_feedback
from autograder.score import QuestionResult, Result
from autograder.spec import Assignment


def visible_part(assignment: Assignment, result: Result, *, closed: bool = False) -> Result:
    """The result without what the assignment's ``counterexample`` policy hides.

    A question's message then is the one about its hidden cases again, which tells no number.

    Parameters
    ----------
    closed : bool
        The student's deadline has passed. Where the gradebook has no due date, it never does.
    """
    policy = assignment.counterexample
    if policy == "always" or (policy == "after-deadline" and closed):
        return result
    return replace(result, questions=tuple(map(_without_case, result.questions)))


def _without_case(question: QuestionResult) -> QuestionResult:
    if question.counterexample is None:
        return question
    failed = (check.message for check in question.checks if check.status == "failed")
    return replace(question, counterexample=None, message=next(failed, ""))


def feedback_page(assignment: Assignment, result: Result, gradebook: Gradebook) -> str:
    """The student's page, with what a person added in the formgrader."""
    added = gradebook.adjustments(result.assignment, result.student)
    notes = []
    for function, entry in added.get("questions", {}).items():
        if entry.get("comment"):
            notes.append(f"Comment on {function}: {entry['comment']}")
        if entry.get("manual_score") is not None:
            notes.append(f"{function} was marked by hand: {entry['manual_score']:g}.")
        if entry.get("extra_credit"):
            notes.append(f"Extra credit for {function}: {entry['extra_credit']:g}.")
    late = added.get("late_penalty") or 0.0
    if notes or late:
        taken = f", {late:g} off for handing in late" if late else ""
        notes.append(f"Marks in the gradebook: {added['score']:g}{taken}.")
    closed = gradebook.is_closed(result.assignment, result.student)
    shown = visible_part(assignment, result, closed=closed)
    days = added.get("late_days", 0.0)
    return render_feedback(replace(shown, notes=(*shown.notes, *notes), late_days=days))
