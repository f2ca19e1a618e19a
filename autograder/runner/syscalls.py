"""The system calls that a student's process may make, and the filter that enforces the list.

An allow-list: what is not named answers EPERM. Threads yes, processes no; no sockets, no exec, no
signals to others, no tracing, no namespaces, no io_uring, no memory outside RLIMIT_AS (memfd), no
room on the disk that the grader does not see in time (`sendmsg` hides open files in a socket,
`fallocate` takes gigabytes between two looks).
"""

import platform
import struct
from itertools import pairwise

# name, number on x86_64, number on aarch64 (- where it does not exist)
_PLAIN = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, lseek 8 62
open 2 -, openat 257 56, creat 85 -, close 3 57, close_range 436 436
stat 4 -, fstat 5 80, lstat 6 -, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44
access 21 -, faccessat 269 48, faccessat2 439 439, readlink 89 -, readlinkat 267 78
getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49, fchdir 81 50, umask 95 166
mkdir 83 -, mkdirat 258 34, rmdir 84 -, unlink 87 -, unlinkat 263 35, symlink 88 -, symlinkat 266 36
rename 82 -, renameat 264 38, renameat2 316 276, link 86 -, linkat 265 37
truncate 76 45, ftruncate 77 46, fsync 74 82, fdatasync 75 83, flock 73 32
fadvise64 221 223, sendfile 40 71, copy_file_range 326 285
dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, pipe2 293 59, eventfd 284 -, eventfd2 290 19
poll 7 -, ppoll 271 73, select 23 -, pselect6 270 72, epoll_create 213 -, epoll_create1 291 20
epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22, epoll_pwait2 441 441
sendto 44 206, recvfrom 45 207, shutdown 48 210
getsockname 51 204, getpeername 52 205, getsockopt 55 209
mmap 9 222, munmap 11 215, mremap 25 216, mprotect 10 226, madvise 28 233, msync 26 227, brk 12 214
membarrier 324 283
rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136
rt_sigtimedwait 128 137, rt_sigsuspend 130 133, sigaltstack 131 132, pause 34 -, alarm 37 -
getitimer 36 102, setitimer 38 103, nanosleep 35 101, clock_nanosleep 230 115
clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -, times 100 153
getpid 39 172, getppid 110 173, gettid 186 178, getpgrp 111 -, getpgid 121 155, getsid 124 156
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getgroups 115 158
getrlimit 97 163, getrusage 98 165, uname 63 160, sysinfo 99 179, getcpu 309 168
getrandom 318 278, arch_prctl 158 -, set_tid_address 218 96, set_robust_list 273 99
get_robust_list 274 100, rseq 334 293, futex 202 98, futex_waitv 449 449, restart_syscall 219 128
sched_yield 24 124, sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120
exit 60 93, exit_group 231 94
"""
# Landlock does not govern these: they pretend to succeed and do nothing.
_PRETEND = """
chmod 90 -, fchmod 91 52, fchmodat 268 53, fchmodat2 452 452
utime 132 -, utimes 235 -, futimesat 261 -, utimensat 280 88
"""
# The C library falls back to another call on ENOSYS.
_ABSENT = "clone3 435 435, io_uring_setup 425 425"
_CHECKED = """
clone 56 220, kill 62 129, tgkill 234 131, prlimit64 302 261, socketpair 53 199
ioctl 16 29, fcntl 72 25
"""

_MACHINES = {"x86_64": (1, 0xC000003E), "aarch64": (2, 0xC00000B7)}
_OK_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # isatty, size, FIONREAD, FIO[N]CLEX
_OK_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 9, 36, 37, 38, 1030, 1032)  # nothing that sends a signal
_NEW_NAMESPACE, _THREAD = 0x7E020080, 0x10000
_EPERM, _ENOTTY, _ENOSYS = 1, 25, 38
_KILL, _ERRNO, _ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _AT_LEAST, _ANY_BIT = 0x15, 0x35, 0x45
_NUMBER, _ARCH, _ARG0, _ARG1, _ARG2 = 0, 4, 16, 24, 32  # offsets in struct seccomp_data
_OWN_PID = 0x5EC0DE01  # stands for the process's own pid until `for_pid` puts it in

_Instruction = tuple[int, int, int, int]


def numbers(table: str) -> dict[str, int]:
    """Return the calls of a table with their numbers on this machine."""
    column = _MACHINES[platform.machine()][0]
    rows = [entry.split() for entry in table.replace("\n", ",").split(",") if entry.strip()]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def supported() -> bool:
    """Return whether the numbers are known for this machine."""
    return platform.machine() in _MACHINES


def build_filter() -> bytes:
    """Return the filter as a classic BPF program, with a placeholder for the process's pid."""
    program: list[_Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, _MACHINES[platform.machine()][1]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    checked = numbers(_CHECKED)
    for name, body in _checks().items():
        program += [(_EQUAL, 0, len(body), checked[name]), *body]
    program += _table()
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in program)


