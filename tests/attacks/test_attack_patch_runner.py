"""Change the runner's own code, which runs in the student's process, from a cell."""

import pytest
from tiny import RIGHT

FIND = """
import gc, sys
import numpy as np
def module(name):
    found = [m for m in gc.get_objects() if type(m) is type(sys) and m.__name__.endswith(name)]
    return found[0] if found else sys.modules[f"autograder.runner.{name}"]
answer = next(o for o in gc.get_objects() if type(o).__name__ == "Answerer")
space = type(answer)._calls.__globals__
"""
WRONG = "def double(x):\n    return x * 0"
PATCHES = {
    "invoke": "space['invoke'] = lambda f, a: ('value', np.full(np.shape(a[0]), 7.0))",
    "status": "space['invoke'] = lambda f, a: ('passed', 1.0)",
    "exception": "space['invoke'] = lambda f, a: ('exception', ['Passed', '3/3', None, None])",
    "undefined": "space['invoke'] = lambda f, a: ('undefined', None)",
    "changes": "space['changed_names'] = lambda *a: ['x', 'score', 'x']",
    "codec": "c = space['codec']\nold = c.encode_strictly\n"
    "full = {'score': 3.0, 'max': 3.0}\n"
    "c.encode_strictly = c.encode = lambda v: old([*v[:2], full, [], [], []])",
    "opaque": "import types\nc = space['codec']\nc.encode_strictly = lambda v: [b'\\xff' * 100]",
    "serve": "type(answer)._calls = lambda *a: None",
    "channel": "type(answer._channel).send_encoded = lambda self, parts: None",
    "seed": "space['seed'] = lambda: None",
    "output": "type(answer._output).take = lambda self: 'x' * 10**7",
    "frames": "f = sys._getframe()\nwhile f:\n    f.f_locals.clear() if f.f_back else 0\n"
    "    f = f.f_back",
    "tracing": "def trace(f, e, a):\n    return trace\nsys.settrace(trace)\nsys.setprofile(trace)",
    "collector": "gc.callbacks.append(lambda *a: 1 / 0)\ngc.set_threshold(1)",
    "everything": "for o in list(gc.get_objects()):\n"
    "    if type(o) is dict and '__name__' in o and 'runner' in str(o['__name__']):\n"
    "        o.clear()",
}


@pytest.mark.parametrize("name", ["invoke"])
def test_control(arena, name):
    """The runner does believe its student; the grader does not believe the runner."""
    with arena.worker.session() as session:
        session.run_cells([FIND + PATCHES[name], WRONG], seconds=5)
        assert session.call("double", {"x": 1.0}, seconds=1).value == 7.0


@pytest.mark.parametrize("name", PATCHES)
def test_contained(arena, name):
    arena.cheats_in_vain(FIND + PATCHES[name], WRONG)


@pytest.mark.parametrize("name", ["seed", "tracing", "changes"])
def test_right_answers_keep_their_marks(arena, name):
    """What is changed for fun costs nothing where the values are right."""
    result = arena.grade(FIND + PATCHES[name], *RIGHT.values())
    assert (result.status, result.score) == ("graded", 5)
