"""What a cell must not be able to open, by its true path, on every isolation there is here."""

import json

import pytest

import reference.rnn_cell
from autograder.grade import grade_notebook
from autograder.library import find_assignment
from autograder.runner.worker import Worker

ASSIGNMENT = find_assignment("rnn-cell")


@pytest.fixture(scope="module", params=["bwrap+landlock+seccomp", "landlock+seccomp"])
def worker(request):
    try:
        worker = Worker(isolation=request.param)
    except Exception as error:
        pytest.skip(f"{request.param} is not to be had here: {error}")
    yield worker
    worker.close()


def cells_after(worker, *sources):
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": []} for source in sources
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return grade_notebook(ASSIGNMENT, json.dumps(notebook).encode(), worker=worker).cells


def test_true_paths_of_answers_and_marks_cannot_be_opened(worker, tmp_path):
    gradebook = tmp_path / "gradebook.db"
    gradebook.write_text("marks")
    classmate = tmp_path / "submitted" / "ada" / "rnn-cell.ipynb"
    classmate.parent.mkdir(parents=True)
    classmate.write_text("her work")
    secrets = [
        reference.rnn_cell.__file__,
        str(ASSIGNMENT.folder / "assignment.yaml"),
        str(gradebook),
        str(classmate),
        "/proc/self/environ",
    ]
    for path in secrets:
        with open(path, "rb") as file:  # the control: this process can
            assert file.read(1) is not None
    failed = cells_after(worker, *(f"open({path!r}, 'rb').read()" for path in secrets))
    assert len(failed) == len(secrets), [cell.message for cell in failed]


def test_answers_cannot_be_imported(worker):
    failed = cells_after(worker, "import reference.rnn_cell", "import autograder.grade")
    assert len(failed) == 2


@pytest.mark.parametrize(
    "attack",
    [
        "import os\nos.fork()",
        "import socket\nsocket.socket()",
        "import os\nos.kill(os.getppid(), 9)",
        "import subprocess\nsubprocess.run(['true'], check=True)",
        "open('/etc/written', 'w')",
    ],
)
def test_what_the_sandbox_refuses(worker, attack):
    (failed,) = cells_after(worker, attack)
    assert failed.status == "error", failed
