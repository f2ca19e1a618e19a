"""Grade many notebooks with a pool of worker processes.

Each process holds one zygote and the assignment; it gets a notebook's path and gives back a result
and the contents of its files. No process but the caller's touches the course folder or the
gradebook, so a process that dies takes nothing along but its own submission, which is tried again
in a fresh one.
"""

import gc
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.util import Finalize
from pathlib import Path
from types import TracebackType
from typing import Self

from autograder.assignment_file import load_assignment
from autograder.bank import Bank
from autograder.errors import AutograderError, NotebookError, RunnerError
from autograder.grade import grade_notebook, refused, source_hash
from autograder.graded import Graded, preload_files, with_files
from autograder.interrupts import postponed
from autograder.notebook_file import read_file
from autograder.runner import spare
from autograder.runner.worker import Worker
from autograder.score import Result, Status
from autograder.spec import Assignment
from autograder.submissions import Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What every worker process needs to know.

    Attributes
    ----------
    tests : str
        The version of the tests that goes into the records.
    released : pathlib.Path or None
        The notebook that students were given, where files are made beside the results.
    """

    assignment_folder: Path
    secret: str
    allow_unsafe: bool = False
    tests: str = ""
    released: Path | None = None


class Grader:
    """Grades jobs in this process; holds the worker that runs student code."""

    def __init__(self, setup: Setup, *, bank: Bank | None = None) -> None:
        self._bank = bank or _make_bank(setup)
        self._assignment = self._bank.assignment
        self._setup = setup
        self._worker = spare.take() or Worker(allow_unsafe=setup.allow_unsafe)

    @property
    def assignment(self) -> Assignment:
        """The assignment that is graded."""
        return self._assignment

    def grade(self, job: Submitted) -> Graded:
        """Grade one submission; every fault becomes a record."""
        content = read_submitted(self._setup, self._assignment, job)
        return content if isinstance(content, Graded) else self.grade_content(job, content)

    def grade_content(self, job: Submitted, content: bytes) -> Graded:
        """Grade one submission whose notebook was read elsewhere."""
        result = self._run(content, job.student)
        if result.status == "grader_error":  # the zygote may have been killed: once more, afresh
            self._worker.close()
            self._worker = Worker(allow_unsafe=self._setup.allow_unsafe)
            result = self._run(content, job.student)
        result = replace(
            result,
            notes=(*job.notes, *result.notes),
            source_hash=source_hash(content),
            tests=self._setup.tests,
        )
        if self._setup.released is None:
            return Graded(result=result)
        return with_files(self._assignment, result, content, self._setup.released)

    def _run(self, content: bytes, student: str) -> Result:
        return grade_notebook(
            self._assignment,
            content,
            worker=self._worker,
            student=student,
            secret=self._setup.secret,
            bank=self._bank,
        )

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def _make_bank(setup: Setup) -> Bank:
    return Bank(load_assignment(setup.assignment_folder), setup.secret)


def read_submitted(setup: Setup, assignment: Assignment, job: Submitted) -> bytes | Graded:
    """The content of a submitted notebook, or what is said where there is none to be read."""
    if job.notebook is None:
        return ungraded(setup, assignment, job, "missing", job.problem)
    try:
        return read_file(job.notebook)
    except NotebookError as error:
        return ungraded(setup, assignment, job, "unreadable", str(error))


def ungraded(
    setup: Setup, assignment: Assignment, job: Submitted, status: Status, message: str
) -> Graded:
    """What is said of a submission that was not graded."""
    result = refused(assignment, job.student, status, message)
    return Graded(result=replace(result, tests=setup.tests))


def grade_class(
    setup: Setup,
    jobs: Iterable[Submitted],
    *,
    processes: int,
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[Graded, None, None]:
    """Grade all jobs and yield their results as they come.

    Parameters
    ----------
    processes : int
        At least 1; with 1 everything runs in this process.
    meanwhile : callable
        Runs in a thread of its own while the first submission is under way.
    """
    if processes <= 1:
        run_aside(meanwhile)
        grader = Grader(setup)
        try:
            for job in jobs:
                yield grader.grade(job)
        finally:
            grader.close()
        return
    waiting = deque(jobs)
    while waiting:
        yield from _run_pool(setup, waiting, min(processes, len(waiting)), meanwhile)


def run_aside(function: Callable[[], None]) -> None:
    """Run in a thread of its own, which nobody waits for."""
    threading.Thread(target=function, daemon=True).start()


class _Pool:
    """Worker processes that end with this one, however it ends, and that leave Ctrl-C to it.

    Parameters
    ----------
    jobs : iterable of Submitted
        The first of those to come.

    Notes
    -----
    Where this process has but one thread they are forks of it: they need not load anything again,
    and take over zygotes that are warm and the cases that were drawn meanwhile.
    """

    def __init__(self, setup: Setup, processes: int, jobs: Iterable[Submitted]) -> None:
        bank = _prepare(setup, processes, jobs) if _has_one_thread() else None
        self._forked = bank is not None and _has_one_thread()  # a reference may have started one
        if not self._forked:
            bank = None
            spare.discard()
        else:
            gc.freeze()  # what is loaded stays: neither this process nor forks look through it
        context = multiprocessing.get_context("fork" if self._forked else "spawn")
        numbers = context.SimpleQueue()
        for number in range(processes):
            numbers.put(number)
        # Nothing is ever sent: the workers see the other end close, also when this process is
        # killed. A pool's own workers would wait for ever, and finish what they have begun.
        self._held, self._lifeline = context.Pipe(duplex=False)
        inherited = self._lifeline if self._forked else None
        with postponed():
            self._executor = ProcessPoolExecutor(
                processes, context, _start, (setup, self._held, inherited, numbers, bank)
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._lifeline.close()
        try:
            self._executor.shutdown(wait=True, cancel_futures=True)
        finally:
            self._lifeline.close()
            self._held.close()
            spare.discard()

    def submit(self, job: Submitted) -> Future[Graded]:
        """Hand over a job; starts a worker where one is missing.

        Raises
        ------
        BrokenProcessPool
            When a worker has died.
        """
        with postponed():
            future = self._executor.submit(_grade, job)
            if self._forked:
                spare.hand_over()
        return future


def _prepare(setup: Setup, processes: int, jobs: Iterable[Submitted]) -> Bank:
    """Launch zygotes, and while they warm up make what forks of this process will need."""
    bank = _make_bank(setup)
    spare.prepare(processes, allow_unsafe=setup.allow_unsafe)
    if setup.released is not None:
        preload_files()
    wanted = ((job, question) for job in jobs for question in bank.assignment.questions)
    try:
        with suppress(Exception):  # whoever grades meets it again and can tell of it
            for job, question in wanted:
                if spare.are_warm():
                    break
                bank.cases(question, job.student)
    except BaseException:  # Ctrl-C
        spare.discard()
        raise
    return bank


def _has_one_thread() -> bool:
    """Whether this process can be forked with nothing of it left half done."""
    with suppress(OSError):
        return len(os.listdir("/proc/self/task")) == 1
    return False


def _run_pool(
    setup: Setup, waiting: deque[Submitted], processes: int, meanwhile: Callable[[], None]
) -> Iterator[Graded]:
    """Work until nothing waits or a process died; then the jobs under way are done one by one."""
    running: dict[Future[Graded], Submitted] = {}
    with suppress(BrokenProcessPool), _Pool(setup, processes, waiting) as pool:

        def refill() -> None:
            while waiting and len(running) < 2 * processes:
                running[pool.submit(waiting[0])] = waiting[0]
                waiting.popleft()

        refill()
        run_aside(meanwhile)  # not before: a process with two threads is not forked
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                graded = future.result()
                del running[future]
                yield graded
            refill()
    for job in running.values():
        yield _run_alone(setup, job)


def _run_alone(setup: Setup, job: Submitted) -> Graded:
    try:
        with _Pool(setup, 1, [job]) as pool:
            return pool.submit(job).result()
    except BrokenProcessPool:
        message = (
            "The grading process died twice while this submission was under way. "
            "Look for a shortage of memory, then grade again."
        )
        assignment = load_assignment(setup.assignment_folder)
        return ungraded(setup, assignment, job, "grader_error", message)


_grader: Grader | AutograderError | None = None  # of this worker process


def _start(
    setup: Setup,
    lifeline: Connection,
    inherited: Connection | None,
    numbers: "multiprocessing.SimpleQueue[int]",
    bank: Bank | None,
) -> None:
    """Make this worker process ready; what goes wrong is told to whoever sends it a job."""
    global _grader  # noqa: PLW0603 - a pool's initializer has no other place to put it
    if inherited is not None:
        inherited.close()  # else the lifeline would never end
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # the others are blocked, see `postponed`
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    if inherited is not None:
        spare.keep_only(numbers.get())
    try:
        _grader = Grader(setup, bank=bank)
        Finalize(_grader, _grader.close, exitpriority=1)  # runs when the pool is shut down
    except AutograderError as error:
        _grader = error
    except Exception as error:
        _grader = RunnerError(f"A grading process did not start: {type(error).__name__}: {error}")


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)


def _grade(job: Submitted) -> Graded:
    assert _grader is not None
    if isinstance(_grader, AutograderError):
        raise _grader
    return _grader.grade(job)
