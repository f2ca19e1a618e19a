"""Find the grader under /proc and read its memory, its files and its environment."""

import os

import pytest

ATTACKS = [
    "print(__import__('os').listdir('/proc'))",
    "print(open('/proc/{pid}/cmdline').read())",
    "print(open('/proc/{pid}/maps').read())",
    "print(open('/proc/{pid}/mem', 'rb').fileno())",
    "print(__import__('os').listdir('/proc/{pid}/fd'))",
    "print(__import__('os').readlink('/proc/{pid}/cwd'))",
    "print(__import__('os').listdir('/proc/{pid}/root/'))",
    "print(open('/proc/self/maps').read())",
    "print(open('/proc/self/mem', 'rb').fileno())",
    "print(open('/proc/self/environ').read())",
    "print(open('/proc/thread-self/status').read())",
    "print(open('/proc/meminfo').read())",
    "print(open('/sys/kernel/mm/transparent_hugepage/enabled').read())",
    "print(open('/dev/mem', 'rb').fileno())",
    "print(open('/etc/passwd').read())",
]
UNTRIED = ("/dev/mem", "/sys/")  # not everywhere, not for everybody


@pytest.mark.parametrize("attack", ATTACKS)
def test_control(world, attack):
    if not any(path in attack for path in UNTRIED):
        assert world.unconfined(attack.format(pid=os.getpid())).stdout


def test_contained(arena):
    attacks = [attack.format(pid=os.getpid()) for attack in ATTACKS]
    strike = arena.gains_nothing(*attacks)
    stopped = [cell.index for cell in strike.cells if cell.error]
    assert strike.printed == ""
    assert stopped[: len(attacks)] == list(range(1, len(attacks) + 1))  # 0 is the grader's own
