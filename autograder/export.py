"""Marks for other systems: a table, or JUnit XML for CI."""

import csv
import io
from collections.abc import Sequence

from autograder.report.junit import render_junit
from autograder.score import Result

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def render_export(results: Sequence[Result], kind: str) -> str:
    """All results of an assignment as text.

    Parameters
    ----------
    kind : str
        ``csv``: a line a student with the marks of every question; ungraded ones stay empty.
        ``junit``: a test suite a student.
    """
    return render_junit(results) if kind == "junit" else _render_csv(results)


def _render_csv(results: Sequence[Result]) -> str:
    functions = [question.id for question in results[0].questions] if results else []
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", "assignment", "status", "score", "max_score", *functions])
    for result in results:
        graded = result.status == "graded"
        marks = {question.id: question.score for question in result.questions if graded}
        writer.writerow(
            [
                _inert(result.student),
                result.assignment,
                result.status,
                result.score if graded else "",
                result.max_score,
                *(marks.get(function, "") for function in functions),
            ]
        )
    return text.getvalue()


def _inert(text: str) -> str:
    """The text so that a spreadsheet shows it instead of running it."""
    return f"'{text}" if text.startswith(_FORMULA) else text