def for_pid(program: bytes, pid: int) -> bytes:
    """Return the filter for one process."""
    return program.replace(struct.pack("<I", _OWN_PID), struct.pack("<I", pid))


def _checks() -> dict[str, list[_Instruction]]:
    """Return, by call, the part that decides on its arguments."""
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    allow = (_RETURN, 0, 0, _ALLOW)
    thread = [(_LOAD, 0, 0, _ARG0), (_ANY_BIT, 1, 0, _NEW_NAMESPACE)]
    thread += [(_ANY_BIT, 1, 0, _THREAD), refuse, allow]
    # Only streams: a datagram socket could be aimed at any service that listens on a path.
    stream = [(_LOAD, 0, 0, _ARG0), (_EQUAL, 0, 3, 1), (_LOAD, 0, 0, _ARG1), (_AND, 0, 0, 0xF)]
    stream += [(_EQUAL, 1, 0, 1), refuse, allow]
    # Limits may be read, not set: the third argument points to new ones.
    limits = [(_LOAD, 0, 0, _ARG2), (_EQUAL, 0, 5, 0), (_LOAD, 0, 0, _ARG2 + 4), (_EQUAL, 0, 3, 0)]
    limits += _one_of(_ARG0, (0, _OWN_PID), _EPERM)
    return {
        "clone": thread,
        "socketpair": stream,
        "kill": _one_of(_ARG0, (_OWN_PID,), _EPERM),
        "tgkill": _one_of(_ARG0, (_OWN_PID,), _EPERM),
        "prlimit64": limits,
        "ioctl": _one_of(_ARG1, _OK_IOCTL, _ENOTTY),
        "fcntl": _one_of(_ARG1, _OK_FCNTL, _EPERM),
    }


def _one_of(argument: int, values: tuple[int, ...], error: int) -> list[_Instruction]:
    """Return the check that an argument is one of a few values."""
    tests = [(_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    refuse, allow = (_RETURN, 0, 0, _ERRNO | error), (_RETURN, 0, 0, _ALLOW)
    return [(_LOAD, 0, 0, argument), *tests, refuse, allow]


def _table() -> list[_Instruction]:
    """Return the verdicts on the call's number alone, as one comparison for each stretch of equals.

    Numbers from 0x40000000 on, the x32 calls of x86_64, fall into the last stretch and are refused.
    """
    verdicts = dict.fromkeys(numbers(_PLAIN).values(), _ALLOW)
    verdicts |= dict.fromkeys(numbers(_PRETEND).values(), _ERRNO)
    verdicts |= dict.fromkeys(numbers(_ABSENT).values(), _ERRNO | _ENOSYS)
    line = [verdicts.get(n, _ERRNO | _EPERM) for n in range(max(verdicts) + 2)]
    program: list[_Instruction] = []
    for number, (verdict, following) in enumerate(pairwise(line), start=1):
        if verdict != following:
            program += [(_AT_LEAST, 1, 0, number), (_RETURN, 0, 0, verdict)]
    return [*program, (_RETURN, 0, 0, line[-1])]
