import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from signals import heeded
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main

# What Windows or macOS lack, and what only instructors install; a student's checks do without.
NOT_ELSEWHERE = {
    *("fcntl", "resource", "pwd", "grp", "termios", "pty", "tty", "posix_spawn", "syslog"),
    *("nbgrader", "jupyter_core", "jupyter_client", "jupyter_server", "jupyterlab", "ipykernel"),
    *("nbformat", "nbconvert", "nbclient", "sqlalchemy", "alembic", "jupytext", "matplotlib"),
    *("tqdm", "copydetect", "distributed", "psycopg", "pytest", "reference", "assignments"),
}
OF_OS = ("fork", "forkpty", "getuid", "geteuid", "setsid", "pipe2", "memfd_create", "O_NOFOLLOW")
OF_SIGNAL = ("SIGKILL", "SIGALRM", "SIGHUP", "pthread_sigmask", "setitimer")


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


def two_files_of_other_names(path):
    own = path.with_suffix(".checks.json")
    shutil.copy(own, own.with_name("a.checks.json"))
    own.rename(own.with_name("b.checks.json"))


def test_a_folder_of_two_assignments(handed_out, capsys):
    notebook = handed_out(RIGHT)
    notebook.with_name("another.checks.json").write_text('{"questions": {}}')
    assert main(["check", str(notebook)]) == 0
    assert "2 of 2 functions pass" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "there is no such notebook"),
        (lambda path: (path.unlink(), path.mkdir()), "is a folder; name the .ipynb file in it"),
        (lambda path: path.write_text("{"), "cut off"),
        (lambda path: path.with_suffix(".checks.json").unlink(), "no .checks.json file beside"),
        (lambda path: path.with_suffix(".checks.json").write_text("[]"), "Download it again"),
        (two_files_of_other_names, "could belong to a.checks.json, b.checks.json"),
    ],
)
def test_what_is_missing_is_said(handed_out, capsys, spoil, said):
    notebook = handed_out(RIGHT)
    spoil(notebook)
    assert main(["check", str(notebook)]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("double", "said"),
    [
        (
            "def double(x):\n    while x.any():\n        pass\n    return x",
            "double had not returned in line",
        ),
        ("while True:\n    pass", "had not ended in line"),
    ],
)
def test_an_endless_loop_that_is_stopped_is_located(handed_out, double, said):
    notebook = handed_out({**RIGHT, "double": f"print('go', file=open('go', 'w'))\n{double}"})
    command = [sys.executable, "-m", "autograder", "check", str(notebook)]
    with heeded(signal.SIGINT):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    with process:
        while not notebook.with_name("go").exists():
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(0.3)  # from the cell into the loop
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()  # else the context waits for its end
    assert said in errors
    assert "Traceback" not in errors


ELSEWHERE = f"""
import importlib.abc, os, signal, sys, warnings

class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in {NOT_ELSEWHERE!r}:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)

for name in list(sys.modules):
    if name.partition(".")[0] in {NOT_ELSEWHERE!r}:
        del sys.modules[name]
sys.meta_path.insert(0, Missing())
for module, names in ((os, {OF_OS!r}), (signal, {OF_SIGNAL!r})):
    for name in names:
        delattr(module, name)
warnings.filterwarnings("error", category=EncodingWarning, module="autograder")
"""


def run_elsewhere(code: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python as on a machine with neither Linux's modules nor the instructor's packages."""
    command = [sys.executable, "-X", "warn_default_encoding", "-c", ELSEWHERE + code]
    environment = {**os.environ, "PYTHONUTF8": "1", **environment}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_simulation_blocks_what_it_should(tmp_path):
    for name in ("fcntl", "nbgrader.apps"):
        done = run_elsewhere(f"import {name}", tmp_path)
        assert f"No module named {name.partition('.')[0]!r}" in done.stderr
    done = run_elsewhere("os.fork()", tmp_path)
    assert "AttributeError" in done.stderr


def test_the_command_works_elsewhere(handed_out):
    notebook = handed_out(RIGHT)
    code = f"from autograder.cli import main\nsys.exit(main(['check', {notebook.name!r}]))"
    done = run_elsewhere(code, notebook.parent, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr
    assert "2 of 2 functions pass" in done.stdout


def test_check_in_a_script_works_elsewhere(handed_out):
    notebook = handed_out(RIGHT)
    functions = "\n".join(RIGHT.values()).replace("x + x", "x - x")
    code = f"from autograder import check\n{functions}\nprint(check('double'))\n"
    done = run_elsewhere(code, notebook.parent)
    assert done.returncode == 0, done.stderr
    assert "✗ double: 0 of" in done.stdout
    assert "your function gave" in done.stdout


def test_importing_check_takes_numpy_and_little_else(tmp_path):
    slow = ("IPython", "yaml", "jinja2", "nbformat", "asyncio", "multiprocessing", "subprocess")
    code = f"import sys\nfrom autograder import check\nprint(sys.modules.keys() & set({slow!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    assert done.stdout.strip() == "set()"
