import re

import pytest
import report_records as records

from autograder.report.text import (
    escape_markdown,
    render_class_markdown,
    render_markdown,
    render_text,
)


@pytest.mark.parametrize("kind", records.KINDS)
def test_markdown_is_as_before(kind, golden):
    golden(f"report/{kind}.md", render_markdown(records.KINDS[kind]()))


@pytest.mark.parametrize("kind", records.KINDS)
def test_text_is_as_before(kind, golden):
    golden(f"report/{kind}.txt", render_text(records.KINDS[kind]()))


def test_class_markdown_is_as_before(golden):
    golden("report/class.md", render_class_markdown(records.class_of(12)))


def test_class_tables_hold_what_their_heads_say():
    text = render_class_markdown(records.class_of(12))
    assert "| s009 | notebook missing | The folder is empty. |" in text
    assert "| Tanh derivative of a | rnn\\_cell\\_backward | 5 |" in text
    assert "| s000 | 6 / 26 marks, 0 of 3 questions are right |" in text


def test_class_without_records():
    assert "0 submissions, 0 graded" in render_class_markdown([])


@pytest.mark.parametrize("text", ["- x", "+ x", "1. x", "# x", "> x", "=====", "| x", "~~x~~"])
def test_markdown_text_stays_text(text):
    escaped = escape_markdown(text)
    assert not re.match(r"[-+=>|#~]|\d+\.\s", escaped)


def test_markdown_has_no_links_mentions_or_html():
    text = render_markdown(records.hostile())
    prose = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    assert not re.search(r"(?<!\\)<", prose)
    assert not re.search(r"https?://|www\.", prose)
    assert not re.search(r"@\w", prose)
    assert not re.search(r"(?<!\\)\]\(", prose)


def test_code_cannot_end_its_block():
    text = render_markdown(records.hostile())
    fences = re.findall(r"^`{3,}", text, re.MULTILINE)
    assert len(fences) == 6
    assert len(fences[0]) == 4  # the code holds three


def test_ci_service_finds_no_command_in_the_log():
    text = render_text(records.hostile())
    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert "##[" not in text
    assert "\x1b" not in text


def test_colour_only_adds_to_the_words():
    coloured = render_text(records.mixed(), colour=True)
    assert "\x1b[32m✓\x1b[0m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == render_text(records.mixed())


def test_hint_in_the_wanted_language():
    assert "tanh 的导数" in render_text(records.mixed(), language="zh")
    assert "tanh 的导数" not in render_text(records.mixed())


def test_ungraded_submission_has_no_marks():
    for record in (records.unreadable(), records.missing(), records.grader_error()):
        for text in (render_text(record), render_markdown(record)):
            assert "not graded" in text
            assert "0 / 40 marks" not in text
