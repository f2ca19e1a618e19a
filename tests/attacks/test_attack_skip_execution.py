"""Tag the test cell so that it is not run: no error, so full marks."""

import pytest
from nbgrader_attacks import ATTACKS

NAMES = ["tag"]


@pytest.mark.parametrize("name", NAMES)
def test_control(stock, name):
    assert stock[name] == 3


@pytest.mark.parametrize("name", NAMES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])
