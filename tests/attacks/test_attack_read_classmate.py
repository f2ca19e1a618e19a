"""Read a classmate's notebook and hand it in as one's own."""

import pytest
from arena import STUBS

ATTACK = """
source = {how}
print(source)
exec(source)
"""
WAYS = [
    "open({path!r}).read()",
    "__import__('os').read(__import__('os').open({path!r}, 0), 999).decode()",
    "__import__('pathlib').Path({path!r}).read_text()",
    "bytes(__import__('mmap').mmap(__import__('os').open({path!r}, 0), 0, prot=1)).decode()",
    "str(__import__('numpy').fromfile({path!r}, 'u1').tobytes(), 'utf8')",
]


@pytest.mark.parametrize("way", WAYS)
def test_control(world, way):
    attack = ATTACK.format(how=way.format(path=str(world.classmate)))
    assert "ada's own idea" in world.unconfined(attack).stdout


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, world, way):
    attack = ATTACK.format(how=way.format(path=str(world.classmate)))
    assert arena.gains_nothing(*STUBS.values(), attack).refused
