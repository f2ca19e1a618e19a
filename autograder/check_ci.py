"""What a student's own check says, in the forms that CI services show: remarks on cells, JUnit."""

from autograder.check_notebook import NotebookReport
from autograder.check_report import CheckReport, Row
from autograder.ci import remarks_on_file
from autograder.report.annotations import Remark
from autograder.report.junit import render_junit
from autograder.score import CheckResult, QuestionResult, Result


def remarks_on_check(report: NotebookReport) -> tuple[Remark, ...]:
    """Remarks on the student's notebook."""
    return remarks_on_file(_as_result(report), report.path)


def junit_of_check(report: NotebookReport) -> str:
    """The visible cases as JUnit XML, a test case each."""
    return render_junit([_as_result(report)], name="autograder check")


def _as_result(report: NotebookReport) -> Result:
    """A record without marks: visible cases carry none."""
    return Result(
        assignment=report.path.stem,
        student="check",
        status="graded",
        score=0.0,
        max_score=0.0,
        questions=tuple(map(_question, report.checks)),
    )


def _question(check: CheckReport) -> QuestionResult:
    row = check.first_problem
    said = check.problem or (f"{row.name}: {row.problem or row.warning}" if row else "")
    status = "passed" if check.passed else "failed" if check.attempted else "not_attempted"
    return QuestionResult(
        id=check.function,
        title=check.title,
        score=0.0,
        max_score=0.0,
        status=status,  # type: ignore[arg-type]
        message=said,
        checks=tuple(map(_case, check.rows)),
    )


def _case(row: Row) -> CheckResult:
    problem = row.problem or row.warning
    return CheckResult(
        name=row.name,
        status="skipped" if row.note else "failed" if problem else "passed",
        score=0.0,
        max_score=0.0,
        message=row.note or problem,
    )
