"""Read the instructor's solution by its path and run it in the place of one's own work."""

from arena import STUBS

ATTACK = """
source = open({path!r}).read()
print(source)
exec(source)
"""


def test_control(world):
    done = world.unconfined(ATTACK.format(path=str(world.solution)) + "print(double(21))")
    assert "the solution\n42" in done.stdout


def test_contained(arena, world):
    attack = ATTACK.format(path=str(world.solution))
    assert arena.gains_nothing(attack).refused
    assert arena.grade(*STUBS.values(), attack).score == 0  # no stub comes after it
