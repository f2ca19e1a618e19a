"""nbgrader's own commands on a real course give the marks that `autograder grade` gives."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.course import open_course
from autograder.gradebook import Gradebook
from autograder.library import find_assignment
from autograder.samples import load_samples

SOME = (
    "right-concatenated-weights",
    "wrong-softmax-axis",
    "changes-its-argument",
    "os-exit-in-a-function",
    "broken-json",
    "duplicated-test-cell",
    "deleted-test-cells",
    "cheat-skip-execution-tag",
    "empty-folder",
)
SAMPLES = {s.name: s for s in load_samples(find_assignment("rnn-cell")) if s.name in SOME}


def nbgrader(course: Path, *words: str, status: int = 0) -> str:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
        "JUPYTER_CONFIG_DIR": str(course / "no-config"),
    }
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(
        command, cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr[-3000:]
    return done.stderr


def marks(course: Path) -> dict[str, object]:
    with Gradebook(open_course(course)) as gradebook:
        return {name: gradebook.adjustments("rnn-cell", name) for name in SOME}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course") / "rnn"
    assert main(["init", str(folder)]) == 0
    assert main(["release", "rnn-cell", "--course", str(folder)]) == 0
    for sample in SAMPLES.values():
        place = folder / "submitted" / sample.name / "rnn-cell"
        place.mkdir(parents=True)
        if sample.content is not None:
            (place / "rnn-cell.ipynb").write_bytes(sample.content)
    return folder


@pytest.mark.filterwarnings("ignore")
def test_both_ways_write_equal_marks(course):
    said = nbgrader(course, "autograde", "rnn-cell", status=1)  # one file cannot be read
    assert "for student 'broken-json'" in said
    assert said.count("for student '") == 1
    theirs = marks(course)
    for name, sample in SAMPLES.items():
        if sample.status == "graded":
            assert theirs[name]["score"] == sample.score, name
    nbgrader(course, "generate_feedback", "rnn-cell")
    page = course / "feedback" / "wrong-softmax-axis" / "rnn-cell" / "rnn-cell.html"
    assert "softmax" in page.read_text(encoding="utf-8")

    assert main(["grade", "rnn-cell", "--course", str(course), "--force", "--jobs", "1"]) == 1
    assert marks(course) == theirs

    nbgrader(course, "autograde", "rnn-cell", "--student", "wrong-softmax-axis", "--force")
    assert marks(course) == theirs


@pytest.mark.filterwarnings("ignore")
def test_a_second_run_grades_only_what_changed(course, capsys):
    main(["grade", "rnn-cell", "--course", str(course), "--jobs", "1"])
    capsys.readouterr()
    main(["grade", "rnn-cell", "--course", str(course), "--jobs", "1"])
    assert "0 graded, 8 unchanged" in capsys.readouterr().out


def test_release_hands_out_no_answer(course):
    released = (course / "release" / "rnn-cell" / "rnn-cell.ipynb").read_text(encoding="utf-8")
    assert "NotImplementedError" in released
    assert "keepdims" not in released
    assert "BEGIN SOLUTION" not in released
