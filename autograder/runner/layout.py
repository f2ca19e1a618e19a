"""The form of a message: a msgpack tree, then the raw bytes of its arrays.

The arrays come in the order in which the tree names them, each starting at a multiple of `ALIGN`.
In the tree, ``None``, bool, int, float, str and bytes stand for themselves; everything else is a
msgpack list that begins with one of the tags below. So ``(1, [2.0])`` is
``[TUPLE, 1, [LIST, 2.0]]``, and an array is ``[ARRAY, "<f8", 2, 3]``.

Arrays and flat containers (those that hold no container) are numbered in the order in which they
end, and one that comes again is ``[AGAIN, number]``: the cache of every step holds the same
weights. It counts towards all limits as if it had been sent again.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

MAX_BYTES = 32 << 20
MAX_TREE = 8 << 20
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_INT_BYTES = 1700  # stays below the digits that ``str(int)`` accepts
LIST, TUPLE, DICT, ARRAY, SCALAR, COMPLEX, INTEGER, OPAQUE, SOURCE, AGAIN = range(10)
ALIGN = 16

NUMERIC = {
    dtype.str: dtype
    for dtype in map(np.dtype, ("?", *"bBhHiIlLqQ", "e", "f", "d", "g", "F", "D", "G"))
}
NUMERIC |= {d.str: d for d in (np.dtype(name).newbyteorder() for name in list(NUMERIC))}
TEXT = re.compile(r"[<>]U[1-9]\d{0,5}")
KEYS = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that could not be sent: its type's name and a clipped description arrive.

    Attributes
    ----------
    inside : tuple
        What it holds, where that could be sent: of a cache any form will do.
    """

    type_name: str
    text: str
    inside: tuple[Any, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Source:
    """A function argument as source text; it is compiled in the student's process, with ``np``."""

    text: str


class Packed(dict[str, object]):
    """The arguments of a call that is made many times: they are encoded once.

    Attributes
    ----------
    packed : bytes
        The encoding.
    """

    def __init__(self, arguments: Mapping[str, object], packed: bytes) -> None:
        super().__init__(arguments)
        self.packed = packed


def without_number(message: bytes | bytearray, number: int) -> bytes:
    """A message that begins with that number, of four bytes in msgpack, without it; else b""."""
    if message[5:11] != struct.pack(">BBI", LIST, 0xCE, number):
        return b""
    return bytes(message[:5]) + bytes(message[11:])


def tree_bytes(message: bytes) -> int:
    """The length of a message's tree: some ten bytes for each part of the value."""
    return int.from_bytes(message[:4], "little")


Build = Callable[[Source], object]


def is_key(key: Any) -> bool:
    """Tell whether a value may be the key of a dict in a message."""
    # Larger integers are refused: their hashes can be made to collide.
    if isinstance(key, np.generic):
        return key.dtype.str in NUMERIC and key.dtype.kind in "biuf"
    return type(key) in KEYS and (type(key) is not int or -(1 << 63) <= key < 1 << 63)
