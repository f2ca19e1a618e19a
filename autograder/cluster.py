"""Grade a class on a Dask cluster: the same work as `autograder.class_run`, on other machines.

Notebooks travel out, results and the contents of their files travel back. The gradebook and the
course folder are touched by the command alone, which takes the results as they come. A worker that
is lost takes nothing along: the scheduler gives its submissions to another one, and each result is
taken once.
"""

import hashlib
import inspect
import logging
import shutil
import tempfile
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.assignment_file import load_assignment
from autograder.class_run import Grader, Setup, read_submitted, ungraded
from autograder.errors import AutograderError, RunnerError, UsageError
from autograder.graded import Graded
from autograder.spec import Assignment
from autograder.submissions import Submitted

_PLUGIN = "autograder"
_CONNECT_SECONDS = 20
_ASK_AGAIN_SECONDS = 1.0  # how many workers there are
_AHEAD = 3  # submissions under way for each worker: the next one is there when one is done
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
    setup: Setup, jobs: Iterable[Submitted], *, address: str
) -> Generator[Graded, None, None]:
    """Grade all jobs on the workers of a scheduler and yield their results as they come.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.

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
            yield from _stream(client, setup, assignment, deque(jobs))
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


def _stream(
    client: Any, setup: Setup, assignment: Assignment, waiting: deque[Submitted]
) -> Generator[Graded, None, None]:
    """Keep the workers busy, and no more under way than they need."""
    from distributed import as_completed  # noqa: PLC0415

    running: dict[str, Submitted] = {}
    asked, workers = -_ASK_AGAIN_SECONDS, 0
    done: Any = as_completed()  # type: ignore[no-untyped-call]

    def refill() -> list[Graded]:
        nonlocal asked, workers
        answered = []
        if time.monotonic() - asked >= _ASK_AGAIN_SECONDS:
            asked, workers = time.monotonic(), len(client.nthreads())
        most = _AHEAD * max(1, workers)
        while waiting and len(running) < most:
            job = waiting.popleft()
            content = read_submitted(setup, assignment, job)
            if isinstance(content, Graded):
                answered.append(content)
                continue
            # A worker may die under a submission; that it is always the same one is no accident.
            future = client.submit(_grade_here, job, content, pure=False, retries=1)
            running[future.key] = job
            done.add(future)
        return answered

    yield from refill()
    while running:
        future = next(done)
        job = running.pop(future.key)
        yield _result_of(future, setup, assignment, job)
        future.release()
        yield from refill()


def _result_of(future: Any, setup: Setup, assignment: Assignment, job: Submitted) -> Graded:
    from distributed import KilledWorker  # noqa: PLC0415

    try:
        graded: Graded = future.result()
        return graded
    except KilledWorker:
        message = (
            "The workers died again and again while this submission was under way. "
            "Look for a shortage of memory, then grade again."
        )
        return ungraded(setup, assignment, job, "grader_error", message)
    except AutograderError as error:
        raise RunnerError(f"A worker of the cluster cannot grade: {error}") from error


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

    def grade(self, job: Submitted, content: bytes) -> Graded:
        """Grade one submission; others that this worker was given wait."""
        return self._thread.submit(self._grade, job, content).result()

    def close(self) -> None:
        """End the grader and remove its files."""
        with suppress(RuntimeError):
            self._thread.submit(self._end).result()
        self._thread.shutdown()

    def _grade(self, job: Submitted, content: bytes) -> Graded:
        if self._grader is None:
            self._grader = self._start()
        return self._grader.grade_content(job, content)

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


def _grade_here(job: Submitted, content: bytes) -> Graded:
    """Runs on a worker."""
    from distributed import get_worker  # noqa: PLC0415

    worker: Any = get_worker()
    grader: _WorkerGrader = worker.autograder
    return grader.grade(replace(job, notebook=None), content)
