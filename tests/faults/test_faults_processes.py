"""Processes that are killed or told to end: nothing is lost, nothing stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from harness import (
    adopted,
    check_whole,
    differences,
    find_process,
    finish,
    litter,
    snapshot,
    start,
    wait_for,
)
from tiny import NAME, RIGHT, released_course, submit

from autograder.course import Course, open_course
from autograder.runner import probe
from autograder.runner.worker import Worker

WRONG = {**RIGHT, "double": "def double(x):\n    return 3 * x"}
SLOW = {**RIGHT, "double": "import time\ndef double(x):\n    time.sleep(0.3)\n    return 2 * x"}
RECORDS = 5


def hand_in(course: Course) -> Course:
    """A class of five, with one that keeps a worker waiting."""
    submit(course, "ada", RIGHT)
    submit(course, "bob", WRONG)
    submit(course, "cyd", SLOW)
    broken = submit(course, "dee", RIGHT)
    broken.write_text(broken.read_text()[:500])
    submit(course, "eve", SLOW)
    return course


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class, ungraded, and what an undisturbed run makes of it."""
    course = hand_in(released_course(tmp_path_factory.mktemp("undisturbed")))
    folder = course.path.with_name("ungraded")
    shutil.copytree(course.path, folder)
    assert finish(course, NAME, "--jobs", "2").returncode == 1  # dee's notebook is broken
    return folder, snapshot(course, NAME)


@pytest.fixture
def course(graded, tmp_path):
    shutil.copytree(graded[0], tmp_path / "course")
    return open_course(tmp_path / "course")


def check_rerun(course, graded):
    done = finish(course, NAME, "--jobs", "2")
    assert done.returncode == 1, done
    assert differences(graded[1], snapshot(course, NAME)) == []
    assert litter(course) == []


def kill_while_writing(*flags: str) -> int:
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        course = released_course(Path(folder))
        for student in ("bob", "cyd", "dee") if "--together" in flags else ("bob",):
            submit(course, student, WRONG)
        program = Path(__file__).with_name("kill_points.py")
        paths = os.pathsep.join(map(str, program.parents[:2]))
        environment = {**os.environ, "PYTHONPATH": paths}
        done = subprocess.run(
            [sys.executable, str(program), str(course.path), NAME, *flags],
            capture_output=True, text=True, timeout=600, check=False, env=environment,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize(
    "flags",
    [["5"], ["6", "--force"], ["13", "--together"]],
    ids=["first", "again", "several at once"],
)
def test_killed_while_writing(flags):
    assert kill_while_writing(*flags) > 3


@pytest.mark.slow
@pytest.mark.parametrize("flags", [["1"], ["1", "--force"]], ids=["first", "again"])
def test_killed_at_every_step_of_writing(flags):
    assert kill_while_writing(*flags) > 20


def first_record(course, running):
    return list(course.results(NAME).glob("*.json"))


def gradebook_open(course, running):
    return list(course.path.glob("gradebook.db-journal"))


WORKER = "-m autograder"  # a fork of the command has the words of the command


def two_workers(course, running):
    return len(find_process(running.pid, WORKER)) >= 2


def student_code_running(course, running):
    return find_process(running.pid, "zygote.py")


@pytest.mark.parametrize(
    "moment", [two_workers, student_code_running, gradebook_open, first_record]
)
def test_the_command_is_killed(course, graded, moment):
    with adopted():
        running = start(course, NAME, "--jobs", "2")
        wait_for(moment.__name__, lambda: moment(course, running), running)
        running.kill()
        assert running.wait() == -signal.SIGKILL
        running.communicate()
    if course.results(NAME).is_dir():
        check_whole(course, NAME)
    check_rerun(course, graded)


@pytest.mark.parametrize(
    ("jobs", "victim", "which"),
    [
        ("2", WORKER, -1),
        ("2", "zygote.py", 0),  # the wall or, without bubblewrap, the zygote
        ("1", "zygote.py", 0),
        ("1", "zygote.py", -1),  # a student's process, or the zygote between two of them
    ],
)
def test_a_process_below_the_command_is_killed(course, graded, jobs, victim, which):
    with adopted():
        running = start(course, NAME, "--jobs", jobs)
        wait_for("record", lambda: first_record(course, running), running)
        victims = wait_for(victim, lambda: find_process(running.pid, victim), running)
        os.kill(victims[which], signal.SIGKILL)
        _, errors = running.communicate(timeout=600)
    assert running.returncode == 1, errors
    assert "Traceback" not in errors
    assert "died twice" not in errors
    assert differences(graded[1], snapshot(course, NAME)) == []
    assert litter(course) == []


def told(number: int, jobs: str, *, group: bool, slow: bool, name: str):
    marks = [pytest.mark.slow] if slow else []
    return pytest.param(number, group, jobs, marks=marks, id=f"{name}-{jobs}")


@pytest.mark.parametrize(
    ("number", "group", "jobs"),
    [
        told(signal.SIGINT, "1", group=True, slow=True, name="ctrl-c"),
        told(signal.SIGINT, "2", group=True, slow=False, name="ctrl-c"),
        told(signal.SIGTERM, "1", group=False, slow=False, name="sigterm"),
        told(signal.SIGTERM, "2", group=False, slow=True, name="sigterm"),
        told(signal.SIGTERM, "2", group=True, slow=True, name="sigterm-to-all"),
        told(signal.SIGHUP, "2", group=True, slow=False, name="closed-terminal"),
    ],
)
def test_the_command_is_told_to_end(course, graded, number, group, jobs):
    with adopted():
        running = start(course, NAME, "--jobs", jobs)
        wait_for("zygote", lambda: student_code_running(course, running), running)
        wait_for("record", lambda: first_record(course, running), running)
        (os.killpg if group else os.kill)(running.pid, number)
        _, errors = running.communicate(timeout=600)
    assert running.returncode == 128 + number, errors
    assert "Interrupted. What was graded is kept" in errors
    assert "Traceback" not in errors
    assert litter(course) == []
    check_whole(course, NAME)
    check_rerun(course, graded)


def test_ctrl_c_before_anything_is_done(course, graded):
    with adopted():
        running = start(course, NAME, "--jobs", "2")
        wait_for("workers", lambda: two_workers(course, running), running)
        os.killpg(running.pid, signal.SIGINT)
        _, errors = running.communicate(timeout=600)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    check_rerun(course, graded)


def test_a_zygote_killed_while_it_starts_lowers_no_wall(monkeypatch):
    launch, calls = Worker._launch, []

    def lost_at_first(self, isolation):
        calls.append(isolation)
        if len(calls) == 1:
            raise EOFError("the zygote is gone")
        launch(self, isolation)

    monkeypatch.setattr(Worker, "_launch", lost_at_first)
    with Worker() as worker:
        assert worker.isolation == calls[0] == calls[1] == probe.probe().isolation
