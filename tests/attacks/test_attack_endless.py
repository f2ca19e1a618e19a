"""Never end: loops that catch everything, with every signal masked."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from tiny import RIGHT

MASKED = """
import signal
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
for number in set(range(1, signal.NSIG)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}:
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
"""
LOOPS = {
    "python": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "c": "sum(iter(int, 1))",
    "numpy": "import numpy as np\nwhile True: np.ones(10**6).sum()",
    "regular expression": "import re\nre.match(r'(a|a)*b', 'a' * 50)",
    "sleep": "import time\nwhile True:\n    try: time.sleep(1000)\n    except BaseException: pass",
    "lock": "import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "threads": "import threading\ndef burn():\n    while True: pass\n"
    "for _ in range(3): threading.Thread(target=burn).start()\n"
    "threading.Event().wait()",
    "finalizer": "class Never:\n    def __del__(self):\n        while True: pass\nNever()",
    "power": "7 ** 10 ** 9",
}


@pytest.mark.parametrize("loop", ["python", "sleep"])
def test_control(loop):
    program = MASKED + "print(flush=True)\n" + LOOPS[loop]
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        running.stdout.readline()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGXCPU):
            os.kill(running.pid, number)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.2)
    finally:
        running.kill()
        running.communicate()


@pytest.mark.parametrize("loop", LOOPS)
def test_a_cell_is_skipped_and_named(arena, loop):
    strike = arena.strike(MASKED + LOOPS[loop], *RIGHT.values())
    assert strike.result.score == 5
    (cell,) = strike.result.cells
    assert (cell.index, cell.status) == (0, "timeout")


@pytest.mark.parametrize("loop", ["python", "c", "sleep", "threads"])
def test_a_function_costs_itself_only(arena, loop):
    body = textwrap.indent(MASKED + LOOPS[loop], "    ")
    double = f"def double(x):\n{body}\n    import time\n    while True: time.sleep(9)"
    result = arena.grade(*({**RIGHT, "double": double}).values())
    scores = {question.id: (question.status, question.score) for question in result.questions}
    assert scores["double"] == ("timeout", 0)
    assert scores["shift"][1] == 2, scores
