"""Own: send a reply that another's process will send, too, and have it kept as something else.

Replies that were read once are recognized by their bytes, whoever sends them. What one process may
leave behind in this way must be true of every other.
"""

import numpy as np
import pytest
from test_attack_replies import HEAD

from autograder.attempt import Exam, judge_case
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.kept import Kept
from autograder.runner.outcome import Outcome, Raised
from autograder.runner.session import Session

# Nobody serves here: it is a reply, though one that cannot be read.
FORGED_REQUEST = f"{HEAD}\ndef shift(x):\n    say(number(), 'serve', 'double', [x], {{}})"
FORGED_CHANGE = f"{HEAD}\ndef half(y):\n    say(number(), 'value', 1, ['x'], [], [])"
HONEST = "def shift(x): return double(x)\ndef fill(x):\n    x[0] = 7\n    return 1"


def call(arena, source, name, **more):
    with arena.worker.session() as session:
        session.run_cells([source], seconds=5)
        return session.call(name, more.pop("arguments", {"x": np.ones(2)}), seconds=2, **more)


def served(arena):
    return call(arena, HONEST, "shift", served={"double": lambda x: np.multiply(x, 2)})


def test_control(arena, monkeypatch):
    """If any reply were kept, a request for a served function would pass for one."""

    def keep_all(self, reply, _outcome):
        self._worker.read.keep(reply.body, reply, 1, most=1 << 20)

    def keep_unread(self, *args):
        reply = receive(self, *args)
        keep_all(self, reply, None)
        return reply

    receive = Session._receive
    monkeypatch.setattr(Session, "_receive", keep_unread)
    try:
        assert call(arena, FORGED_REQUEST, "shift").status == "crashed"
        assert served(arena).status == "crashed"
    finally:
        arena.worker.read = Kept()


def test_a_request_is_not_kept_as_a_reply(arena):
    assert call(arena, FORGED_REQUEST, "shift").status == "crashed"
    outcome = served(arena)
    assert outcome.status == "value", outcome
    assert (outcome.value == 2).all()


def test_a_kept_reply_is_checked_for_every_call(arena):
    """It names a changed argument that this function does not have."""
    outcome = call(arena, HONEST, "fill")
    assert (outcome.value, outcome.changed) == (1, ("x",))
    forged = call(arena, FORGED_CHANGE, "half", arguments={"y": np.ones(2)})
    assert forged.status == "crashed", forged
    assert call(arena, HONEST, "fill").changed == ("x",)


def test_the_line_that_an_error_names_is_the_students_own(arena):
    """Who forges an error with a classmate's line neither takes it from the page nor gets it."""
    assignment = arena.assignment
    bank, question = Bank(assignment, "s"), assignment.question("double")
    exam = Exam(assignment, question, Seed(secret="s", student="ada"), bank)
    case = exam.cases[0]
    said = {}
    for name, line in [("forger", None), ("honest", "return x[9]")] * 2:
        error = Raised(type="IndexError", message="", line=line, lineno=line and 2)
        outcome = Outcome(status="exception", error=error, reply=b"the same")
        said[name] = judge_case(exam, case, exam.answers[0], outcome).problem
    assert said["honest"] == "It raised IndexError in the line `return x[9]`."
    assert said["forger"] == "It raised IndexError."


def test_what_a_call_with_help_returns_is_not_kept(arena):
    before = arena.worker.read.size
    assert served(arena).status == "value"
    assert arena.worker.read.size == before


def test_who_was_asked_is_known_where_the_reply_is_none(arena):
    source = f"{HEAD}\ndef shift(x):\n    double(x); say(number(), 'value', 1, ['none'], [], [])"
    given = {"double": lambda x: np.multiply(x, 2)}
    outcome = call(arena, source, "shift", served=given)
    assert (outcome.status, outcome.asked) == ("crashed", {"double"})


@pytest.mark.parametrize("guess", ["{}", "'value'", "x * 0"])
def test_a_guess_is_kept_as_a_guess(arena, guess):
    """It is recognized, and as wrong as it was before."""
    for _ in range(2):
        arena.cheats_in_vain(f"def double(x): return {guess}")
