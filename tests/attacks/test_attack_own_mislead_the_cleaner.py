"""Own: leave behind what makes those who clean up after a student touch what belongs to others.

The folder is emptied by the zygote, which no Landlock holds: links, closed folders, odd names.
"""

import subprocess
import sys

ATTACK = """
import os
targets = {targets!r}
for n, target in enumerate(targets):
    os.symlink(target, f"link{{n}}")
    os.makedirs(f"d{{n}}/e", exist_ok=True)
    os.symlink(target, f"d{{n}}/e/inner")
    os.symlink(target, f"../.{{n + 1}}")  # a name that the cleaner uses itself
    os.symlink("../" * 20 + target, f"d{{n}}/up")
os.mkdir("closed")
os.symlink(targets[0], "closed/link")
os.mkdir("loop")
os.symlink("..", "loop/loop")
for name in ("-rf", "*", "a\\nb", " ", "\\udcff", "..."):
    os.mkdir(name)
    os.symlink(targets[0], name + "/x")
for _ in range(600):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
os.symlink(targets[0], "end")
print("laid")
"""
NAIVE = """
import os, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    os.chmod(path, 0o700)  # so that it can be removed
"""


def test_control(world, tmp_path):
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "link").symlink_to(world.folder)
    subprocess.run([sys.executable, "-c", NAIVE, str(folder)], check=True)
    assert not world.is_untouched()
    world.folder.chmod(0o777)


def test_contained(arena, world):
    targets = [str(world.folder), str(world.gradebook), str(world.classmate.parent)]
    before = arena.zygote
    strike = arena.gains_nothing(ATTACK.format(targets=targets))
    assert strike.printed == "laid\n", strike.cells
    assert world.is_untouched()
    left = "import os\ndef attack(): return len(os.listdir('..'))"
    assert arena.call(left).value == 1  # its own folder
    assert arena.zygote == before
