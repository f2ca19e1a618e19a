import subprocess
import sys
from pathlib import Path

import pytest

from autograder import cli, library
from autograder.cli import main


@pytest.mark.parametrize(
    ("module", "extra"), [("jupytext", "instructor"), ("distributed.client", "dask")]
)
def test_an_extra_that_is_missing_is_named(monkeypatch, capsys, module, extra):
    def handler(_name):
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr(cli, "_handler", handler)
    assert main(["doctor"]) == 2
    said = capsys.readouterr().err
    assert f"{module.partition('.')[0]} is not installed here" in said
    assert f"[{extra}]" in said


def test_a_module_of_our_own_that_is_missing_is_a_fault(monkeypatch):
    def handler(_name):
        raise ModuleNotFoundError("No module named 'autograder.x'", name="autograder.x")

    monkeypatch.setattr(cli, "_handler", handler)
    with pytest.raises(ModuleNotFoundError):
        main(["doctor"])


@pytest.mark.parametrize("words", [["audit"], ["demo", "new"], ["release", "rnn-cell"]])
def test_the_students_edition_says_what_it_lacks(monkeypatch, capsys, tmp_path, words):
    monkeypatch.setattr(library, "_roots", lambda course: [])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nbgrader_config.py").touch()
    assert main(words) != 0
    assert "instructor's edition" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_help_is_instant():
    code = "import sys; from autograder.cli import build_parser; build_parser().format_help();"
    code += "print(sys.modules.keys() & {'numpy', 'yaml', 'nbgrader', 'IPython'})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _handed_in(course: Path, *students: str) -> None:
    for student in students:
        (course / "submitted" / student / "bptt").mkdir(parents=True)


@pytest.mark.parametrize(
    ("words", "launched"),
    [
        ([], 2),
        (["--jobs", "1"], 1),
        (["--jobs", "7"], 3),
        (["--force", "--jobs", "7"], 4),
        (["--diff", "--jobs", "7"], 4),
        (["--student", "cyd"], 1),
        (["--student", "dee", "--student", "bob"], 2),
        (["--student", "nobody"], 0),
        (["--scheduler", "tcp://localhost:1"], 0),
        (["--notebook", "b.ipynb"], 1),
    ],
)
def test_as_many_runners_start_early_as_will_be_needed(tmp_path, monkeypatch, words, launched):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    _handed_in(tmp_path, "ada", "bob", "cyd", "dee")
    (tmp_path / "submitted" / "eve" / "losses").mkdir(parents=True)
    (tmp_path / "submitted" / "fay").write_text("no folder")
    record = tmp_path / "results" / "bptt" / "dee.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    options = cli.build_parser().parse_args(["grade", "bptt", "--course", str(tmp_path), *words])
    assert cli._expected(options) == launched


@pytest.mark.parametrize("assignment", ["bptt", "b" * 300, "b\0"])
def test_none_starts_early_where_there_is_no_course(tmp_path, assignment):
    words = ["grade", assignment, "--course", str(tmp_path / "none")]
    assert cli._expected(cli.build_parser().parse_args(words)) == 0
    _handed_in(tmp_path, "a" * 200)
    words = ["grade", assignment[1:], "--course", str(tmp_path)]
    assert cli._expected(cli.build_parser().parse_args(words)) == 0
