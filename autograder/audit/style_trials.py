"""Right answers in many styles: none may lose a point, whatever is drawn."""

from collections.abc import Iterable

from autograder.attempt import Exam, attempt
from autograder.audit.bench import Bench
from autograder.audit.candidate import Candidate
from autograder.audit.correct import Style
from autograder.audit.records import StyleResult
from autograder.audit.trial import loses
from autograder.question import grade_question

REFERENCE = "reference"
_EXAMPLES = 3


def try_style(
    bench: Bench, function: str, style: Style | None, students: Iterable[int], *, judged: int
) -> StyleResult:
    """Grade one style of one function for many students.

    Parameters
    ----------
    style : Style or None
        ``None`` is the reference itself.
    judged : int
        Students from this number on are spared the cases of a judge.
    """
    candidate = Candidate(bench.assignment, *([style.code] if style else []))
    limit = bench.assignment.question(function).limits.seconds
    seeds, failures, share, examples = 0, 0, 0.0, list[str]()
    for student in students:
        exam = bench.exams.get(function, student)
        seeds += 1
        if student < judged:
            tried = attempt(candidate.as_session(), exam)
            spent = sum(outcome.cpu_s for outcome in tried.outcomes if outcome is not None)
            share = max(share, spent / limit)
            passed = tried.passed
        else:
            passed = not loses(candidate, exam, judged=False)
        if not passed and (example := _loss(candidate, exam)):
            failures += 1
            examples.append(example)
    return StyleResult(
        style=style.name if style else REFERENCE,
        seeds=seeds,
        failures=failures,
        examples=tuple(examples[:_EXAMPLES]),
        share=round(share, 4),
    )


def _loss(candidate: Candidate, exam: Exam) -> str:
    """What is lost when it is graded as submissions are; empty where that is nothing."""
    result = grade_question(candidate.as_session(), exam, pristine=True).result
    if result.score >= result.max_score:
        return ""
    for check in result.checks:
        if check.score < check.max_score:
            return f"{check.name}: {check.message} {check.token}".strip()
    return result.message


def merged(results: Iterable[StyleResult]) -> StyleResult:
    """The same style with several lots of students."""
    first, *rest = results
    for other in rest:
        first = StyleResult(
            style=first.style,
            seeds=first.seeds + other.seeds,
            failures=first.failures + other.failures,
            examples=(*first.examples, *other.examples)[:_EXAMPLES],
            share=max(first.share, other.share),
        )
    return first
