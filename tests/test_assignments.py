"""All assignments of the course, the whole way: release, a real kernel, the real grader."""

import asyncio
import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.course import Course, open_course
from autograder.grade import grade_notebook
from autograder.init import init_course
from autograder.library import assignment_folders, find_assignment
from autograder.release import release_assignment
from autograder.runner.worker import Worker

SIX = ("rnn-cell", "losses", "bptt", "gradient-flow", "gradient-clipping", "name-tagger")


def test_the_course_has_six_assignments():
    assert set(assignment_folders()) == set(SIX)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Course:
    folder = tmp_path_factory.mktemp("all") / "course"
    init_course(folder)
    return open_course(folder)


@pytest.fixture(scope="module")
def released(course):
    """The source and the release of an assignment, made when first asked for."""

    @cache
    def release(name: str) -> tuple[Path, Path]:
        release_assignment(course, find_assignment(name))
        return course.source(name), course.release(name)

    return release


@pytest.fixture(scope="module")
def worker():
    with Worker() as worker:
        yield worker


def grade(worker: Worker, name: str, notebook: Any) -> Any:
    source = notebook.read_bytes() if isinstance(notebook, Path) else json.dumps(notebook).encode()
    return grade_notebook(
        find_assignment(name), source, worker=worker, student="s1", secret="a secret of the test"
    )


@pytest.mark.parametrize("name", SIX)
def test_solutions_get_full_marks(released, worker, name):
    result = grade(worker, name, released(name)[0])
    assert result.status == "graded", result.message
    wrong = [(q.id, q.message) for q in result.questions if q.status != "passed"]
    assert wrong == []
    assert result.score == result.max_score
    assert result.cells == ()


@pytest.mark.parametrize("name", SIX)
def test_untouched_stubs_get_none(released, worker, name):
    result = grade(worker, name, released(name)[1])
    assert (result.status, result.score) == ("graded", 0.0)
    assert {question.status for question in result.questions} == {"not_attempted"}


@pytest.mark.parametrize("name", SIX)
def test_the_release_holds_no_solution(released, name):
    assignment = find_assignment(name)
    source, release = (json.loads(path.read_text()) for path in released(name))
    for document in (source, release):
        labels = [
            cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in document["cells"]
        ]
        for question in assignment.questions:
            assert {question.function, f"test_{question.function}"} <= set(labels)
    for cell in release["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            source = "".join(cell["source"])
            label = cell["metadata"]["nbgrader"]["grade_id"]
            assert "raise NotImplementedError" in source or label.startswith("carried-")
    hidden = assignment.folder / "hidden"
    beside = {path.name for path in released(name)[1].parent.iterdir()}
    assert not hidden.is_dir() or beside.isdisjoint(path.name for path in hidden.iterdir())


@pytest.mark.parametrize("name", SIX)
def test_the_solved_notebook_runs_in_a_kernel_without_a_warning(released, name, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    monkeypatch.delenv("MPLBACKEND", raising=False)  # a test of `check NOTEBOOK` may have set it
    source = released(name)[0]
    notebook = nbformat.read(source, as_version=4)
    where = {"metadata": {"path": str(source.parent)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where)
    with asyncio.Runner() as runner:
        runner.run(client.async_execute())
    checks, plots = 0, 0
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            assert output["output_type"] not in ("error", "stream"), (cell.source, output)
            data = output.get("data", {})
            plots += "image/png" in data
            if cell.source.startswith("check("):
                assert data["text/plain"].startswith("✓"), data["text/plain"]
                checks += 1
    assert checks == len(find_assignment(name).questions)
    assert plots >= 2


@pytest.mark.parametrize("name", ["bptt", "gradient-clipping", "name-tagger"])
def test_a_wrong_function_that_was_brought_along_costs_nothing(released, worker, name):
    """The grader's stand in for the student's own earlier functions where those are wrong."""
    document = copy.deepcopy(json.loads(released(name)[0].read_text()))
    carried = find_assignment(name).carried
    spoilt = []
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if label.removeprefix("carried-") in carried:
            cell["source"] = f"def {label.removeprefix('carried-')}(*arguments):\n    return None\n"
            spoilt.append(label)
    assert len(spoilt) == len(carried)
    result = grade(worker, name, document)
    assert result.score == result.max_score
    assert any(question.follow_through for question in result.questions)
