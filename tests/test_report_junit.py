import re
from xml.etree import ElementTree as ET

import pytest
import report_records as records

from autograder.report.junit import render_junit

ALLOWED = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "skipped": {"message"},
}
INSIDE = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase"},
    "properties": {"property"},
    "testcase": {"failure", "error", "skipped"},
}


def parsed(*results):
    return ET.fromstring(render_junit(results).encode())


def test_document_is_as_before(golden):
    golden("report/junit.xml", render_junit([make() for make in records.KINDS.values()]))


def test_only_what_the_schema_knows():
    """The schema is that of Jenkins' xUnit plug-in, the strictest of those in use."""
    root = parsed(*(make() for make in records.KINDS.values()), *records.class_of(12))
    for element in root.iter():
        assert set(element.attrib) == ALLOWED[element.tag]
        assert {child.tag for child in element} <= INSIDE.get(element.tag, set())
        if element.tag in ("testsuite", "testsuites"):
            assert re.fullmatch(r"\d{1,3}(,\d{3})*(\.\d*)?|\d+\.\d*", element.get("time"))
    for case in root.iter("testcase"):
        assert len(case) <= 1


def test_counts_add_up():
    root = parsed(*(make() for make in records.KINDS.values()))
    for suite in root:
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(key)) == len(list(suite.iter(tag)))
        assert int(suite.get("tests")) == len(list(suite.iter("testcase")))
    for key in ("tests", "failures", "errors"):
        assert int(root.get(key)) == sum(int(suite.get(key)) for suite in root)


def test_graders_fault_is_an_error_and_students_a_failure():
    assert [e.get("type") for e in parsed(records.grader_error()).iter("error")] == [
        "grader_error",
        "grader_error",
    ]
    kinds = [failure.get("type") for failure in parsed(records.mixed()).iter("failure")]
    assert kinds == ["wrong", "wrong", "timeout", "wrong"]


@pytest.mark.parametrize("kind", ["unreadable", "missing"])
def test_ungraded_submission_is_an_error(kind):
    (suite,) = parsed(records.KINDS[kind]())
    assert suite.get("errors") == "1"
    assert suite.find("testcase").get("name") == "submission"


def test_students_text_cannot_break_the_document():
    (suite,) = parsed(records.hostile())
    assert "<script>alert(1)</script>" in suite.find("testcase/failure").get("message")


def test_no_records():
    assert parsed().get("tests") == "0"
