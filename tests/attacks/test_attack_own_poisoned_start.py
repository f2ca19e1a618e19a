"""Own: lay out files that a library reads at its next start, or take the next folder's name."""

import os
import subprocess
import sys

from tiny import RIGHT

RC = "axes.titlesize: 99\n"
LAY = """
import os
here = os.getcwd()
top = os.path.dirname(here)
number = int(os.path.basename(here))
for folder in (here, top, top + "/.mpl", top + "/.ipython/profile_default/startup"):
    try:
        os.makedirs(folder, exist_ok=True)
        for name in ("matplotlibrc", "sitecustomize.py", "usercustomize.py", "numpy.py", "00.py"):
            open(f"{folder}/{name}", "w").write({rc!r} if name == "matplotlibrc" else "1 / 0")
    except OSError:
        pass
for n in range(number + 1, number + 200):
    try:
        os.symlink("/", f"{top}/{n}") if n % 2 else os.mkdir(f"{top}/{n}")
    except OSError:
        pass
"""
READ = """
import matplotlib.pyplot as plt
import os
print(plt.rcParams["axes.titlesize"], os.listdir("."))
"""


def test_control(tmp_path):
    (tmp_path / "matplotlibrc").write_text(RC)
    program = "import matplotlib\nprint(matplotlib.rcParams['axes.titlesize'])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env=os.environ | {"MPLCONFIGDIR": str(tmp_path)}, cwd=tmp_path.parent,
    )  # fmt: skip
    assert done.stdout == "99.0\n"


def test_contained(arena):
    arena.gains_nothing(LAY.replace("{rc!r}", repr(RC)))
    strike = arena.strike(READ, *RIGHT.values())  # matplotlib is imported for this one, in advance
    assert strike.printed == "large ['words.txt']\n"
    assert strike.result.score == 5
