"""Take all memory: at once, step by step, shared, outside of the address space."""

from pathlib import Path

import pytest

MB = 1 << 20
CAP = 96  # MB beyond the start
WAYS = {
    "at once": "kept = np.ones({size}, np.uint8)",
    "step by step": "kept = []\nwhile len(kept) < {size} // 2**24: kept.append(bytearray(2**24))",
    "small steps": "kept = []\nwhile len(kept) < {size} // 2**12: kept.append(bytearray(2**12))",
    "shared": "kept = mmap.mmap(-1, {size})\nfor i in range(0, {size}, 4096): kept[i] = 1",
    "memfd": "fd = os.memfd_create('x')\nos.ftruncate(fd, {size})\n"
    "kept = mmap.mmap(fd, {size})\nfor i in range(0, {size}, 4096): kept[i] = 1",
    "python": "kept = [0] * ({size} // 8)",
    "in threads": "t = threading.Thread(target=np.ones, args=({size}, np.uint8))\n"
    "t.start()\nt.join()\nkept = np.ones({size}, np.uint8)",
    "by brk": "libc = ctypes.CDLL(None, use_errno=True)\nlibc.sbrk.restype = ctypes.c_ssize_t\n"
    "libc.sbrk.argtypes = [ctypes.c_ssize_t]\nassert libc.sbrk({size}) != -1\n"
    "kept = 1",
    "in pipes": "kept = []\nfor _ in range({size} // 2**20):\n    r, w = os.pipe()\n"
    "    fcntl.fcntl(w, 1031, 2**20)\n    os.write(w, bytes(2**20))\n    kept.append(r)",
    "system v": "libc = ctypes.CDLL(None, use_errno=True)\n"
    "shared = libc.shmget(0, {size}, 0o1600)\nassert shared >= 0\n"
    "assert libc.shmctl(shared, 0, None) == 0\nkept = 1",
}
IMPORTS = "import ctypes, fcntl, mmap, os, threading\nimport numpy as np\n"
DEFINE = "def attack():\n    {body}\n    return 'has it'"


def source(way, size):
    return IMPORTS + DEFINE.format(body=WAYS[way].format(size=size).replace("\n", "\n    "))


@pytest.mark.parametrize("way", WAYS)
def test_control(world, way):
    done = world.unconfined(source(way, 8 * MB) + "\nprint(attack())")
    assert done.stdout == "has it\n", done.stderr


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, way):
    outcome = arena.call(source(way, 80_000 * MB), memory_mb=CAP, seconds=20)
    assert outcome.status in ("exception", "crashed"), outcome
    outcome = arena.call(source(way, 2 * CAP * MB), memory_mb=CAP, seconds=20)
    assert outcome.status in ("exception", "crashed"), outcome


def test_when_the_machine_has_no_more_the_kernel_ends_students_first(arena):
    """What no cap of a single process can hold: the sum of all."""
    assert Path(f"/proc/{arena.zygote}/oom_score_adj").read_text() == "1000\n"
