"""Hand in a link to somebody else's notebook, or a pipe that nobody ever writes to."""

import os

import pytest
from arena import STUBS, notebook
from tiny import RIGHT, released_course, submit

from autograder.class_run import Grader, Setup
from autograder.errors import NotebookError
from autograder.notebook import read_notebook
from autograder.submissions import list_submissions


@pytest.fixture
def handed_in(tmp_path):
    """Ada's right notebook, and where mallory's should be."""
    course = released_course(tmp_path)
    ada = submit(course, "ada", RIGHT)
    mallory = course.submitted("doubling", "mallory") / ada.name
    mallory.parent.mkdir(parents=True)
    return course, ada, mallory


def lay(kind, ada, mallory):
    match kind:
        case "symbolic link":
            mallory.symlink_to(ada)
        case "hard link":
            mallory.hardlink_to(ada)
        case "link to a folder":
            mallory.parent.rmdir()
            mallory.parent.symlink_to(ada.parent)
        case "pipe":
            os.mkfifo(mallory)
        case "device":
            mallory.symlink_to("/dev/zero")


@pytest.mark.parametrize("kind", ["symbolic link", "hard link", "link to a folder"])
def test_control(handed_in, kind):
    _, ada, mallory = handed_in
    lay(kind, ada, mallory)
    assert mallory.read_bytes() == ada.read_bytes()


@pytest.mark.parametrize("kind", ["symbolic link", "link to a folder", "pipe", "device"])
def test_contained(handed_in, kind, monkeypatch):
    course, ada, mallory = handed_in
    lay(kind, ada, mallory)
    setup = Setup(assignment_folder=course.path / "assignments" / "doubling", secret="s")
    grader = Grader(setup)
    try:
        jobs = {job.student: job for job in list_submissions(course, "doubling")}
        assert grader.grade(jobs["ada"]).result.score == 5
        result = grader.grade(jobs["mallory"]).result
    finally:
        grader.close()
    assert (result.status, result.score) in (("unreadable", 0), ("missing", 0)), result.message


def test_a_hard_link_within_the_class_is_a_copy_and_costs_its_owner_nothing(handed_in):
    """Nobody can tell which of the names is the link: the class report shows the pair."""
    course, ada, mallory = handed_in
    lay("hard link", ada, mallory)
    jobs = {job.student: job for job in list_submissions(course, "doubling")}
    assert jobs["ada"].notebook == ada
    assert jobs["mallory"].notebook == mallory


def test_a_hard_link_to_a_file_elsewhere_is_not_read(handed_in):
    course, _, mallory = handed_in
    mallory.hardlink_to(course.source("doubling"))
    jobs = {job.student: job for job in list_submissions(course, "doubling")}
    assert jobs["ada"].notebook
    assert jobs["mallory"].notebook is None
    assert "hard link" in jobs["mallory"].problem


def test_a_link_named_on_the_command_line_is_no_notebook(tmp_path):
    (tmp_path / "a.ipynb").write_bytes(notebook(*STUBS.values()))
    assert read_notebook(tmp_path / "a.ipynb").code_cells
    os.mkfifo(tmp_path / "pipe.ipynb")
    with pytest.raises(NotebookError):
        read_notebook(tmp_path / "pipe.ipynb")
