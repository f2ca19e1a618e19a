"""Give oneself marks, and take a classmate's, in the gradebook's file."""

ATTACK = """
import sqlite3
database = sqlite3.connect({path!r})
database.execute("update grade set auto_score = 5994 where student = 'mallory'")
database.execute("update grade set auto_score = 0 where student = 'ada'")
database.commit()
"""


def test_control(world):
    world.unconfined(ATTACK.format(path=str(world.gradebook)))
    assert world.marks() == [("ada", 0.0), ("mallory", 5994.0)]


def test_contained(arena, world):
    assert arena.gains_nothing(ATTACK.format(path=str(world.gradebook))).refused
    assert world.marks() == [("ada", 5.0), ("mallory", 0.0)]
