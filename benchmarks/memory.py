"""Memory of a command's processes while it runs, by what they do."""

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.measure import descendants

_SECONDS = 0.5
Sample = dict[str, float]  # MiB by role


class Watch:
    """Looks at all processes below this one, from a thread; a context manager.

    Attributes
    ----------
    samples : list of dict
        Private and shared memory (PSS), MiB: of the ``grader``, the largest ``worker`` process,
        and the largest ``zygote`` with all its forks.
    """

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_SECONDS):
            sample: Sample = {}
            for pid in descendants(os.getpid()):
                role = _role(pid)
                if role:
                    sample[role] = max(sample.get(role, 0.0), _pss(pid))
            self.samples.append(sample)

    def at(self, share: float, role: str) -> float:
        """Memory of a role when that share of the time had passed; a median of a few looks."""
        seen = [sample[role] for sample in self.samples if role in sample]
        place = int(share * (len(seen) - 1))
        near = sorted(seen[max(0, place - 2) : place + 3])
        return near[len(near) // 2]

    def most(self, role: str) -> float:
        """The most that was seen of a role."""
        return max(sample.get(role, 0.0) for sample in self.samples)


def _role(pid: int) -> str:
    try:
        return _role_by(pid, _words(pid))
    except OSError:  # it has ended
        return ""


def _role_by(pid: int, words: list[str]) -> str:
    if any("bwrap" in word for word in words[:1]):
        return ""
    if any(word.endswith("zygote.py") for word in words):
        return "student"
    if any("spawn_main" in word for word in words):
        return "worker"
    if "grade" in words:  # workers are forks of the grader, or new processes
        return "worker" if "grade" in _words(_parent(pid)) else "grader"
    return ""


def _words(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def _parent(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def _pss(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
