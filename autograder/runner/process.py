"""The grader's hold on one student's process: its deadlines, its limits, its end."""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator

from autograder.runner import confine
from autograder.runner.scratch import MOST_ENTRIES
from autograder.runner.wire import Channel

MOST_IDLE = 10.0  # seconds in which a process may neither compute nor wait for a processor
_STEP = 0.1
_BRIEF = 0.2  # waiting is looked into when it has lasted longer
_START_SECONDS = 10.0
_UNHURRIED = 0.02  # after so long, the end of a request is followed by a look at what was written
SCRATCH_BYTES = 64 << 20
_REMOVED, _SHARED = b" (deleted)\n", b"/dev/zero (deleted)\n"  # in /proc/PID/maps; memory, no file

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
        self._inspected = time.monotonic()
        self._reading = select.poll()
        self._reading.register(sock, select.POLLIN)
        self._writing = select.poll()
        self._writing.register(sock, select.POLLOUT)
        self._cpu = 0.0
        self.look()
        self.begin(_START_SECONDS)

    def look(self) -> None:
        """Read how much the process has computed, all its threads together.

        A small call costs less than this, so everything else here goes by the last look.
        """
        self._looked = time.monotonic()
        if self._pidfd is None:
            self._cpu = self._looked
        elif not self._ended:
            with contextlib.suppress(OSError):
                self._cpu = time.clock_gettime((~self._seen_pid << 3) | 2)

    _ended = False

    def begin(self, seconds: float) -> None:
        """Grant `seconds` of CPU time from the last look on, and `MOST_IDLE` of doing nothing."""
        self._since_cpu = self._cpu
        self._cpu_end = self._since_cpu + seconds
        self._waited, self._charged, self._queue_base = 0.0, 0.0, -1.0

    @contextlib.contextmanager
    def charged(self) -> Iterator[None]:
        """Count what the grader computes in the context as if the process had done so itself."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.charge(time.thread_time() - began)

    def charge(self, seconds: float) -> None:
        """Count so many CPU seconds as if the process had computed them."""
        self._charged += seconds

    def left(self) -> float:
        """Return the CPU seconds that are left."""
        return self._cpu_end - self._cpu - self._charged

    def finish(self) -> None:
        """Look at the limits once more, unless that was done a moment ago."""
        if time.monotonic() - self._inspected > _UNHURRIED:
            self.inspect()

    def spent(self) -> float:
        """Return the CPU seconds since `begin`."""
        return self._cpu - self._since_cpu + self._charged

    def idle(self) -> float:
        """Return the seconds since `begin` in which the process neither computed nor could have.

        Time in which it was ready and the machine was busy with others does not count, nor what
        passes while the grader is not looking.
        """
        idle = self._waited - (self._cpu - self._since_cpu)
        if idle > _BRIEF and self._pidfd is not None:
            if not self._ended:
                self._queued = _queued(self._seen_pid)
            if self._queue_base < 0:
                self._queue_base = self._queued
            idle -= self._queued - self._queue_base
        return max(0.0, idle)

    _queued = 0.0
    received = 0  # bytes of the last message

    def _wait(self, writing: bool) -> None:
        poll = self._writing if writing else self._reading
        while True:
            began = time.monotonic()
            if began - self._looked > _STEP:  # also while a message comes in many pieces
                self.look()
            left = self.left()
            if left <= 0:
                raise Overdue
            ready = poll.poll(1000 * min(left, _STEP) + 1)
            self._waited += min(time.monotonic() - began, _STEP)
            if not ready:
                self.look()
            if self._waited > _BRIEF and self.idle() > MOST_IDLE:
                raise Overdue
            if ready:
                return
            self.inspect()

    def limit_memory(self, extra: int) -> None:
        """Let the process use `extra` bytes beyond what it uses when this is first called."""
        if self._pidfd is None or extra == self._extra:
            return
        if self._space < 0:
            self._space = confine.address_space(self._seen_pid)
        with contextlib.suppress(OSError):  # it has ended: whoever speaks to it will see that
            confine.limit_memory(self._seen_pid, self._space + extra)
        self._extra = extra

    _space, _extra = -1, -1

    def inspect(self) -> None:
        """Raise `Excess` when the process has written too much or started too many threads."""
        self._inspected = time.monotonic()
        size, entries = self._usage()
        if self._pidfd is not None:
            size += _unlinked(self._seen_pid)
        if size > SCRATCH_BYTES or entries > MOST_ENTRIES:
            raise Excess("it wrote too many or too large files")
        if self._pidfd is not None and _threads(self._seen_pid) > confine.THREADS:
            raise Excess("it started too many threads")

    def kill(self) -> None:
        """End the process at once; from then on its number may mean another."""
        self._ended = True
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
    """Return the bytes of files that have no name any more but are still open or mapped.

    Of mapped ones only the number is known; each counts as the largest that a file may be.
    """
    total = 0
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                status = entry.stat()
                total += 0 if status.st_nlink else status.st_blocks * 512
    with contextlib.suppress(OSError), open(f"/proc/{pid}/maps", "rb") as file:
        maps = file.read()
        lines = maps.splitlines(keepends=True) if _REMOVED in maps else ()
        removed = [line.split(None, 5)[4:] for line in lines if line.endswith(_REMOVED)]
        total += confine.FILE_BYTES * len({inode for inode, path in removed if path != _SHARED})
    return total


def _queued(pid: int) -> float:
    """Return the seconds for which a process was ready to run and had no processor."""
    try:
        with open(f"/proc/{pid}/schedstat") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return 0.0


def _threads(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return int(file.read().rpartition(")")[2].split()[17])
    except (OSError, IndexError):
        return 0
