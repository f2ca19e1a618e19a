"""Replace the kernel's own function that runs cells."""

import pytest
from nbgrader_attacks import ATTACKS

NAMES = ["run-cell-async"]


@pytest.mark.parametrize("name", NAMES)
def test_control(stock, name):
    assert stock[name] == 3


@pytest.mark.parametrize("name", NAMES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])
