"""The site is built without complaint, loads nothing from elsewhere, and its reference is complete."""  # noqa: E501

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path

import pytest
from doc_page import ROOT
from reference_pages import RECORDS, attributes, reference_pages, subcommands

from autograder.assignment_file import load_assignment
from autograder.audit.audit_file import load_audit_file
from autograder.cli import build_parser
from autograder.errors import SpecError
from autograder.misconceptions import load_misconceptions
from autograder.samples import load_samples

PAGES = reference_pages()
COMMANDS = subcommands(build_parser())


class Loaded(HTMLParser):
    """Addresses that a browser fetches by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source", "video", "audio", "embed"):
            self.found.append(values.get("src") or "")
        if tag == "link" and values.get("rel") not in ("canonical", "prev", "next"):
            self.found.append(values.get("href") or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_the_site_has_every_page(site):
    for page in ("index", "marks", "quick-start/student", "reference/commands"):
        assert (site / f"{page}.html").is_file()
    assert not (site / "hooks").exists()


def test_the_site_loads_nothing_from_elsewhere(site):
    for page in site.rglob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert [link for link in loaded.found if re.match(r"(\w+:)?//", link)] == [], page.name
    for style in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(\w+:)?//", style.read_text("utf-8"))


def test_the_readme_links_to_files():
    links = re.findall(r"\]\((?!http)([^)#]+)", (ROOT / "README.md").read_text("utf-8"))
    assert len(links) >= 8
    assert [link for link in links if not (ROOT / link).is_file()] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_meaning(name):
    section = PAGES["commands.md"].partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    for action in COMMANDS[name]._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        shown = action.option_strings[0] if action.option_strings else str(action.metavar)
        assert re.search(rf"^\| `{re.escape(shown)}[ `].*\| \S.*\|$", section, re.M), shown


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_every_key_of_the_record_has_a_meaning(record):
    section = PAGES["record.md"].partition(f"\n## {record.__name__}\n")[2].partition("\n## ")[0]
    names = [field.name for field in fields(record)]
    assert [name for name in names if not attributes(record)[name]] == []
    assert [name for name in names if f"| `{name}` |" not in section] == []


def minimal(folder: Path, text: str = "") -> Path:
    (folder / "answers.py").write_text("def f(x):\n    return x\n")
    (folder / "notebook.md").write_text(
        '```python name="setup"\n```\n```python solution="f"\n```\n'
    )
    (folder / "assignment.yaml").write_text(
        TOP + (text or f"questions:\n{QUESTION}, {GROUP}}}]}}\n")
    )
    return folder


TOP = "title: T\nreference: answers.py\n"
QUESTION = "- {function: f, title: T, points: 1, arguments: {x: '1'}, returns: {y: scalar}"
GROUP = "groups: [{name: g, points: 1"
PROPERTY = "properties: [{of: f, gradients: {x: y}"


def assert_known_keys_have_a_meaning(file: str, one: str, read: Callable[[], object]) -> None:
    """The keys that the error on an unknown one lists."""
    section = PAGES["assignment-files.md"].partition(f"\n## {file}\n")[2].partition("\n## ")[0]
    with pytest.raises(SpecError, match="unknown key 'unknown'") as caught:
        read()
    keys = str(caught.value).partition("known are ")[2].rstrip(".").split(", ")
    assert one in keys
    assert [key for key in keys if not re.search(rf"^\| `{key}` \|.*\| \S", section, re.M)] == []


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("questions: []\nunknown: 1\n", "counterexample"),
        ("limits: {unknown: 1}\nquestions: []\n", "memory_mb"),
        (f"questions:\n{QUESTION}, {GROUP}}}], unknown: 1}}\n", "needs"),
        (f"questions:\n{QUESTION}, {GROUP}, unknown: 1}}]}}\n", "vary"),
        (f"questions:\n{QUESTION}, {GROUP}}}], {PROPERTY}, unknown: 1}}]}}\n", "project"),
    ],
    ids=["top", "limits", "question", "group", "property"],
)
def test_every_key_of_an_assignment_has_a_meaning(tmp_path, text, one):
    folder = minimal(tmp_path, text)
    assert_known_keys_have_a_meaning("assignment.yaml", one, lambda: load_assignment(folder))


@pytest.mark.parametrize(
    ("file", "text", "one", "load"),
    [
        ("misconceptions.yaml", "- {unknown: 1}", "twins", load_misconceptions),
        ("samples.yaml", "one: {unknown: 1}", "tamper", load_samples),
        ("audit.yaml", "unknown: 1", "accepted", load_audit_file),
        ("audit.yaml", "accepted: [{mutant: m, reason: r, unknown: 1}]", "equivalent", load_audit_file),  # noqa: E501
        ("audit.yaml", "domain: {f: [{name: n, unknown: 1}]}", "vary", load_audit_file),
    ],
    ids=["misconceptions", "samples", "audit", "accepted", "domain"],
)  # fmt: skip
def test_every_key_of_the_other_files_has_a_meaning(tmp_path, file, text, one, load):
    assignment = load_assignment(minimal(tmp_path))
    (tmp_path / file).write_text(text)
    assert_known_keys_have_a_meaning(file, one, lambda: load(assignment))


@pytest.mark.parametrize("page", PAGES)
def test_every_row_has_as_many_cells_as_its_head(page):
    """A bar in a meaning would cut it off."""
    for table in re.findall(r"(?:^\|.*\n)+", PAGES[page], re.M):
        assert len({row.count("|") for row in table.splitlines()}) == 1, table
