"""What of a result its student is shown, by the assignment's policy and the course's deadline."""

from collections.abc import Mapping
from dataclasses import replace
from math import isclose
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from autograder.export.mark import as_marked
from autograder.report.cleaning import marks
from autograder.report.page import render_feedback
from autograder.report.words import say
from autograder.score import QuestionResult, Result
from autograder.source_notebook import CARRIED_PREFIX
from autograder.spec import Assignment

if TYPE_CHECKING:
    from autograder.gradebook import Gradebook


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


def feedback_page(
    assignment: Assignment,
    result: Result,
    gradebook: "Gradebook",
    *,
    ready: str = "",
    alone: bool = False,
) -> str:
    """The student's page: the marks that the gradebook has, and what a person added there.

    Parameters
    ----------
    ready : str
        The page by the grader's marks alone, where it was made before; it is the page if the
        gradebook adds nothing.
    alone : bool
        It is known that the gradebook adds nothing.
    """
    added = {} if alone else gradebook.adjustments(result.assignment, result.student)
    closed = assignment.counterexample == "after-deadline" and gradebook.is_closed(
        result.assignment, result.student
    )
    shown = as_marked(visible_part(assignment, result, closed=closed), added)
    remarks = _remarks(result, added, shown.status)
    if ready and not remarks and _same(shown, visible_part(assignment, result)):
        return ready
    return render_feedback(shown, remarks=remarks)


def _same(shown: Result, own: Result) -> bool:
    """Whether both make the same page; the gradebook's sum may differ in the last bit."""
    return isclose(shown.score, own.score, abs_tol=1e-9) and replace(shown, score=own.score) == own


def _remarks(result: Result, added: Mapping[str, Any], status: str) -> list[Markup]:
    """What a person changed or said, a sentence each; what a late hand-in costs."""
    scores = {question.id: question.score for question in result.questions}
    remarks = []
    for function, entry in added.get("questions", {}).items():
        name = Markup("<code>{}</code>").format(function)
        if entry.get("comment"):
            remarks.append(say("remark-comment", function=name, comment=entry["comment"]))
        if entry.get("manual_score") is not None:
            score, before = marks(entry["manual_score"]), marks(scores.get(function, 0.0))
            remarks.append(say("remark-marked", function=name, score=score, before=before))
        if entry.get("extra_credit"):
            remarks.append(say("remark-extra", function=name, extra=marks(entry["extra_credit"])))
    for cell, comment in added.get("comments", {}).items():
        name = Markup("<code>{}</code>").format(cell.removeprefix(CARRIED_PREFIX))
        remarks.append(say("remark-comment", function=name, comment=comment))
    if late := added.get("late_penalty"):
        remarks.append(say("remark-late", penalty=marks(late)))
    if remarks and status != "graded":
        remarks.append(say("remark-total", score=marks(added["score"])))
    return remarks
