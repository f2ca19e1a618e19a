"""The generated CI workflows work as written: their steps are run as shell commands.

Everything happens in a clone that holds what a push would have taken along, with an environment
that has an empty home, the variables of the CI service and the wheels.
"""

import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import yaml
from machine import Machine

from autograder.library import find_assignment
from autograder.samples import write_samples

ASSIGNMENT = "rnn-cell"


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Machine:
    return machine_of_ci(tmp_path_factory.mktemp("machine"))


def machine_of_ci(folder: Path) -> Machine:
    machine = Machine(folder)
    machine.install_python()
    return machine


def git(*words: str, where: Path) -> None:
    identity = ("-c", "user.name=Course", "-c", "user.email=course@example.org")
    subprocess.run(["git", *identity, *words], cwd=where, check=True, capture_output=True)


def pushed(folder: Path, target: Path) -> Path:
    """What a CI service checks out: all files of a folder that git does not ignore."""
    git("init", "--quiet", where=folder)
    git("add", "--all", where=folder)
    git("commit", "--quiet", "--message", "Submissions", where=folder)
    git("clone", "--quiet", str(folder), str(target), where=folder)
    return target


def autograder(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "autograder", *words], check=True, capture_output=True)


@pytest.fixture(scope="module")
def released(tmp_path_factory, wheels) -> Path:
    """An instructor's course folder with one assignment released, and the wheels put into it."""
    course = tmp_path_factory.mktemp("course") / "course"
    autograder("init", str(course))
    autograder("release", ASSIGNMENT, "--course", str(course))
    (course / "wheels").mkdir()
    (course / "student-repository" / "wheels").mkdir()
    shutil.copy(wheels["instructor"], course / "wheels")
    shutil.copy(wheels["student"], course / "student-repository" / "wheels")
    return course


def submissions(course: Path, *names: str) -> None:
    """Some of the sample class, handed in."""
    aside = course.parent / "samples"
    write_samples(find_assignment(ASSIGNMENT), aside)
    for name in names:
        shutil.copytree(aside / name, course / "submitted" / name)
    shutil.rmtree(aside)


