"""The walls one by one: the filter on both machines, readable paths, scratch folders."""

import os
import platform
import stat
import struct
import sys
from pathlib import Path

import pytest

from autograder.runner import bubblewrap, paths, scratch, syscalls

linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and seccomp are Linux's")

ALLOW, KILL, REFUSE, NOTHING, ABSENT = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050000, 0x00050026
NOT_A_TERMINAL = 0x00050000 | 25
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
OWN = 4321


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    return request.param


def verdict(program: bytes, machine: str, number: int, *arguments: int) -> int:
    """Interpret the filter as the kernel does."""
    words = [number, ARCHITECTURE[machine], 0, 0]
    for argument in (*arguments, *[0] * (6 - len(arguments))):
        words += argument & 0xFFFFFFFF, argument >> 32 & 0xFFFFFFFF
    memory = struct.pack(f"<{len(words)}I", *words)
    at = value = 0
    while True:
        code, yes, no, k = struct.unpack_from("<HBBI", program, 8 * at)
        at += 1
        if code == 0x06:
            return k
        if code == 0x20:
            (value,) = struct.unpack_from("<I", memory, k)
        elif code == 0x54:
            value &= k
        else:
            holds = {0x15: value == k, 0x35: value >= k, 0x45: bool(value & k)}[code]
            at += yes if holds else no


class Filter:
    def __init__(self, machine: str) -> None:
        self.machine = machine
        self.program = syscalls.for_pid(syscalls.build_filter(), OWN)
        self.checked = syscalls.numbers(syscalls._CHECKED)

    def plain(self, number: int, *arguments: int) -> int:
        return verdict(self.program, self.machine, number, *arguments)

    def checks(self, name: str, *arguments: int) -> int:
        return self.plain(self.checked[name], *arguments)


def test_listed_calls_pass_and_unlisted_ones_do_not(machine: str) -> None:
    rules = Filter(machine)
    allowed = syscalls.numbers(syscalls._PLAIN)
    assert all(rules.plain(number) == ALLOW for number in allowed.values())
    forbidden = {
        "x86_64": {
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "execveat": 322,
            "socket": 41,
            "ptrace": 101,
        }
        | {"connect": 42, "bind": 49, "unshare": 272, "mount": 165, "memfd_create": 319, "bpf": 321}
        | {
            "process_vm_readv": 310,
            "pidfd_open": 434,
            "pidfd_getfd": 438,
            "tkill": 200,
            "shmget": 29,
        }
        | {
            "rt_sigqueueinfo": 129,
            "io_uring_enter": 426,
            "setns": 308,
            "keyctl": 250,
            "x32": 1 << 30,
        },
        "aarch64": {"execve": 221, "execveat": 281, "socket": 198, "ptrace": 117, "connect": 203}
        | {"bind": 200, "unshare": 97, "mount": 40, "memfd_create": 279, "bpf": 280, "tkill": 130}
        | {"process_vm_readv": 270, "pidfd_open": 434, "pidfd_getfd": 438, "setns": 268},
    }[machine]
    for name, number in forbidden.items():
        assert rules.plain(number) == REFUSE, name
    assert rules.plain(100_000) == REFUSE


def test_another_architecture_is_killed(machine: str) -> None:
    other = "aarch64" if machine == "x86_64" else "x86_64"
    assert verdict(Filter(machine).program, other, 0) == KILL


def test_signals_and_limits_reach_the_own_process_only(machine: str) -> None:
    rules = Filter(machine)
    for name in ("kill", "tgkill"):
        assert rules.checks(name, OWN, 9) == ALLOW
        for target in (0, 1, OWN + 1, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF):
            assert rules.checks(name, target, 9) == REFUSE
    assert rules.checks("prlimit64", 0) == ALLOW
    assert rules.checks("prlimit64", OWN) == ALLOW
    for pid in (0, OWN):
        for new_limits in (0x1000, 1 << 32):
            assert rules.checks("prlimit64", pid, 9, new_limits) == REFUSE
    assert rules.checks("prlimit64", 1) == REFUSE


def test_threads_yes_processes_and_namespaces_no(machine: str) -> None:
    rules = Filter(machine)
    assert rules.checks("clone", 0x3D0F00) == ALLOW
    assert rules.checks("clone", 17) == REFUSE
    assert rules.checks("clone", 0x10000000 | 0x10000) == REFUSE
    assert rules.plain(435) == ABSENT


def test_socket_pairs_are_local_streams(machine: str) -> None:
    rules = Filter(machine)
    stream, datagram, packets, nonblocking = 1, 2, 5, 0o4000
    assert rules.checks("socketpair", 1, stream | nonblocking) == ALLOW
    assert rules.checks("socketpair", 1, datagram) == REFUSE
    assert rules.checks("socketpair", 1, packets) == REFUSE
    assert rules.checks("socketpair", 2, stream) == REFUSE


