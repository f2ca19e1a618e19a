"""A worker that is started ahead of its use, while the rest of the program is being loaded."""

from contextlib import suppress

from autograder.errors import IsolationError
from autograder.runner.worker import Worker

_spare: list[Worker] = []


def prepare(*, allow_unsafe: bool) -> None:
    """Launch a worker; why it cannot be is told to whoever needs one."""
    with suppress(IsolationError):
        _spare.append(Worker(allow_unsafe=allow_unsafe, wait=False))


def take() -> Worker | None:
    """The worker that was prepared, which now belongs to the caller."""
    return _spare.pop() if _spare else None


def discard() -> None:
    """End the worker that nobody took."""
    while _spare:
        _spare.pop().close()
