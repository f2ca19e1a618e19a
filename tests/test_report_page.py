import base64
import hashlib
import json
import math
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import report_records as records
from report_html import Page, assert_sound, without_style_and_script

from autograder.report.page import mistake_name, render_feedback
from autograder.report.rendering import differing
from autograder.report.words import WORDS


@pytest.mark.parametrize("kind", records.KINDS)
def test_page_is_as_before(kind, golden):
    page = without_style_and_script(render_feedback(records.KINDS[kind]()))
    golden(f"report/feedback_{kind}.html", page)


@pytest.mark.parametrize("kind", records.KINDS)
def test_page_is_sound(kind):
    assert_sound(render_feedback(records.KINDS[kind]()))


@pytest.mark.parametrize("kind", records.KINDS)
def test_record_read_from_json_gives_the_same_page(kind):
    record = records.KINDS[kind]()
    assert render_feedback(json.loads(json.dumps(record.as_dict()))) == render_feedback(record)


def test_page_says_everything_there_is_to_say():
    text = Page(render_feedback(records.mixed())).text
    for phrase in (
        "Back-propagation through time",
        "li_xiaoming",
        "handed in 2 days late",
        "22 / 46 marks",
        "2 of 6 questions are right.",
        "✗ Ran too long",
        "– Not attempted",
        "dWaa: 2 of 4 entries differ",
        "Tanh derivative of a",
        "It explains dWaa, dba.",
        "rnn_cell_backward(np.array([[1.0]]), cache)",
        "dba: shape (2,), expected (2, 1).",
        "Case bptt-s01-91c3",
        "Something that rnn_backward calls (rnn_cell_backward) is not right yet, or too slow.",
        "earns full marks",
        "Cell 7 stopped with an error: NameError: name 'plt'",
        "stands twice",
        "7f3a90c2",
        "bwrap+landlock+seccomp",
        "graded in 0.14 s",
    ):
        assert phrase in text, phrase


def test_hint_is_there_in_chinese_too():
    assert "tanh 的导数用它的输出 a 表示是 1 - a**2。" in render_feedback(records.mixed())


def test_a_right_answers_section_is_the_same_for_all_and_no_others():
    """Sections of right questions are kept; what differs in any way has one of its own."""
    one, other = records.right("tanh_gradient"), records.right("softmax_gradient")
    measured = replace(one, checks=(replace(one.checks[0], measures={"F1": 0.875}),))
    helped = replace(one, follow_through=True, replaced=("softmax_gradient",))
    for questions in [(one,), (other, one), (measured,), (one, other), (helped,), (one,)] * 2:
        page = render_feedback(records.result(questions=questions))
        assert_sound(page)
        places = [page.index(f">{question.title}</h2>") for question in questions]
        assert places == sorted(places)
        for number, _ in enumerate(questions, 1):
            assert page.count(f'id="q{number}"') == 1
        assert ("F1: 0.875" in page) == (questions == (measured,))
        assert (">softmax_gradient<" in page) == (questions not in [(one,), (measured,)])


def test_unknown_mistake_is_not_called_recognised():
    page = render_feedback(records.result(questions=(records.UNKNOWN,)))
    assert WORDS["recognised"][0] not in page
    assert "By hand." in page


def test_ungraded_submission_shows_no_zero():
    for record in (records.unreadable(), records.missing(), records.grader_error()):
        text = Page(render_feedback(record)).text
        assert re.search(r"– / [\d.]+ marks", text)
        assert "What to do" in text
        assert WORDS["no-marks"][0] in text


def test_the_graders_own_error_is_not_shown_to_students():
    page = render_feedback(records.grader_error())
    assert "reference" not in page
    assert "– / 12" in page


def test_numbers_that_a_judge_reports_are_shown():
    record = records.mixed()
    first = record.questions[0]
    check = replace(first.checks[0], measures={"F1": 0.74213, "last loss": math.nan})
    questions = (replace(first, checks=(check,)), *record.questions[1:])
    text = Page(render_feedback(replace(record, questions=questions))).text
    assert "F1: 0.7421, last loss: nan" in text


def test_unsafe_run_is_marked():
    assert WORDS["unsafe"][0] in render_feedback(records.grader_error())
    assert WORDS["unsafe"][0] not in render_feedback(records.mixed())


def test_students_text_is_shown_as_text():
    page = assert_sound(render_feedback(records.hostile()))
    assert "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>" in page.text
    assert r"\u202egnp.exe \x00 &amp; {{7*7}}" in page.text
    assert "\x1b" not in page.text


def test_long_texts_are_shortened():
    assert len(render_feedback(records.hostile())) < 60_000


def test_differing_entries_are_marked():
    marked = "<mark><i>«</i>1<i>»</i></mark>"
    assert differing("[«1» 2]") == f"[{marked} 2]"
    assert differing("» «a\nb» <b>") == "» «a\nb» &lt;b&gt;"


def test_only_the_pages_own_script_is_allowed():
    page = render_feedback(records.mixed())
    body = re.search("<script>(.*?)</script>", page, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
    policy = next(meta["content"] for meta in Page(page).with_tag("meta") if "http-equiv" in meta)
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_every_phrase_is_in_both_languages():
    for key, (english, chinese) in WORDS.items():
        assert english
        assert chinese
        holes = sorted(set(re.findall(r"\{\w+\}", english)))
        assert holes == sorted(set(re.findall(r"\{\w+\}", chinese))), key
    page = Page(render_feedback(records.mixed()))
    languages = [span["lang"] for span in page.with_tag("span") if "lang" in span]
    assert languages.count("en") == languages.count("zh") > 20


def test_names_of_mistakes():
    assert mistake_name("yhat-from-a-prev") == "Yhat from a prev"
    assert mistake_name("pattern-one-step-late") == "One step late"
    assert mistake_name("error-shapes") == ""


def test_jinja_is_not_loaded_before_it_is_needed():
    code = "import sys, autograder, autograder.score; print('jinja2' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "False"


def test_what_stood_in_is_named_unless_it_is_right():
    """A function that needs three says which one is wrong; what was pasted is judged nowhere."""
    record = records.perfect()
    first, *_ = record.questions
    wrong = replace(first, id="cell", status="failed", score=0.0)
    right = replace(first, id="softmax")
    caller = replace(
        first, id="forward", follow_through=True, replaced=("cell", "softmax", "carried")
    )
    page = render_feedback(replace(record, questions=(wrong, right, caller)))
    assert "(<code>cell</code>)" in page
    page = render_feedback(replace(record, questions=(right, caller)))
    assert "(<code>cell</code>, <code>carried</code>)" in page


@pytest.mark.parametrize(
    ("identifier", "name"),
    [
        ("ug-counted-twice", "Counted twice"),
        ("bce-grad-sign", "Log loss gradient sign"),
        ("pattern-zeros", "Zeros"),
        ("softmax-over-examples", "Softmax over examples"),
        ("unknown", ""),
    ],
)
def test_names_of_mistakes_are_words(identifier, name):
    assert mistake_name(identifier) == name


def test_checks_of_an_unwritten_function_did_not_fail():
    check = records.check("values", 0.0, 2.0)
    unwritten = records.question("f", 0.0, 2.0, "not_attempted", checks=(check,))
    page = Page(render_feedback(records.result(questions=(unwritten,)))).text
    assert "not tried" in page
    assert "failed" not in page
