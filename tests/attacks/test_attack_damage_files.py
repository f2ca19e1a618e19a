"""Write, truncate, remove, rename, replace what belongs to others: each by its true path."""

import pytest

ACTIONS = [
    "open({path!r}, 'w').write('forged')",
    "open({path!r}, 'a').write('forged')",
    "os.truncate({path!r}, 0)",
    "os.unlink({path!r})",
    "os.rename({path!r}, {path!r} + '.bak')",
    "os.rename({path!r}, 'mine')",
    "open('mine', 'w').close() or os.rename('mine', {path!r})",
    "os.mkdir({path!r} + '.d')",
    "os.symlink({path!r}, {path!r} + '.link')",
    "os.link({path!r}, {path!r} + '.hard')",
    "os.mkfifo({path!r} + '.fifo')",
    "shutil.rmtree(os.path.dirname({path!r}))",
    "os.write(os.open({path!r}, os.O_RDWR), b'forged')",
    "os.ftruncate(os.open({path!r}, os.O_RDWR), 1)",
    "mmap.mmap(os.open({path!r}, os.O_RDWR), 0)[0:1] == b'x'",
]
ATTACK = "import mmap, os, shutil\n{action}\nprint('done')"


def sources(world):
    path = str(world.classmate)
    return [ATTACK.format(action=action.format(path=path)) for action in ACTIONS]


@pytest.mark.parametrize("number", range(len(ACTIONS)), ids=ACTIONS)
def test_control(world, number):
    assert world.unconfined(sources(world)[number]).stdout == "done\n"


def test_contained(arena, world):
    strike = arena.gains_nothing(*sources(world))
    stopped = [cell.index for cell in strike.cells if cell.error]
    assert stopped == list(range(1, len(ACTIONS) + 1))
    assert strike.printed == ""
    assert world.is_untouched()
