"""Read what waits on the grader's standard input, or type commands into its terminal."""

import subprocess
import sys

import pytest

WAYS = {
    "input": "input()",
    "stream": "import sys\nprint(sys.stdin.read())",
    "original": "import sys\nprint(sys.__stdin__.read())",
    "descriptor": "import os\nprint(os.read(0, 99).decode())",
    "again": "print(open(0, closefd=False).read())",
    "path": "print(open('/dev/stdin').read())",
    "proc": "print(open('/proc/self/fd/0').read())",
}
TERMINAL = """
import fcntl, os
for path in (0, 1, 2, "/dev/tty", "/dev/pts/0", "/dev/console"):
    try:
        fd = path if path in (0, 1, 2) else os.open(path, os.O_RDWR)
        for letter in b"id\\n":
            fcntl.ioctl(fd, 0x5412, bytes([letter]))
        print("typed")
    except OSError:
        pass
"""


@pytest.mark.parametrize("way", WAYS)
def test_control(way):
    program = WAYS[way] if way != "input" else f"print({WAYS[way]})"
    done = subprocess.run(
        [sys.executable, "-c", program], input="secret", capture_output=True, text=True, check=True
    )
    assert "secret" in done.stdout


def test_contained(arena):
    strike = arena.gains_nothing(*WAYS.values())
    assert strike.cells[1].error.type == "EOFError"
    assert "".join(cell.output for cell in strike.cells).strip() == ""


def test_nothing_is_typed(arena):
    assert arena.gains_nothing(TERMINAL).printed == ""
