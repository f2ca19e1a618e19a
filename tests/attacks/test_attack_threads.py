"""Start threads without end, or leave one behind that goes on while others are graded."""

from tiny import RIGHT

BOMB = """
import threading, time
threading.stack_size(65536)
def attack():
    for _ in range({number}):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
    return threading.active_count()
"""
# Answers in the place of the function, forever.
LEFT_BEHIND = """
import sys, threading, time
import numpy as np
def channels():
    import gc
    return [x for x in gc.get_objects() if type(x).__name__ == "Channel"]
def speak():
    while True:
        for channel in channels():
            try:
                channel.send([3, "value", np.zeros(3), [], [], []])
            except Exception:
                pass
        time.sleep(0.001)
threading.Thread(target=speak, daemon=True).start()
"""
BUSY = """
import threading
def burn():
    while True:
        pass
threading.Thread(target=burn, daemon=True).start()
"""


def test_control(world):
    program = BOMB.format(number=100) + "print(attack(), flush=True)\nimport os\nos._exit(0)"
    assert world.unconfined(program).stdout == "101\n"


def test_control_of_what_is_left_behind(world):
    """It goes on, and uses up what is not its own, while the main thread waits."""
    waits = "import os, time\ntime.sleep(0.3)\nos.write(1, repr(time.process_time()).encode())\n"
    quiet = float(world.unconfined(waits + "os._exit(0)").stdout)
    assert float(world.unconfined(BUSY + waits + "os._exit(0)").stdout) > quiet + 0.02


def test_contained(arena):
    outcome = arena.call(BOMB.format(number=100_000))
    assert outcome.status in ("crashed", "exception")
    assert outcome.error.type in ("LimitExceeded", "RuntimeError", "Crash")


def test_a_thread_that_answers_for_others_gains_nothing(arena):
    result = arena.grade(LEFT_BEHIND, "def double(x):\n    return x * 0")
    assert (result.status, result.score) == ("graded", 0)


def test_a_busy_thread_costs_no_more_than_its_author(arena):
    result = arena.grade(BUSY, *RIGHT.values())
    assert result.status == "graded"
