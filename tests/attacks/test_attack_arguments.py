"""Learn from the command line where the assignment, the secret and the gradebook lie."""

import os
from pathlib import Path

ATTACK = """
import os, sys
text = repr((sys.argv, sys.orig_argv))
for pid in ("self", os.getppid(), {pid}):
    try:
        text += open(f"/proc/{{pid}}/cmdline").read()
    except OSError:
        pass
print(text)
"""


def test_control(world):
    ours = Path("/proc/self/cmdline").read_text(encoding="utf-8")
    assert ours in world.unconfined(ATTACK.format(pid=os.getpid())).stdout


def test_contained(arena):
    text = arena.gains_nothing(ATTACK.format(pid=os.getpid())).printed
    assert eval(text) == ([""], [""])
