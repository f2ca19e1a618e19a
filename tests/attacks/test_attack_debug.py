"""Look into other processes as a debugger does, and reach the kernel's rarer doors."""

import ctypes
import os
import platform
from pathlib import Path

import pytest

# name: number on x86_64, number on aarch64, arguments ({pid}: a process, {buffer}: room to write)
CALLS = {
    "ptrace attach": (101, 117, "16, {pid}, 0, 0"),
    "ptrace seize": (101, 117, "0x4206, {pid}, 0, 0"),
    "ptrace traceme": (101, 117, "0, 0, 0, 0"),
    "process_vm_readv": (310, 270, "{pid}, {vector}, 1, {remote}, 1, 0"),
    "process_vm_writev": (311, 271, "{pid}, {vector}, 1, {remote}, 1, 0"),
    "pidfd_open": (434, 434, "{pid}, 0"),
    "kcmp": (312, 272, "{pid}, {pid}, 0, 1, 1"),
    "perf_event_open": (298, 241, "{buffer}, {pid}, -1, -1, 0"),
    "bpf": (321, 280, "0, {buffer}, 48"),
    "userfaultfd": (323, 282, "1"),
    "io_uring_setup": (425, 425, "1, {buffer}"),
    "clone3": (435, 435, "{buffer}, 88"),
    "clone into namespaces": (56, 220, "0x10000000 | 17, 0, 0, 0, 0"),
    "unshare": (272, 97, "0x10000000"),
    "setns": (308, 268, "0, 0"),
    "mount": (165, 40, "0, 0, 0, 0, 0"),
    "chroot": (161, 51, "b'/'"),
    "pivot_root": (155, 41, "b'/', b'/'"),
    "add_key": (248, 217, "b'user', b'name', b'x', 1, -3"),
    "keyctl": (250, 219, "0, -3, 0"),
    "shmget": (29, 194, "0, 4096, 0o1600"),
    "msgget": (68, 186, "0, 0o1600"),
    "mq_open": (240, 180, "b'q', 0o102, 0o600, 0"),
    "personality": (135, 92, "0x40000"),
    "seccomp": (317, 277, "1, 0, 0"),
    "prctl dumpable": (157, 167, "4, 0, 0, 0, 0"),
    "setuid": (105, 146, "0"),
    "memfd_create": (319, 279, "b'x', 0"),
    "memfd_secret": (447, 447, "0"),
    "fanotify_init": (300, 262, "0, 0"),
    "inotify_init": (294, 26, "0"),
    "syslog": (103, 116, "3, {buffer}, 4096"),
    "reboot": (169, 142, "0, 0, 0, 0"),
    "sethostname": (170, 161, "b'x', 1"),
    "settimeofday": (164, 170, "{buffer}, 0"),
    "name_to_handle_at": (303, 264, "-100, b'/', {buffer}, {buffer}, 0"),
    "open_by_handle_at": (304, 265, "3, {buffer}, 0"),
    "sendmsg": (46, 211, "3, {buffer}, 0"),
    "mincore": (27, 232, "0, 0, {buffer}"),
    "vmsplice": (278, 75, "1, {vector}, 1, 0"),
    "timer_create": (222, 107, "0, 0, {buffer}"),
    "modify_ldt": (154, None, "0, {buffer}, 64"),
}
HEAD = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
buffer = ctypes.create_string_buffer(4096)
vector = (ctypes.c_ulong * 2)(ctypes.addressof(buffer), 8)
remote = (ctypes.c_ulong * 2)({address}, 8)
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *[
        ctypes.c_long(part) if isinstance(part, int) else part for part in arguments
    ])
    return result if result != -1 else -ctypes.get_errno()
"""


def column():
    if platform.machine() not in ("x86_64", "aarch64"):
        pytest.skip("the numbers of this machine's calls are not known")
    return 0 if platform.machine() == "x86_64" else 1


def source(name, pid, address):
    number = CALLS[name][column()]
    parts = CALLS[name][2].format(pid=pid, buffer="buffer", vector="vector", remote="remote")
    return f"{HEAD.format(address=address)}print(call({number}, {parts}))"


@pytest.fixture
def loot():
    """Something in this process's memory, and where."""
    held = ctypes.create_string_buffer(b"expected")
    return held, ctypes.addressof(held)


@pytest.mark.parametrize("name", ["process_vm_readv", "ptrace attach", "memfd_create", "kcmp"])
def test_control(world, name):
    scope = Path("/proc/sys/kernel/yama/ptrace_scope")
    if scope.exists() and scope.read_text() != "0\n" and os.geteuid() != 0:
        pytest.skip("this machine lets nobody look into a process that is not their own child")
    victim = world.victim()
    first = Path(f"/proc/{victim.pid}/maps").read_text().split("-")[0]
    printed = world.unconfined(source(name, victim.pid, int(first, 16))).stdout
    assert int(printed) >= 0


def test_contained(arena, world, loot):
    held, address = loot
    names = [name for name in CALLS if CALLS[name][column()] is not None]
    attacks = [
        source(name, pid, address) for pid in (world.victim().pid, os.getpid()) for name in names
    ]
    strike = arena.gains_nothing(*attacks)
    answers = [int(cell.output) for cell in strike.cells[1 : len(attacks) + 1]]
    allowed = {"clone3": -38, "io_uring_setup": -38}  # absent, so that libraries do without
    wanted = [allowed.get(name, -1) for _ in range(2) for name in names]
    assert dict(zip(names, answers, strict=False)) == dict(zip(names, wanted, strict=False))
    assert held.value == b"expected"
