"""Worker processes for an audit; one that dies takes along no more than its part."""

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress

from autograder.audit.guard import bound_memory
from autograder.audit.parts import Found, Part, do_part
from autograder.errors import RunnerError

_MOST_SECONDS = 1800.0  # CPU seconds of one part, for what no other limit ends


def do_parts(parts: Iterable[Part], *, processes: int) -> Iterator[Found]:
    """Do all parts and yield what they found as it comes.

    Parameters
    ----------
    processes : int
        With 0 everything runs in this process, without a bound of its memory.

    Raises
    ------
    RunnerError
        When something ends a process again and again.
    """
    if processes == 0:
        yield from map(do_part, parts)
        return
    waiting = deque(parts)
    while waiting:
        lost: list[Part] = []
        yield from _run(waiting, min(processes, len(waiting)), lost)
        for part in lost:
            yield from _alone(part)


def _run(waiting: deque[Part], processes: int, lost: list[Part]) -> Iterator[Found]:
    """Work until nothing waits or a process died; then ``lost`` holds what was under way."""
    running: dict[Future[Found], Part] = {}
    with suppress(BrokenProcessPool), _pool(processes) as pool:
        while waiting or running:
            while waiting and len(running) < 2 * processes:
                running[pool.submit(do_part, waiting[0])] = waiting[0]
                waiting.popleft()
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                found = future.result()
                del running[future]
                yield found
    lost.extend(running.values())


def _alone(part: Part) -> Iterator[Found]:
    """One part in a process of its own, in smaller and smaller pieces if it dies."""
    try:
        with _pool(1) as pool:
            found = pool.submit(do_part, part).result()
    except BrokenProcessPool:
        halves = part.halves()
        if not halves:
            raise RunnerError(
                f"The {part.kind} of {part.function} end the process that tries them: "
                "one of them asks for too much memory or never ends."
            ) from None
        for half in halves:
            yield from _alone(half)
    else:
        yield found


def _pool(processes: int) -> ProcessPoolExecutor:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read by the workers when numpy starts
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _start)


def _start() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # LAPACK itself complains there of what mutants give it
        os.dup2(nowhere, stream)
    bound_memory()
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_VIRTUAL, _MOST_SECONDS)
