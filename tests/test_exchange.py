"""nbgrader's exchange from end to end, by its own commands: hand out, hand in, give back."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course

from autograder.cli import main
from autograder.course import Course
from autograder.report.record_file import read_record

pytestmark = pytest.mark.filterwarnings("ignore")

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "rnn"
c.Exchange.root = {exchange!r}
"""
# Several commands in one process, for starting nbgrader takes seconds, the grammars most of them.
COMMANDS = """
import json, os, shutil, sys
sys.modules["rfc3987_syntax"] = None
from nbgrader.apps.nbgraderapp import NbGraderApp

for folder, *words in json.loads(sys.argv[1]):
    os.chdir(folder)
    print("\\n>>>", *words, flush=True)
    if words[0] in ("copy", "move"):
        getattr(shutil, words[0])(*words[1:])
        continue
    NbGraderApp.clear_instance()
    try:
        NbGraderApp.launch_instance(words)
    except SystemExit as exit:
        if exit.code:
            sys.exit(f"nbgrader {words}: {exit.code}")
"""


def nbgrader(settings: Path, *commands: tuple[Path, str]) -> list[str]:
    """Run commands, each in its folder; what each prints."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "JUPYTER_CONFIG_DIR": str(settings),
        "JUPYTER_DATA_DIR": str(settings / "data"),
    }
    asked = json.dumps([(str(folder), *words.split()) for folder, words in commands])
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, asked],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.split("\n>>> ")[1:]


@pytest.fixture
def course(tmp_path) -> Course:
    course = released_course(tmp_path)
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # as nbgrader asks for
    config = CONFIG.format(exchange=str(exchange))
    written = course.path / "nbgrader_config.py"
    written.write_text(f"{written.read_text()}\n{config}")
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "nbgrader_config.py").write_text(config)
    return course


def filled(released: Path, sources: dict[str, str], path: Path) -> Path:
    """The released notebook with these functions, written to another path."""
    document = json.loads(released.read_text())
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "").removeprefix("carried-")
        cell["source"] = sources.get(label, cell["source"])
    path.write_text(json.dumps(document))
    return path


def test_from_release_to_feedback(course, tmp_path):
    home, settings, student = tmp_path / "home", tmp_path / "settings", getpass.getuser()
    stub, three = "raise NotImplementedError", "def double(x):\n    return 3 * x"
    warns = "import sys, warnings\ndef double(x):\n    warnings.warn('x', DeprecationWarning)\n"
    warns += "    print('!', file=sys.stderr)\n    return 2 * x"
    release = course.release(NAME)
    wrong = filled(release, RIGHT | {"double": three, "shift": stub}, tmp_path / "wrong.ipynb")
    right = filled(release, RIGHT | {"double": warns}, tmp_path / "right.ipynb")

    said = nbgrader(
        settings,
        (course.path, f"release_assignment {NAME}"),
        (home, f"fetch_assignment {NAME}"),
        (home / NAME, f"copy {wrong} {NAME}.ipynb"),
        (home / NAME, f"validate {NAME}.ipynb"),
        (home / NAME, f"copy {right} {NAME}.ipynb"),
        (home / NAME, f"validate {NAME}.ipynb"),
        (home / NAME, f"move {NAME}.ipynb mine.ipynb"),
        (home, f"submit {NAME}"),
        (course.path, f"collect {NAME}"),
    )
    assert "VALIDATION FAILED ON 2 CELL(S)" in said[3]
    assert "✗ double: 0 of" in said[3]
    assert "your function gave:" in said[3]
    assert "○ shift: shift is not defined yet" in said[3]
    assert "Traceback" not in said[3]
    assert "Success! Your notebook passes all the tests." in said[5]

    by_hand = course.submitted(NAME, "!first")  # before the other one in every order
    by_hand.mkdir(parents=True)
    filled(release, RIGHT, by_hand / f"{NAME}.ipynb")
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    assert read_record(course.result(NAME, student)).score == 5.0
    given_back = nbgrader(
        settings, (course.path, f"release_feedback {NAME}"), (home, f"fetch_feedback {NAME}")
    )
    assert len(given_back) == 2
    (page,) = (home / NAME / "feedback").rglob("mine.html")
    assert "Everything is right." in page.read_text(encoding="utf-8")
