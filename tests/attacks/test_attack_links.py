"""Reach what is out of reach through links: symbolic, hard, and by a folder's descriptor."""

import pytest

ATTACKS = {
    "symbolic": "os.symlink({path!r}, 'x')\nprint(open('x').read())",
    "hard": "os.link({path!r}, 'x')\nprint(open('x').read())",
    "folder": "os.symlink({folder!r}, 'f')\nprint(open('f/{name}').read())",
    "descriptor": "d = os.open({folder!r}, os.O_PATH)\n"
    "print(os.read(os.open({name!r}, 0, dir_fd=d), 99))",
    "dots": "print(open('../' * 30 + {path!r}).read())",
}


def source(kind, world):
    path = world.classmate
    parts = {"path": str(path), "folder": str(path.parent), "name": path.name}
    return "import os\n" + ATTACKS[kind].format(**parts)


@pytest.mark.parametrize("kind", ATTACKS)
def test_control(world, kind):
    assert "ada's own idea" in world.unconfined(source(kind, world)).stdout


@pytest.mark.parametrize("kind", ATTACKS)
def test_contained(arena, world, kind):
    assert arena.gains_nothing(source(kind, world)).refused
