"""Look for expected values and for the reference in one's own process: objects, frames, modules."""

from naive import naive_score

FRAMES = """
import sys
import numpy as np
def double(x):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in frame.f_locals.items():
            if name in ("expected", "answer", "answers", "reference") and name != "x":
                return value
        frame = frame.f_back
    return None
"""
OBJECTS = """
import gc
import numpy as np
def double(x):
    for thing in gc.get_objects():
        parts = thing.values() if type(thing) is dict else thing if type(thing) is list else [thing]
        for part in list(parts):
            if type(part) is np.ndarray and part.dtype == x.dtype and part.shape == x.shape:
                if part is not x and abs(part).sum() > abs(x).sum():
                    return part
    frame = __import__("sys")._getframe(1)
    while frame is not None:
        for part in list(frame.f_locals.values()):
            if type(part) is np.ndarray and part is not x and part.shape == x.shape:
                return part
        frame = frame.f_back
"""
FUNCTIONS = """
import gc, types
def double(x):
    for thing in gc.get_objects():
        if isinstance(thing, types.FunctionType) and thing is not double:
            if thing.__name__ in ("double", "shift", "halve", "compare", "answer"):
                print(thing.__code__.co_filename)
                if thing.__module__ != "__main__" and thing.__name__ == "double":
                    return thing(x)
"""


def test_control(world):
    assert naive_score(world, FRAMES) == 3
    assert naive_score(world, OBJECTS) == 3


def test_contained(arena):
    for attack in (FRAMES, OBJECTS, FUNCTIONS):
        arena.cheats_in_vain(attack)


def test_no_module_of_the_graders_is_loaded(arena):
    cell = """
    import gc, sys, types
    names = {m.__name__ for m in gc.get_objects() if isinstance(m, types.ModuleType)}
    print(sorted(n for n in names | set(sys.modules) if "autograder" in n or "reference" in n))
    """
    loaded = set(eval(arena.gains_nothing(cell).printed))
    runner = ["answer", "codec", "confine", "decoder", "encoder", "layout", "paths", "scratch"]
    runner += ["shell", "syscalls", "wire"]
    ours = {"autograder", "autograder.errors", "autograder.runner"}
    assert loaded <= ours | {f"autograder.runner.{name}" for name in runner}
