"""A worker that is started while the rest of the program is loaded."""

import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from autograder.errors import IsolationError
from autograder.runner import codec, probe, served, spare
from autograder.runner.process import Overdue
from autograder.runner.worker import Worker

needs_isolation = pytest.mark.skipif(
    probe.probe().isolation is None, reason="student code cannot be confined here"
)


@needs_isolation
def test_it_is_taken_once_and_works() -> None:
    spare.prepare(1, allow_unsafe=False)
    worker = spare.take()
    assert worker is not None
    assert spare.take() is None
    with worker, worker.session() as session:
        assert worker.isolation == probe.probe().isolation
        session.run_cells(["def double(x): return 2 * x"], seconds=5)
        assert session.call("double", {"x": 21}, seconds=5).value == 42


@needs_isolation
def test_one_that_does_not_start_is_no_reason_for_less_protection(monkeypatch) -> None:
    launched = []

    def lost(self, isolation):
        launched.append(isolation)
        raise EOFError("the zygote is gone")

    monkeypatch.setattr(Worker, "_launch", lost)
    spare.prepare(1, allow_unsafe=False)
    assert spare.take() is None
    assert set(launched) == {probe.probe().isolation}


def test_none_is_prepared_where_nothing_can_be_confined(monkeypatch) -> None:
    def refuse(*_):
        raise IsolationError("not here")

    monkeypatch.setattr(probe, "choose", refuse)
    spare.prepare(1, allow_unsafe=False)
    assert spare.take() is None


@needs_isolation
def test_one_that_nobody_takes_is_ended() -> None:
    spare.prepare(1, allow_unsafe=False)
    (worker,) = spare._spare
    process = worker._process
    spare.discard()
    assert process.poll() is not None
    assert spare.take() is None


def _use_one(number: int) -> None:
    """What a fork does: it takes over one worker, and leaves the others alone."""
    spare.keep_only(number)
    worker = spare.take()
    assert worker is not None
    assert spare.take() is None
    with worker.session() as session:
        session.run_cells(["def double(x): return 2 * x"], seconds=5)
        assert session.call("double", {"x": 21}, seconds=5).value == 42
    if number:
        worker.close()
    os._exit(number)  # of the other, without a word, as if it were killed


@needs_isolation
def test_forks_take_one_each() -> None:
    spare.prepare(3, allow_unsafe=False)
    zygotes = [worker._process for worker in spare._spare]
    context = multiprocessing.get_context("fork")
    forks = [context.Process(target=_use_one, args=(number,)) for number in (0, 1)]
    for fork in forks:
        fork.start()
    spare.hand_over()
    assert spare.take() is None
    for fork in forks:
        fork.join(60)
    assert [fork.exitcode for fork in forks] == [0, 1]
    spare.discard()
    codes = [zygote.returncode for zygote in zygotes]
    assert codes[:2] == [0, 0]
    assert codes[2] in (0, 1)  # nobody listened any more when it was warm


@needs_isolation
def test_a_fork_waits_for_the_end_of_what_is_not_its_child() -> None:
    def close_one() -> None:
        spare.keep_only(0)
        worker = spare.take()
        assert worker is not None
        process = worker._process
        worker.close()
        stat = Path(f"/proc/{process.pid}/stat")
        for _ in range(1000):  # it has let go of all that it had, and is about to be gone
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                os._exit(7)
            time.sleep(0.001)

    spare.prepare(1, allow_unsafe=False)
    fork = multiprocessing.get_context("fork").Process(target=close_one)
    fork.start()
    spare.hand_over()
    fork.join(60)
    assert fork.exitcode == 7
    spare.discard()


@pytest.mark.parametrize("aside", [False, True], ids=["main thread", "another thread"])
def test_a_served_function_ends_with_the_callers_time(aside) -> None:
    """By a timer in the main thread, line by line in others."""

    def endless() -> None:
        while True:
            pass

    ended = []

    def ask() -> None:
        with pytest.raises(Overdue):
            served.serve(["endless", [], {}], {"endless": endless}, 0.05)
        given = served.serve(["two", [], {}], {"two": lambda: 2}, 0.05)
        assert codec.decode(given.message) == ["value", 2]
        ended.append(True)

    if aside:
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(60)
    else:
        ask()
    assert ended == [True]
