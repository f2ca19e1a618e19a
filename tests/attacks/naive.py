"""How stock graders work, for controls: the tests run in the student's own interpreter."""

_PROGRAM = '''
import sys
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
config = Config()
config.HistoryManager.enabled = False
shell = InteractiveShell.instance(config=config)
for source in {student!r}:
    shell.run_cell(source)
test = """
import numpy as np
def test_double():
    x = np.random.default_rng(7).normal(size=4)
    expected = x + x
    {test}
test_double()
score = 3
"""
shell.run_cell(test)
print("SCORE", shell.user_ns.get("score", 0))
'''


USUAL = "np.testing.assert_allclose(double(x), expected)"


def naive_score(world, *student: str, test: str = USUAL) -> int:
    """The points out of 3 that a stock grader gives for `double`."""
    done = world.unconfined(_PROGRAM.format(student=list(student), test=test))
    lines = [line for line in done.stdout.splitlines() if line.startswith("SCORE ")]
    assert lines, done.stderr
    return int(lines[-1].split()[1])
