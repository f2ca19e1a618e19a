"""The grader's hold on one student's process: its deadlines, its limits, its end."""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable

from autograder.runner import confine
from autograder.runner.wire import Channel

LEAST_WALL = 10.0  # seconds granted to a process that waits rather than computes
WALL_FACTOR = 10.0
_STEP = 0.1
_UNHURRIED = 0.02  # a request that took longer is followed by a look at what was written
SCRATCH_BYTES = 64 << 20
SCRATCH_ENTRIES = 20_000

Usage = Callable[[], tuple[int, int]]


class Overdue(Exception):  # noqa: N818
    """The process has used up its time."""


class Excess(Exception):  # noqa: N818
    """The process has written or started too much."""


class Process:
    """One fork of the zygote.

    Parameters
    ----------
    sock : socket
        The grader's end of the conversation.
    pid : int
        As the zygote sees it.
    pidfd : int or None
        A handle that can never mean another process; None where the system has none.
    folder : str
        Its scratch folder, as the zygote sees it.
    usage : callable
        Returns bytes and entries in use in the scratch folder.
    """

    def __init__(
        self, sock: socket.socket, pid: int, pidfd: int | None, folder: str, usage: Usage
    ) -> None:
        sock.setblocking(False)
        self.pid = pid
        self.folder = folder
        self.channel = Channel(sock, self._wait)
        self._pidfd = pidfd
        self._usage = usage
        self._seen_pid = _pid_of(pidfd) if pidfd is not None else pid
        self._reading = select.poll()
        self._reading.register(sock, select.POLLIN)
        self._writing = select.poll()
        self._writing.register(sock, select.POLLOUT)
        self.begin(LEAST_WALL)

    def begin(self, seconds: float) -> None:
        """Grant `seconds` of CPU time from now on, and ten times that (at least 10 s) to wait."""
        self._since = time.monotonic()
        self._since_cpu = self._cpu()
        self._cpu_end = self._since_cpu + seconds
        self._wall_end = self._since + max(WALL_FACTOR * seconds, LEAST_WALL)

    def finish(self) -> float:
        """Return the CPU seconds since `begin`, after a look at the limits."""
        if time.monotonic() - self._since > _UNHURRIED:
            self.inspect()
        return self.spent()

    def spent(self) -> float:
        """Return the CPU seconds since `begin`."""
        return self._cpu() - self._since_cpu

    def _cpu(self) -> float:
        """Return the CPU seconds of the process, all its threads together."""
        if self._pidfd is None:
            return time.monotonic()
        with contextlib.suppress(OSError):
            self._last_cpu = time.clock_gettime((~self._seen_pid << 3) | 2)
        return self._last_cpu

    _last_cpu = 0.0

    def _wait(self, writing: bool) -> None:
        poll = self._writing if writing else self._reading
        while True:
            left = min(self._cpu_end - self._cpu(), self._wall_end - time.monotonic())
            if left <= 0:
                raise Overdue
            if poll.poll(1000 * min(left, _STEP) + 1):
                return
            self.inspect()

    def inspect(self) -> None:
        """Raise `Excess` when the process has written too much or started too many threads."""
        size, entries = self._usage()
        if self._pidfd is not None:
            size += _unlinked(self._seen_pid)
        if size > SCRATCH_BYTES or entries > SCRATCH_ENTRIES:
            raise Excess("it wrote too many or too large files")
        if self._pidfd is not None and _threads(self._seen_pid) > confine.THREADS:
            raise Excess("it started too many threads")

    def kill(self) -> None:
        """End the process at once."""
        if self._pidfd is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        else:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.close(self._pidfd)
        self.channel.sock.close()


def _pid_of(pidfd: int) -> int:
    """Return the process's id as this process sees it."""
    with open(f"/proc/self/fdinfo/{pidfd}") as file:
        for line in file:
            if line.startswith("Pid:"):
                return int(line.split()[1])
    raise OSError("no process behind the pidfd")


def _unlinked(pid: int) -> int:
    """Return the bytes of files that have no name any more but are still open."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat()
                total += 0 if status.st_nlink else status.st_blocks * 512
    return total


def _threads(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[17])
    except (OSError, IndexError):
        return 0
