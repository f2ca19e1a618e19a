"""Values and documents made to break their reader, from a seeded generator."""

import copy
import json
import random
from typing import Any

import numpy as np

from autograder.runner.codec import Opaque

NUMBERS: tuple[Any, ...] = (
    0, 1, -1, 2**31, 2**53, -(2**63), 2**64, 10**400, True, False, 0.0, -0.0, 1e308, 5e-324,
    float("nan"), float("inf"), -float("inf"), 1j, complex("nan+infj"),
    np.float16(1), np.float32("nan"), np.float64("inf"), np.longdouble("1e4000"), np.int8(-1),
    np.uint64(2**64 - 1), np.bool_(True), np.complex64(1j),
)  # fmt: skip
TEXTS: tuple[Any, ...] = (
    "", "x", "\0", "\x1b[2J", "<script>alert(1)</script>", "«»", "a" * 5000, "\U0001f600", "\u202e",
    "nan", "1", "{0}", "%s", "{{7*7}}", b"", b"\xff\x00", None, Opaque("function", "<f>"),
    Opaque("", ""), Opaque("«<b>»" * 16, "\n" * 500), (), [], {},
)  # fmt: skip
DTYPES = ("?", "i1", "u8", "i8", "f2", "f4", "f8", ">f8", ">i4", "g", "F", "D", "G", "U1", "U9")
SHAPES: tuple[tuple[int, ...], ...] = (
    (), (0,), (1,), (3,), (1, 1), (2, 3), (3, 2), (0, 3), (2, 3, 4), (1, 1, 1, 1), (1,) * 12,
    (500,),
)  # fmt: skip


def value(chance: random.Random, depth: int = 0) -> Any:
    """Something that a student's process can send."""
    kind = chance.randrange(8 if depth < 4 else 4)
    if kind == 0:
        return chance.choice(NUMBERS)
    if kind == 1:
        return chance.choice(TEXTS)
    if kind < 5:
        return array(chance)
    inner = [value(chance, depth + 1) for _ in range(chance.randrange(5))]
    if kind == 5:
        return inner
    if kind == 6:
        return tuple(inner)
    keys = [chance.choice(["a", "", "Wax", "dWaa", 1, 2.5, None, True, "«"]) for _ in inner]
    return dict(zip(keys, inner, strict=True))


def array(chance: random.Random) -> np.ndarray:
    """An array of any dtype that can be sent, often with odd entries."""
    dtype, shape = np.dtype(chance.choice(DTYPES)), chance.choice(SHAPES)
    size = int(np.prod(shape))
    if dtype.kind == "U":
        return np.array([chance.choice(["", "a", "\0", "9"]) for _ in range(size)], dtype).reshape(
            shape
        )
    numbers = np.array([chance.choice([0.0, 1.0, -1.0, 0.5, 100.0]) for _ in range(size)])
    made = numbers.astype(dtype).reshape(shape)
    if dtype.kind in "fc" and size and chance.random() < 0.3:
        made.reshape(-1)[chance.randrange(size)] = chance.choice([np.nan, np.inf, -np.inf])
    return made


def disturbed(expected: Any, chance: random.Random) -> Any:
    """A right value with something wrong in it: its parts are exchanged for hostile ones."""
    if chance.random() < 0.25:
        return value(chance, 2)
    if isinstance(expected, dict):
        found = {key: disturbed(part, chance) for key, part in expected.items()}
        if found and chance.random() < 0.2:
            found.pop(chance.choice(list(found)))
        return found
    if isinstance(expected, list | tuple):
        parts = [disturbed(part, chance) for part in expected]
        if chance.random() < 0.1:
            parts = parts[:-1] if chance.random() < 0.5 else [*parts, value(chance)]
        return tuple(parts) if chance.random() < 0.5 else parts
    if isinstance(expected, np.ndarray):
        return _disturbed_array(expected, chance)
    return expected


