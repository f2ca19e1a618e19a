"""Speak to the grader past the runner: forged, garbled, slow, endless, cut off, or not at all."""

import pytest
from naive import naive_score

HEAD = """
import gc, os, socket, struct, sys, time
import numpy as np
def number():
    frame = sys._getframe()
    while "served" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["number"]
def line():
    return next(n for n in range(3, 64) if is_socket(n))
def is_socket(n):
    try: return os.readlink(f"/proc/self/fd/{n}").startswith("socket")
    except OSError: pass
    try: return bool(socket.socket(fileno=os.dup(n)).getpeername() or True)
    except OSError: return False
def channel():
    return next(x for x in gc.get_objects() if type(x).__name__ == "Channel")
def say(*parts): channel().send(list(parts))
"""
SPOKEN = {
    "a mark": "say(number(), 'passed', 1.0, 3.0)",
    "more points": "say(number(), 'value', {'score': 99, 'max_score': 99}, [], [])",
    "another number": "say(number() + 1, 'value', x + x, [], [])",
    "a number that is none": "say(True, 'value', x + x, [], [])",
    "twice": "say(number(), 'value', x * 0, [], []); say(number(), 'value', x * 0, [], [])",
    "too many parts": "say(number(), 'value', x * 0, [], [], [])",
    "a function": "say(number(), 'value', type(sys)('x'), [], [])",
    "foreign changes": "say(number(), 'value', x * 0, ['expected'], [])",
    "a call nobody serves": "say(number(), 'serve', 'double', [x], {})",
    "garbage": "os.write(line(), os.urandom(5000))",
    "zeros": "os.write(line(), bytes(5000))",
    "a gigabyte announced": "os.write(line(), struct.pack('<I', 2**30)); time.sleep(60)",
    "half a message": "os.write(line(), struct.pack('<I', 1000) + b'x' * 500); os._exit(0)",
    "cut off": "os.write(line(), struct.pack('<I', 1000) + b'x' * 500); time.sleep(60)",
    "slow": "os.write(line(), struct.pack('<I', 10**6))\n"
    "    while True: os.write(line(), b'x'); time.sleep(0.02)",
    "endless": "while True: os.write(line(), struct.pack('<I', 30 << 20) + bytes(1 << 20))",
    "closed": "os.closerange(0, 64)",
    "closed for writing": "socket.socket(fileno=os.dup(line())).shutdown(1); time.sleep(60)",
    "replaced": "os.dup2(os.open('/dev/null', 2), line())",
    "deaf": "x = [bytes(2**20)]; time.sleep(60)",
    "pickle": "import pickle; os.write(line(), pickle.dumps(eval))",
}
# What a grader that asks the student's process for the mark believes.
BELIEVED = "import numpy as np\nnp.testing.assert_allclose = lambda *a, **k: None\n"
BELIEVED += "def double(x): return x * 0"


def source(way):
    return f"{HEAD}\ndef double(x):\n    {SPOKEN[way]}\n    return x * 0"


def test_control(world):
    assert naive_score(world, BELIEVED) == 3


@pytest.mark.parametrize("way", ["a mark", "more points", "twice", "garbage", "cut off"])
def test_control_of_the_words(arena, way):
    """They do reach the grader: its end of the line gets them."""
    with arena.worker.session() as session:
        session.run_cells([source(way)], seconds=5)
        outcome = session.call("double", {"x": 1.0}, seconds=0.2)
    assert outcome.status in ("crashed", "timeout", "value"), outcome
    assert outcome.error is None or "signal" not in outcome.error.message or way == "cut off"


@pytest.mark.parametrize("way", SPOKEN)
def test_contained(arena, way):
    arena.cheats_in_vain(source(way))


def test_what_is_said_without_a_question_is_no_answer(arena):
    """A reply laid ready before the call is made."""
    early = HEAD + "for n in range(9): say(n, 'value', np.zeros(3), [], [])"
    arena.cheats_in_vain(early, "def double(x): return x * 0")
