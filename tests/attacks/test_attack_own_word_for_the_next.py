"""Own: leave word for the next process of the same notebook, or for the next student.

The process that runs the hidden cases must not speak to the one whose numbers are shown on the
page. Forks share what their parent opened: the flags of its standard streams, its folder, its pid.
"""

import subprocess
import sys

import pytest

FLAGS = """
import fcntl, os
for fd in range(3):
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)
        os.lseek(fd, 42, 0)
    except OSError:
        pass
"""
READ_FLAGS = """
import fcntl, os
def attack():
    mask = os.O_NONBLOCK | os.O_APPEND
    return [fcntl.fcntl(fd, fcntl.F_GETFL) & mask for fd in range(3)]
"""
PLACES = """
import os
here = os.getcwd()
top = os.path.dirname(here)
PLACES = [f"{place}/word" for place in (
    here, top, top + "/.mpl", top + "/.ipython", top + "/..", "/tmp", "/var/tmp", "/dev/shm",
    "/run", "/scratch", "/", os.path.dirname(os.__file__), *(f"{top}/{n}" for n in range(300)),
)]
"""
LEAVE = (
    PLACES
    + """
for place in PLACES:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        open(place, "w").write("hidden case")
    except OSError:
        pass
"""
)
FIND = PLACES + "def attack(): return [place for place in PLACES if os.path.exists(place)]"
LOCK = """
import fcntl, os, numpy
kept = open(numpy.__file__)
fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
"""
TRY_LOCK = """
import fcntl, numpy
def attack():
    with open(numpy.__file__) as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return []
"""


def test_control():
    """One process's flags are the other's where both hold the same open file."""
    with open("/dev/null", "r+b", buffering=0) as shared:
        for program in (FLAGS, READ_FLAGS + "import sys\nsys.exit(any(attack()))"):
            done = subprocess.run(
                [sys.executable, "-c", program], stdin=shared, stdout=shared, check=False
            )
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("leave", "find", "nothing"),
    [(FLAGS, READ_FLAGS, [0, 0, 0]), (LEAVE, FIND, []), (LOCK, TRY_LOCK, [])],
    ids=["flags", "files", "locks"],
)
def test_contained(arena, leave, find, nothing):
    arena.gains_nothing(leave)
    assert arena.call(find).value == nothing  # another student
    with arena.worker.session() as session:
        session.run_cells([find], seconds=5)
        session.run_cells([f"def leave():\n    exec({leave!r}, {{}})"], seconds=5)
        assert session.call("leave", {}, seconds=5).status == "value"
        session.fresh()
        assert session.call("attack", {}, seconds=5).value == nothing  # the same one's next
