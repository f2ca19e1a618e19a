"""Print without end, by every way there is."""

import pytest
from tiny import RIGHT

from autograder.report.record_file import render_json

WAYS = {
    "print": "for _ in range({n}): print('x' * 1000)",
    "one text": "print('x' * 1000 * {n})",
    "stderr": "import sys\nfor _ in range({n}): print('x' * 1000, file=sys.stderr)",
    "bytes": "import sys\nfor _ in range({n}): sys.stdout.buffer.write(b'x' * 1000)",
    "descriptor": "import os\nfor _ in range({n}): os.write(1, b'x' * 1000)",
    "original": "import sys\nfor _ in range({n}): sys.__stdout__.write('x' * 1000)",
    "value": "None\n'x' * 1000 * {n}",
    "library": "import ctypes\nfor _ in range({n}): ctypes.CDLL(None).write(1, b'x' * 1000, 1000)",
    "error": "raise ValueError('x' * 1000 * {n})",
    "warnings": "import warnings\nfor i in range({n}): warnings.warn('x' * 1000 + str(i))",
}


@pytest.mark.parametrize("way", WAYS)
def test_control(world, way):
    program = WAYS[way].format(n=300)
    if way == "value":
        program = program.replace("'x'", "print('x'") + ")"
    done = world.unconfined(program)
    assert len(done.stdout + done.stderr) >= 300_000


def test_contained(arena):
    strike = arena.strike(*(way.format(n=20_000) for way in WAYS.values()), *RIGHT.values())
    assert strike.result.score == 5
    assert all(len(cell.output) <= 11_000 for cell in strike.cells)
    assert len(render_json(strike.result)) < 20_000
