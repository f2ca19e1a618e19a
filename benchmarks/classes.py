"""Classes of any size, always the same ones: right notebooks, known mistakes, unfinished ones.

Of ten students five have everything right, three have made one known mistake, one has made two, and
one has not begun with the last two questions.
"""

import copy
import json
import random
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from autograder.audit.candidate import plain_source, without_annotations
from autograder.course import Course, open_course
from autograder.init import init_course
from autograder.library import find_assignment
from autograder.misconceptions import changed_source, load_misconceptions, source_of
from autograder.release import release_assignment
from autograder.source_notebook import CARRIED_PREFIX, build_source
from autograder.spec import Assignment

ASSIGNMENT = "bptt"
MISTAKES = (0, 0, 1, 0, 1, 0, 2, 0, 1, -1)  # of ten students; -1: unfinished
_STUB = "    raise NotImplementedError()"

Answers = Mapping[str, str]  # code by function


def assignment(name: str = ASSIGNMENT) -> Assignment:
    """The assignment that a benchmark grades."""
    return find_assignment(name)


def answers_of_class(size: int, name: str = ASSIGNMENT) -> list[Answers]:
    """What each student of a class wrote."""
    wanted = assignment(name)
    names = (*wanted.carried, *(question.function for question in wanted.questions))
    right = {name: plain_source(wanted.reference_functions[name]) for name in names}
    known = list(load_misconceptions(wanted))
    random.Random(1).shuffle(known)
    mistakes = cycle(known)
    students = []
    for made in islice(cycle(MISTAKES), size):
        changed = {}
        if made < 0:
            changed = {name: _unfinished(right[name]) for name in names[-2:]}
        while len(changed) < made:
            mistake = next(mistakes)
            source = source_of(wanted.reference_functions[mistake.function])
            changed[mistake.function] = without_annotations(changed_source(source, mistake.change))
        students.append({**right, **changed})
    return students


def right_answers() -> Answers:
    """What a student with full marks wrote."""
    return answers_of_class(1)[0]


def _unfinished(source: str) -> str:
    return source.splitlines()[0] + "\n" + _STUB


def fill_in(notebook: Mapping[str, Any], answers: Answers) -> bytes:
    """The file of a notebook whose solution cells hold a student's answers."""
    filled = copy.deepcopy(dict(notebook))
    for cell in filled["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        name = label.removeprefix(CARRIED_PREFIX)
        if name in answers:
            cell["source"] = answers[name]
    return json.dumps(filled, indent=1).encode()


def source_notebook(name: str = ASSIGNMENT) -> dict[str, Any]:
    """The instructor's notebook without demonstrations, which this package alone would not run."""
    notebook = build_source(assignment(name))
    kept = [
        cell
        for cell in notebook["cells"]
        if not cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("demo-")
    ]
    return {**notebook, "cells": kept}


def hand_in(
    submitted: Path,
    notebook: Mapping[str, Any],
    students: Sequence[Answers],
    name: str = ASSIGNMENT,
) -> None:
    """Write ``submitted/<student>/<assignment>/<assignment>.ipynb`` for a class."""
    for number, answers in enumerate(students):
        folder = submitted / f"s{number:04d}" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ipynb").write_bytes(fill_in(notebook, answers))


def make_course(folder: Path, students: Sequence[Answers], name: str = ASSIGNMENT) -> Course:
    """A released course with a class that has handed in."""
    init_course(folder)
    course = open_course(folder)
    release_assignment(course, assignment(name))
    hand_in(course.submissions, source_notebook(name), students, name)
    return course


def copy_course(course: Course, folder: Path) -> Course:
    """A fresh copy of an ungraded course, in a new folder within ``folder``.

    Earlier ones stay: files are made slowly on some systems for minutes after others were removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copied = Path(tempfile.mkdtemp(dir=folder)) / "course"
    shutil.copytree(course.path, copied)
    return Course(copied)
