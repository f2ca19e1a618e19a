"""What students print or name is text wherever it is shown; a browser runs none of it."""

import json
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from tiny import NAME, RIGHT, released_course, submit

# Each would leave a mark on the page if it were run or followed.
RUN = "document.documentElement.setAttribute('data-run','1')"
PAYLOADS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"</pre></code></style></title></textarea><svg onload={RUN}>",
    f"\"' autofocus onfocus={RUN} x='",
    f'[x](javascript:{RUN}) ![y](x" onerror="{RUN})',
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"{{{{ {RUN} }}}} {{% raw %}} ${{{RUN}}} `</script>` <!-- -->",
    f"&lt;script&gt;{RUN}&lt;/script&gt; &#60;img src=x onerror={RUN}&#62;",
)
NASTY = "\n".join(PAYLOADS)
# Names of files have no slash.
NAMES = (
    f"<img src=x onerror={RUN}>",
    f'"><svg onload={RUN}>',
    f"javascript:{RUN}",
    "::error::taken ##[group]",
    "\x1b]0;taken\x07\x1b[31m\u202ered",
    "{{7*7}} ${7*7} %s {0}",
    "a?b#c&d;e=f'g\"h",
)
CELLS = f"""
nasty = {NASTY!r}
import sys, warnings
print(nasty); print(nasty, file=sys.stderr); warnings.warn(nasty)
Nasty = type(nasty[:60], (ValueError,), {{}})
"""
FUNCTIONS = {
    "raises": "def double(x):\n    raise ValueError(nasty)  # <script>" + RUN + "</script>",
    "raises-its-own": "def double(x):\n    raise Nasty(nasty)",
    "returns-text": "def double(x):\n    return nasty",
    "returns-dict": "def double(x):\n    return {nasty: nasty}",
    "returns-object": "def double(x):\n    return Nasty()",
    "returns-wrong": "def double(x):\n    return 3 * x",
    "is-renamed": "def double(x): return 3 * x\ndouble.__name__ = double.__doc__ = nasty",
}


def nasty_notebook(document) -> None:
    """Markup in every place of a notebook that a student can write to."""
    html = {"output_type": "display_data", "metadata": {}, "data": {"text/html": [NASTY]}}
    script = {"output_type": "execute_result", "data": {"application/javascript": RUN}}
    vector = {"output_type": "display_data", "data": {"image/svg+xml": f"<svg onload={RUN}>"}}
    picture = {"output_type": "display_data", "data": {"image/png": f'x" onerror="{RUN}'}}
    stream = {"output_type": "stream", "name": f"std<b>{RUN}", "text": [NASTY]}
    failed = {"output_type": "error", "ename": NASTY, "evalue": NASTY, "traceback": [NASTY]}
    document["metadata"]["title"] = NASTY
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [html, script, vector, picture, stream, failed]
        else:
            cell["source"] = NASTY + "\n\n" + "\n\n".join(PAYLOADS)
            cell["attachments"] = {NASTY: {"image/svg+xml": NASTY}}
    markdown = {"cell_type": "markdown", "metadata": {"name": NASTY}, "source": NASTY}
    code = {"cell_type": "code", "metadata": {}, "source": CELLS, "outputs": [html, stream]}
    fails = {"cell_type": "code", "metadata": {}, "source": "raise Nasty(nasty)", "outputs": []}
    document["cells"] += [markdown, {**markdown, "cell_type": "raw"}]
    document["cells"][1:1] = [code, fails]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class of students and names that are up to no good, and what the command said."""
    course = released_course(tmp_path_factory.mktemp("markup"))
    for student, source in FUNCTIONS.items():
        submit(course, student, {**RIGHT, "double": source}, change=nasty_notebook)
    for student in NAMES:
        wrong = {**RIGHT, "double": FUNCTIONS["raises"]}
        submit(course, student, wrong, change=nasty_notebook)
    submit(course, f"unreadable <script>{RUN}<", RIGHT).write_text("{" + NASTY)
    folder = submit(course, f"many <img src=x onerror={RUN}>", RIGHT, name="1.ipynb").parent
    for name in NAMES:
        (folder / f"{name}.ipynb").write_text("{}")
    submit(course, "renamed", RIGHT, name=f"<img src=x onerror={RUN}>.ipynb")
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.path)]
    summary = course.path / "summary.md"
    done = subprocess.run(
        [*command, "--jobs", "1", "--markdown", str(summary), "--annotate"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 1
    return course, done.stdout, done.stderr, summary.read_text()


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, driven by Playwright."""
    playwright = pytest.importorskip("playwright.sync_api")
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no chromium here")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


def was_run(browser, html: str, folder: Path) -> bool:
    """Whether the page ran something of a student's, when its own policy does not forbid it."""
    bare = re.sub(r'<meta http-equiv="?Content-Security-Policy"?[^>]*>', "", html, flags=re.I)
    path = folder / "page.html"
    path.write_text(bare, encoding="utf-8")
    page = browser.new_page()
    try:
        page.goto(path.as_uri(), wait_until="load")
        page.evaluate(  # whatever waits for a click or the keyboard
            "document.querySelectorAll('*').forEach(e => { "
            "if (e.onfocus || e.onclick) { e.onfocus && e.onfocus(); } })"
        )
        page.wait_for_timeout(50)
        links = page.evaluate("[...document.querySelectorAll('a')].map(a => a.protocol)")
        frames = page.evaluate("document.querySelectorAll('iframe,object,embed').length")
        handlers = page.evaluate(
            "[...document.querySelectorAll('*')].filter(e => [...e.attributes]"
            ".some(a => a.name.startsWith('on'))).length"
        )
        ran = page.evaluate("document.documentElement.hasAttribute('data-run')")
    finally:
        page.close()
    return bool(ran or frames or handlers or "javascript:" in links)


