"""Results as JUnit XML, which every CI service shows as a list of tests.

A submission is a test suite, a group of cases a test case. A submission that could not be graded,
and a question that the grader failed on, are errors; wrong answers are failures.

Source of the format: the schema of Jenkins' xUnit plug-in, ``junit-10.xsd``.
"""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from autograder.report.cleaning import marks, one_line, visible
from autograder.report.record_file import Record, as_result
from autograder.report.words import WORDS
from autograder.score import CheckResult, QuestionResult, Result


def render_junit(records: Iterable[Record], *, name: str = "autograder") -> str:
    """Records as one JUnit XML document.

    Parameters
    ----------
    records : iterable of Result or mapping
    name : str
        Of the whole, as shown by the CI service.
    """
    suites = ET.Element("testsuites", name=one_line(name))
    for record in records:
        suites.append(_suite(as_result(record)))
    for key in ("tests", "failures", "errors"):
        suites.set(key, str(sum(int(suite.get(key, "0")) for suite in suites)))
    suites.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.4f}")
    ET.indent(suites, space=" ")
    return ET.tostring(suites, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _suite(result: Result) -> ET.Element:
    suite = ET.Element("testsuite", name=one_line(f"{result.assignment}/{result.student}", 200))
    properties = ET.SubElement(suite, "properties")
    for key, value in (
        ("status", result.status),
        ("score", marks(result.score) if result.status == "graded" else ""),
        ("max_score", marks(result.max_score)),
        ("isolation", one_line(result.isolation, 80)),
        ("version", one_line(result.version, 40)),
    ):
        ET.SubElement(properties, "property", name=key, value=value)
    if result.status != "graded":
        case = _case(suite, result, "submission")
        _outcome(case, "error", result.status, result.message or WORDS[result.status][0])
    for question in result.questions:
        _add_question(suite, result, question)
    suite.set("tests", str(len(suite.findall("testcase"))))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("time", f"{result.duration_s:.4f}")
    return suite


def _add_question(suite: ET.Element, result: Result, question: QuestionResult) -> None:
    if question.status == "grader_error" or not question.checks:
        case = _case(suite, result, question.id)
        message = question.message or WORDS[question.status][0]
        if question.status == "grader_error":
            _outcome(case, "error", question.status, message)
        elif question.status == "skipped":
            ET.SubElement(case, "skipped", message=one_line(message))
        elif question.status != "passed":
            _outcome(case, "failure", question.status, message)
        return
    for check in question.checks:
        _add_check(_case(suite, result, f"{question.id}: {check.name}"), question, check)


def _add_check(case: ET.Element, question: QuestionResult, check: CheckResult) -> None:
    message = check.message or question.message
    if check.status == "skipped":
        told = question.status in ("not_attempted", "timeout", "crashed")
        reason = WORDS[question.status if told else "skipped-check"][0]
        ET.SubElement(case, "skipped", message=one_line(message or reason))
    elif check.status == "failed":
        status = "wrong" if question.status == "failed" else question.status
        _outcome(case, "failure", status, message or WORDS["wrong"][0], _details(question, check))


def _case(suite: ET.Element, result: Result, name: str) -> ET.Element:
    where = one_line(f"{result.assignment}.{result.student}", 200)
    return ET.SubElement(suite, "testcase", classname=where, name=one_line(name, 200), time="0")


def _outcome(case: ET.Element, tag: str, kind: str, message: str, details: str = "") -> None:
    outcome = ET.SubElement(case, tag, type=kind, message=one_line(message))
    outcome.text = visible(details or message)


def _details(question: QuestionResult, check: CheckResult) -> str:
    hints = [hint for diagnosis in question.diagnosis for hint in diagnosis.hint.values()]
    points = f"{marks(check.score)} of {marks(check.max_score)} marks" if check.max_score else ""
    return "\n".join(filter(None, (check.message or question.message, points, *hints)))
