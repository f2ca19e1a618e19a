"""The documentation holds: its commands run, its outputs come, its reference is complete."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_page import DOCS, ROOT, follow, inline_commands, read_blocks
from error_messages import plain, telling_parts
from machine import Machine, copy_source
from reference_pages import subcommands

from autograder.cli import build_parser

README = ROOT / "README.md"
PAGES = sorted([README, *DOCS.rglob("*.md")])
INSTRUCTOR = DOCS / "quick-start" / "instructor.md"
STUDENT = DOCS / "quick-start" / "student.md"
IN_A_COURSE = [DOCS / "quick-start" / "ci.md", DOCS / "scaling.md"]
# The last has a test of its own, test_seventh_assignment.py.
FOLLOWED = [INSTRUCTOR, STUDENT, *IN_A_COURSE, DOCS / "writing-an-assignment.md"]


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Machine:
    return Machine(tmp_path_factory.mktemp("reader") / "machine")


@pytest.fixture(scope="module")
def office(machine, tmp_path_factory) -> Path:
    """The folder of an instructor who followed the quick start."""
    folder = tmp_path_factory.mktemp("office")
    copy_source(folder / "rnn-autograder")
    follow(INSTRUCTOR, lambda script: machine.run(script, folder))
    return folder


def test_the_instructors_quick_start(office):
    assert (office / "my-course/feedback/rnn-cell-class.html").is_file()
    assert (office / "my-course/canvas.csv").is_file()


def test_the_students_quick_start(machine, office, tmp_path):
    """With what the instructor's quick start says to hand out."""
    folder = shutil.copytree(office / "my-course" / "for-students", tmp_path / "mine")
    follow(STUDENT, lambda script: machine.run(script, folder))


@pytest.mark.parametrize("page", IN_A_COURSE, ids=lambda page: page.stem)
def test_pages_that_begin_in_a_course(machine, office, tmp_path, page):
    shutil.copytree(office / "my-course", tmp_path / "my-course")
    (tmp_path / "rnn-autograder").symlink_to(office / "rnn-autograder")
    path = f"{office / '.venv/bin'}:{machine.path}"
    follow(page, lambda script: machine.run(script, tmp_path / "my-course", PATH=path))


def test_the_readmes_commands(tmp_path):
    """Both set up an environment, as this one was, and then do what is tried here."""
    commands = {block.remark: block.body.strip().split(" && ") for block in read_blocks(README)}
    setting_up = ["python3.11 -m venv .venv", '.venv/bin/python -m pip install --quiet --editable ".[dev]"']  # fmt: skip # noqa: E501
    (*before, demo), test = commands["run: demo"], commands["run: test"]
    assert before == setting_up
    assert test == [*setting_up, ".venv/bin/python -m pytest"]
    here = demo.replace(".venv/bin", str(Path(sys.executable).parent))
    done = subprocess.run(here.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All in" in done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_command_is_run_or_says_why_not(page):
    for block in read_blocks(page):
        if block.is_command and (page not in FOLLOWED or not block.is_run):
            assert re.fullmatch(r"not run: .{10,}|run: (demo|test)", block.remark), str(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_named_in_the_text_are_commands(page):
    parser = build_parser()
    for command in inline_commands(page):
        name, *words = shlex.split(command.replace("…", ""))[1:]
        if words and words != ["--help"]:
            parser.parse_args([name, *words])
        assert name in ("COMMAND", *subcommands(parser))


def test_every_error_is_on_the_page_of_troubles():
    page = plain((DOCS / "troubleshooting.md").read_text("utf-8"))
    parts = telling_parts()
    assert len(parts) > 100
    missing = {part: where for part, where in parts.items() if part not in page}
    assert not missing, f"give each a row in docs/troubleshooting.md: {missing}"


def test_the_page_on_ci_has_the_commands_of_the_workflow():
    workflow = (ROOT / "autograder/workflows/course-github.yml").read_text("utf-8")
    page = (DOCS / "quick-start/ci.md").read_text("utf-8")
    commands = set(re.findall(r"autograder (\w+)(?: |$)", workflow, re.M)) & {
        *subcommands(build_parser())
    }
    assert len(commands) > 3
    assert {name for name in commands if f"autograder {name}" not in page} == set()
