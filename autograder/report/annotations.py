"""Results as remarks on lines of the submitted files, in the words of CI services.

A remark stands where the function is defined in the notebook's JSON, so that it opens beside the
cell in a review.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.report.cleaning import one_line
from autograder.report.page import mistake_name
from autograder.score import QuestionResult, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A sentence about a line; ``serious`` where the operator must see it."""

    path: str
    line: int
    title: str
    message: str
    serious: bool = False


def make_remarks(result: Result, path: str, notebook: str) -> tuple[Remark, ...]:
    """All there is to remark on one submission.

    Parameters
    ----------
    path : str
        Of the notebook, relative to the repository.
    notebook : str
        The file's text.
    """
    if result.status != "graded":
        title = f"{result.student} was not graded"
        return (
            Remark(path=path, line=1, title=title, message=one_line(result.message), serious=True),
        )
    return tuple(
        Remark(
            path=path,
            line=_line_of(question.id, notebook),
            title=_title(question),
            message=one_line(" ".join(_sentences(question)) or question.status, 800),
        )
        for question in result.questions
        if question.status != "passed"
    )


def _title(question: QuestionResult) -> str:
    """The question with its marks; visible cases carry none."""
    marks = f": {question.score:g} of {question.max_score:g}" if question.max_score else ""
    return question.id + marks


def render_github(remarks: Sequence[Remark]) -> str:
    """Commands that GitHub Actions reads from a step's output.

    Source: GitHub's documentation, "Workflow commands for GitHub Actions".
    """
    lines = []
    for remark in remarks:
        kind = "error" if remark.serious else "warning"
        place = f"file={_property(remark.path)},line={remark.line},title={_property(remark.title)}"
        lines.append(f"::{kind} {place}::{_data(remark.message)}\n")
    return "".join(lines)


def render_code_quality(remarks: Sequence[Remark]) -> str:
    """A report that GitLab shows in merge requests.

    Source: GitLab's documentation, "Code Quality report format".
    """
    entries = []
    for remark in remarks:
        identity = f"{remark.path}\n{remark.title}\n{remark.message}"
        entries.append(
            {
                "description": f"{remark.title}. {remark.message}",
                "check_name": remark.title.partition(":")[0],
                "fingerprint": hashlib.sha256(identity.encode()).hexdigest(),
                "severity": "blocker" if remark.serious else "major",
                "location": {"path": remark.path, "lines": {"begin": remark.line}},
            }
        )
    return json.dumps(entries, ensure_ascii=False, indent=1) + "\n"


def _sentences(question: QuestionResult) -> Iterator[str]:
    for diagnosis in question.diagnosis:
        name = mistake_name(diagnosis.id)
        yield f"{name}: {diagnosis.hint.get('en', '')}" if name else diagnosis.hint.get("en", "")
    if question.message:
        yield question.message


def _line_of(function: str, notebook: str) -> int:
    """The line of the file where the function is defined, else its cell's label, else the first."""
    name = re.escape(function)
    for pattern in (rf'"\s*(async )?def {name}\s*\(', rf'"grade_id":\s*"{name}"'):
        if (found := re.search(pattern, notebook)) is not None:
            return notebook.count("\n", 0, found.start()) + 1
    return 1


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
