"""Whatever bytes a student's process sends, only the project's own error comes out of them."""

import random
from contextlib import suppress

import msgpack
import numpy as np
import pytest
from hostile import bytes_changed, value

from autograder.compare import compare
from autograder.errors import CodecError
from autograder.library import find_assignment
from autograder.runner import codec
from autograder.runner.layout import Opaque
from autograder.runner.outcome import read_call, read_cell
from autograder.runner.served import serve

QUESTIONS = find_assignment("rnn-cell").questions
PLAIN = (type(None), bool, int, float, complex, str, bytes, Opaque, codec.Source, np.generic)


def message(chance: random.Random) -> bytes:
    """A reply as the runner's own code would send it."""
    number = chance.randrange(3)
    error = ["ValueError", "message", "line of code", 3]
    body = chance.choice(
        [
            lambda: [
                number,
                "value",
                value(chance),
                ["x"],
                ["RuntimeWarning: overflow"],
                ["matrix"],
            ],
            lambda: [number, "exception", error, [], [], []],
            lambda: [number, error, "printed"],
            lambda: [number, None, ""],
            lambda: [number, "serve", "f", [value(chance)], {"k": value(chance)}],
            lambda: value(chance),
        ]
    )()
    return b"".join(bytes(part) for part in codec.encode(body))


def forged(chance: random.Random) -> bytes:
    """A message whose tree was written by hand: any tags, any sizes."""
    packed = msgpack.packb(_tree(chance, 0), unicode_errors="surrogatepass")
    blobs = chance.randbytes(chance.choice([0, 8, 16, 64, 100]))
    length = len(packed) if chance.random() < 0.9 else chance.randrange(1 << 32)
    return length.to_bytes(4, "little") + packed + bytes(-(4 + len(packed)) % 16) + blobs


def _tree(chance: random.Random, depth: int):
    roll = chance.random()
    if depth > 5 or roll < 0.3:
        odd = [None, True, 0, -1, 2**63, 1.5, float("nan"), "x", "<f8", "|O", b"", b"\xff" * 9, {}]
        return chance.choice(odd)
    tag = chance.choice([*range(10), -1, True, "x", None, 1 << 40])
    if roll < 0.5:
        shape = [chance.choice([0, 1, 2, 8, -1, 1 << 40, True, None]) for _ in range(3)]
        dtype = chance.choice(["<f8", "|b1", "<U3", ">c16", "<U999999", "|O", "<m8", "f", 3, ""])
        return [3, dtype, *shape[: chance.randrange(4)]]
    return [tag, *[_tree(chance, depth + 1) for _ in range(chance.randrange(5))]]


def check_plain(found: object, depth: int = 0) -> None:
    """Only exact types of plain data, no subclass and nothing that can act."""
    assert depth < 40
    if type(found) in (list, tuple):
        for part in found:  # type: ignore[attr-defined]
            check_plain(part, depth + 1)
    elif type(found) is dict:
        for key, part in found.items():
            check_plain(key)
            check_plain(part, depth + 1)
    elif type(found) is np.ndarray:
        assert found.dtype.kind in "biufcU"
        assert not found.dtype.hasobject
    else:
        assert isinstance(found, PLAIN), type(found)


def read_all(data: bytes, chance: random.Random) -> bool:
    """Decode a message and use it in every way that the grader does; False if it is none."""
    try:
        found = codec.decode(data)
    except CodecError:
        return False
    check_plain(found)
    codec.encode(found)
    parts = list(found)[1:] if isinstance(found, list | tuple) else [found]
    for read in (lambda: read_cell(parts, 0), lambda: read_call(parts, ["x"])):
        try:
            outcome = read()
        except CodecError:
            continue
        if getattr(outcome, "status", "") == "value":
            question = chance.choice(QUESTIONS)
            wanted = tuple(np.ones((2, 3)) for _ in question.returns)
            if all(output.kind.name == "ARRAY" for output in question.returns):
                expected = wanted if len(wanted) > 1 else wanted[0]
                assert len(compare(question.returns, expected, outcome.value)) == len(wanted)
    with suppress(CodecError):
        serve(parts[1:], {"f": np.sum}, 1.0)
    return True


def fuzz(rounds: int, seed: int) -> int:
    chance = random.Random(seed)
    understood = 0
    for number in range(rounds):
        if number % 3 == 0:
            data = forged(chance)
        else:
            data = message(chance)
            if number % 3 == 1 or chance.random() < 0.5:
                data = bytes_changed(data, chance)
        if chance.random() < 0.05 and data:
            data = bytes_changed(data, chance)
        understood += read_all(data, chance)
    return understood


def test_a_slice_of_the_fuzz():
    assert 1000 < fuzz(6_000, seed=1) < 6_000


@pytest.mark.slow
def test_the_whole_fuzz():
    assert 20_000 < fuzz(200_000, seed=2) < 200_000  # every other one a mutation of a right one
