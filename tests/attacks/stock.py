"""nbgrader as it comes: the control for attacks on how it grades."""

import json
import os
import subprocess
import sys
from pathlib import Path

SOLUTION = "def double(x):\n    raise NotImplementedError"
TEST = "import random\nx = random.random()\nassert double(x) == 2 * x"
PROGRAM = """
import json, sys
from pathlib import Path
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config
config = Config()
config.CourseDirectory.root = sys.argv[1]
config.ExecutePreprocessor.timeout = 60
api = NbGraderAPI(config=config)
made = api.generate_assignment("ps", create=True)
assert made["success"], made["error"] + made["log"]
found = {}
for student in sorted(path.name for path in Path(sys.argv[1], "submitted").iterdir()):
    done = api.autograde("ps", student, create=True)
    with Gradebook("sqlite:///" + sys.argv[1] + "/gradebook.db") as gradebook:
        try:
            found[student] = gradebook.find_submission("ps", student).score
        except Exception:
            found[student] = None
    if not done["success"]:
        found[student] = "failed"
print("SCORES", json.dumps(found))
"""


def cell(source: str, grade_id: str = "", kind: str = "code", **more: object) -> dict[str, object]:
    """A cell, with nbgrader's label where it has one."""
    metadata: dict[str, object] = {}
    if grade_id:
        test = grade_id.startswith("test_")
        metadata["nbgrader"] = {
            "grade": test, "solution": not test, "locked": test, "schema_version": 3,
            "task": False, "grade_id": grade_id, **({"points": 3} if test else {}),
        }  # fmt: skip
    made = {"cell_type": kind, "source": source, "metadata": {**metadata, **more}}
    if kind == "code":
        made |= {"outputs": [], "execution_count": None}
    return made


def document(*cells: dict[str, object]) -> str:
    """A notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    numbered = [{**one, "id": f"c{number}"} for number, one in enumerate(cells)]
    metadata = {"kernelspec": kernel}
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": numbered})


def stock_scores(folder: Path, submissions: dict[str, str]) -> dict[str, object]:
    """The points out of 3 that stock nbgrader gives to each notebook; "failed" where it dies."""
    source = folder / "source" / "ps"
    source.mkdir(parents=True)
    (source / "ps.ipynb").write_text(document(cell(SOLUTION, "double"), cell(TEST, "test_double")))
    for student, text in submissions.items():
        place = folder / "submitted" / student / "ps"
        place.mkdir(parents=True)
        (place / "ps.ipynb").write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        capture_output=True, text=True, timeout=600, check=False, cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},  # alembic
    )  # fmt: skip
    lines = [line for line in done.stdout.splitlines() if line.startswith("SCORES ")]
    assert lines, done.stderr[-3000:]
    scores: dict[str, object] = json.loads(lines[0].removeprefix("SCORES "))
    return scores
