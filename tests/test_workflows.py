"""The generated CI workflows work as written: their steps are run as shell commands.

Everything happens in a clone that holds what a push would have taken along, with an environment
that has an empty home, the variables of the CI service and the wheels.
"""

import csv
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

from autograder.init import init_course
from autograder.library import find_assignment
from autograder.samples import write_samples

ASSIGNMENT = "rnn-cell"
FOLDER = "week 1"  # of a student's repository, named as students do


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
    """A job's commands; GitLab runs all of them in one shell."""
    (job,) = yaml.safe_load(pipeline.read_text()).values()
    return ["\n".join([*job["before_script"], *job["script"]])]


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
    handed_in = course / f"submitted/wrong-softmax-axis/{ASSIGNMENT}"
    (handed_in / "timestamp.txt").write_text("2030-02-03 23:59 UTC")
    name_due_date(course / ".github/workflows/grade.yml")
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
    with (clone / f"results/{ASSIGNMENT}.csv").open() as file:
        late = {row["student"]: row["late_days"] for row in csv.DictReader(file)}
    assert late == {"right-loops": "0", "wrong-softmax-axis": "2"}
    page = clone / f"feedback/right-loops/{ASSIGNMENT}/{ASSIGNMENT}.html"
    assert "<html" in page.read_text()
    assert "right-loops" in (clone / f"feedback/{ASSIGNMENT}-class.html").read_text()
    uploaded = yaml.safe_load((clone / ".github/workflows/grade.yml").read_text())
    (artifact,) = [step["with"]["path"] for step in uploaded["jobs"]["grade"]["steps"]
                   if "upload-artifact" in step.get("uses", "")]  # fmt: skip
    assert all((clone / folder).is_dir() for folder in artifact.split())
    # The secret alone decides the cases, so the instructor's own machine gives the same marks.
    autograder("grade", ASSIGNMENT, "--course", str(course))
    assert record_in(clone) == record_in(course)


def name_due_date(workflow: Path) -> None:
    """What the comment at the top of the workflow says to do where late days count."""
    text = workflow.read_text()
    command = 'nbgrader db assignment add ASSIGNMENT --duedate "2030-02-01 23:59 UTC"'
    assert f"# below, after the release: {command}\n" in text
    release = 'autograder release "$assignment" || { failed=1; continue; }\n'
    assert release in text
    added = f"{10 * ' '}  {command.replace('ASSIGNMENT', ASSIGNMENT)}\n"
    workflow.write_text(text.replace(release, release + added))


def record_in(course: Path) -> dict[str, Any]:
    found = json.loads((course / f"results/{ASSIGNMENT}/wrong-softmax-axis.json").read_text())
    return {key: found[key] for key in ("seed", "score", "questions")}


def test_course_on_gitlab_fails_for_what_the_operator_must_see(machine, released, tmp_path):
    course = copy_course(released, tmp_path)
    submissions(course, "right-loops")
    broken = course / "submitted" / "broken" / ASSIGNMENT
    broken.mkdir(parents=True)
    (broken / f"{ASSIGNMENT}.ipynb").write_text('{"cells": [')
    (course / "release" / "another").mkdir()  # what cannot be released stops nothing else
    (course / "release" / "another" / "notes.txt").write_text("Later.")
    clone = pushed(course, tmp_path / "clone")
    steps = gitlab_steps(clone / ".gitlab-ci.yml")
    status, said = run_all(machine, steps, clone, AUTOGRADER_SECRET=secret_of(course))
    assert status == 1
    assert "NOT GRADED broken: unreadable" in said
    assert "There is no assignment 'another'" in said
    assert "1 graded" in (clone / "results/summary.md").read_text()
    assert ET.parse(clone / f"results/{ASSIGNMENT}.xml").getroot().get("errors") == "1"
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
        shutil.copytree(released / "release" / ASSIGNMENT, work / FOLDER)
        submissions(tmp_path, sample)
        notebook = tmp_path / "submitted" / sample / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        shutil.copy(notebook, work / FOLDER)
        return pushed(work, tmp_path / "clone")

    (tmp_path / "submitted").mkdir()
    return fill


@pytest.mark.parametrize(
    ("service", "sample", "status"),
    [
        ("github", "right-loops", 0),
        ("github", "wrong-softmax-axis", 1),
        ("gitlab", "wrong-softmax-axis", 1),
    ],
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
    notebook = f"{FOLDER}/{ASSIGNMENT}.ipynb"
    junit = ET.parse(clone / FOLDER / f"{ASSIGNMENT}.junit.xml").getroot()
    assert int(junit.get("tests")) > 6
    assert (int(junit.get("failures")) > 0) == bool(status)
    if service == "gitlab":
        remarks = json.loads((clone / FOLDER / f"{ASSIGNMENT}.quality.json").read_text())
        assert {remark["location"]["path"] for remark in remarks} == {notebook}
        assert "softmax" in {remark["check_name"] for remark in remarks}
    elif status:
        remark = next(line for line in said.splitlines() if "title=softmax::" in line)
        assert f"file={notebook}" in remark
        line = int(remark.partition("line=")[2].partition(",")[0])
        assert "def softmax(" in (clone / notebook).read_text().splitlines()[line - 1]
    answers = machine.run("python -c 'import reference'", clone)
    assert answers.returncode == 1
    assert "No module named 'reference'" in answers.stderr


def test_a_student_who_lost_the_visible_cases_is_told(machine, released, tmp_path):
    steps = github_steps(released / "student-repository/.github/workflows/check.yml")
    status, said = run_all(machine, steps[-1:], tmp_path, GITHUB_STEP_SUMMARY="summary.md")
    assert status == 1
    assert "No .checks.json was found" in said


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        (".github/workflows/grade.yml", "github-workflows"),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("student-repository/.github/workflows/check.yml", "github-workflows"),
        ("student-repository/.gitlab-ci.yml", "gitlab-ci"),
    ],
)
def test_workflows_fit_the_published_schemas(tmp_path, name, schema):
    pytest.importorskip("check_jsonschema", reason='pip install ".[dev]"')
    init_course(tmp_path / "course")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run(
        [*command, str(tmp_path / "course" / name)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
