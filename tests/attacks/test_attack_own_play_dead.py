"""Own: take time without seeming to: stopped, without a main thread, busy in the kernel."""

import os
import signal
import subprocess
import sys

import pytest
from tiny import RIGHT
from world import comes_true

WAYS = {
    "stopped": "os.kill(os.getpid(), signal.SIGSTOP)",
    "main thread gone": "t = threading.Thread(target=burn)\nt.start()\nlibc.pthread_exit(None)",
    "all threads sleep": "threading.Thread(target=time.sleep, args=(99,)).start()\n"
    "libc.pthread_exit(None)",
    "yielding": "while True: os.sched_yield()",
    "system time": "while True: os.stat('.')",
    "faults": "while True: mmap.mmap(-1, 1 << 22).write(bytes(1 << 22))",
    "waiting for a signal": "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
    "while True: signal.pause()",
    "naps": "while True: time.sleep(0.001)",
    "futex": "threading.Barrier(2).wait()",
    "pipe": "r, w = os.pipe()\nos.read(r, 1)",
}
HEAD = """
import ctypes, mmap, os, signal, threading, time
libc = ctypes.CDLL(None)
def burn():
    while True: pass
"""


@pytest.mark.parametrize("way", ["stopped", "futex"])
def test_control(way):
    """It takes no time of the processor, so that a limit on that never ends it."""
    program = HEAD + "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    program += "print(flush=True)\n" + WAYS[way]
    running = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    try:
        running.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.3)
        assert comes_true(lambda: state(running.pid) in "TS")
    finally:
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()


def state(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[0]


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, way):
    strike = arena.strike(HEAD + WAYS[way], *RIGHT.values())
    assert strike.result.score == 5
    assert [(cell.index, cell.status) for cell in strike.result.cells] == [(0, "timeout")]
