"""Workers that are started ahead of their use, while the rest of the program is being loaded.

They are this process's own until it forks others that take one each: from then on it only waits for
their end.
"""

from contextlib import suppress

from autograder.errors import IsolationError
from autograder.runner import probe
from autograder.runner.worker import Worker

_MOST = 64  # each takes handles of this process until it is handed over
_spare: list[Worker] = []
_handed_over: list[Worker] = []


def prepare(count: int, *, allow_unsafe: bool) -> None:
    """Launch workers with the best isolation until there are so many that nobody took.

    Why one cannot be launched is told to whoever needs it.
    """
    with suppress(IsolationError):
        best = probe.choose(None, allow_unsafe)[0]
        while len(_spare) < min(count, _MOST):
            _spare.append(Worker(best, allow_unsafe=allow_unsafe, wait=False))


def take() -> Worker | None:
    """A worker that was prepared, warm by now and the caller's; None where there is none."""
    with suppress(IsolationError):
        if _spare:
            worker = _spare.pop()
            worker.wait()
            return worker
    return None


def are_warm() -> bool:
    """Whether all that nobody took are warm, so that there is nothing to wait for."""
    return all(worker.is_warm for worker in _spare)


def keep_only(number: int) -> None:
    """In a fork of the process that prepared them: leave all to the others but one, or all."""
    mine = _spare[number : number + 1]
    _let_go([worker for worker in _spare if worker not in mine])
    _spare[:] = mine


def hand_over() -> None:
    """In the process that prepared them: leave all to its forks."""
    _let_go(_spare)
    _spare.clear()


def _let_go(workers: list[Worker]) -> None:
    for worker in workers:
        worker.let_go()
    _handed_over.extend(workers)


def discard() -> None:
    """End the workers that nobody took, and see the end of those that were handed over."""
    for workers in (_spare, _handed_over):
        while workers:
            workers.pop().close()