def _disturbed_array(expected: np.ndarray, chance: random.Random) -> Any:
    kind = chance.randrange(8)
    changed = np.array(expected, dtype=float)
    if kind == 0 and changed.size:
        odd = [np.nan, np.inf, -np.inf, 1e300, -0.0, 5e-324]
        changed.reshape(-1)[chance.randrange(changed.size)] = chance.choice(odd)
    elif kind == 1:
        changed = changed.astype(chance.choice(["f2", "f4", "g", "i8", "?", "D", ">f8", "u1"]))
    elif kind == 2:
        changed = np.transpose(changed)
    elif kind == 3:
        return changed.tolist()
    elif kind == 4:
        with np.errstate(all="ignore"):
            changed = changed * chance.choice([0, -1, 2, 1e308, 1e-320, np.nan])
    elif kind == 5:
        changed = changed.reshape(-1)[: chance.randrange(changed.size + 1)]
    elif kind == 6:
        changed = changed[np.newaxis]
    return changed


SCRAPS: tuple[Any, ...] = (
    None, True, 0, -1, 3, 4, 1e300, float("nan"), float("inf"), 10**30, "", "code", "\ud800", "\0",
    "test_double", "double", "check('double')", [], {}, [None], ["x", 3, None], {"a": []},
    [[[[]]]], "x" * 3000, "\u202e\x1b[0m<script>", {"nbgrader": 3}, {"nbgrader": {"grade_id": []}},
)  # fmt: skip


def document(original: Any, chance: random.Random) -> Any:
    """A notebook's document with parts exchanged, doubled, renamed or left out."""
    changed = copy.deepcopy(original)
    for _ in range(chance.randint(1, 4)):
        parent, key = _place(changed, chance)
        if parent is None:
            return chance.choice(SCRAPS)
        kind = chance.randrange(5)
        if kind < 2:
            parent[key] = copy.deepcopy(chance.choice(SCRAPS))
        elif kind == 2:
            del parent[key]
        elif kind == 3 and isinstance(parent, dict):
            parent[chance.choice(["cells", "source", "input", "metadata", "x"])] = parent.pop(key)
        elif isinstance(parent, list):
            parent[key:key] = [copy.deepcopy(parent[key])] * chance.randint(1, 3)
        else:
            parent[key] = {"nested": parent[key]}
    return changed


def _place(tree: Any, chance: random.Random) -> tuple[Any, Any]:
    """A container somewhere in a tree, and one of its keys."""
    parent, key = None, None
    while isinstance(tree, dict | list) and tree:
        parent = tree
        key = chance.choice(list(tree)) if isinstance(tree, dict) else chance.randrange(len(tree))
        tree = tree[key]
        if chance.random() < 0.25:
            break
    return parent, key


ENCODINGS = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "latin-1",
    "cp1252",
)


def written(tree: Any, chance: random.Random) -> bytes:
    """A document as a file: usually JSON in UTF-8."""
    indent = chance.choice([None, 1])
    text = json.dumps(tree, ensure_ascii=chance.random() < 0.5, indent=indent)
    encoding = "utf-8" if chance.random() < 0.6 else chance.choice(ENCODINGS)
    data = text.encode(encoding, "surrogatepass" if encoding[:3] == "utf" else "replace")
    return bytes_changed(data, chance) if chance.random() < 0.4 else data


def bytes_changed(data: bytes, chance: random.Random) -> bytes:
    """A file with bytes lost, changed, repeated or put in; sometimes cut off."""
    for _ in range(chance.randint(1, 4)):
        at, other = sorted(chance.randrange(len(data) + 1) for _ in range(2))
        kind = chance.randrange(6)
        if kind == 0:
            data = data[:at]
        elif kind == 1:
            data = data[:at] + chance.randbytes(chance.randint(1, 4)) + data[at:]
        elif kind == 2:
            data = data[:at] + data[min(other, at + 40) :]
        elif kind == 3:
            data = data[:other] + data[at:other][:3000] + data[other:]
        elif kind == 4:
            data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        else:
            mark = chance.choice([b"{", b"}", b"[", b"]", b'"', b"\\", b"\0", b"NaN", b"-1e999"])
            data = data[:at] + mark + data[at:]
    return data
