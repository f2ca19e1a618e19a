"""Whatever a new user types that cannot work: one clear sentence, no traceback, a known status."""

import json
import os
import shutil

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A course where Ana's notebook waits to be graded."""
    course = released_course(tmp_path_factory.mktemp("usage"))
    path = submit(course, "ana", RIGHT)
    shutil.copy(path, course.path / "alone.ipynb")
    (course.path / "latin.csv").write_bytes("id\nZoë\n".encode("latin-1"))
    (course.path / "names.csv").write_text("name\nana\n")
    return course


@pytest.fixture
def inside(course, monkeypatch):
    """The course, from within its folder."""
    monkeypatch.chdir(course.path)
    return course


def said(capsys, *words):
    """The exit status and all that was printed."""
    capsys.readouterr()
    try:
        status = main(words)
    except SystemExit as stopped:  # argparse's own
        status = stopped.code
    printed = capsys.readouterr()
    return status, printed.out + printed.err


@pytest.mark.parametrize(
    "words",
    [
        ("release", NAME), ("grade", NAME), ("grade", NAME, "--diff"), ("report", NAME),
        ("export", NAME, "--to", "csv"), ("students", "class.csv"), ("replay", "token"),
    ],
)  # fmt: skip
def test_an_empty_folder_is_no_course(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    status, text = said(capsys, *words)
    assert status == 2
    assert f"{tmp_path} is not a course folder" in text
    assert "autograder init" in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        ("grade nope", 2, "There is no assignment 'nope'; known are"),
        ("release nope", 2, "There is no assignment 'nope'"),
        ("report nope", 2, "There is no assignment 'nope'"),
        ("export nope --to csv", 2, "There is no assignment 'nope'"),
        ("grade {name} --student zed", 2, "--student zed: there is no such folder in submitted/"),
        ("grade {name} --diff --student zed", 2, "--student zed: there is no such folder"),
        ("grade {name} --jobs 0", 2, "'0' is not a whole number of at least 1"),
        ("grade {name} --shard 3/2", 2, "'3/2' is not K/N"),
        ("grade {name} --json x", 2, "--json goes with --notebook"),
        ("grade {name} --gradescope x", 2, "--to gradescope --output DIR"),
        ("grade {name} --diff --markdown x", 2, "leave --markdown out"),
        ("grade {name} --diff --annotate", 2, "leave --annotate out"),
        ("grade {name} --notebook absent.ipynb", 2, "absent.ipynb: there is no such file"),
        ("grade {name} --notebook alone.ipynb --diff", 2, "--diff is for a whole course"),
        ("grade {name} --notebook alone.ipynb --shard 1/2", 2, "--shard is for a whole course"),
        ("grade {name} --notebook alone.ipynb --student a --student b", 2, "one --student"),
        ("export {name} --to csv --student zed", 2, "zed: neither graded nor on the class list"),
        ("export {name} --to junit --student zed", 2, "zed: there is no record; grade first"),
        ("export {name} --to gradescope", 2, "there are 0: name one with --student"),
        ("export {name} --to csv", 0, "no submission of doubling has been graded yet"),
        ("export {name} --to csv --output {course}", 2, "cannot be written: Is a directory"),
        (
            "export {name} --to csv --output /dev/null/x",
            2,
            "x cannot be written: /dev/null is no folder",
        ),
        ("export {name} --to xlsx", 2, "invalid choice: 'xlsx'"),
        ("students absent.csv", 2, "absent.csv cannot be read as a CSV file in UTF-8: No such"),
        ("students latin.csv", 2, "latin.csv cannot be read as a CSV file in UTF-8"),
        ("students names.csv", 2, "has no column id, SIS Login ID"),
        ("students names.csv --id nope", 2, "has no column nope; it has name"),
        ("replay nonsense", 2, "'nonsense' is no token"),
    ],
)
def test_in_a_course(inside, capsys, words, status, sentence):
    course = inside
    filled = words.format(name=NAME, course=course.path).split()
    found, text = said(capsys, *filled)
    assert (found, "Traceback" in text) == (status, False), text
    assert sentence in text
    assert not list(course.results(NAME).glob("*"))  # nothing was graded on the way


def test_outputs_that_cannot_be_written_lose_no_marks(inside, capsys):
    course = inside
    status, text = said(capsys, "grade", NAME, "--jobs", "1", "--markdown", "/dev/null/x")
    assert status == 2
    assert "/dev/null/x cannot be written: /dev/null is no folder" in text
    status, text = said(capsys, "grade", NAME, "--jobs", "1", "--markdown", "summary.md")
    assert status == 0
    assert "0 graded, 1 unchanged" in text
    assert "ana" in (course.path / "summary.md").read_text()
    assert said(capsys, "export", NAME, "--to", "csv")[1].count("graded") == 1
    status, text = said(
        capsys, "grade", NAME, "--notebook", "alone.ipynb", "--annotate", "--json", "r.json",
        "--code-quality", "q.json",
    )  # fmt: skip
    assert status == 0
    assert (course.path / "q.json").read_text() == "[]\n"


def test_a_notebook_whose_name_is_no_text(inside, capsys):
    course = inside
    nameless = os.fsencode(course.path) + b"/\xff.ipynb"
    folder = course.submitted(NAME, "bo")
    folder.mkdir(parents=True)
    for copy in (nameless, os.fsencode(folder) + b"/\xff.ipynb"):
        shutil.copy(os.fsencode(course.path) + b"/alone.ipynb", copy)
    status, text = said(
        capsys, "grade", NAME, "--notebook", os.fsdecode(nameless), "--annotate", "--json", "-",
        "--code-quality", "q.json", "--gradescope", "g.json", "--markdown", "s.md",
    )  # fmt: skip
    assert status == 0, text
    assert said(capsys, "grade", NAME, "--jobs", "1", "--annotate", "--markdown", "all.md")[0] == 0
    exports = ("csv", "junit", "canvas", "moodle")
    for kind, output in [("gradescope", "scope"), *((kind, f"out.{kind}") for kind in exports)]:
        status, text = said(capsys, "export", NAME, "--to", kind, "--output", output)
        assert "Traceback" not in text, text
        assert (course.path / output).exists(), text
    for path in ("g.json", "scope/bo/results.json"):
        found = json.loads((course.path / path).read_text())
        assert found["score"] > 0
    assert r"found as \udcff.ipynb" in found["output"]
    shutil.rmtree(folder.parent)
