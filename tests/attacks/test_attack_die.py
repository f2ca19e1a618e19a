"""Die, in every way, so that the grader dies too or loses the submission."""

import textwrap

import pytest
from tiny import RIGHT

WAYS = {
    "exit": "os._exit(0)",
    "exit of c": "ctypes.CDLL(None).exit(0)",
    "abort": "os.abort()",
    "segfault": "ctypes.string_at(0)",
    "kill": "os.kill(os.getpid(), 9)",
    "terminate": "os.kill(os.getpid(), 15)",
    "alarm": "signal.setitimer(signal.ITIMER_REAL, 0.01)\nwhile True: pass",
    "bus error": "open('f', 'wb').write(b'x' * 4096)\nf = open('f', 'r+b')\n"
    "m = mmap.mmap(f.fileno(), 4096)\nos.truncate('f', 0)\nm[0]",
    "stack": "sys.setrecursionlimit(10**9)\nclass A:\n    def __getattr__(self, n):"
    " return getattr(self, n)\nrepr(eval('[' * 99)) if 0 else A().x",
    "code": "exec(type((lambda: 0).__code__)(0, 0, 0, 0, 9, 0, bytes([100, 255] * 9), (), (), (),"
    " '', '', '', 0, b'', b''))",
}
IMPORTS = "import ctypes, mmap, os, signal, sys\n"


@pytest.mark.parametrize("way", WAYS)
def test_control(world, way):
    program = "import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n" + IMPORTS
    done = world.unconfined(program + WAYS[way] + "\nprint('alive', flush=True)")
    assert done.stdout == ""
    assert done.returncode == 0 if way.startswith("exit") else done.returncode < 0


def test_control_of_stock_graders(stock):
    """The submission is lost."""
    assert stock["exit"] == "failed"


def test_cells_are_skipped_and_named(arena):
    strike = arena.strike(*(IMPORTS + way for way in WAYS.values()), *RIGHT.values())
    assert strike.result.score == 5
    found = {cell.index: cell.status for cell in strike.result.cells}
    assert found == dict.fromkeys(range(len(WAYS)), "crashed")


@pytest.mark.parametrize("way", WAYS)
def test_a_function_costs_itself_only(arena, way):
    double = "def double(x):\n" + textwrap.indent(IMPORTS + WAYS[way], "    ")
    result = arena.grade(*({**RIGHT, "double": double}).values())
    scores = {question.id: (question.status, question.score) for question in result.questions}
    assert scores == {"double": ("crashed", 0), "shift": ("passed", 2)}


def test_a_death_is_nobody_elses_work(arena):
    """No crash handler of the system, which runs as root, is started by a student."""
    limits = "import resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))"
    assert arena.gains_nothing(limits).printed == "(1, 1)\n"
