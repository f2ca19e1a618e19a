"""The archives that students install hold no answer."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from machine import copy_source
from tiny import NAME, RIGHT, released_course, submit

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
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("student")


@pytest.fixture(scope="module")
def student(folder):
    return build(folder, "student")


def test_student_archives_hold_the_engine_and_no_answers(student):
    for names in student:
        assert "autograder/checking.py" in names
        assert "autograder/report/templates/feedback.html" in names
        assert answers(names) == []


@pytest.mark.usefixtures("student")
def test_the_students_wheel_checks_a_notebook_without_the_answers(folder, tmp_path):
    (wheel,) = (folder / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    course = released_course(tmp_path)
    notebook = submit(course, "me", RIGHT)
    shutil.copy(course.release(NAME).with_suffix(".checks.json"), notebook.parent)
    code = (
        "import sys; sys.modules.update(reference=None, assignments=None, nbgrader=None)\n"
        "import autograder; print(autograder.__file__)\n"
        "from autograder.cli import main\n"
        f"sys.exit(main(['check', {str(notebook)!r}]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "site"))
    assert "2 of 2 functions pass" in done.stdout


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
