"""The archives that students install hold no answer."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from machine import copy_source

from autograder import __version__


def build(out: Path, edition: str) -> tuple[set[str], set[str]]:
    """Names in the wheel and in the sdist of an edition."""
    source = copy_source(out / "source")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out / "dist")]
    environment = {**os.environ, "AUTOGRADER_EDITION": edition}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)
    (wheel,) = (out / "dist").glob("*.whl")
    (sdist,) = (out / "dist").glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as archive:
        in_wheel = set(archive.namelist())
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    return in_wheel, in_sdist


def answers(names: set[str]) -> list[str]:
    return sorted(name for name in names if name.split("/")[0] in ("reference", "assignments"))


@pytest.fixture(scope="module")
def student(tmp_path_factory):
    return build(tmp_path_factory.mktemp("student"), "student")


def test_student_archives_hold_the_engine_and_no_answers(student):
    for names in student:
        assert "autograder/checking.py" in names
        assert "autograder/report/templates/feedback.html" in names
        assert answers(names) == []


def test_instructor_archives_hold_everything(tmp_path):
    for names in build(tmp_path, "instructor"):
        assert "reference/rnn_cell.py" in names
        assert "assignments/rnn-cell/assignment.yaml" in names


def test_unknown_edition_is_refused(tmp_path):
    with pytest.raises(subprocess.CalledProcessError):
        build(tmp_path, "teacher")


def test_pip_builds_the_instructors_edition(tmp_path):
    """pip asks for the version first and refuses a wheel of another one."""
    source = copy_source(tmp_path / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w"]
    environment = {**os.environ, "AUTOGRADER_EDITION": "instructor"}
    subprocess.run([*command, tmp_path, source], env=environment, check=True, capture_output=True)
    assert [path.name for path in tmp_path.glob("*.whl")] == [
        f"rnn_autograder-{__version__}+instructor-py3-none-any.whl"
    ]
