"""docs/writing-an-assignment.md, followed to the letter from outside the package."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import samples
from autograder.assignment_file import load_assignment
from autograder.audit.audit_file import FILE_NAME as AUDIT_FILE
from autograder.audit.correct import FOLDER as CORRECT
from autograder.data_files import HANDED_OUT, HIDDEN
from autograder.draws import CONSTANTS, DRAW_NAMES
from autograder.errors import SpecError
from autograder.file_keys import MISCONCEPTION, SAMPLE
from autograder.library import assignment_folders
from autograder.spec import Check, Kind

PAGE = (Path(__file__).parents[1] / "docs" / "writing-an-assignment.md").read_text("utf-8")
FENCE = re.compile(r"^(?P<ticks>`{3,4})(?P<language>\w+)\n(?P<body>.*?)^(?P=ticks)$", re.M | re.S)
FILE = re.compile(r"^\*\*`(?P<path>[^`]+)`\*\*\n\n" + FENCE.pattern[1:], re.M | re.S)
NAME = "leaky-memory"

FILES = {match["path"]: match["body"] for match in FILE.finditer(PAGE)}
SHELL = [match["body"] for match in FENCE.finditer(PAGE) if match["language"] == "bash"]
SHOWN = [match["body"] for match in FENCE.finditer(PAGE) if match["language"] == "text"]


def run(command: str, folder: Path) -> str:
    """A command as the page has it; `autograder` is the one that these tests belong to."""
    script = f'set -e\nautograder() {{ "{sys.executable}" -m autograder "$@"; }}\n{command}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's first commands, files and last commands."""
    folder = tmp_path_factory.mktemp("somewhere")
    first, last = SHELL
    run(first, folder)
    for path, text in FILES.items():
        (folder / "my-course" / path).write_text(text, "utf-8")
    (folder / "said.txt").write_text(run(last, folder), "utf-8")
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
    assert set(FILES) == {
        f"assignments/{NAME}/{name}"
        for name in ("answers.py", "assignment.yaml", "notebook.md", "misconceptions.yaml")
    }


def test_no_such_assignment_is_in_the_package(course: Path) -> None:
    assert NAME not in assignment_folders()
    assert NAME in assignment_folders(course)


def test_the_commands_say_what_the_page_says(course: Path) -> None:
    (shown,) = SHOWN
    assert shown in (course.parent / "said.txt").read_text("utf-8")


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


def known_keys(tmp_path: Path, text: str) -> list[str]:
    """The keys that the error on an unknown one lists."""
    (tmp_path / "answers.py").write_text("def f(x):\n    return x\n")
    (tmp_path / "assignment.yaml").write_text(text)
    with pytest.raises(SpecError, match="unknown key 'unknown'") as caught:
        load_assignment(tmp_path)
    return str(caught.value).partition("known are ")[2].rstrip(".").split(", ")


TOP = "title: T\nreference: answers.py\n"
QUESTION = "- {function: f, title: T, points: 1, arguments: {x: '1'}, returns: {y: scalar}"
GROUP = "groups: [{name: g, points: 1"
PROPERTY = "properties: [{of: f, gradients: {x: y}"


@pytest.mark.parametrize(
    ("text", "one"),
    [
        ("questions: []\nunknown: 1\n", "counterexample"),
        ("limits: {unknown: 1}\nquestions: []\n", "memory_mb"),
        (f"questions:\n{QUESTION}, {GROUP}}}], unknown: 1}}\n", "needs"),
        (f"questions:\n{QUESTION}, {GROUP}, unknown: 1}}]}}\n", "vary"),
        (f"questions:\n{QUESTION}, {GROUP}}}], {PROPERTY}, unknown: 1}}]}}\n", "project"),
    ],
    ids=["top", "limits", "question", "group", "property"],
)
def test_every_key_is_on_the_page(tmp_path: Path, text: str, one: str) -> None:
    keys = known_keys(tmp_path, TOP + text)
    assert one in keys
    assert [key for key in keys if not in_table(key) and f"{key}: " not in PAGE] == []


@pytest.mark.parametrize("name", [*DRAW_NAMES, "data", *Check, *Kind, *SAMPLE.known, *MISCONCEPTION.known])  # fmt: skip # noqa: E501
def test_every_draw_kind_check_and_entry_is_in_a_table(name: str) -> None:
    assert name == Kind.ARRAY or in_table(name)


@pytest.mark.parametrize("name", [*(set(samples._TAMPER) - {"nothing"}), *CONSTANTS])
def test_every_other_word_is_on_the_page(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", [AUDIT_FILE, f"{CORRECT}/", f"{HANDED_OUT}/", f"{HIDDEN}/", "judges.py", "samples.yaml"])  # fmt: skip # noqa: E501
def test_every_file_is_on_the_page(name: str) -> None:
    assert f"| `{name}` |" in PAGE


def test_the_judge_of_the_page_judges() -> None:
    (code,) = (m["body"] for m in FENCE.finditer(PAGE) if "import Judgement" in m["body"])
    scope: dict = {}
    exec(code, scope)
    assert scope["learns"]({}, [3.0, 1.0]).problems == ()
    assert scope["learns"]({}, [1.0, 3.0]).problems == ("The loss does not fall.",)
    for value in ("nonsense", 3.0, [], [float("nan")] * 2, None, [None, 1]):
        assert scope["learns"]({}, value).problems
