"""Change what the comparison is made with: numpy, its tests, the builtins."""

import pytest
from naive import USUAL, naive_score

WRONG = "def double(x): return x * 0"
PATCHES = {
    "allclose": "np.allclose = np.array_equal = np.isclose = lambda *a, **k: True",
    "testing": "np.testing.assert_allclose = lambda *a, **k: None\n"
    "np.testing.assert_array_equal = np.testing.assert_array_almost_equal = lambda *a, **k: None",
    "deeper": "import numpy.testing._private.utils as utils\n"
    "utils.assert_array_compare = lambda *a, **k: None\n"
    "utils.assert_allclose.__code__ = (lambda *a, **k: None).__code__\n"
    "np.testing.assert_allclose.__wrapped__ = None\n"
    "np.testing.assert_allclose = lambda *a, **k: None",
    "arithmetic": "np.testing.assert_allclose = lambda *a, **k: None\n"
    "np.subtract = np.abs = np.max = lambda *a, **k: 0.0",
    "builtins": "import builtins\nbuiltins.abs = builtins.sum = lambda *a, **k: 0\n"
    "builtins.all = lambda *a, **k: True",
    "random": "np.random.default_rng = lambda *a: type('R', (), {'normal':"
    " lambda self, *a, **k: np.zeros(k.get('size', 3))})()\nnp.random.seed = lambda *a: None",
    "modules": "import sys\nfake = type(sys)('numpy')\nfake.__getattr__ = lambda name: fake\n"
    "fake.testing = fake\nfake.assert_allclose = lambda *a, **k: None\n"
    "fake.random = np.random\nsys.modules['numpy'] = fake",
}
TESTS = {
    "allclose": "assert np.allclose(double(x), expected)",
    "builtins": "assert all(double(x) == expected)",
}


@pytest.mark.parametrize("name", PATCHES)
def test_control(world, name):
    test = TESTS.get(name, USUAL)
    assert naive_score(world, f"import numpy as np\n{PATCHES[name]}\n{WRONG}", test=test) == 3


@pytest.mark.parametrize("name", PATCHES)
def test_contained(arena, name):
    arena.cheats_in_vain(f"import numpy as np\n{PATCHES[name]}\n{WRONG}")
