"""Return what is too large, too deep or without end, so that the grader chokes on it."""

import pytest

VALUES = {
    "giant": "np.zeros(60_000_000, np.uint8)",
    "giant text": "'x' * 100_000_000",
    "giant integer": "1 << 100_000_000",
    "many parts": "[0.0] * 10_000_000",
    "many keys": "{i: i for i in range(1_000_000)}",
    "wide shape": "np.zeros((0, 2**40))",
    "many axes": "np.zeros((1,) * 64) if np.lib.NumpyVersion(np.__version__) >= '2.0.0' else 0",
    "nested": "nest(100_000)",
    "nested a little": "nest(200)",
    "cyclic": "cycle()",
    "cyclic dict": "cycle_of_dicts()",
    "laughs": "laughs(60)",
    "laughs with arrays": "laughs(40, x)",
    "endless": "iter(int, 1)",
    "endless range": "range(10**18)",
    "lazy": "Lazy()",
    "views": "[np.broadcast_to(0.0, (10**9,))] * 100",
    "text array": "np.array(['x' * 10**6] * 50)",
    "own keys": "{Lazy(): 1}",
    "colliding keys": "{n * (2**61 - 1): n for n in range(20_000)}",
    "not a number": "{float('nan'): 1, float('nan') + 1: 2}",
    "surrogates": "'\\ud800' * 1000",
}
HEAD = """
import numpy as np
def nest(n):
    value = 0.0
    for _ in range(n): value = [value]
    return value
def cycle():
    a = [0.0]
    a.append(a)
    return a
def cycle_of_dicts():
    a = {}
    a["a"] = (a, [a])
    return a
def laughs(n, value=0.0):
    for _ in range(n): value = [value, value]
    return value
class Lazy(list):
    def __iter__(self):
        while True: yield 0.0
    def __len__(self): return 10**18
    def __repr__(self):
        return "x" * 10**8
"""


@pytest.mark.parametrize("value", ["nested", "cyclic", "laughs"])
def test_control(world, value):
    """A grader that writes down what it gets, in its own process, dies or never ends."""
    program = HEAD + "import pickle, resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n"
    program += f"x = 0.0\npickle.dumps({VALUES[value]}) and [0] == {VALUES[value]}\n"
    program += f"for _ in {VALUES[value]}: repr({VALUES[value]})\n"
    assert world.unconfined(program).returncode != 0 or value == "cyclic"


@pytest.mark.parametrize("value", VALUES)
def test_contained(arena, value):
    arena.cheats_in_vain(f"{HEAD}\ndef double(x): return {VALUES[value]}")


def test_a_large_answer_does_not_stay_in_the_grader(arena):
    """Each of many calls returns as much as it may."""
    result = arena.cheats_in_vain(f"{HEAD}\ndef double(x): return np.zeros(3_900_000)")
    assert result.questions[0].status == "failed"
