"""Rewrite the test cells before they run: transformers of the input and of the syntax tree."""

import pytest
from nbgrader_attacks import ATTACKS

NAMES = ["input-transformer", "ast-transformer"]


@pytest.mark.parametrize("name", NAMES)
def test_control(stock, name):
    assert stock[name] == 3


@pytest.mark.parametrize("name", NAMES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])
