"""Find the course's secret, from which every hidden case is drawn, in the environment."""

import os

ATTACK = """
import os
text = repr(dict(os.environ))
for pid in ("self", {pid}, os.getppid()):
    try:
        text += open(f"/proc/{{pid}}/environ").read()
    except OSError:
        pass
print({secret!r} in text)
"""


def test_control(world):
    secret = os.environ["AUTOGRADER_SECRET"]
    attack = ATTACK.format(secret=secret, pid=world.victim().pid)
    assert world.unconfined(attack).stdout == "True\n"
    assert world.unconfined(attack, env={}).stdout == "True\n"  # another process's, by its pid


def test_contained(arena, world):
    secret = os.environ["AUTOGRADER_SECRET"]
    attack = ATTACK.format(secret=secret, pid=world.victim().pid)
    assert arena.gains_nothing(attack).printed == "False\n"


def test_nothing_else_of_the_graders_environment_is_there(arena):
    names = eval(arena.gains_nothing("import os\nprint(dict(os.environ))").printed)
    own = {"HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "PATH", "LANG", "LC_CTYPE", "PWD"}
    ours = {name for name, value in names.items() if os.environ.get(name) == value}
    assert {n for n in ours if not n.endswith("_THREADS") and not n.startswith("PYTHON")} <= own
