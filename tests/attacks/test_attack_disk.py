"""Fill the disk: with large files, with many, with some that no folder shows."""

import pytest

MB = 1 << 20
MMAP = """
import ctypes, fcntl, mmap, os, socket
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
def mapped(fd):
    assert libc.mmap(None, 4096, 1, 2, fd, 0) not in (None, 2**64 - 1)
ends = socket.socketpair()
kept = []
def write(name, size):
    with open(name, "wb+") as file:
        for _ in range(size >> 20): file.write(bytes(2**20))
    return os.open(name, os.O_RDWR)
"""
# Each writes file number `n` of `size` bytes, as many as it can.
WAYS = {
    "large": "write('large', 100 * {size})",
    "many": "write(f'f{{n}}', {size})",
    "removed": "kept.append(write('f', {size})); os.unlink('f')",
    "mapped": "fd = write('f', {size}); mapped(fd); os.unlink('f'); os.close(fd)",
    "on their way": "fd = write('f', {size})\n    socket.send_fds(ends[0], [b'x'], [fd])\n"
    "    os.unlink('f'); os.close(fd)",
    "reserved": "fd = os.open(f'f{{n}}', os.O_RDWR | os.O_CREAT)\n"
    "    os.posix_fallocate(fd, 0, {size}); os.close(fd)",
    "written by the kernel": "fd = write('f', {size})\n    out = os.open(f'f{{n}}', 66, 0o600)\n"
    "    os.lseek(fd, 0, 0); os.sendfile(out, fd, 0, {size}); os.close(fd); os.close(out)",
    "names": "os.mkdir(f'd{{n}}')\n    for i in range(1000): open(f'd{{n}}/{{i}}', 'w').close()",
    "deep": "os.mkdir('d' * 200); os.chdir('d' * 200); write('f', {size})",
}


def source(way, number, size):
    body = WAYS[way].format(size=size)
    return f"{MMAP}\ndef step(n):\n    {body}\ndef attack():\n" + (
        f"    for n in range({number}): step(n)\n    return 'all written'"
    )


@pytest.mark.parametrize("way", WAYS)
def test_control(world, tmp_path, way):
    program = f"import os\nos.chdir({str(tmp_path)!r})\n" + source(way, 2, MB)
    done = world.unconfined(program + "\nprint(attack())")
    assert done.stdout == "all written\n", done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, way):
    outcome = arena.call(source(way, 60, 8 * MB), seconds=20)
    assert outcome.status in ("exception", "crashed"), outcome


def test_little_by_little(arena):
    """Each call is over before anybody would look."""
    code = MMAP + "def attack(n): os.close(write(f'f{n}', 15 * 2**20)); return n"
    with arena.worker.session() as session:
        session.run_cells([code], seconds=5)
        outcomes = session.call_all("attack", [{"n": n} for n in range(40)], seconds=20)
        statuses = [outcome.status for outcome in outcomes]
    assert {"crashed", "exception"} & set(statuses), statuses
