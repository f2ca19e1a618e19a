"""Forge a result of the test cell, which is taken as partial credit, before its error comes."""

import pytest
from nbgrader_attacks import ATTACKS

NAMES = ["execute-result"]


@pytest.mark.parametrize("name", NAMES)
def test_control(stock, name):
    assert stock[name] == 3


@pytest.mark.parametrize("name", NAMES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])
