"""Own: hand in code that no tool for code gets through, so that the class's report fails."""

import ast

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main
from autograder.notebook import Cell
from autograder.similarity import find_similar, functions_of

SOURCES = {
    "deep": f"def double(x):\n    return {'-' * 600}x",
    "deeper": f"def double(x):\n    return {'(' * 5000}x",
    "long": "def double(x):\n" + "    x = x + 1\n" * 100_000,
    "many": "def double(x): return x\n" * 50_000,
    "names": "def double(x):\n    " + "a" * 1_000_000 + " = x",
    "escapes": f"def double(x):\n    return '{chr(92) * 1_000_000}'",
    "brackets": "def double(x):\n    x #" + "({[" * 300_000,
    "surrogates": "def double(x):\n    return '\ud800'",
    "null": "def double(x):\n    return '\0'",
    "form feeds": "\f" * 100_000 + "def double(x): pass",
    "numbers": "def double(x):\n    return " + "9" * 5000,
}


def test_control():
    """What writes a tree down again ends in an error."""
    with pytest.raises(RecursionError):
        ast.unparse(ast.parse(SOURCES["deep"]))


@pytest.mark.parametrize("name", SOURCES)
def test_contained(name):
    cell = Cell(index=0, cell_type="code", source=SOURCES[name], kind="solution", grade_id="double")
    hostile = functions_of([cell], ["double"])
    assert sum(map(len, hostile.values())) <= 50_000
    honest = {"double": "\n".join(f"y{n} = x * {n} + z[{n}]" for n in range(40))}
    pairs = find_similar({"mallory": hostile, "ada": honest, "bob": honest})
    assert ("ada", "bob") in {(pair.first, pair.second) for pair in pairs}


def test_the_report_is_written(tmp_path, capsys):
    course = released_course(tmp_path)
    submit(course, "ada", RIGHT)
    for name in ("deep", "deeper", "null"):
        submit(course, name, {**RIGHT, "double": SOURCES[name]})
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    assert main(["report", NAME, "--course", str(course.path)]) == 0
    assert "ada" in (course.path / "feedback" / f"{NAME}-class.html").read_text()
    capsys.readouterr()
