"""What a course folder says after a run, and which processes a command leaves behind."""

import contextlib
import ctypes
import json
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from signals import heeded

from autograder.course import Course

PATIENCE = 60.0  # seconds in which what must happen has happened, also on a busy machine
_SUBREAPER = 36
_TOOK = re.compile(r"graded in [\d.]+ s|评分用时 [\d.]+ 秒")

_TABLES = {
    "submissions": "select student_id, timestamp, extension from submitted_assignment",
    "marks": "select student_id, base_cell.name, auto_score, manual_score, extra_credit, "
    "needs_manual_grade, late_submission_penalty from grade "
    "join base_cell on base_cell.id = grade.cell_id "
    "join submitted_notebook on submitted_notebook.id = grade.notebook_id "
    "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id",
    "comments": "select student_id, base_cell.name, auto_comment, manual_comment from comment "
    "join base_cell on base_cell.id = comment.cell_id "
    "join submitted_notebook on submitted_notebook.id = comment.notebook_id "
    "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id",
}


def command(course: Course, name: str, *more: str) -> list[str]:
    """The command line that grades an assignment of a course.

    A signal may come between a file's opening and the `with` that closes it, which is no fault.
    """
    grade = ["grade", name, "--course", str(course.path), *more]
    strict = ["-W", "error", "-W", "ignore::ResourceWarning"]
    return [sys.executable, *strict, "-m", "autograder", *grade]


def start(course: Course, name: str, *more: str) -> "subprocess.Popen[str]":
    """Begin grading, as the leader of a process group of its own."""
    with heeded(signal.SIGINT, signal.SIGHUP):
        return subprocess.Popen(
            command(course, name, *more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            process_group=0,
        )


def finish(course: Course, name: str, *more: str) -> "subprocess.CompletedProcess[str]":
    """Grade to the end."""
    done = subprocess.run(
        command(course, name, *more), capture_output=True, text=True, timeout=600, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def snapshot(course: Course, name: str) -> dict[str, Any]:
    """All that grading wrote, without what differs from run to run: how long it took."""
    records = {}
    for path in sorted(course.results(name).iterdir()):
        record = json.loads(path.read_text(encoding="utf-8"))
        del record["duration_s"]
        records[path.name] = record
    pages = {}
    for path in sorted((course.path / "feedback").glob(f"*/{name}/*")):
        pages[f"{path.parent.parent.name}/{path.name}"] = _TOOK.sub("", path.read_text("utf-8"))
    copies = {
        f"{path.parent.parent.name}/{path.name}": path.read_bytes()
        for path in sorted((course.path / "autograded").glob(f"*/{name}/*"))
    }
    class_page = (course.path / "feedback" / f"{name}-class.html").read_text("utf-8")
    assert class_page.rstrip().endswith("</html>")
    assert all(record["student"] in class_page for record in records.values())
    return {"records": records, "pages": pages, "copies": copies, **_tables(course)}


def _tables(course: Course) -> dict[str, list[Any]]:
    connection = sqlite3.connect(course.path / "gradebook.db", timeout=60)
    try:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        loose = connection.execute("pragma foreign_key_check").fetchall()
        assert [row for row in loose if row[2] != "course"] == []  # nbgrader needs no such row
        return {
            table: sorted(connection.execute(query).fetchall(), key=repr)
            for table, query in _TABLES.items()
        }
    finally:
        connection.close()


def differences(expected: dict[str, Any], actual: dict[str, Any]) -> list[str]:
    """Where two snapshots differ."""
    found = []
    for part, one in expected.items():
        other = actual[part]
        if isinstance(one, dict):
            names = sorted(one.keys() | other.keys())
            found += [
                f"{part}: {name}{_fields(one.get(name), other.get(name))}"
                for name in names
                if one.get(name) != other.get(name)
            ]
        elif one != other:
            found += [f"{part}: {row}" for row in one + other if (row in one) != (row in other)]
    return found


def _fields(one: Any, other: Any) -> str:
    """The entries of two records that differ."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return ""
    keys = [key for key in one if one[key] != other.get(key) and key != "questions"]
    pairs = zip(one["questions"], other["questions"], strict=True)
    keys += [f"{a['id']}.{key}" for a, b in pairs for key in a if a[key] != b[key]]
    return f" in {', '.join(f'{key}: {one.get(key)!r} {other.get(key)!r}' for key in keys)}"


def check_whole(course: Course, name: str) -> None:
    """Whatever there is after a kill is whole: records, pages, copies and the database."""
    for path in course.results(name).glob("*.json"):
        assert "questions" in json.loads(path.read_text(encoding="utf-8"))
    for path in (course.path / "feedback").rglob("*.html"):
        assert path.read_text(encoding="utf-8").rstrip().endswith("</html>"), path
    for path in (course.path / "autograded").glob("[!.]*/[!.]*/*.ipynb"):
        assert json.loads(path.read_text(encoding="utf-8"))["cells"]
    _tables(course)


def litter(course: Course) -> list[str]:
    """Names of files and folders that only belong to a run under way."""
    names = (path.name for path in course.path.rglob("*"))
    return [name for name in names if name.endswith((".tmp", "-journal"))]


@contextlib.contextmanager
def adopted() -> Iterator[None]:
    """Become the parent of the block's orphans, and insist that they end by themselves.

    Raises
    ------
    AssertionError
        When a process that was started in the block outlives all patience.
    """
    before = set(_children(os.getpid()))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
        end = time.monotonic() + PATIENCE
        while left := [pid for pid in _children(os.getpid()) if pid not in before]:
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > end:
                raise AssertionError(f"still running: {[_words(pid) for pid in left]}")
            select.select([], [], [], 0.02)
    finally:
        libc.prctl(_SUBREAPER, 0, 0, 0, 0)
        for pid in set(_children(os.getpid())) - before:
            for one in (*descendants(pid), pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one, signal.SIGKILL)


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found = []
    for child in _children(pid):
        found += [child, *descendants(child)]
    return found


def _children(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def _words(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")[:120]
    return str(pid)


def find_process(top: int, word: str) -> list[int]:
    """Processes below ``top`` whose command line has a word."""
    return [pid for pid in descendants(top) if word in _words(pid)]


def wait_for(what: str, test: "Sequence[int] | Any", running: "subprocess.Popen[str]") -> Any:
    """The first true value of a test, asked again and again while the command runs."""
    end = time.monotonic() + PATIENCE
    while not (found := test()):
        assert running.poll() is None, f"the command ended before {what}: {running.communicate()}"
        assert time.monotonic() < end, f"no {what}"
        select.select([], [], [], 0.002)
    return found
