"""The class on one page in a real browser, from a file, offline: sorting, filters, links."""

import shutil
from urllib.parse import unquote, urlparse

import pytest
import report_records as records
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main
from autograder.report.class_report import render_class_report

STUDENTS = 600


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason='pip install ".[dev]"')
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium here")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def html():
    return "".join(render_class_report(records.class_of(STUDENTS)))


@pytest.fixture
def page(browser, html, tmp_path):
    """The page of a large class; whatever it would load, and every error, fails the test."""
    path = tmp_path / "class.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    wrong, asked = [], []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri(), wait_until="load")
    yield page
    context.close()
    assert wrong == []
    assert asked == [path.as_uri()]


def column(page, number):
    """What the visible rows say in one column."""
    return page.eval_on_selector_all(
        f"#students tbody tr:not([hidden]) > :nth-child({number})",
        "cells => cells.map(cell => cell.dataset.v ?? cell.textContent)",
    )


def sort_by(page, number):
    page.click(f"#students thead th:nth-child({number})")
    return page.get_attribute(f"#students thead th:nth-child({number})", "aria-sort")


def test_sorting(page):
    assert sort_by(page, 2) == "descending"
    marks = [float(value) for value in column(page, 2)]
    assert marks == sorted(marks, reverse=True)
    assert len(marks) == STUDENTS
    assert sort_by(page, 2) == "ascending"
    assert [float(value) for value in column(page, 2)] == sorted(marks)
    assert sort_by(page, 1) == "ascending"
    assert column(page, 1) == [f"s{k:03}" for k in range(STUDENTS)]
    assert page.get_attribute("#students thead th:nth-child(2)", "aria-sort") is None
    last = page.eval_on_selector("#students thead", "head => head.rows[0].cells.length")
    for number in range(4, last + 1):
        assert sort_by(page, number) == "descending"
        values = [float(value) for value in column(page, number)]
        assert values == sorted(values, reverse=True)


def test_filters(page):
    page.fill("#find", "S01")
    assert column(page, 1) == [f"s01{k}" for k in range(10)]
    assert page.text_content("#count") == f"10 / {STUDENTS}"
    page.select_option("#show", "ungraded")
    assert column(page, 1) == ["s019"]
    page.fill("#find", "")
    assert column(page, 1) == [f"s{k:03}" for k in range(9, STUDENTS, 10)]
    page.select_option("#show", "")
    assert len(column(page, 1)) == STUDENTS
    shown = page.locator("button[data-show]").first
    shown.click()
    assert len(column(page, 1)) == int(shown.text_content())
    assert sort_by(page, 2) == "descending"  # a filter stays while sorting
    assert len(column(page, 1)) == int(shown.text_content())


def test_the_filters_words_follow_the_language(page):
    words = "select => [...select.querySelectorAll('option, optgroup')].map(part => part.label)"
    for language, first, group in (("zh", "所有人", "未全对"), ("en", "Everyone", "Not right")):
        page.click(f"label[for={language}]")
        said = page.eval_on_selector("#show", words)
        assert said[0] == first
        assert group in said
    assert page.input_value("#show") == ""


def test_nothing_is_wider_than_the_window(page):
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width


def test_on_paper_every_student_is_there(page):
    page.emulate_media(media="print")
    box = page.locator(".students")
    assert box.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    assert page.locator("#students tbody tr").last.is_visible()
    assert page.locator("svg.plot rect").first.is_visible()
    assert not page.locator(".tools").is_visible()


def test_a_large_class_is_a_light_page(html):
    assert len(html.encode()) < 700 * STUDENTS + 30_000


def test_every_link_leads_to_a_page(browser, tmp_path, capsys):
    course = released_course(tmp_path)
    for student in ("ana", "zoë zhou", "a?b#c&d"):
        submit(course, student, RIGHT)
    (course.submitted(NAME, "empty")).mkdir(parents=True)
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 1
    assert main(["report", NAME, "--course", str(course.path)]) == 0
    page = browser.new_page()
    page.goto((course.path / "feedback" / f"{NAME}-class.html").as_uri())
    links = page.eval_on_selector_all("#students a", "links => links.map(a => [a.text, a.href])")
    assert len(links) == 4
    for student, link in links:
        assert urlparse(link).scheme == "file"
        assert student in unquote(link)
        page.goto(link)
        assert student in page.title()
    page.close()
