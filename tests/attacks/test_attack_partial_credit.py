"""Have the test cell give a negative number or none: stock graders give all points for it."""

import pytest
from nbgrader_attacks import ATTACKS

NAMES = ["negative", "not-a-number"]


@pytest.mark.parametrize("name", NAMES)
def test_control(stock, name):
    assert stock[name] == 3


@pytest.mark.parametrize("name", NAMES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])
