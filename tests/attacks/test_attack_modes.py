"""Lock the grader out by changing modes and times, which Landlock does not govern."""

import os

ATTACK = """
import os
for change in (
    lambda: os.chmod({path!r}, 0),
    lambda: os.chmod(os.path.dirname({path!r}), 0),
    lambda: os.utime({path!r}, (1, 1)),
    lambda: os.chown({path!r}, 12345, 12345),
    lambda: os.setxattr({path!r}, "user.mark", b"1"),
):
    try:
        change()
    except OSError:
        pass
"""


def test_control(world):
    world.unconfined(ATTACK.format(path=str(world.classmate)))
    os.chmod(world.classmate.parent, 0o777)
    assert not world.is_untouched()


def test_contained(arena, world):
    arena.gains_nothing(ATTACK.format(path=str(world.classmate)))
    assert world.is_untouched()
    assert world.classmate.stat().st_uid == os.getuid()