def github_steps(workflow: Path) -> list[str]:
    """The shell commands of a workflow's only job, in their order."""
    (job,) = yaml.safe_load(workflow.read_text())["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def gitlab_steps(pipeline: Path) -> list[str]:
    (job,) = yaml.safe_load(pipeline.read_text()).values()
    return [*job["before_script"], *job["script"]]


def run_all(machine: Machine, steps: list[str], where: Path, **variables: str) -> tuple[int, str]:
    """Run steps until one fails; its status, and all that was said."""
    said = ""
    for step in steps:
        done = machine.run(step, where, **variables)
        said += done.stdout + done.stderr
        if done.returncode:
            return done.returncode, said
    return 0, said


def secret_of(course: Path) -> str:
    return (course / ".autograder-secret").read_text().strip()


def copy_course(released: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(released, tmp_path / "course"))


def test_course_on_github(machine, released, tmp_path):
    course = copy_course(released, tmp_path)
    submissions(course, "right-loops", "wrong-softmax-axis")
    clone = pushed(course, tmp_path / "clone")
    assert not (clone / ".autograder-secret").exists()
    assert not (clone / "source").exists()
    summary = tmp_path / "summary.md"
    steps = github_steps(clone / ".github/workflows/grade.yml")
    variables = {"GITHUB_STEP_SUMMARY": str(summary), "AUTOGRADER_SECRET": secret_of(course)}
    status, said = run_all(machine, steps, clone, **variables)
    assert status == 0, said
    assert "apparmor_restrict_unprivileged_userns=0" in (machine.folder / "sudo.log").read_text()
    assert "wrong\\-softmax" in summary.read_text() or "wrong-softmax" in summary.read_text()
    (remark,) = [line for line in said.splitlines() if line.startswith("::warning")][:1]
    path = f"submitted/wrong-softmax-axis/{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    assert f"file={path}" in remark
    line = int(remark.partition("line=")[2].partition(",")[0])
    assert "def softmax(" in (clone / path).read_text().splitlines()[line - 1]
    assert ET.parse(clone / f"results/{ASSIGNMENT}.xml").getroot().tag == "testsuites"
    assert "right-loops" in (clone / f"results/{ASSIGNMENT}.csv").read_text()
    page = clone / f"feedback/right-loops/{ASSIGNMENT}/{ASSIGNMENT}.html"
    assert "<html" in page.read_text()


def test_marks_in_ci_are_those_of_the_instructor(machine, released, tmp_path):
    """The secret alone decides the cases, so both grade with the same ones."""
    course = copy_course(released, tmp_path)
    submissions(course, "wrong-softmax-axis")
    clone = pushed(course, tmp_path / "clone")
    variables = {"GITHUB_STEP_SUMMARY": "/dev/null", "AUTOGRADER_SECRET": secret_of(course)}
    steps = github_steps(clone / ".github/workflows/grade.yml")
    assert run_all(machine, steps, clone, **variables)[0] == 0
    autograder("grade", ASSIGNMENT, "--course", str(course))

    def record(where: Path) -> dict[str, Any]:
        found = json.loads((where / f"results/{ASSIGNMENT}/wrong-softmax-axis.json").read_text())
        return {key: found[key] for key in ("seed", "score", "questions")}

    assert record(clone) == record(course)


def test_course_on_gitlab_fails_for_what_the_operator_must_see(machine, released, tmp_path):
    course = copy_course(released, tmp_path)
    submissions(course, "right-loops")
    broken = course / "submitted" / "broken" / ASSIGNMENT
    broken.mkdir(parents=True)
    (broken / f"{ASSIGNMENT}.ipynb").write_text('{"cells": [')
    clone = pushed(course, tmp_path / "clone")
    steps = gitlab_steps(clone / ".gitlab-ci.yml")
    status, said = run_all(machine, steps, clone, AUTOGRADER_SECRET=secret_of(course))
    assert status == 1
    assert "NOT GRADED broken: unreadable" in said
    (remark,) = json.loads((clone / f"results/{ASSIGNMENT}-quality.json").read_text())
    assert remark["severity"] == "blocker"
    assert remark["location"]["path"].startswith("submitted/broken/")
    assert json.loads((clone / f"results/{ASSIGNMENT}/right-loops.json").read_text())["score"] > 0


def test_without_the_secret_nothing_is_graded(machine, released, tmp_path):
    course = copy_course(released, tmp_path)
    submissions(course, "right-loops")
    clone = pushed(course, tmp_path / "clone")
    steps = gitlab_steps(clone / ".gitlab-ci.yml")
    status, said = run_all(machine, steps, clone)
    assert status == 1
    assert "AUTOGRADER_SECRET" in said


@pytest.fixture
def repository(released, tmp_path):
    """A student's repository: what was handed out, and the student's workflow files."""

    def fill(sample: str) -> Path:
        work = tmp_path / "repository"
        shutil.copytree(released / "student-repository", work)
        shutil.copytree(released / "release" / ASSIGNMENT, work / ASSIGNMENT)
        submissions(tmp_path, sample)
        notebook = tmp_path / "submitted" / sample / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        shutil.copy(notebook, work / ASSIGNMENT)
        return pushed(work, tmp_path / "clone")

    (tmp_path / "submitted").mkdir()
    return fill


@pytest.mark.parametrize(
    ("service", "sample", "status"),
    [("github", "right-loops", 0), ("github", "unsolved", 1), ("gitlab", "right-loops", 0)],
)
def test_student_repository(tmp_path_factory, repository, service, sample, status):
    machine = machine_of_ci(tmp_path_factory.mktemp("student-machine") / "machine")
    clone = repository(sample)
    if service == "github":
        steps = github_steps(clone / ".github/workflows/check.yml")
    else:
        steps = gitlab_steps(clone / ".gitlab-ci.yml")
    found, said = run_all(machine, steps, clone, GITHUB_STEP_SUMMARY="summary.md")
    assert found == status, said
    assert "functions pass the visible checks" in said
    assert f"## {ASSIGNMENT}" in (clone / "summary.md").read_text()
    answers = machine.run("python -c 'import reference'", clone)
    assert answers.returncode == 1
    assert "No module named 'reference'" in answers.stderr
