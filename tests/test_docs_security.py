"""The table of docs/security.md names tests that exist, and leaves out no attack."""

import re
from pathlib import Path

import pytest

from autograder import grade, notebook, notebook_file
from autograder.runner import confine, layout, probe, process, session
from autograder.spec import Limits

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([\w/]+\.py)`", TEXT))


def test_what_it_names_exists():
    known = {"judges.py", "nbgrader_config.py"}
    places = [ROOT, ROOT / "tests" / "attacks"]
    assert [n for n in NAMED - known if not any((p / n).is_file() for p in places)] == []


def test_every_attack_is_in_the_table():
    assert {path.name for path in (ROOT / "tests" / "attacks").glob("test_*.py")} <= NAMED


@pytest.mark.parametrize("tier", [probe.WALLED, probe.CONFINED, probe.UNSAFE])
def test_the_tiers_are_named_as_in_the_record(tier):
    assert f"| `{tier}` |" in TEXT


@pytest.mark.parametrize(
    "words",
    [
        f"`limits: {{seconds: {Limits().seconds:g}, memory_mb: {Limits().memory_mb}}}`",
        f"{grade.CELL_SECONDS:g} s for a cell and {grade.CELLS_SECONDS:g} s for all cells",
        f"{process.MOST_IDLE:g} s of doing nothing",
        f"{confine.THREADS} threads; {confine.OPEN_FILES} open files; files of "
        f"{confine.FILE_BYTES >> 20} MB, {process.SCRATCH_BYTES >> 20} MB and "
        f"{process.MOST_ENTRIES:,} entries together",
        f"{layout.MAX_BYTES >> 20} MB for an answer",
        f"{notebook_file.MAX_BYTES >> 20} MB, {notebook.MAX_CELLS} cells and "
        f"{notebook.MAX_CODE >> 20} MB of code",
        f"{session.ALL_SECONDS / 60:g} minutes for a submission",
    ],
)
def test_the_limits_are_those_of_the_code(words):
    assert words in " ".join(TEXT.split())
