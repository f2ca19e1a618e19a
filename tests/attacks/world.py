"""What an attacker is after: a course, a process, open ports; and a place without any walls."""

import contextlib
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from pathlib import Path

PATIENCE = 30.0  # seconds in which what must happen has happened, also on a busy machine
TABLE = "create table grade (student text primary key, auto_score real)"
ROWS = [("ada", 5.0), ("mallory", 0.0)]


class World:
    """Sacrificial targets that no permission of the file system protects.

    Attributes
    ----------
    folder : Path
        A course folder with a gradebook, a classmate's notebook, the solution and a record.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gradebook = folder / "gradebook.db"
        self.classmate = folder / "submitted" / "ada" / "doubling" / "doubling.ipynb"
        self.solution = folder / "source" / "doubling" / "doubling.ipynb"
        self.record = folder / "results" / "doubling" / "ada.json"
        self.secret = folder / ".secret"
        texts = {
            self.classmate: "def double(x): return 2 * x  # ada's own idea",
            self.solution: "def double(x): return x * 2  # the solution",
            self.record: '{"score": 5.0}',
            self.secret: "5ec2e7" * 8,
        }
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        with contextlib.closing(sqlite3.connect(self.gradebook)) as database:
            database.execute(TABLE)
            database.executemany("insert into grade values (?, ?)", ROWS)
            database.commit()
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)
        self._closing = contextlib.ExitStack()
        self._before = self.snapshot()

    def close(self) -> None:
        """End what was started."""
        self._closing.close()

    def marks(self) -> list[tuple[str, float]]:
        """The rows of the gradebook."""
        with contextlib.closing(sqlite3.connect(self.gradebook)) as database:
            assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
            return database.execute("select * from grade order by student").fetchall()

    def snapshot(self) -> dict[str, object]:
        """Every entry of the folder with its kind, mode, times, links and content."""
        found: dict[str, object] = {}
        for path in sorted((self.folder, *self.folder.rglob("*"))):
            status = path.lstat()
            content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
            found[str(path)] = (status.st_mode, status.st_mtime_ns, status.st_nlink, content)
        return found

    def is_untouched(self) -> bool:
        """Whether everything is as it was made."""
        return self.snapshot() == self._before and self.marks() == ROWS

    def victim(self) -> "subprocess.Popen[bytes]":
        """A process of the same user that can be killed or spied on."""
        command = [sys.executable, "-S", "-c", "print(flush=True); input()"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._closing.callback(process.wait)
        self._closing.callback(process.kill)
        assert process.stdout is not None
        assert process.stdin is not None
        self._closing.callback(process.stdout.close)
        self._closing.callback(process.stdin.close)
        process.stdout.readline()
        return process

    def listen(self, family: int, kind: int, address: object) -> socket.socket:
        """A socket that waits for whoever may reach it."""
        listening = self._closing.enter_context(socket.socket(family, kind))
        listening.bind(address)  # type: ignore[arg-type]
        if kind == socket.SOCK_STREAM:
            listening.listen()
        listening.settimeout(PATIENCE)
        return listening

    def unconfined(self, code: str, **more: object) -> "subprocess.CompletedProcess[str]":
        """Run an attack as a stock grader would: as an ordinary process of this user."""
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            check=False,
            **more,  # type: ignore[call-overload]
        )


def is_alive(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a process has not ended."""
    return process.poll() is None


def below(pid: int) -> list[int]:
    """All processes that a process has started, and those that they have."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found += [int(child), *below(int(child))]
    return found


def comes_true(test: "object") -> bool:
    """Whether a test holds soon."""
    end = time.monotonic() + PATIENCE
    while not test():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def end(pid: int) -> None:
    """End a stray process of a control."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
