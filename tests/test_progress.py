import io
import sys

import pytest

from autograder import progress
from autograder.progress import Progress


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(progress.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def steps(clock, bar, *seconds):
    for pause in seconds:
        clock.now += pause
        bar.step()


def test_plain_lines_tell_what_is_left_without_the_start(clock, capsys):
    with Progress(10, "submissions") as bar:
        steps(clock, bar, 60.0, 2.0, 2.0, 2.0, 2.0)
    lines = capsys.readouterr().err.splitlines()
    # Nothing can be told from the first; then 2 s each, whatever the start took.
    assert lines[0] == "2 of 10 submissions, about 16 s to go"
    assert lines[1:] == ["5 of 10 submissions, about 10 s to go"]


def test_nothing_is_said_when_all_is_done(clock, capsys):
    with Progress(2, "submissions") as bar:
        steps(clock, bar, 60.0, 60.0)
    assert capsys.readouterr().err == ""


def test_a_terminal_gets_a_bar_whose_clock_starts_with_the_first(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress(3, "submissions") as bar:
        started = bar._bar.start_t
        bar._bar.last_print_t -= 1000.0  # as if the first had taken that long
        bar.step()
        assert bar._bar.start_t > started + 900.0
        bar.say("s1: unreadable")
    assert "s1: unreadable" in terminal.getvalue()
