"""Grade many notebooks with a pool of worker processes.

Each process holds one zygote and the assignment; it gets a notebook's path and gives back a record
and a page. No process but the caller's touches the course folder or the gradebook, so a process
that dies takes nothing along but its own submission, which is tried again in a fresh one.
"""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.assignment_file import load_assignment
from autograder.errors import NotebookError
from autograder.grade import grade_notebook, missing, refused, source_hash
from autograder.notebook_file import read_file
from autograder.runner.worker import Worker
from autograder.score import Result
from autograder.spec import Assignment
from autograder.submissions import Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What every worker process needs to know."""

    assignment_folder: Path
    secret: str
    allow_unsafe: bool = False


class Grader:
    """Grades jobs in this process; holds the worker that runs student code."""

    def __init__(self, setup: Setup) -> None:
        self._assignment = load_assignment(setup.assignment_folder)
        self._secret = setup.secret
        self._allow_unsafe = setup.allow_unsafe
        self._worker = Worker(allow_unsafe=setup.allow_unsafe)

    @property
    def assignment(self) -> Assignment:
        """The assignment that is graded."""
        return self._assignment

    def grade(self, job: Submitted) -> Result:
        """Grade one submission; every fault becomes a record."""
        if job.notebook is None:
            return missing(self._assignment, job.student, job.problem)
        try:
            content = read_file(job.notebook)
        except NotebookError as error:
            return refused(self._assignment, job.student, "unreadable", str(error))
        result = self._run(content, job.student)
        if result.status == "grader_error":  # the zygote may have been killed: once more, afresh
            self._worker.close()
            self._worker = Worker(allow_unsafe=self._allow_unsafe)
            result = self._run(content, job.student)
        notes = (*job.notes, *result.notes)
        return replace(result, notes=notes, source_hash=source_hash(content))

    def _run(self, content: bytes, student: str) -> Result:
        return grade_notebook(
            self._assignment,
            content,
            worker=self._worker,
            student=student,
            secret=self._secret,
        )

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


def grade_class(setup: Setup, jobs: Iterable[Submitted], *, processes: int) -> Iterator[Result]:
    """Grade all jobs and yield their records as they come.

    Parameters
    ----------
    processes : int
        At least 1; with 1 everything runs in this process.
    """
    if processes <= 1:
        grader = Grader(setup)
        try:
            for job in jobs:
                yield grader.grade(job)
        finally:
            grader.close()
        return
    waiting = deque(jobs)
    while waiting:
        yield from _run_pool(setup, waiting, min(processes, len(waiting)))


def _pool(setup: Setup, processes: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, _start, (setup,))


def _run_pool(setup: Setup, waiting: deque[Submitted], processes: int) -> Iterator[Result]:
    """Work until nothing waits or a process died; then the jobs under way are done one by one."""
    running: dict[Future[Result], Submitted] = {}
    with _pool(setup, processes) as pool:
        try:
            while waiting or running:
                while waiting and len(running) < 2 * processes:
                    job = waiting.popleft()
                    running[pool.submit(_grade, job)] = job
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    result = future.result()
                    del running[future]
                    yield result
        except BrokenProcessPool:
            pass
    for job in running.values():
        yield _run_alone(setup, job)


def _run_alone(setup: Setup, job: Submitted) -> Result:
    try:
        with _pool(setup, 1) as pool:
            return pool.submit(_grade, job).result()
    except BrokenProcessPool:
        message = (
            "The grading process died twice while this submission was under way. "
            "Look for a shortage of memory, then grade again."
        )
        assignment = load_assignment(setup.assignment_folder)
        return refused(assignment, job.student, "grader_error", message)


_grader: Grader | None = None  # of this worker process


def _start(setup: Setup) -> None:
    global _grader  # noqa: PLW0603 - a pool's initializer has no other place to put it
    _grader = Grader(setup)


def _grade(job: Submitted) -> Result:
    assert _grader is not None
    return _grader.grade(job)
