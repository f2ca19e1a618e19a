import subprocess
import sys

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