@pytest.mark.parametrize("payload", PAYLOADS[:4] + PAYLOADS[5:6])
def test_the_control_runs_each_payload(browser, tmp_path, payload):
    body = f"<input value='{payload}'>" if "autofocus" in payload else payload
    assert was_run(browser, f"<!doctype html><html><body>{body}</body></html>", tmp_path)


def test_feedback_pages_run_nothing(graded, browser, tmp_path):
    course = graded[0]
    pages = sorted((course.path / "feedback").rglob("*.html"))
    assert len(pages) > len(FUNCTIONS) + len(NAMES)
    seen = ""
    for path in pages:
        html = path.read_text(encoding="utf-8")
        seen += html
        assert not was_run(browser, html, tmp_path), path
    assert "&lt;script&gt;" in seen  # it is there, as text


def test_the_pages_policy_is_there_as_well(graded):
    for path in (graded[0].path / "feedback").rglob("*.html"):
        assert "Content-Security-Policy" in path.read_text(encoding="utf-8")


def test_links_of_the_class_page_lead_to_pages(graded):
    course = graded[0]
    html = (course.path / "feedback" / f"{NAME}-class.html").read_text(encoding="utf-8")
    for student in NAMES:
        assert f'href="./{quote(student)}/{NAME}/{NAME}.html"' in html
        assert (course.feedback(NAME, student) / f"{NAME}.html").is_file()


def test_graded_copies_run_nothing_in_the_formgrader(graded, browser, tmp_path):
    """nbconvert renders a notebook as the formgrader does: markdown and HTML as they are."""
    pytest.importorskip("nbconvert")
    import nbformat
    from nbconvert.exporters import HTMLExporter

    for student in ("raises", "returns-text", NAMES[0]):
        path = graded[0].autograded(NAME, student) / f"{NAME}.ipynb"
        document = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        body, _ = HTMLExporter(template_name="basic").from_notebook_node(document)
        page = f"<!doctype html><html><head><meta charset=utf-8></head><body>{body}</body></html>"
        assert "data-run" in body
        assert not was_run(browser, page, tmp_path), student


def test_comments_run_nothing_in_the_formgrader(graded, browser, tmp_path):
    pytest.importorskip("nbconvert")
    from nbconvert.filters import markdown2html

    connection = sqlite3.connect(graded[0].path / "gradebook.db")
    comments = [text for (text,) in connection.execute("select auto_comment from comment") if text]
    connection.close()
    assert any("script" in text for text in comments)
    body = "\n".join(markdown2html(text) for text in comments)
    assert not was_run(browser, f"<!doctype html><html><body>{body}</body></html>", tmp_path)


def test_the_summary_of_a_ci_job_runs_nothing(graded, browser, tmp_path):
    pytest.importorskip("nbconvert")
    from nbconvert.filters import markdown2html

    body = markdown2html(graded[3])
    assert not was_run(browser, f"<!doctype html><html><body>{body}</body></html>", tmp_path)


def test_logs_hold_no_commands_and_no_controls(graded):
    _, out, errors, _ = graded
    for line in [*out.splitlines(), *errors.splitlines()]:
        assert "\x1b" not in line
        assert "\u202e" not in line
        if line.lstrip().startswith("::"):  # --annotate's own
            assert re.match(r"::(error|warning) file=[^:]*,line=\d+,title=[^:,]*::", line), line
        else:
            assert "##[" not in line


def test_records_and_junit_are_well_formed(graded, tmp_path):
    from xml.etree import ElementTree

    course = graded[0]
    target = tmp_path / "junit.xml"
    command = [sys.executable, "-m", "autograder", "export", NAME, "--course", str(course.path)]
    done = subprocess.run(
        [*command, "--to", "junit", "--output", str(target)], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = {suite.get("name") for suite in ElementTree.parse(target).getroot()}
    assert f"{NAME}/{NAMES[0]}" in names
    for path in course.results(NAME).iterdir():
        json.loads(path.read_text(encoding="utf-8"))


def test_a_spreadsheet_takes_nothing_for_a_formula(tmp_path):
    course = released_course(tmp_path)
    for student in ("=1+1", "@SUM(A1)", "+1", "-1", "\t=1"):
        submit(course, student, RIGHT)
    base = [sys.executable, "-m", "autograder"]
    for command in (["grade", NAME], ["export", NAME, "--to", "csv", "--output", "marks.csv"]):
        done = subprocess.run(
            [*base, *command, "--course", str(course.path)],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    import csv

    with (tmp_path / "marks.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    taken = [cell for cell in cells if cell[:1] in ("=", "@", "\t") or cell in ("+1", "-1")]
    assert taken == []
