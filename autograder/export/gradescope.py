"""A result as Gradescope's ``results.json``, which its autograder containers leave behind.

Source: Gradescope's autograder documentation, "Autograder specifications", output format.
"""

import json
from typing import Any

from autograder.score import CheckResult, QuestionResult, Result


def render_gradescope(result: Result) -> str:
    """One submission.

    A submission that could not be graded has no score and no tests: Gradescope then reports that
    the autograder failed, and the mark stays open.
    """
    data: dict[str, Any] = {
        "output": _overview(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "execution_time": round(result.duration_s),
        "visibility": "visible",
        "stdout_visibility": "hidden",  # may hold what the course keeps to itself
        "extra_data": {"isolation": result.isolation, "seed": result.seed},
    }
    if result.status == "graded":
        data["score"] = result.score
        data["tests"] = [
            _test(number, question, check)
            for number, question in enumerate(result.questions, start=1)
            for check in question.checks
        ]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def _overview(result: Result) -> str:
    lines = [result.message, *result.notes]
    for cell in result.cells:
        lines.append(f"Cell {cell.index + 1}: {cell.message}")
    return "\n".join(filter(None, lines))


def _test(number: int, question: QuestionResult, check: CheckResult) -> dict[str, Any]:
    test = {
        "name": f"{question.id}: {check.name}",
        "number": f"{number}.{question.checks.index(check) + 1}",
        "score": check.score,
        "max_score": check.max_score,
        "status": "passed" if check.status == "passed" else "failed",
        "tags": [question.id],
        "visibility": "visible",
    }
    if check.status != "passed":
        test["output"] = _explanation(question, check)
    return test


def _explanation(question: QuestionResult, check: CheckResult) -> str:
    lines = [check.message]
    if check == next(c for c in question.checks if c.status != "passed"):
        lines += [hint for found in question.diagnosis for hint in found.hint.values()]
        if (shown := question.counterexample) is not None:
            lines += ["The smallest case that shows it:", shown.code]
            lines += ["Expected:", shown.expected, "Your function gave:", shown.actual]
    return "\n".join(filter(None, lines))
