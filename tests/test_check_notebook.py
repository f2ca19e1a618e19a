import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main

# What Windows lacks; a student's own checks must do without.
LINUX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios", "pty", "tty")


@pytest.fixture
def handed_out(tmp_path: Path):
    """A course, and what students get of it in a folder of their own."""
    course = released_course(tmp_path)

    def fill(sources) -> Path:
        folder = tmp_path / "home"
        shutil.copytree(course.release(NAME).parent, folder)
        notebook = submit(course, "me", sources)
        return Path(shutil.copy(notebook, folder))

    return fill


def test_the_stub_is_told_what_to_write(handed_out, capsys):
    assert main(["check", str(handed_out({}))]) == 1
    said = capsys.readouterr().out
    assert "double: Not written yet" in said
    assert "0 of 2 functions pass" in said
    assert "failed" not in said
    assert "Traceback" not in said


def test_a_right_notebook_passes_from_any_folder(handed_out, capsys, monkeypatch, tmp_path):
    notebook = handed_out(RIGHT)
    monkeypatch.chdir(tmp_path)
    assert main(["check", str(notebook.relative_to(tmp_path))]) == 0
    assert "2 of 2 functions pass" in capsys.readouterr().out
    assert Path.cwd() == tmp_path


def test_a_wrong_function_is_shown_and_a_cell_that_fails_is_named(handed_out, capsys):
    wrong = {**RIGHT, "double": "%matplotlib inline\ndef double(x):\n    return x\n\n1 / 0"}
    assert main(["check", str(handed_out(wrong))]) == 1
    said = capsys.readouterr().out
    assert "failed: ZeroDivisionError" in said
    assert "✗ double" in said
    assert "1 of 2 functions pass" not in said  # shift builds on it


def test_the_summary_is_added_to_a_file(handed_out, tmp_path):
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    main(["check", str(handed_out(RIGHT)), "--markdown", str(target)])
    text = target.read_text()
    assert text.startswith("before\n## doubling")
    assert "| ✓ | `double` | right |" in text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "there is no such notebook"),
        (lambda path: path.write_text("{"), "cut off"),
        (lambda path: path.with_suffix(".checks.json").unlink(), "no .checks.json file beside"),
        (lambda path: path.with_suffix(".checks.json").write_text("[]"), "Download it again"),
    ],
)
def test_what_is_missing_is_said(handed_out, capsys, spoil, said):
    notebook = handed_out(RIGHT)
    spoil(notebook)
    assert main(["check", str(notebook)]) == 2
    assert said in capsys.readouterr().err


def test_it_works_where_linux_modules_are_missing(handed_out):
    notebook = handed_out(RIGHT)
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({LINUX_ONLY!r}))\n"
        "from autograder.cli import main\n"
        f"sys.exit(main(['check', {str(notebook)!r}]))\n"
    )
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    assert b"2 of 2 functions pass" in done.stdout


def test_check_in_a_script_works_where_linux_modules_are_missing(handed_out):
    notebook = handed_out(RIGHT)
    functions = "\n".join(RIGHT.values())
    code = (
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({LINUX_ONLY!r}))\n"
        f"from autograder import check\n{functions}\n"
        "print(check('double').passed)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=notebook.parent, check=True
    )
    assert done.stdout.strip() == b"True"
    assert json.loads(notebook.read_text())["cells"]
