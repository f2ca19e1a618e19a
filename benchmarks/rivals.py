"""The same students before nbgrader and otter-grader: ordinary asserts, run in their own kernel.

The asserts call each function on the cases that one student of ours gets, and compare with what the
reference returned. Inputs and answers are pickled into the test, which is the fastest way there is.
"""

import base64
import copy
import json
import pickle
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from autograder.attempt import Exam
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.runner.codec import Source
from autograder.spec import Question
from benchmarks.classes import ASSIGNMENT, Answers, assignment, fill_in, hand_in, source_notebook
from benchmarks.measure import environment

OTTER = "otter-grader==7.*"

_COMPARE = """\
import base64, copy, pickle
import numpy as np

def usable(value):
    if isinstance(value, dict):
        if set(value) == {"source of a function"}:
            return eval(value["source of a function"], {"np": np})
        return {key: usable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(usable, value))
    return copy.deepcopy(value)

def assert_same(expected, actual):
    if isinstance(expected, dict):
        assert set(expected) == set(actual)
        for key in expected:
            assert_same(expected[key], actual[key])
    elif isinstance(expected, (list, tuple)):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual):
            assert_same(one, other)
    else:
        np.testing.assert_allclose(actual, expected, rtol=1e-6, atol=1e-8)

def assert_right(function, cases):
    for arguments, expected, raised in pickle.loads(base64.b64decode(cases)):
        try:
            actual = function(*map(usable, arguments))
        except Exception as error:
            assert type(error).__name__ == raised, error
        else:
            assert raised is None
            assert_same(expected, actual)
"""


def _cases(question: Question) -> str:
    """All cases of a question with their answers, as text."""
    exam = Exam(assignment(), question, Seed(secret="", student="s"), Bank(assignment(), "secret"))
    rows = []
    for case, answer in zip(exam.cases, exam.answers, strict=True):
        raised = answer.raised or exam.group(case).raises
        arguments = [_plain(value) for value in case.arguments.values()]
        rows.append((arguments, answer.value, raised))
    return base64.b64encode(pickle.dumps(rows)).decode()


def _plain(value: object) -> object:
    if isinstance(value, Source):
        return {"source of a function": value.text}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value


def _with_asserts() -> dict[str, Any]:
    """The instructor's notebook with asserts in the test cells."""
    notebook = copy.deepcopy(source_notebook())
    for cell in notebook["cells"]:
        label = cell["metadata"].get("nbgrader", {})
        if label.get("grade_id") == "setup":
            cell["source"] = f"import numpy as np\n{_COMPARE}"
        elif label.get("grade"):
            name = label["grade_id"].removeprefix("test_")
            cases = _cases(assignment().question(name))
            cell["source"] = f'assert_right({name}, """{cases}""")'
    return notebook


class Nbgrader:
    """A stock course."""

    def __init__(self, folder: Path, students: Sequence[Answers]) -> None:
        self.folder = folder
        self._program = str(Path(sys.executable).parent / "nbgrader")
        folder.mkdir(parents=True)
        (folder / "nbgrader_config.py").write_text(
            'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
        )
        source = folder / "source" / ASSIGNMENT
        source.mkdir(parents=True)
        notebook = _with_asserts()
        (source / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(notebook))
        subprocess.run(
            [self._program, "generate_assignment", ASSIGNMENT],
            cwd=folder, check=True, capture_output=True, env=environment(),
        )  # fmt: skip
        hand_in(folder / "submitted", notebook, students)

    def command(self, verb: str, student: str = "") -> list[str]:
        """``autograde`` or ``generate_feedback``, for all or for one."""
        return [
            self._program, verb, ASSIGNMENT, "--force", *(["--student", student] if student else [])
        ]  # fmt: skip

    def clear(self) -> None:
        """Forget what was graded."""
        for name in ("autograded", "feedback"):
            shutil.rmtree(self.folder / name, ignore_errors=True)


class Otter:
    """An assignment as otter-grader has it, in an environment of its own."""

    def __init__(self, folder: Path, students: Sequence[Answers], environment: Path) -> None:
        self.folder = folder
        self._program = environment / "bin" / "otter"
        folder.mkdir(parents=True)
        notebook = source_notebook()
        tests = {}
        for cell in notebook["cells"]:
            label = cell["metadata"].get("nbgrader", {})
            if label.get("grade_id") == "setup":
                cell["source"] = f"import numpy as np\n{_COMPARE}"
            elif label.get("grade"):
                name = label["grade_id"].removeprefix("test_")
                cell["source"] = ""
                tests[name] = _otter_test(name, label["points"])
        for number, answers in enumerate(students):
            (folder / f"s{number:04d}.ipynb").write_bytes(fill_in(notebook, answers))
        with zipfile.ZipFile(folder / "autograder.zip", "w") as archive:
            archive.writestr("otter_config.json", '{"lang": "python"}')
            archive.writestr("requirements.txt", "numpy\n")
            for name, text in tests.items():
                archive.writestr(f"tests/{name}.py", text)

    def command(self, number: int) -> list[str | Path]:
        """Grades one submission."""
        return [self._program, "run", "-a", "autograder.zip", f"s{number:04d}.ipynb"]


def _otter_test(name: str, points: float) -> str:
    call = f"assert_right({name}, {_cases(assignment().question(name))!r})"
    case = {"code": f">>> {call}", "hidden": True, "locked": False}
    suite = {"cases": [case], "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": name, "points": points, "suites": [suite]}
    return f"OK_FORMAT = True\n\ntest = {test!r}\n"


def otter_environment(folder: Path) -> Path:
    """An environment with otter-grader, made where there is none."""
    if not (folder / "bin" / "otter").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(
            [str(folder / "bin" / "pip"), "install", "--quiet", OTTER, "ipykernel", "numpy"],
            check=True,
        )
    return folder
