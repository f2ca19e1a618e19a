import numpy as np
import pytest

from autograder.draws import DRAW_NAMES, Draws


def draws(seed=0, *, rounded=False):
    return Draws(np.random.default_rng(seed), rounded=rounded)


def test_names_are_methods():
    assert set(draws().names()) == set(DRAW_NAMES)
    assert "normal" in DRAW_NAMES
    assert "names" not in DRAW_NAMES


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_each_draw_keeps_its_promise(seed, rounded):
    d = draws(seed, rounded=rounded)
    assert d.normal(2, 3).shape == (2, 3)
    u = d.uniform(50, low=-2, high=-1)
    assert u.min() >= -2
    assert u.max() <= -1
    assert set(np.unique(d.signs(4, 3))) == {-1.0, 1.0}
    assert set(np.unique(d.bits(2))) == {0.0, 1.0}
    one_hot = d.one_hot(3, 4, 5)
    assert one_hot.shape == (3, 4, 5)
    assert np.array_equal(one_hot.sum(axis=0), np.ones((4, 5)))
    p = d.probabilities(3, 4)
    assert p.min() > 0
    assert np.allclose(p.sum(axis=0), 1)
    lengths = d.lengths(3, 6)
    assert lengths.min() >= 1
    assert lengths.min() < 6
    mask = d.mask(3, 6)
    assert np.all(np.diff(mask, axis=1) <= 0)
    assert np.all(mask[:, 0] == 1)
    assert np.allclose(np.linalg.svd(d.orthogonal(4, 1.3), compute_uv=False), 1.3)
    assert np.isclose(np.abs(np.linalg.eigvals(d.spectral(4, 0.9))).max(), 0.9)
    assert 2 <= d.integers(2, 3) <= 3
    assert isinstance(d.integers(2, 3), int)


def test_rounded_numbers_are_short_and_never_vanish():
    values = np.unique(draws(rounded=True).normal(1000))
    assert 0.0 not in values
    assert 1.0 not in np.abs(values)
    assert len(values) == 6


def test_single_bit_is_allowed():
    assert draws().bits(1).item() in (0.0, 1.0)


def test_same_seed_same_numbers():
    assert np.array_equal(draws(5).normal(3), draws(5).normal(3))
    assert not np.array_equal(draws(5).normal(3), draws(6).normal(3))
