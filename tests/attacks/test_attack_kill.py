"""End or stop the grader, or whatever else the user runs: by its pid, by a sweep, by detours."""

import os
import platform

import pytest
from world import comes_true, is_alive

CALLS = {"x86_64": (129, 234, 424, 434), "aarch64": (138, 131, 424, 434)}
SIGQUEUE, TGKILL, PIDFD_SEND, PIDFD_OPEN = CALLS.get(platform.machine(), (0, 0, 0, 0))
IMPORTS = """
import ctypes, fcntl, os, resource, signal, socket
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(*numbers):
    if libc.syscall(*numbers) == -1:
        raise OSError(ctypes.get_errno(), "refused")
"""
WAYS = {
    "kill": "os.kill({pid}, 9)",
    "terminate": "os.kill({pid}, signal.SIGTERM)",
    "group": "os.killpg(os.getpgid({pid}), 9) if os.getpgid({pid}) == {pid} else os.kill({pid}, 9)",
    "queue": f"info = (ctypes.c_int * 32)(9, 0, -1)\ncall({SIGQUEUE}, {{pid}}, 9, info)",
    "thread": f"call({TGKILL}, {{pid}}, {{pid}}, 9)",
    "descriptor": "signal.pidfd_send_signal(os.pidfd_open({pid}), 9)",
    "descriptor of proc": "signal.pidfd_send_signal(os.open('/proc/{pid}', os.O_RDONLY), 9)",
    # SIGIO turned into SIGKILL, for an owner of one's choice
    "owner": "a, b = socket.socketpair()\nfcntl.fcntl(a, fcntl.F_SETOWN, {pid})\n"
    "fcntl.fcntl(a, 10, 9)\nfcntl.fcntl(a, fcntl.F_SETFL, os.O_ASYNC)\nb.send(b'x')",
    "owner by ioctl": "import struct\na, b = socket.socketpair()\n"
    "fcntl.ioctl(a, 0x8901, struct.pack('i', {pid}))\nfcntl.fcntl(a, 10, 9)\n"
    "fcntl.ioctl(a, 0x5452, struct.pack('i', 1))\nb.send(b'x')",
    "limit": "resource.prlimit({pid}, resource.RLIMIT_CPU, (0, 0))\nos.kill({pid}, 24)",
}


@pytest.mark.parametrize("way", WAYS)
def test_control(world, way):
    victim = world.victim()
    done = world.unconfined(IMPORTS + WAYS[way].format(pid=victim.pid))
    assert comes_true(lambda: not is_alive(victim)), done.stderr


def test_contained(arena, world):
    victim = world.victim()
    attacks = [
        IMPORTS + way.format(pid=pid) + "\nprint('done')"
        for pid in (victim.pid, os.getpid(), arena.zygote)
        for way in WAYS.values()
    ]
    strike = arena.gains_nothing(*attacks)
    assert is_alive(victim)
    assert strike.printed == ""
    assert [cell.index for cell in strike.cells if cell.error] == list(range(1, len(attacks) + 1))


SWEEP = """
import os
found = []
for pid in (*range(-1, {most}), *{more}):
    try:
        os.kill(pid, 0)  # asks whether a signal could be sent, and sends none
        found.append(pid)
    except OSError:
        pass
print(len(found), os.getpid() in found)
"""


def test_control_of_the_sweep(world):
    printed = world.unconfined(SWEEP.format(most=5000, more=[os.getpid()])).stdout
    assert int(printed.split()[0]) > 2


def test_a_sweep_finds_the_own_process_only(arena, world):
    more = [world.victim().pid, os.getpid(), arena.zygote]
    attack = SWEEP.format(most=5000, more=more)
    own = "found = [pid for pid in found if pid != os.getpid()]\nprint(found)"
    assert arena.gains_nothing(attack + own).printed.endswith("[]\n")


PARENT = "import os, signal\nos.kill(os.getppid(), signal.SIGTERM)\nprint('done')"


def test_control_of_the_parent(world):
    """What ends a stock grader: its kernels are its children."""
    outer = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {PARENT!r}])\nprint(1)"
    assert world.unconfined(outer).returncode == -15


def test_the_parent_lives(arena):
    before = arena.zygote
    assert arena.gains_nothing(PARENT).refused
    assert arena.zygote == before


OTHERS = {
    "priority": "os.setpriority(os.PRIO_PROCESS, {pid}, 19)",
    "processors": "os.sched_setaffinity({pid}, {{0}})",
    "scheduling": "os.sched_setscheduler({pid}, os.SCHED_IDLE, os.sched_param(0))",
    "open files": "resource.prlimit({pid}, resource.RLIMIT_NOFILE, (3, 3))",
    "all of the user's": "os.setpriority(os.PRIO_USER, {uid}, 0)",
}


def test_control_of_being_slowed(world):
    victim = world.victim()
    world.unconfined(IMPORTS + OTHERS["priority"].format(pid=victim.pid, uid=os.getuid()))
    assert os.getpriority(os.PRIO_PROCESS, victim.pid) == 19


def test_nobody_is_slowed(arena, world):
    victim = world.victim()
    attacks = [
        IMPORTS + way.format(pid=victim.pid, uid=os.getuid()) + "\nprint('done')"
        for way in OTHERS.values()
    ]
    strike = arena.gains_nothing(*attacks)
    assert strike.printed == ""
    assert os.getpriority(os.PRIO_PROCESS, victim.pid) == os.getpriority(os.PRIO_PROCESS, 0)