def test_descriptors_send_no_signals_and_control_no_terminal(machine: str) -> None:
    rules = Filter(machine)
    assert rules.checks("fcntl", 3, 3) == ALLOW
    for set_owner in (8, 10, 15, 1024, 1026):
        assert rules.checks("fcntl", 3, set_owner) == REFUSE
    assert rules.checks("ioctl", 3, 0x5401) == ALLOW
    for command in (0x5412, 0x8901, 0x8902, 0x541C):
        assert rules.checks("ioctl", 3, command) == NOT_A_TERMINAL


def test_changes_of_mode_pretend_to_succeed(machine: str) -> None:
    rules = Filter(machine)
    for number in syscalls.numbers(syscalls._PRETEND).values():
        assert rules.plain(number) == NOTHING


# What may be read


def test_a_path_is_split_around_what_is_hidden(tmp_path: Path) -> None:
    for name in ("a/x", "a/secret/deep", "a/b/y", "c/z"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    hidden = (str(tmp_path / "a/secret"),)
    assert list(paths.without(str(tmp_path / "c"), hidden)) == [(str(tmp_path / "c"), True)]
    parts = dict(paths.without(str(tmp_path / "a"), hidden))
    assert parts == {
        str(tmp_path / "a"): False,
        str(tmp_path / "a/x"): True,
        str(tmp_path / "a/b"): True,
    }
    assert list(paths.without(hidden[0], hidden)) == []


def test_a_longer_name_is_not_below_a_shorter_one(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    hidden = (str(tmp_path / "library"),)
    assert list(paths.without(str(tmp_path / "lib"), hidden)) == [(str(tmp_path / "lib"), True)]


def test_the_project_and_its_pointers_are_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "site-packages"
    names = ["reference", "assignments", "autograder", "numpy", "rnn_autograder-1.dist-info"]
    for name in names:
        (packages / name).mkdir(parents=True)
    for name in ("_editable.pth", "__editable___finder.py", "six.py"):
        (packages / name).write_text("")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(packages)])
    found = paths.readable()
    assert found.packages == (str(packages),)
    assert str(tmp_path) not in found.roots
    ours = {Path(path).name for path in found.hidden if path.startswith(str(packages))}
    assert ours == {
        "reference",
        "assignments",
        "autograder",
        "rnn_autograder-1.dist-info",
        "_editable.pth",
        "__editable___finder.py",
    }


def test_bubblewrap_covers_what_is_hidden_below_what_is_bound(tmp_path: Path) -> None:
    (tmp_path / "site-packages/reference").mkdir(parents=True)
    (tmp_path / "site-packages/x.pth").write_text("")
    root = str(tmp_path / "site-packages")
    readable = paths.Readable(
        python="/usr/bin/python3",
        packages=(root,),
        roots=(root,),
        hidden=(f"{root}/reference", f"{root}/x.pth", "/elsewhere/reference"),
    )
    line = " ".join(bubblewrap.wrap(["true"], readable, {"A": "1"}))
    assert f"--ro-bind {root} {root}" in line
    assert f"--tmpfs {root}/reference" in line
    assert f"--ro-bind /dev/null {root}/x.pth" in line
    assert "/elsewhere" not in line
    assert line.endswith("--setenv A 1 -- true")


# Scratch folders


def make_deep(folder: Path, depth: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)


def test_deep_closed_and_oddly_named_things_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "scratch"
    folder.mkdir()
    make_deep(folder, 3000)
    closed = folder / "closed"
    closed.mkdir()
    (closed / "inner").mkdir()
    (closed / "inner/file").write_text("x")
    (closed / "inner").chmod(0)
    closed.chmod(0)
    for name in (b"\xff\xfe", b"-rf", b"\n", b".1", b"*", b".2"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("")
    (folder / ".3").mkdir()
    (folder / ".3/full").write_text("")
    (folder / "dangling").symlink_to("/nowhere")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (folder / "link").symlink_to(outside)
    os.mkfifo(folder / "fifo")
    scratch.remove(str(folder))
    assert not folder.exists()
    assert (outside / "precious").read_text() == "x"


def test_what_is_in_use_is_kept(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "2/x").mkdir(parents=True)
    (tmp_path / "left").write_text("")
    scratch.empty(str(tmp_path), keep={"2"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2"]
    assert (tmp_path / "2/x").exists()


def test_measuring_counts_bytes_and_entries_and_stops(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/file").write_bytes(b"x" * 100_000)
    size, count = scratch.measure(str(tmp_path), 1000)
    assert count == 3
    assert size >= 100_000
    for number in range(50):
        (tmp_path / str(number)).write_text("")
    assert scratch.measure(str(tmp_path), 10)[1] == 10


@linux
def test_only_folders_of_dead_workers_are_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch.tempfile, "tempdir", str(tmp_path))
    living, lock = scratch.make_folder()
    dead, dead_lock = scratch.make_folder()
    os.close(dead_lock)
    (Path(dead) / "left").mkdir()
    (tmp_path / "autograder-runner-young").mkdir()
    (tmp_path / "someone-elses").mkdir()
    for folder in (living, dead):
        os.utime(folder, (1, 1))
    scratch.remove_stale()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == sorted([Path(living).name, "autograder-runner-young", "someone-elses"])
    os.close(lock)
    assert stat.S_IMODE(Path(living).stat().st_mode) == 0o700
