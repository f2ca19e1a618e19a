"""A worker that is started ahead of its use, while the rest of the program is being loaded."""

from contextlib import suppress

from autograder.errors import IsolationError
from autograder.runner import probe
from autograder.runner.worker import Worker

_spare: list[Worker] = []


def prepare(*, allow_unsafe: bool) -> None:
    """Launch a worker with the best isolation; why it cannot be is told to whoever needs one."""
    with suppress(IsolationError):
        best = probe.choose(None, allow_unsafe)[0]
        _spare.append(Worker(best, allow_unsafe=allow_unsafe, wait=False))


def take() -> Worker | None:
    """The worker that was prepared, warm by now and the caller's; None where there is none."""
    with suppress(IsolationError):
        if _spare:
            worker = _spare.pop()
            worker.wait()
            return worker
    return None


def discard() -> None:
    """End the worker that nobody took."""
    while _spare:
        _spare.pop().close()
