"""A class on a Dask cluster: real schedulers and worker processes on this machine."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.class_run import Setup
from autograder.cli import main
from autograder.cluster import _submit, _task_size, grade_on_cluster
from autograder.errors import RunnerError, UsageError
from autograder.submissions import list_submissions

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
# Its own background threads close late; that is nothing of ours.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")

WRONG = {**RIGHT, "double": "def double(x):\n    return x * 3"}
SLOW = {**RIGHT, "double": "import time\ndef double(x):\n    time.sleep(0.3)\n    return x + x"}


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.fixture
def course(tmp_path: Path):
    course = released_course(tmp_path)
    for number in range(6):
        submit(course, f"s{number}", WRONG if number % 3 == 0 else RIGHT)
    (course.path / "submitted" / "torn" / NAME).mkdir(parents=True)
    (course.path / "submitted" / "torn" / NAME / f"{NAME}.ipynb").write_text('{"cells": [')
    (course.path / "submitted" / "bare" / NAME).mkdir(parents=True)
    return course


def records(course):
    """What does not depend on where it ran."""
    found = {}
    for path in sorted(course.results(NAME).glob("*.json")):
        record = json.loads(path.read_text())
        found[path.stem] = {
            key: value for key, value in record.items() if key not in ("duration_s", "isolation")
        }
    return found


def grade(course, *words):
    return main(["grade", NAME, "--course", str(course.path), "--force", *words])


def test_marks_are_those_of_one_machine(course, cluster):
    assert grade(course, "--jobs", "1") == 1  # two cannot be graded
    here = records(course)
    assert grade(course, "--scheduler", cluster.scheduler_address) == 1
    assert records(course) == here
    assert {
        name: entry["score"] for name, entry in here.items() if entry["status"] == "graded"
    } == {f"s{number}": 2.0 if number % 3 == 0 else 5.0 for number in range(6)}


def test_the_secret_does_not_stay_on_the_workers(course, cluster):
    grade(course, "--scheduler", cluster.scheduler_address)
    with distributed.Client(cluster) as client:
        left = client.run(lambda dask_worker: sorted(dask_worker.plugins))
    assert all("autograder" not in names for names in left.values())


def test_a_killed_worker_loses_nothing_and_doubles_nothing(course, cluster):
    for number in range(6):
        submit(course, f"s{number}", SLOW)
    setup = Setup(assignment_folder=course.path / "assignments" / NAME, secret=course.secret())
    jobs = [job for job in list_submissions(course, NAME) if job.notebook]
    with distributed.Client(cluster) as client:
        victim = next(iter(client.run(os.getpid).values()))
    got = []
    for batch in grade_on_cluster(setup, jobs, address=cluster.scheduler_address):
        if not got:
            threading.Thread(target=os.kill, args=(victim, signal.SIGKILL)).start()
        got += [graded.result for graded in batch]
    assert sorted(result.student for result in got) == sorted(job.student for job in jobs)
    assert {result.student: result.score for result in got if result.status == "graded"} == {
        f"s{number}": 5.0 for number in range(6)
    }


@pytest.mark.parametrize(
    ("seconds", "left", "workers", "size"),
    [
        (None, 1000, 2, 1),  # nothing is known yet
        (0.1, 1000, 2, 10),  # a second's worth
        (0.1, 12, 2, 3),  # towards the end less, so that both workers end together
        (0.1, 1, 2, 1),
        (30.0, 1000, 2, 1),
        (0.0, 1000, 2, 250),
    ],
)
def test_how_many_submissions_are_in_a_task(seconds, left, workers, size):
    assert _task_size(seconds, left, workers) == size


def deadly(student):
    """A plugin for workers: grading this student ends the worker, every time."""

    class Deadly(distributed.WorkerPlugin):
        name = "deadly"

        def setup(self, worker):
            import os
            import signal

            from autograder.class_run import Grader

            grade_content = Grader.grade_content

            def die(grader, job, content):
                if job.student == student:
                    os.kill(os.getpid(), signal.SIGKILL)
                return grade_content(grader, job, content)

            Grader.grade_content = die

    return Deadly()


def test_who_was_in_a_task_with_the_cause_of_death_gets_marks(tmp_path, capsys, monkeypatch):
    course = released_course(tmp_path)
    for number in range(24):
        submit(course, f"s{number:02}", RIGHT)
    sizes = []

    def watched(client, jobs, contents, submit=_submit):
        sizes.append({job.student: len(jobs) for job in jobs})
        return submit(client, jobs, contents)

    monkeypatch.setattr("autograder.cluster._submit", watched)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as own,
        distributed.Client(own) as client,
    ):
        client.register_plugin(deadly("s12"))
        assert grade(course, "--scheduler", own.scheduler_address) == 1
    first, *again = (size["s12"] for size in sizes if "s12" in size)
    assert first > 1
    assert again == [1]
    found = records(course)
    assert {who for who, entry in found.items() if entry["status"] != "graded"} == {"s12"}
    assert "The workers died again and again" in found["s12"]["message"]
    assert sum(entry["score"] for entry in found.values()) == 5.0 * 23
    assert "NOT GRADED s12: grader_error" in capsys.readouterr().err
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    assert records(course)["s12"]["score"] == 5.0


def test_a_scheduler_that_goes_away_is_an_error_and_what_was_graded_stays(course, capsys):
    for number in range(6):
        submit(course, f"s{number}", SLOW)
    own = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    )

    def close():
        while not list(course.results(NAME).glob("s*.json")):
            time.sleep(0.02)
        own.close()

    thread = threading.Thread(target=close)
    thread.start()
    try:
        assert grade(course, "--scheduler", own.scheduler_address) == 1
    finally:
        thread.join()
    said = capsys.readouterr().err
    assert "has gone away" in said
    assert "Traceback" not in said
    kept = records(course)
    assert 1 <= len(kept) < 8
    assert grade(course, "--jobs", "1") == 1  # without what cannot be graded
    assert len(records(course)) == 8


def test_nobody_answers(course, monkeypatch):
    monkeypatch.setattr("autograder.cluster._CONNECT_SECONDS", 1)
    with pytest.raises(UsageError, match="no scheduler answers there"):
        next(
            grade_on_cluster(
                Setup(assignment_folder=course.path / "assignments" / NAME, secret="s" * 16),
                list_submissions(course, NAME),
                address="tcp://127.0.0.1:9",
            )
        )


def test_another_version_on_the_workers_is_refused(course, cluster, monkeypatch):
    monkeypatch.setattr("autograder.cluster.__version__", "0.0.1")
    setup = Setup(assignment_folder=course.path / "assignments" / NAME, secret="s" * 16)
    with pytest.raises(RunnerError, match="another version"):
        list(
            grade_on_cluster(
                setup, list_submissions(course, NAME), address=cluster.scheduler_address
            )
        )
