"""Read or import the reference: the file that computes every expected value."""

import importlib
import sys
from pathlib import Path

import pytest

import reference.rnn_cell

READ = "print(open({path!r}).read())"
LIST = "import os\nprint(os.listdir({path!r}))"
IMPORT = (
    "import sys\nsys.path.insert(0, {path!r})\nimport reference.rnn_cell as r\nprint(r.softmax)"
)
ROOT = Path(reference.rnn_cell.__file__).parents[1]


def test_control(world):
    assert "def softmax" in world.unconfined(READ.format(path=reference.rnn_cell.__file__)).stdout
    assert "rnn_cell.py" in world.unconfined(LIST.format(path=str(ROOT / "reference"))).stdout
    assert "function softmax" in world.unconfined(IMPORT.format(path=str(ROOT))).stdout


@pytest.mark.parametrize("name", ["reference/rnn_cell.py", "assignments/rnn-cell/assignment.yaml"])
def test_files_are_contained(arena, name):
    assert (ROOT / name).exists()
    assert arena.gains_nothing(READ.format(path=str(ROOT / name))).refused
    assert arena.gains_nothing(LIST.format(path=str((ROOT / name).parent))).refused


def test_the_graded_assignments_own_answers_are_contained(arena):
    path = arena.assignment.folder / "answers.py"
    assert "def double" in path.read_text()
    assert arena.gains_nothing(READ.format(path=str(path))).refused


def test_imports_are_contained(arena):
    strike = arena.gains_nothing(IMPORT.format(path=str(ROOT)))
    assert (strike.error, strike.printed) == ("ModuleNotFoundError", "")
    for name in ("autograder.compare", "autograder.cases", "autograder.runner.session"):
        importlib.import_module(name)
        assert name in sys.modules  # the control: the grader has it
        assert arena.gains_nothing(f"import {name}").error == "ModuleNotFoundError"
