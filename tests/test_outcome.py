"""What a student's process replies is believed part by part."""

import pytest

from autograder.errors import CodecError
from autograder.runner.outcome import read_call, read_cell


def test_a_call() -> None:
    outcome = read_call(["value", 3, ["x"], ["w" * 600] * 30, ["argument"]], ["x", "y"])
    assert (outcome.status, outcome.value, outcome.changed) == ("value", 3, ("x",))
    assert outcome.habits == ("argument",)
    assert outcome.warnings == ("w" * 500,) * 20


@pytest.mark.parametrize(
    "reply",
    [
        [],
        ["value", 3, [], []],
        ["value", 3, [], [], [], []],
        ["value", 3, [], [], 1],
        ["value", 3, [], [], ["other"]],
        ["value", 3, [], [], ["matrix", "matrix"]],
        ["value", 3, "x", [], []],
        ["value", 3, ["z"], [], []],
        ["value", 3, ["x", "x"], [], []],
        ["value", 3, ["x"] * 1_000_000, [], []],
        ["value", 3, [1], [], []],
        ["value", 3, [], [1], []],
        ["timeout", 3, [], [], []],
        [["value"], 3, [], [], []],
        ["exception", ["E", "m", None], [], [], []],
        ["exception", ["E", "m", None, True], [], [], []],
        ["exception", ["E", "m", 3, None], [], [], []],
    ],
)
def test_a_forged_call(reply: list[object]) -> None:
    with pytest.raises(CodecError, match="bad"):
        read_call(reply, ["x", "y"])


@pytest.mark.parametrize("reply", [[], [None], [None, 3], [[], ""], [["E", "m", None, 1.0], ""]])
def test_a_forged_cell(reply: list[object]) -> None:
    with pytest.raises(CodecError, match="bad"):
        read_cell(reply, 0)
