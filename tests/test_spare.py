"""A worker that is started while the rest of the program is loaded."""

import threading

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
    spare.prepare(allow_unsafe=False)
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
    spare.prepare(allow_unsafe=False)
    assert spare.take() is None
    assert set(launched) == {probe.probe().isolation}


def test_none_is_prepared_where_nothing_can_be_confined(monkeypatch) -> None:
    def refuse(*_):
        raise IsolationError("not here")

    monkeypatch.setattr(probe, "choose", refuse)
    spare.prepare(allow_unsafe=False)
    assert spare.take() is None


@needs_isolation
def test_one_that_nobody_takes_is_ended() -> None:
    spare.prepare(allow_unsafe=False)
    (worker,) = spare._spare
    process = worker._process
    spare.discard()
    assert process.poll() is not None
    assert spare.take() is None


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
