"""Own: carry the inputs of a hidden case to the page, in whatever a failing call may say."""

import numpy as np
import pytest
from tiny import RIGHT

from autograder.attempt import Exam
from autograder.cases import Seed
from autograder.report.junit import render_junit
from autograder.report.page import render_feedback
from autograder.report.record_file import render_json
from autograder.report.text import render_markdown

HEAD = """
import linecache, sys, warnings
import numpy as np
def loot(x): return "loot" + "".join(str(int(abs(v) * 1e6)) for v in np.ravel(x))
"""
WAYS = {
    "message": "raise ValueError(loot(x))",
    "type": "raise type(loot(x), (Exception,), {})",
    "module": "raise type('E', (Exception,), {'__module__': loot(x), '__qualname__': loot(x)})()",
    "known message": "raise NameError(f\"name '{loot(x)}' is not defined\")",
    "key": "raise KeyError(loot(x))",
    "shapes": "raise ValueError('shapes (%d,3) and (4,) not aligned' % abs(x.flat[0] * 1e6))",
    "source line": "name = sys._getframe().f_code.co_filename\n"
    "    linecache.cache[name] = (1, None, [loot(x)] * 99, name)\n    raise ValueError('x')",
    "own file": "exec(compile('raise ValueError(1)  #' + loot(x), '<ipython-input-' + loot(x), "
    "'exec'))",
    "notes": "e = ValueError('x'); e.add_note(loot(x)); raise e",
    "warning": "warnings.warn(loot(x)); return x * 0",
    "print": "print(loot(x)); return x * 0",
    "value": "return loot(x)",
    "key of a dict": "return {loot(x): 1}",
    "type of a value": "return type(loot(x), (), {})()",
    "dtype": "return np.zeros(2, [(loot(x), 'f8')])",
    "stub": "raise NotImplementedError(loot(x))",
    "rename": "globals()['double'].__name__ = loot(x); raise ValueError",
    "file": "open(loot(x)[:99], 'w').write(loot(x)); return x * 0",
}


def loot(x):
    return "".join(str(int(abs(v) * 1e6)) for v in np.ravel(x))


def hidden_inputs(arena):
    question = arena.assignment.question("double")
    exam = Exam(arena.assignment, question, Seed(secret="s", student="mallory"))
    return [loot(case.arguments["x"]) for case in exam.cases]


@pytest.mark.parametrize("way", ["message", "type", "key of a dict", "warning"])
def test_control(arena, way):
    """It does reach the grader."""
    x = np.array([0.125, 3.5])
    with arena.worker.session() as session:
        session.run_cells([HEAD, f"def double(x):\n    {WAYS[way]}"], seconds=5)
        outcome = session.call("double", {"x": x}, seconds=1)
    assert loot(x) in repr(outcome)


@pytest.mark.parametrize("way", WAYS)
def test_contained(arena, way):
    double = f"{HEAD}\ndef double(x):\n    {WAYS[way]}"
    result = arena.grade(*({**RIGHT, "double": double}).values())
    assert result.questions[0].score == 0
    shown = [render_json(result), render_feedback(result), render_markdown(result)]
    shown.append(render_junit([result]))
    for secret in hidden_inputs(arena):
        assert len(secret) >= 6
        assert not [text for text in shown if secret in text]
