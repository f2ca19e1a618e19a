"""What a process does to itself, once and for good, before it runs a student's first line.

Linux only; importable everywhere, so that the rest of the package is. Each step either does its
work or raises OSError.
"""

import contextlib
import ctypes
import errno
import os
import resource
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.runner import syscalls

MB = 1 << 20
FILE_BYTES = 16 * MB
OPEN_FILES = 64
THREADS = 64
CPU_SECONDS = 3600  # a backstop; the deadlines are the grader's

_SET_PDEATHSIG, _SET_NO_NEW_PRIVS, _SIGKILL = 1, 38, 9
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION = 0x20080522
_RULESET, _ADD_RULE, _RESTRICT = 444, 445, 446  # the same on every machine
_FILTER_MODE, _ACTION_AVAILABLE, _PATH_BENEATH, _ASK_VERSION = 1, 2, 1, 1

_EXECUTE, _WRITE, _READ, _LIST, _REMOVE_DIR, _REMOVE_FILE = (1 << i for i in range(6))
_MAKE_DIR, _MAKE_FILE, _MAKE_SYMLINK = 1 << 7, 1 << 8, 1 << 12
_REFER, _TRUNCATE, _DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
READ = _READ | _LIST | _EXECUTE
LIST = _LIST
USE = (READ | _WRITE | _TRUNCATE | _REFER) | (
    _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_SYMLINK
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """All that a fork needs to confine itself, prepared once before the first fork."""

    ruleset: int
    program: bytes


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return int(result)


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(option, ctypes.c_ulong(value), zero, zero, zero) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl({option}): {os.strerror(code)}")


def landlock_abi() -> int:
    """Return the version of Landlock that the kernel offers, 0 for none."""
    with contextlib.suppress(OSError):
        return _ask_landlock()
    return 0


def landlock_refusal() -> int:
    """Return the number of the error with which the kernel refuses Landlock, 0 for none."""
    try:
        _ask_landlock()
    except OSError as error:
        return error.errno or 0
    return 0


def _ask_landlock() -> int:
    if sys.platform != "linux":
        raise OSError(errno.ENOSYS, "not Linux")
    return _call(_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_ASK_VERSION))


def seccomp_offered() -> bool:
    """Return whether the kernel takes filters and the numbers are known for this machine."""
    if sys.platform != "linux" or not syscalls.supported():
        return False
    action = ctypes.c_uint32(0x00050000)
    try:
        _call(_SECCOMP[os.uname().machine], _ACTION_AVAILABLE, 0, ctypes.byref(action))
    except OSError:
        return False
    return True


def prepare(rules: Iterable[tuple[str, int]]) -> Confinement:
    """Build the Landlock ruleset and the filter; paths that do not exist are left out.

    Parameters
    ----------
    rules : iterable of (path, rights)
        Rights are `READ`, `LIST` or `USE`, and hold for everything below the path.
    """
    abi = landlock_abi()
    rights = (1 << 13) - 1 | (_REFER if abi >= 2 else 0)
    rights |= (_TRUNCATE if abi >= 3 else 0) | (_DEVICE if abi >= 5 else 0)
    network = 3 if abi >= 4 else 0
    scope = 3 if abi >= 6 else 0
    length = 8 if abi < 4 else 16 if abi < 6 else 24
    attributes = struct.pack("=QQQ", rights, network, scope)[:length]
    ruleset = _call(_RULESET, attributes, ctypes.c_size_t(length), 0)
    for path, allowed in rules:
        _allow(ruleset, path, allowed & rights)
    return Confinement(ruleset=ruleset, program=syscalls.build_filter())


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _OF_FILES
        if rights:
            rule = struct.pack("=Qi", rights, fd)
            _call(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)


def confine(prepared: Confinement) -> None:
    """Give up every privilege, every path but the prepared ones, every call but the listed ones."""
    machine = os.uname().machine
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _call(_CAPSET[machine], header, bytes(24))
    _prctl(_SET_NO_NEW_PRIVS, 1)
    _call(_RESTRICT, prepared.ruleset, 0)
    os.close(prepared.ruleset)
    program = syscalls.for_pid(prepared.program, os.getpid())
    code = ctypes.create_string_buffer(program, len(program))
    argument = struct.pack("=HxxxxxxQ", len(program) // 8, ctypes.addressof(code))
    _call(_SECCOMP[machine], _FILTER_MODE, 0, argument)


def die_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it ends."""
    if sys.platform == "linux":
        _prctl(_SET_PDEATHSIG, _SIGKILL)


def die_first() -> None:
    """Have a kernel that is out of memory end this process and its forks before all others."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")


def limit(address_space: int) -> None:
    """Set the resource limits; `address_space` in bytes, 0 for none.

    That one's hard limit stays as it is: the grader sets another for each function. The process
    itself cannot, because it may not call what changes limits.
    """
    if address_space:
        limit_memory(0, address_space)
    limits = {
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": FILE_BYTES,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 1,  # too little for a file, and, unlike 0, no crash handler is started
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_SIGPENDING": 64,
    }
    for name, value in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            _lower(which, value)


def limit_memory(pid: int, address_space: int) -> None:
    """Set the address space that a process may use, in bytes; 0 for the calling one."""
    _, hard = resource.prlimit(pid, resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        address_space = min(address_space, hard)
    resource.prlimit(pid, resource.RLIMIT_AS, (address_space, hard))


def _lower(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY and (value == resource.RLIM_INFINITY or value > hard):
        value = hard
    resource.setrlimit(which, (value, value))


def address_space(pid: int | str = "self") -> int:
    """Return the bytes of address space a process uses, 0 where that cannot be told."""
    try:
        with open(f"/proc/{pid}/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
