"""What the gradebook's comment says below a student's function."""

import re

from autograder.report.cleaning import visible
from autograder.score import QuestionResult, Result

# The formgrader shows the source in its field, so a name as a_prev and an index as [0, 1] stay as
# they are: an underscore inside a word marks nothing, and a bracket is a link only by what follows.
_MARKDOWN = re.compile(
    r"([\\`*<>&$#|~!]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|\](?=\s*[\[(:])|(?<=\\)[\[\]])"
)
_LIMIT = 1500  # characters of one quoted message


def question_comment(question: QuestionResult) -> str | None:
    """A few sentences in markdown for one question of a result; none when all is right."""
    if question.status == "passed":
        return None
    if question.status == "not_attempted":
        return "No response."
    failed = (check.message for check in question.checks if check.status != "passed")
    said = filter(None, (question.message, *failed))
    paragraphs = [escape_markdown(next(said, "Not all checks passed."))]
    for diagnosis in question.diagnosis:
        paragraphs += [escape_markdown(hint) for hint in diagnosis.hint.values()]
    if question.follow_through:
        paragraphs.append("Graded with correct versions of the functions that it calls.")
    return "\n\n".join(paragraphs)


def not_graded_comment(result: Result) -> str:
    """Why there are no marks. The grader's own errors may quote the answers: no word of them."""
    if result.status == "grader_error":
        return "Not graded: the grader failed. The reason stands in the result record."
    return "Not graded: " + escape_markdown(result.message)


def escape_markdown(text: str) -> str:
    r"""The text so that markdown and HTML show it as it is.

    Examples
    --------
    >>> print(escape_markdown("<b>*dW*"))
    \<b\>\*dW\*
    """
    return _MARKDOWN.sub(r"\\\1", visible(text, _LIMIT))
