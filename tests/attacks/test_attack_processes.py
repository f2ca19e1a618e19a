"""Start processes: to run a program, to multiply without end, to edit the gradebook later."""

import pytest
from world import comes_true, end

START = """
import os
started = []
def child():
    os.closerange(0, 3)
    import time
    time.sleep(60)
    os._exit(0)
for _ in range({number}):
    pid = os.fork()
    if pid == 0:
        child()
    started.append(pid)
print(started)
"""
# Leaves its session and waits until nobody looks, as a daemon does.
LATER = """
import os, sqlite3, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(0.2)
        database = sqlite3.connect({path!r})
        database.execute("update grade set auto_score = 42 where student = 'mallory'")
        database.commit()
    os._exit(0)
"""
WAYS = [
    "os.fork()",
    "os.system('true') == 0 or 1 / 0",
    "os.popen('true').read()",
    "os.execv('/bin/true', ['true'])",
    "os.posix_spawn('/bin/true', ['true'], {})",
    "subprocess.run(['true'])",
    "subprocess.run('true', shell=True)",
    "multiprocessing.Process(target=int).start()",
    "concurrent.futures.ProcessPoolExecutor(1).submit(int).result()",
    "ctypes.CDLL(None, use_errno=True).fork() >= 0 or 1 / 0",
    "ctypes.CDLL(None).vfork() >= 0 or 1 / 0",
    "pty.spawn(['true'])",
]
IMPORTS = "import concurrent.futures, ctypes, multiprocessing, os, pty, subprocess\n"


def test_control(world):
    pids = eval(world.unconfined(START.format(number=3)).stdout)
    try:
        for pid in pids:
            with open(f"/proc/{pid}/stat") as file:
                assert file.read()
    finally:
        for pid in pids:
            end(pid)
    assert len(pids) == 3


def test_control_of_the_daemon(world):
    world.unconfined(LATER.format(path=str(world.gradebook)))
    assert comes_true(lambda: world.marks()[1] == ("mallory", 42.0))


def test_contained(arena, world):
    for attack in (START.format(number=1000), LATER.format(path=str(world.gradebook))):
        strike = arena.gains_nothing(attack)
        assert (strike.error, strike.printed) == ("PermissionError", "")


def test_every_way_is_closed(arena):
    strike = arena.gains_nothing(*[f"{IMPORTS}me = os.getpid()\n{w}\nprint('done')" for w in WAYS])
    assert strike.printed == ""
    assert [cell.index for cell in strike.cells if cell.error] == list(range(1, len(WAYS) + 1))


@pytest.mark.parametrize("way", WAYS[1:2] + WAYS[4:7])
def test_control_of_the_ways(world, way):
    done = world.unconfined(f"{IMPORTS}{way}\nprint('done')")
    assert done.stdout == "done\n", done.stderr
