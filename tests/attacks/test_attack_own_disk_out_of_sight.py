"""Own: room on the disk that neither the folder nor the list of open files shows.

The quota of the weaker tier is what the grader sees. A removed file lives on as long as something
holds it: a mapping, or a descriptor on its way through a socket.
"""

from pathlib import Path

import pytest
from test_attack_disk import MMAP

from autograder.runner import process, scratch

ATTACK = """
def attack():
    for _ in range({number}):
        fd = write('f', 2**20)
        os.unlink('f')
        {hide}
        os.close(fd)
    return 'hidden'
"""
WAYS = {"mapping": "mapped(fd)", "socket": "socket.send_fds(ends[0], [b'x'], [fd])"}


@pytest.mark.parametrize("way", WAYS)
def test_control(world, tmp_path_factory, way):
    """Folder and descriptors say that nothing is left, and yet it is."""
    folder = str(tmp_path_factory.mktemp("disk"))
    program = f"import os\nos.chdir({folder!r})\n{MMAP}"
    program += ATTACK.format(number=5, hide=WAYS[way])
    program += "\nprint(attack(), os.listdir('.'), [n for n in range(3, 64) if size(n)])"
    size = "\ndef size(n):\n    try: return os.fstat(n).st_size\n    except OSError: return 0\n"
    assert world.unconfined(size + program).stdout == "hidden [] []\n"
    assert scratch.measure(folder, 10) == (0, 0)


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, way):
    outcome = arena.call(MMAP + ATTACK.format(number=80, hide=WAYS[way]), seconds=20)
    assert outcome.status in ("exception", "crashed"), outcome


def test_shared_memory_is_no_file():
    """Memory that is shared with nobody is honest, and looks like a removed file."""
    import mmap
    import os

    before = process._unlinked(os.getpid())
    with mmap.mmap(-1, 1 << 16):
        assert "/dev/zero (deleted)" in Path("/proc/self/maps").read_text()
        assert process._unlinked(os.getpid()) == before
