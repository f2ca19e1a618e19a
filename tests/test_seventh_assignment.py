"""docs/writing-an-assignment.md, followed to the letter from outside the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from doc_page import DOCS, follow, read_blocks

from autograder.audit.audit_file import FILE_NAME as AUDIT_FILE
from autograder.audit.correct import FOLDER as CORRECT
from autograder.data_files import HANDED_OUT, HIDDEN
from autograder.draws import CONSTANTS, DRAW_NAMES
from autograder.library import assignment_folders
from autograder.spec import Check, Kind

PATH = DOCS / "writing-an-assignment.md"
PAGE = PATH.read_text("utf-8")
BLOCKS = read_blocks(PATH)
NAME = "leaky-memory"


def bash(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`autograder` is the one that these tests belong to."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PATH": path, "PYTHONWARNINGS": "default"},
    )  # fmt: skip


def run(command: str, folder: Path) -> str:
    done = bash(command, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page's commands and files make."""
    folder = tmp_path_factory.mktemp("somewhere")
    follow(PATH, lambda script: bash(script, folder))
    return folder / "my-course"


def record(course: Path, student: str) -> dict:
    return json.loads((course / "results" / NAME / f"{student}.json").read_text("utf-8"))


def hand_in(course: Path, student: str, old: str, new: str) -> dict:
    """The solved notebook with one change, graded by the command line."""
    solved = (course / "source" / NAME / f"{NAME}.ipynb").read_text("utf-8")
    assert solved.count(old) == 1
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(solved.replace(old, new), "utf-8")
    run(f"autograder grade {NAME} --student {student}", course)
    return record(course, student)


def test_the_page_has_the_four_files() -> None:
    assert {block.file for block in BLOCKS if block.file} == {
        f"my-course/assignments/{NAME}/{name}"
        for name in ("answers.py", "assignment.yaml", "notebook.md", "misconceptions.yaml")
    }


def test_no_such_assignment_is_in_the_package(course: Path) -> None:
    assert NAME not in assignment_folders()
    assert NAME in assignment_folders(course)


def test_the_answers_get_full_marks_and_the_stub_none(course: Path) -> None:
    solved, untouched = record(course, "solved"), record(course, "untouched")
    assert (solved["score"], solved["max_score"]) == (10.0, 10.0)
    assert untouched["score"] == 0.0
    assert {question["status"] for question in untouched["questions"]} == {"not_attempted"}


def test_a_known_mistake_costs_once_and_is_named(course: Path) -> None:
    wrong = hand_in(
        course, "exchanged",
        "state = decay * state + (1 - decay) * x[:, t]",
        "state = state - decay * (state - x[:, t])",
    )  # fmt: skip
    memory, surprise = wrong["questions"]
    assert memory["score"] < 3.0
    assert [found["id"] for found in memory["diagnosis"]] == ["memory-shares-exchanged"]
    assert memory["counterexample"]["code"].endswith("leaky_memory(x, decay)")
    assert (surprise["score"], surprise["follow_through"]) == (4.0, True)


def test_a_mistake_in_what_builds_on_it(course: Path) -> None:
    wrong = hand_in(course, "late", "leaky_memory(x, decay)[:, :-1]", "leaky_memory(x, decay)[:, 1:]")  # fmt: skip # noqa: E501
    memory, surprise = wrong["questions"]
    assert memory["score"] == 6.0
    assert surprise["score"] < 4.0


def test_a_refusal_and_a_change_in_place_have_points_of_their_own(course: Path) -> None:
    careless = hand_in(course, "careless", "raise ValueError(", "print(")
    assert careless["score"] == 9.5
    greedy = hand_in(course, "greedy", "    memory = np.zeros(x.shape)", "    memory = x")
    assert greedy["score"] == 9.5


def test_students_get_no_answers(course: Path) -> None:
    released = course / "release" / NAME
    text = "".join(path.read_text("utf-8") for path in released.iterdir())
    assert "raise NotImplementedError" in text
    assert "state = decay * state" not in text


def test_students_check_their_own(course: Path) -> None:
    where = course / "release" / NAME
    mine = where / "mine.ipynb"
    shutil.copy(course / "source" / NAME / f"{NAME}.ipynb", mine)
    assert "surprise" in run("autograder check mine.ipynb", where)
    mine.unlink()


# What the page lists is what there is.


def in_table(name: str) -> bool:
    return re.search(rf"^\|[^|]*`[^`|]*\b{re.escape(name)}\b[^`|]*`[^|]*\|", PAGE, re.M) is not None


@pytest.mark.parametrize("name", [*DRAW_NAMES, "data", *Check, *Kind])
def test_every_draw_kind_and_check_is_in_a_table(name: str) -> None:
    assert name == Kind.ARRAY or in_table(name)


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_constant_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", [AUDIT_FILE, f"{CORRECT}/", f"{HANDED_OUT}/", f"{HIDDEN}/", "judges.py", "samples.yaml"])  # fmt: skip # noqa: E501
def test_every_file_is_on_the_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_the_judge_of_the_page_judges() -> None:
    (code,) = (block.body for block in BLOCKS if "import Judgement" in block.body)
    scope: dict = {}
    exec(code, scope)
    assert scope["learns"]({}, [3.0, 1.0]).problems == ()
    assert scope["learns"]({}, [1.0, 3.0]).problems == ("The loss does not fall.",)
    for value in ("nonsense", 3.0, [], [float("nan")] * 2, None, [None, 1]):
        assert scope["learns"]({}, value).problems
