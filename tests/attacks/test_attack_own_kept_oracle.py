"""Own: keep the grader's function that stood in for one's own, and ask it for another question.

`shift` is graded again with the grader's `double` in place, over the pipe. What asks the grader
there must not be able to answer for `double` itself.
"""

import numpy as np

KEEP = """
import builtins, gc
kept = []
def shift(x):
    kept.append(double)
    builtins.oracle = double
    return halve(double(x) * 0)
def double(x):
    import builtins
    asked = getattr(builtins, "oracle", None)
    if asked is not None:
        return asked(x)
    for thing in gc.get_objects():
        if getattr(thing, "__code__", None) and thing.__code__.co_name == "proxy":
            return thing(x)
    return x * 0
"""  # fmt: skip
ASK = """
def double(x):
    import gc
    answerer = next(o for o in gc.get_objects() if type(o).__name__ == "Answerer")
    return answerer._proxy(answerer_number(), "double")(x)
def answerer_number():
    import sys
    frame = sys._getframe()
    while "served" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["number"]
"""


def test_control(arena):
    """While it is served, the grader's function does answer."""
    with arena.worker.session() as session:
        session.run_cells(["def shift(x): return double(x)"], seconds=5)
        served = {"double": lambda x: np.multiply(x, 2)}
        assert session.call("shift", {"x": 21.0}, seconds=1, served=served).value == 42


def test_contained(arena):
    arena.cheats_in_vain(KEEP)
    arena.cheats_in_vain(ASK)


def test_the_other_questions_order_does_not_matter(arena):
    """The one who serves is asked first, and the process lives on."""
    with arena.worker.session() as session:
        session.run_cells([KEEP, "def halve(x): return x / 2"], seconds=5)
        served = {"double": lambda x: np.multiply(x, 2)}
        session.call("shift", {"x": np.ones(2)}, seconds=1, served=served)
        outcome = session.call("double", {"x": np.ones(2)}, seconds=1)
    assert outcome.status == "crashed", outcome
