"""From messages to values: survives any bytes, builds plain data only."""

import operator
import struct
from dataclasses import replace
from typing import Any

import msgpack
import numpy as np

from autograder.errors import CodecError
from autograder.runner.layout import (
    AGAIN,
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

_PLAIN = frozenset({*KEYS, bytes})


class Copies:
    """Arguments as student code gets them: arrays own their memory, functions are built.

    Parameters
    ----------
    build : callable
        Makes a function of a `Source`.
    """

    def __init__(self, build: Build) -> None:
        self.build = build
        self._arrays: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._containers: list[tuple[Any, list[Any]]] = []

    def array(self, sent: np.ndarray) -> np.ndarray:
        """Return a copy of an array."""
        copy = sent.copy()
        self._arrays[id(copy)] = copy, sent
        return copy

    def container(self, copy: Any, items: list[Any]) -> None:
        """Remember what is in a list, or the keys and values in a dict."""
        self._containers.append((copy, items))

    def again(self, value: Any) -> Any:
        """Return one more copy of a value that was copied before."""
        if type(value) is np.ndarray:
            return self.array(self._arrays[id(value)][1])
        if type(value) is not list and type(value) is not dict:
            return tuple(map(self._part_again, value))
        copy: Any = list(map(self._part_again, value))
        if type(value) is dict:
            copy = dict(zip(value, map(self._part_again, value.values()), strict=True))
        self.container(copy, _parts(copy))
        return copy

    def _part_again(self, part: Any) -> Any:
        return self.again(part) if type(part) is np.ndarray else part

    def are_changed(self) -> bool:
        """Tell whether any copy may differ by now from what was sent."""
        return any(
            now.shape != sent.shape or now.dtype != sent.dtype or now.tobytes() != sent.tobytes()
            for now, sent in self._arrays.values()
        ) or any(
            len(parts := _parts(now)) != len(sent) or not all(map(operator.is_, parts, sent))
            for now, sent in self._containers
        )


def _parts(container: Any) -> list[Any]:
    if type(container) is dict:
        return [*container, *container.values()]
    return list(container)


class _Decoder:
    """Rebuilds a value, counting what it builds."""

    def __init__(
        self, data: bytearray | memoryview, blobs: int, copies: Copies | None, functions: bool
    ) -> None:
        self.data = data
        self.at = blobs
        self.nodes = self.containers = self.size = 0
        self.copies = copies
        self.functions = functions
        # What may come again: a value, whether it is a container, its parts and its bytes.
        self.known: list[tuple[Any, bool, int, int]] = []

    def walk(self, tree: Any, depth: int) -> Any:
        """Return the value of a tree."""
        if type(tree) in _PLAIN:
            return tree
        if type(tree) is not list:
            raise CodecError(f"unexpected {type(tree).__name__}")
        if depth > MAX_DEPTH:
            raise CodecError("too deep")
        tag = tree[0] if tree and type(tree[0]) is int else -1
        if tag == ARRAY:
            return self.array(tree)
        if tag in (LIST, TUPLE, DICT):
            return self.container(tag, tree, depth + 1)
        if tag == AGAIN:
            return self.again(tree, depth)
        if tag == OPAQUE and len(tree) > 3:
            inside = self.container(LIST, [LIST, *tree[3:]], depth + 1)
            return replace(_leaf(tag, tree[:3]), inside=tuple(inside))
        leaf = _leaf(tag, tree)
        if type(leaf) is not Source:
            return leaf
        if self.copies:
            return self.copies.build(leaf)
        if self.functions:
            return leaf
        raise CodecError("a function from a student's process")

    def container(self, tag: int, tree: list[Any], depth: int) -> Any:
        """Return a list, tuple or dict."""
        self.containers += 1
        containers, nodes, size = self.containers, self.nodes, self.size
        self.count(len(tree) - 1, 0)
        walk = self.walk
        items = [x if type(x) in _PLAIN else walk(x, depth) for x in tree[1:]]
        value = items if tag == LIST else tuple(items) if tag == TUPLE else _mapping(items)
        if self.containers == containers:
            self.known.append((value, True, self.nodes - nodes, self.size - size))
        if self.copies and tag != TUPLE:
            self.copies.container(value, _parts(value))
        return value

    def again(self, tree: list[Any], depth: int) -> Any:
        """Return what came before, counted as if it came again."""
        kinds = [type(part) for part in tree]
        if kinds != [int, int] or not 0 <= tree[1] < len(self.known):
            raise CodecError("a reference to nothing")
        value, is_container, nodes, size = self.known[tree[1]]
        if depth + is_container > MAX_DEPTH:
            raise CodecError("too deep")
        self.containers += is_container
        self.count(nodes, size)
        return self.copies.again(value) if self.copies else value

    def count(self, nodes: int, size: int) -> None:
        """Count parts and bytes."""
        self.nodes += nodes
        self.size += size
        if self.nodes > MAX_NODES or self.size > MAX_BYTES:
            raise CodecError("too many parts")

    def array(self, tree: list[Any]) -> np.ndarray:
        """Return the next array, a view of the message or a copy."""
        dtype = _dtype(tree[1])
        shape = tuple(tree[2:])
        count = extent = 1
        for n in shape:
            if type(n) is not int or n < 0:
                raise CodecError("bad shape")
            count *= n
            extent *= n or 1
        if len(shape) > 16 or extent * dtype.itemsize > MAX_BYTES:
            raise CodecError("array too large")
        size = count * dtype.itemsize
        start = self.at + -self.at % ALIGN
        self.at = start + size
        self.count(0, size)
        if self.at > len(self.data):
            raise CodecError("array beyond the end of the message")
        if count == 0:
            array = np.zeros(shape, dtype)
        else:
            array = np.ndarray(shape, dtype, self.data, start)
            if dtype.kind in "bU":
                array = _sound(array.reshape(-1)).reshape(shape)
        if self.copies:
            array = self.copies.array(array)
        self.known.append((array, False, 0, size))
        return array


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
    if len(keys) != len(values) or not all(type(key) is str or is_key(key) for key in keys):
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


def decode(
    data: bytes | bytearray | memoryview, copies: Copies | None = None, *, functions: bool = False
) -> Any:
    """Rebuild a value from a message.

    Parameters
    ----------
    data : bytes, bytearray or memoryview
        The message. Arrays become views of it, unless it is bytes.
    copies : Copies, optional
        Used in the student's process.
    functions : bool
        Let a `Source` through. The grader never does: it would be a student's, and one day some
        code of the grader's might compile it.

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
        decoder = _Decoder(own, 4 + length, copies, functions)
        value = decoder.walk(tree, 0)
        if decoder.at != len(data):
            raise CodecError("bytes left over")
    except CodecError:
        raise
    except Exception as error:
        raise CodecError(f"not a message: {type(error).__name__}") from None
    return value
