"""Wall and CPU seconds of a command with everything it starts, and medians over repetitions."""

import contextlib
import ctypes
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds on the clock and seconds of computing."""

    wall: float
    cpu: float

    def each(self, count: int) -> "Cost":
        """The cost of one of ``count``."""
        return Cost(wall=self.wall / count, cpu=self.cpu / count)


def run(command: Sequence[str | Path], *, folder: Path | None = None, status: int = 0) -> Cost:
    """Run a command to its end.

    Processes that outlive their parents, such as those inside bubblewrap, become children of this
    one, so that none of their CPU seconds is lost.

    Raises
    ------
    RuntimeError
        When it ends with another status.
    """
    ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    others = _own_children()  # such as a cluster's workers, which go on
    before, started = _children(), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env=environment(),
    )
    wall = time.perf_counter() - started
    _wait_for_orphans(others)
    if done.returncode != status:
        text = done.stdout.decode(errors="replace")[-3000:]
        raise RuntimeError(f"{command} ended with status {done.returncode}:\n{text}")
    return Cost(wall=wall, cpu=_children() - before)


def environment() -> dict[str, str]:
    """What commands find: the programs of this virtual environment before all others.

    Everybody's modules are compiled once, as in an installation, whatever this shell says.
    """
    programs = str(Path(sys.executable).parent)
    path = os.pathsep.join([programs, os.environ.get("PATH", "")])
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PATH": path, "PYTHONWARNINGS": "ignore"}


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _own_children() -> set[int]:
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(word) for task in tasks for word in task.read_text().split()}


def _wait_for_orphans(others: set[int], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while left := _own_children() - others:
        for pid in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > end:
            raise RuntimeError("a process of the command goes on after it has ended")
        time.sleep(0.002)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A median with the least and the greatest of what was measured."""

    middle: float
    least: float
    most: float

    def text(self, unit: float = 1.0, digits: int = 2) -> str:
        """As ``middle (least-most)`` in units of so many seconds."""
        low, middle, high = (f"{v / unit:.{digits}f}" for v in (self.least, self.middle, self.most))
        return f"{middle} ({low}–{high})"


def spread(values: Sequence[float]) -> Spread:
    """Median and range."""
    return Spread(middle=statistics.median(values), least=min(values), most=max(values))


def interleaved(
    contestants: Mapping[str, Callable[[], Cost]], rounds: int
) -> dict[str, list[Cost]]:
    """Let everybody run once in each round, so that a slow minute meets all of them."""
    costs: dict[str, list[Cost]] = {name: [] for name in contestants}
    for number in range(rounds):
        for name, contestant in contestants.items():
            cost = contestant()
            costs[name].append(cost)
            print(
                f"  round {number + 1}: {name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    return costs


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for word in task.read_text().split():
                found += [int(word), *descendants(int(word))]
    return found
