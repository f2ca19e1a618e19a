"""Grade a class on a Dask cluster: the same work as `autograder.class_run`, on other machines.

Notebooks travel out, results and the contents of their files travel back, several in one of Dask's
tasks, as each of these has its price. The gradebook and the course folder are touched by the
command alone, which takes the results as they come. A worker that is lost takes nothing along: the
scheduler gives its submissions to another one, and each result is taken once.
"""

import hashlib
import inspect
import logging
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.assignment_file import load_assignment
from autograder.class_run import Grader, Setup, read_submitted, run_aside, ungraded
from autograder.errors import AutograderError, RunnerError, UsageError
from autograder.graded import Graded
from autograder.spec import Assignment
from autograder.submissions import Submitted

_PLUGIN = "autograder"
_CONNECT_SECONDS = 20
_ASK_AGAIN_SECONDS = 1.0  # how many workers there are
_AHEAD = 3  # tasks under way for each worker: the next one is there when one is done
_TASK_SECONDS = 1.0  # a task costs the scheduler and this command some 7 ms of CPU
_TASK_BYTES = 4_000_000  # of notebooks in one task
_LEFT_AT_HOME = {"__pycache__", "correct"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What a worker needs to become a grader.

    Attributes
    ----------
    files : mapping of str to bytes
        The assignment's folder.
    released : bytes
        The notebook that students were given; empty where results are all that is asked for.
    fingerprint : str
        Of the package and the answers, which every worker must have in the same version.
    setup : Setup
        The command's, with paths that a worker replaces by its own.
    """

    name: str
    files: Mapping[str, bytes]
    fingerprint: str
    released: bytes
    setup: Setup


def grade_on_cluster(
    setup: Setup,
    jobs: Iterable[Submitted],
    *,
    address: str,
    meanwhile: Callable[[], None] = lambda: None,
) -> Generator[Sequence[Graded], None, None]:
    """Grade all jobs on the workers of a scheduler and yield their results as they come.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    meanwhile : callable
        Runs in a thread of its own while the first submissions are under way.

    Raises
    ------
    UsageError
        When Dask is not installed or nobody answers at the address.
    RunnerError
        When the workers cannot grade (another version, no isolation), or the scheduler goes away.
    """
    assignment = load_assignment(setup.assignment_folder)
    with _connect(address) as client:
        try:
            client.register_plugin(_make_plugin(_pack(assignment, setup)), name=_PLUGIN)
            yield from _stream(client, setup, assignment, deque(jobs), meanwhile)
        except (OSError, TimeoutError, CancelledError) as error:
            raise RunnerError(
                f"The scheduler {address} has gone away ({type(error).__name__}). What was graded "
                "is kept: start it again, with workers, then run the command again."
            ) from None
        finally:  # the course's secret does not stay on the workers
            with suppress(Exception):
                client.unregister_worker_plugin(_PLUGIN)


def _connect(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415
    except ImportError:
        raise UsageError("--scheduler needs Dask: pip install distributed") from None
    for name in ("distributed", "distributed.client"):  # its tracebacks tell an instructor nothing
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        return Client(address, timeout=_CONNECT_SECONDS)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise UsageError(f"--scheduler {address}: no scheduler answers there ({error}).") from None


@dataclass(frozen=True, slots=True)
class _Task:
    """What a worker gave back: the submissions of one task, and what they took."""

    graded: tuple[Graded, ...]
    seconds: float


def _stream(
    client: Any,
    setup: Setup,
    assignment: Assignment,
    waiting: deque[Submitted],
    meanwhile: Callable[[], None],
) -> Generator[Sequence[Graded], None, None]:
    """Keep the workers busy, and no more under way than they need."""
    from distributed import KilledWorker, as_completed  # noqa: PLC0415

    running: dict[str, list[Submitted]] = {}
    suspects: list[Submitted] = []
    asked, workers = -_ASK_AGAIN_SECONDS, 1
    seconds, finished = 0.0, 0
    done: Any = as_completed()  # type: ignore[no-untyped-call]

    def refill() -> list[Graded]:
        nonlocal asked, workers
        answered = []
        if time.monotonic() - asked >= _ASK_AGAIN_SECONDS:
            asked, workers = time.monotonic(), max(1, len(client.nthreads()))
        while waiting and len(running) < _AHEAD * workers:
            most = _task_size(seconds / finished if finished else None, len(waiting), workers)
            jobs: list[Submitted] = []
            contents: list[bytes] = []
            while waiting and len(jobs) < most and sum(map(len, contents)) < _TASK_BYTES:
                job = waiting.popleft()
                content = read_submitted(setup, assignment, job)
                if isinstance(content, Graded):
                    answered.append(content)
                    continue
                jobs.append(job)
                contents.append(content)
            if jobs:
                future = _submit(client, jobs, contents)
                running[future.key] = jobs
                done.add(future)
        return answered

    ready = refill()
    run_aside(meanwhile)
    while running:
        if ready:
            yield ready
        future = next(done)
        jobs = running.pop(future.key)
        ready = []
        try:
            task = _task_of(future)
        except KilledWorker:
            suspects += jobs
        else:
            seconds, finished = seconds + task.seconds, finished + len(jobs)
            ready += task.graded
        ready += refill()  # before these are written: no worker need wait for it
    if ready:
        yield ready
    for job in suspects:
        yield [_run_alone(client, setup, assignment, job)]


def _task_size(seconds: float | None, left: int, workers: int) -> int:
    """How many submissions go into the next task.

    Parameters
    ----------
    seconds : float or None
        What one has taken so far, on average; ``None`` while none is done.
    left : int
        Submissions that are in no task yet. The fewer, the smaller the task, so that the workers
        end at about the same time.
    """
    if seconds is None:
        return 1
    by_time = _TASK_SECONDS / seconds if seconds > 0 else left
    return max(1, int(min(by_time, left / (2 * workers))))


def _submit(client: Any, jobs: Sequence[Submitted], contents: Sequence[bytes]) -> Any:
    sent = [replace(job, notebook=None) for job in jobs]
    return client.submit(_grade_here, sent, contents, pure=False, retries=1)


def _task_of(future: Any) -> _Task:
    """What a task gave back; raises `distributed.KilledWorker` where its workers died."""
    try:
        task: _Task = future.result()
    except AutograderError as error:
        raise RunnerError(f"A worker of the cluster cannot grade: {error}") from error
    finally:
        future.release()
    return task


def _run_alone(client: Any, setup: Setup, assignment: Assignment, job: Submitted) -> Graded:
    """Grade one of those under which workers died, with no other one that could be the cause."""
    from distributed import KilledWorker  # noqa: PLC0415

    content = read_submitted(setup, assignment, job)
    if isinstance(content, Graded):
        return content
    try:
        return _task_of(_submit(client, [job], [content])).graded[0]
    except KilledWorker:
        message = (
            "The workers died again and again while this submission was under way. "
            "Look for a shortage of memory, then grade again."
        )
        return ungraded(setup, assignment, job, "grader_error", message)


def _pack(assignment: Assignment, setup: Setup) -> Parcel:
    files = {
        path.relative_to(assignment.folder).as_posix(): path.read_bytes()
        for path in sorted(assignment.folder.rglob("*"))
        if path.is_file() and _LEFT_AT_HOME.isdisjoint(path.parts)
    }
    return Parcel(
        name=assignment.name,
        files=files,
        fingerprint=_fingerprint(assignment),
        released=setup.released.read_bytes() if setup.released else b"",
        setup=setup,
    )


def _fingerprint(assignment: Assignment) -> str:
    digest = hashlib.sha256(__version__.encode())
    for name, function in sorted(assignment.reference_functions.items()):
        digest.update(f"{name}\n{inspect.getsource(function)}".encode())
    return digest.hexdigest()


def _make_plugin(parcel: Parcel) -> Any:
    from distributed import WorkerPlugin  # noqa: PLC0415

    class GraderPlugin(WorkerPlugin):
        """Gives each worker, also one that joins later or comes back, a grader."""

        name = _PLUGIN

        def setup(self, worker: Any) -> None:
            worker.autograder = _WorkerGrader(parcel)

        def teardown(self, worker: Any) -> None:
            worker.autograder.close()

    return GraderPlugin()


class _WorkerGrader:
    """A grader with a thread of its own, made for the first submission.

    The process that runs student code ends with the thread that started it, so that thread must
    not be one of the worker's, which come and go.
    """

    def __init__(self, parcel: Parcel) -> None:
        self._parcel = parcel
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="grader")
        self._folder: Path | None = None
        self._grader: Grader | None = None

    def grade(self, jobs: Sequence[Submitted], contents: Sequence[bytes]) -> _Task:
        """Grade the submissions of one task; others that this worker was given wait."""
        return self._thread.submit(self._grade, jobs, contents).result()

    def close(self) -> None:
        """End the grader and remove its files."""
        with suppress(RuntimeError):
            self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _grade(self, jobs: Sequence[Submitted], contents: Sequence[bytes]) -> _Task:
        if self._grader is None:
            self._grader = self._start()
        begun = time.monotonic()
        graded = tuple(map(self._grader.grade_content, jobs, contents))
        return _Task(graded, time.monotonic() - begun)

    def _start(self) -> Grader:
        parcel = self._parcel
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="autograder-assignment-"))
        folder = self._folder / parcel.name
        for name, data in parcel.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        released = None
        if parcel.released:
            released = self._folder / f"{parcel.name}.ipynb"
            released.write_bytes(parcel.released)
        setup = replace(parcel.setup, assignment_folder=folder, released=released)
        if _fingerprint(load_assignment(folder)) != parcel.fingerprint:
            raise RunnerError(
                "the workers have another version of the package or of the answers than this "
                "command; install the same one everywhere."
            )
        return Grader(setup)

    def _end(self) -> None:
        if self._grader is not None:
            self._grader.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _grade_here(jobs: Sequence[Submitted], contents: Sequence[bytes]) -> _Task:
    """Runs on a worker."""
    from distributed import get_worker  # noqa: PLC0415

    worker: Any = get_worker()
    grader: _WorkerGrader = worker.autograder
    return grader.grade(jobs, contents)
