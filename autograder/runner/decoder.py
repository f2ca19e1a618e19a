"""From messages to values: survives any bytes, builds plain data only."""

import struct
from typing import Any, cast

import msgpack
import numpy as np

from autograder.errors import CodecError
from autograder.runner.layout import (
    ALIGN,
    ARRAY,
    COMPLEX,
    DICT,
    INTEGER,
    KEYS,
    LIST,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INT_BYTES,
    MAX_NODES,
    MAX_TREE,
    NUMERIC,
    OPAQUE,
    SCALAR,
    SOURCE,
    TEXT,
    TUPLE,
    Build,
    Opaque,
    Source,
    is_key,
)


class _Decoder:
    """Rebuilds a value, counting what it builds."""

    def __init__(self, data: bytearray, blobs: int, build: Build | None) -> None:
        self.data = data
        self.at = blobs
        self.nodes = 0
        self.build = build

    def walk(self, tree: Any, depth: int) -> Any:
        """Return the value of a tree."""
        self.nodes += 1
        if type(tree) is not list:
            if type(tree) in KEYS or type(tree) is bytes:
                return tree
            raise CodecError(f"unexpected {type(tree).__name__}")
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise CodecError("too deep or too many parts")
        tag = tree[0] if tree and type(tree[0]) is int else -1
        if tag in (LIST, TUPLE, DICT):
            items = [self.walk(item, depth + 1) for item in tree[1:]]
            return items if tag == LIST else tuple(items) if tag == TUPLE else _mapping(items)
        if tag == ARRAY:
            return self.array(tree)
        leaf = _leaf(tag, tree)
        return self.build(leaf) if self.build and type(leaf) is Source else leaf

    def array(self, tree: list[Any]) -> np.ndarray:
        """Return the next array, a view of the message."""
        dtype = _dtype(tree[1])
        shape = tuple(tree[2:])
        if len(shape) > 16 or any(type(n) is not int or n < 0 for n in shape):
            raise CodecError("bad shape")
        count = extent = 1
        for n in shape:
            count *= n
            extent *= n or 1
        if extent * dtype.itemsize > MAX_BYTES:
            raise CodecError("array too large")
        start = self.at + -self.at % ALIGN
        self.at = start + count * dtype.itemsize
        if self.at > len(self.data):
            raise CodecError("array beyond the end of the message")
        if count == 0:
            return np.zeros(shape, dtype)
        flat = np.frombuffer(self.data, dtype, count, start)
        sound = _sound(flat).reshape(shape)
        return cast("np.ndarray", sound.copy() if self.build else sound)


def _dtype(name: Any) -> np.dtype[Any]:
    if type(name) is str:
        if name in NUMERIC:
            return NUMERIC[name]
        if TEXT.fullmatch(name):
            return np.dtype(name)
    raise CodecError("unexpected dtype")


def _sound(flat: np.ndarray) -> np.ndarray:
    """Mend or refuse bit patterns that are no value of the dtype."""
    if flat.dtype.kind == "b":
        return np.asarray(flat.view(np.uint8) != 0)
    if flat.dtype.kind == "U":
        points = flat.view(flat.dtype.byteorder.replace("=", "<") + "u4")
        if ((points > 0x10FFFF) | ((points >= 0xD800) & (points < 0xE000))).any():
            raise CodecError("bad character")
    return flat


def _mapping(items: list[Any]) -> dict[Any, Any]:
    keys, values = items[::2], items[1::2]
    if len(keys) != len(values) or any(not is_key(key) for key in keys):
        raise CodecError("bad dict")
    return dict(zip(keys, values, strict=True))


def _leaf(tag: int, tree: list[Any]) -> Any:
    kinds = [type(part) for part in tree[1:]]
    if tag == SCALAR and kinds == [str, bytes] and tree[1] in NUMERIC:
        dtype = NUMERIC[tree[1]]
        if len(tree[2]) == dtype.itemsize:
            return _sound(np.frombuffer(tree[2], dtype))[0]
    elif tag == COMPLEX and kinds == [float, float]:
        return complex(tree[1], tree[2])
    elif tag == INTEGER and kinds == [bytes] and len(tree[1]) <= MAX_INT_BYTES:
        return int.from_bytes(tree[1], "little", signed=True)
    elif tag == OPAQUE and kinds == [str, str]:
        return Opaque(tree[1][:80], tree[2][:500])
    elif tag == SOURCE and kinds == [str]:
        return Source(tree[1])
    raise CodecError("unexpected part")


def decode(data: bytes | bytearray, build: Build | None = None) -> Any:
    """Rebuild a value from a message.

    Parameters
    ----------
    data : bytes or bytearray
        The message. Arrays become views of it, unless it is bytes.
    build : callable, optional
        Used in the student's process: makes functions of `Source`, and arrays own their memory.

    Raises
    ------
    CodecError
        For any bytes that are not a message.
    """
    try:
        if len(data) > MAX_BYTES:
            raise CodecError("message too large")
        (length,) = struct.unpack_from("<I", data)
        if length > min(MAX_TREE, len(data) - 4):
            raise CodecError("bad length")
        limit = min(MAX_NODES, length)
        packed = memoryview(data)[4 : 4 + length]
        tree = msgpack.unpackb(packed, max_array_len=limit, max_map_len=0, max_ext_len=0)
        own = bytearray(data) if isinstance(data, bytes) else data
        decoder = _Decoder(own, 4 + length, build)
        value = decoder.walk(tree, 0)
        if decoder.at != len(data):
            raise CodecError("bytes left over")
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"not a message: {type(error).__name__}") from None
    return value
