"""The grader's side: a worker keeps one zygote, a session is one student's notebook in it.

>>> with Worker() as worker, worker.session() as session:  # doctest: +SKIP
...     session.run_cells(["def double(x): return 2 * x"], seconds=5)
...     session.call("double", {"x": 21}, seconds=1).value
42
"""

import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from autograder.errors import IsolationError, RunnerError
from autograder.kept import Kept
from autograder.runner import bubblewrap, paths, probe, scratch

if TYPE_CHECKING:  # they load numpy, which has time while the zygote warms up
    from autograder.runner.process import Process
    from autograder.runner.session import Session

_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "MPLBACKEND": "Agg",
    "HOME": "/nonexistent",
} | {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "BLIS", "VECLIB_MAXIMUM")}
_START_SECONDS = 120.0
_ANSWER_SECONDS = 60.0
_END_SECONDS = 5.0
_STARTS = 2


class Worker:
    """A warm zygote, ready to fork a confined process for each student; a context manager.

    The thread that makes a worker must live as long as the worker: with bubblewrap, the kernel ends
    the zygote together with it. Sessions that are open at the same time must belong to one student.

    Parameters
    ----------
    isolation : str, optional
        One of the isolations of `autograder.runner.probe`; the best possible one when not given.
    allow_unsafe : bool
        Run without any protection where, and only where, there is no other way.
    wait : bool
        Wait until the zygote is warm; else the first use does.

    Attributes
    ----------
    given : Kept
        What served functions have given to students' processes, by what they were asked.
    read : Kept
        Replies that were decoded, by their bytes: right functions return the same to the last bit.

    Raises
    ------
    IsolationError
        Student code cannot be confined on this machine; the message says how to mend that.
    """

    def __init__(
        self, isolation: str | None = None, *, allow_unsafe: bool = False, wait: bool = True
    ) -> None:
        self.given = Kept()
        self.read = Kept()
        self._wanted = probe.choose(isolation, allow_unsafe)
        self._isolation = ""
        self._starting: Iterator[None] | None = None
        self._closed = self._preloaded = False
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: str | None = None
        self._handles: list[int] = []
        self._start()
        if wait:
            self.wait()

    @property
    def isolation(self) -> str:
        """What stands between student code and this machine."""
        self.wait()
        return self._isolation

    def wait(self) -> None:
        """Wait until the zygote is warm.

        Raises
        ------
        IsolationError
            It did not start.
        """
        while self._starting is not None:
            if next(self._starting, self) is self:
                self._starting = None

    @property
    def is_warm(self) -> bool:
        """Whether `wait` has nothing to wait for: the zygote has said that it is warm, or ended."""
        if self._starting is None or self._control is None:
            return True
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        return bool(poll.poll(0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def session(
        self, *, memory_mb: int = 512, files: Mapping[str, bytes] | None = None
    ) -> "Session":
        """Open a session.

        Parameters
        ----------
        memory_mb : int
            What the student's process may use beyond what it starts with.
        files : mapping of str to bytes, optional
            Data files put into the process's current folder, by relative name.
        """
        from autograder.runner.session import Session  # noqa: PLC0415

        return Session(self, memory_mb=memory_mb, files=files or {})

    def close(self) -> None:
        """End the zygote and everything forked from it, and remove what was written."""
        self._closed = True
        self._stop()

    def let_go(self) -> None:
        """Leave the zygote to a fork of this process, or to the one that this is a fork of.

        `close` then waits for its end, which the other one brings about.
        """
        self._closed = True
        self._let_go()

    def _let_go(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None
        while self._handles:
            os.close(self._handles.pop())

    def _stop(self) -> None:
        if self._control is not None and not _has_ended(self._control):
            self._kill()
        if self._process is not None:
            # At once where another process launched it: then its end, or its kill, is seen above.
            try:
                self._process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                self._kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            _remove(self._folder)
            self._folder = None
        self._let_go()

    def _kill(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def fork(self, memory_mb: int) -> "Process":
        """Fork a student's process; a zygote that is gone is replaced once."""
        if self._closed:
            raise RunnerError("the worker is closed")
        self.wait()
        for attempt in (1, 2):
            try:
                return self._fork(memory_mb)
            except (OSError, EOFError) as error:
                if attempt == 2:
                    raise RunnerError(
                        f"no process could be started for a student: {error}"
                    ) from None
                self._stop()
                self._start()
                self.wait()
        raise AssertionError

    def preload(self) -> None:
        """Have matplotlib imported in the zygote, once, for the sessions to come."""
        self.wait()
        if not self._preloaded and self._control is not None:
            with contextlib.suppress(OSError, EOFError):
                self._preloaded = bool(self._ask({"preload": "matplotlib"})["preloaded"])

    def end(self, process: "Process") -> int | None:
        """Kill a student's process and remove what it wrote; return its exit code, -9 if killed."""
        process.kill()
        try:
            return int(
                self._ask({"reap": {"pid": process.pid, "folder": process.folder}})["status"]
            )
        except (OSError, EOFError, ValueError, KeyError):
            self._stop()  # the zygote is gone, and with it the process; the next fork replaces it
            return None

    def _start(self) -> None:
        """Launch a zygote; `wait` sees to the rest."""
        self._starting = self._start_one()
        next(self._starting)

    def _start_one(self) -> Iterator[None]:
        """Launch, and when resumed, wait; on failure, the same with the next isolation."""
        # One that is killed while it starts is no reason to run with less protection.
        tries = [isolation for isolation in self._wanted for _ in range(_STARTS)]
        for number, isolation in enumerate(tries, start=1):
            try:
                self._launch(isolation)
                yield
                self._greet()
            except (OSError, EOFError, RunnerError) as error:
                self._stop()
                if number == len(tries):
                    raise IsolationError(
                        f"the runner did not start ({isolation}): {error}"
                    ) from None
                continue
            self._isolation = isolation
            self._preloaded = False
            return

    def _launch(self, isolation: str) -> None:
        readable = paths.readable()
        self._control, theirs = socket.socketpair()
        if isolation == probe.WALLED:
            folder = bubblewrap.SCRATCH
        else:
            self._folder, lock = scratch.make_folder()
            self._handles.append(lock)
            folder = self._folder
        config = {
            "control": theirs.fileno(),
            "confined": isolation != probe.UNSAFE,
            "scratch": folder,
            "packages": readable.packages,
            "roots": readable.roots,
            "hidden": readable.hidden,
        }
        zygote = str(paths.RUNNER / "zygote.py")
        command = [readable.python, "-P", "-s", "-S", "-B", zygote, json.dumps(config)]
        if isolation == probe.WALLED:
            command = bubblewrap.wrap(command, readable, _environment(folder))
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_stop`
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                env=_environment(folder),
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    def _greet(self) -> None:
        """Wait until the zygote that was launched is warm."""
        assert self._control is not None
        assert self._process is not None
        assert self._complaints is not None
        self._control.settimeout(_START_SECONDS)
        line, handles, _, _ = socket.recv_fds(self._control, 4096, 1)
        if not line:
            self._process.wait(5)
            self._complaints.seek(0)
            text = self._complaints.read()[-2000:].decode(errors="replace")
            raise RunnerError(text.strip() or "it ended without a word")
        self._complaints.close()
        self._handles += handles
        self._scratch = handles[0]
        self._control.settimeout(_ANSWER_SECONDS)

    def _fork(self, memory_mb: int) -> "Process":
        from autograder.runner.process import Process  # noqa: PLC0415

        ours, theirs = socket.socketpair()
        handles: list[int] = []
        with theirs:
            try:
                reply = self._ask({"fork": memory_mb << 20}, theirs.fileno(), handles)
                pidfd = handles[0] if handles else None
                return Process(ours, reply["pid"], pidfd, reply["folder"], self._usage)
            except BaseException:
                ours.close()
                raise

    def _ask(
        self, request: dict[str, Any], handle: int | None = None, handles: list[int] | None = None
    ) -> dict[str, Any]:
        """Send the zygote a request and return its answer."""
        if self._control is None:
            raise EOFError("the worker is closed")
        given = [] if handle is None else [handle]
        socket.send_fds(self._control, [json.dumps(request).encode()], given)
        line, received, _, _ = socket.recv_fds(self._control, 4096, 1)
        if not line:
            raise EOFError("the zygote is gone")
        if handles is not None:
            handles += received
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _usage(self) -> tuple[int, int]:
        """Return bytes and entries in the scratch folder."""
        if self._folder is not None:
            return scratch.measure(self._folder, scratch.MOST_ENTRIES + 10)
        status = os.fstatvfs(self._scratch)
        return 0, status.f_files - status.f_ffree


def _has_ended(control: socket.socket) -> bool:
    """Tell a zygote to end; whether it, and all that had its end of the socket, soon did."""
    with contextlib.suppress(OSError):
        control.shutdown(socket.SHUT_WR)
        control.settimeout(_END_SECONDS)
        while control.recv(4096):
            pass
        return True
    return False


def _environment(folder: str) -> dict[str, str]:
    return _ENVIRONMENT | {"IPYTHONDIR": f"{folder}/.ipython", "MPLCONFIGDIR": f"{folder}/.mpl"}


def _remove(folder: str) -> None:
    try:
        scratch.remove(folder)
    except OSError:
        shutil.rmtree(Path(folder), ignore_errors=True)
