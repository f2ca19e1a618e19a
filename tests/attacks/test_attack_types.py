"""Return something that claims to equal everything, or that acts when it is looked at."""

import pytest
from naive import naive_score

HEAD = "import numpy as np\n"
ACTS = {
    "array subclass": """
class Right(np.ndarray):
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return np.bool_(True)
    def __eq__(self, other): return True
    def __array_finalize__(self, other): pass
def double(x): return (x * 0).view(Right)
""",
    "float subclass": """
class Right(float):
    def __eq__(self, other): return True
    __sub__ = __rsub__ = lambda self, other: 0.0
    def __abs__(self): return 0.0
    def __float__(self): return 0.0
    __hash__ = float.__hash__
def double(x): return Right(0)
""",
    "list subclass": """
class Right(list):
    def __eq__(self, other): return True
    def __array__(self, *a, **k): return np.zeros(len(self))
    def __iter__(self): return iter([0.0] * len(self))
def double(x): return Right([0.0] * len(x))
""",
    "array function": """
class Right:
    __array_priority__ = 10**9
    def __init__(self, x): self.shape, self.dtype, self.ndim, self.size = x.shape, x.dtype, 1, 3
    def __array_function__(self, *a, **k): return True
    def __array_ufunc__(self, *a, **k): return True
    def __len__(self): return self.shape[0]
def double(x): return Right(x)
""",
    "objects": """
class Right:
    def __eq__(self, other): return True
    __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
    __lt__ = __le__ = __gt__ = __ge__ = lambda self, other: True
    def __float__(self): return 0.0
def double(x): return np.array([Right() for _ in x], dtype=object)
""",
    "interface": """
class Right:
    def __init__(self, x): self.__array_interface__ = {**x.__array_interface__, "data": (8, False)}
def double(x): return Right(x)
""",
    "masked": "def double(x): return np.ma.masked_all(x.shape)\n",
    "matrix": "def double(x): return np.matrix(x * 0)\n",
    "record": "def double(x): return np.zeros(x.shape, [('a', 'f8')])\n",
    "nan": "def double(x): return x * np.nan\n",
    "infinity": "def double(x): return x + np.inf\n",
    "empty": "def double(x): return np.zeros((0, *x.shape))\n",
    "nothing": "def double(x): return np.zeros(0)\n",
    "scalar": "def double(x): return np.float64(0)\n",
    "text": "def double(x): return [str(2 * v) for v in x]\n",
    "complex": "def double(x): return x * 2j\n",
    "function": "def double(x): return lambda *a: True\n",
    "generator": "def double(x): return (0 for _ in x)\n",
    "time": "def double(x): return np.zeros(x.shape, 'M8[s]')\n",
    "memory map": "def double(x): return np.memmap('m', x.dtype, 'w+', shape=x.shape)\n",
    "strides": "def double(x):\n"
    "    return np.lib.stride_tricks.as_strided(x, x.shape, (2**40,) * x.ndim)\n",
}
REDUCE = """
import os
class Act:
    def __reduce__(self): return (open, ({path!r}, "w"))
    def __repr__(self): return "Act"
def double(x): return Act()
"""


@pytest.mark.parametrize("name", ["array subclass", "array function", "objects"])
def test_control(world, name):
    assert naive_score(world, HEAD + ACTS[name], test="assert np.all(double(x) == expected)") == 3


def test_control_of_unpickling(world, tmp_path):
    target = tmp_path / "acted"
    program = (
        REDUCE.format(path=str(target)) + "import pickle\npickle.loads(pickle.dumps(double(1)))"
    )
    world.unconfined(program)
    assert target.exists()


@pytest.mark.parametrize("name", ACTS)
def test_contained(arena, name):
    arena.cheats_in_vain(HEAD + ACTS[name])


def test_nothing_acts_in_the_grader(arena, tmp_path):
    target = tmp_path / "acted"
    arena.cheats_in_vain(REDUCE.format(path=str(target)))
    assert not target.exists()
