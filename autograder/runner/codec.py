"""The only language between grader and student process: plain data, no pickle.

A message is a msgpack tree followed by the raw bytes of its arrays, in the order in which the tree
names them, each starting at a multiple of 16. In the tree, ``None``, bool, int, float, str and
bytes stand for themselves; everything else is a msgpack list that begins with one of the tags
below. So ``(1, [2.0])`` is ``[TUPLE, 1, [LIST, 2.0]]`` and an array is ``[ARRAY, "<f8", 2, 3]``.

`encode` may run in a student's process and is not trusted; `decode` survives any bytes: it builds
exact builtin types and base-class arrays only, and raises `CodecError` for everything else.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import msgpack
import numpy as np

from autograder.errors import CodecError

MAX_BYTES = 64 << 20
MAX_TREE = 8 << 20
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_INT_BYTES = 1700  # stays below the digits that ``str(int)`` accepts
LIST, TUPLE, DICT, ARRAY, SCALAR, COMPLEX, INTEGER, OPAQUE, SOURCE = range(9)
ALIGN = 16

_NUMERIC = {
    dtype.str: dtype
    for dtype in map(np.dtype, ("?", *"bBhHiIlLqQ", "e", "f", "d", "g", "F", "D", "G"))
}
_NUMERIC |= {d.str: d for d in (np.dtype(name).newbyteorder() for name in list(_NUMERIC))}
_TEXT = re.compile(r"[<>]U[1-9]\d{0,5}")
_KEYS = (str, int, float, bool, type(None))
_LARGE = 1 << 15  # bytes from which an array is sent from where it lies


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that could not be sent: its type's name and a clipped description arrive."""

    type_name: str
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A function argument as source text; it is compiled in the student's process, with ``np``."""

    text: str


Build = Callable[[Source], object]


class _Encoder:
    """Walks a value once, collecting the tree and the arrays' buffers."""

    def __init__(self) -> None:
        self.blobs: list[np.ndarray] = []
        self.nodes = 0
        self.size = 0

    def walk(self, x: Any, depth: int) -> Any:
        """Return the tree of `x`."""
        kind = type(x)
        self.nodes += 1
        if kind is float or kind is bool or x is None:
            return x
        if depth > MAX_DEPTH:
            raise CodecError("nested too deeply")
        if self.nodes > MAX_NODES:
            raise CodecError("too many parts")
        if isinstance(x, np.ndarray):
            return self.array(x)
        if isinstance(x, np.generic):
            return self.scalar(x)
        if isinstance(x, int):
            return self.integer(int.__index__(x))
        if isinstance(x, str):
            return str.__str__(x) if len(x) <= MAX_TREE // 4 else _opaque(x, "a very long text")
        return self.container(x, depth + 1)

    def container(self, x: Any, depth: int) -> Any:
        """Return the tree of what is made of other values, and of the rare kinds."""
        tree: Any
        if isinstance(x, list):
            tree = [LIST, *[self.walk(v, depth) for v in list.__iter__(x)]]
        elif isinstance(x, tuple):
            tree = [TUPLE, *[self.walk(v, depth) for v in tuple.__iter__(x)]]
        elif isinstance(x, dict):
            tree = self.mapping(x, depth)
        elif isinstance(x, float):
            tree = float.__float__(x)
        elif isinstance(x, complex):
            tree = [COMPLEX, complex.__complex__(x).real, complex.__complex__(x).imag]
        elif type(x) is bytes and len(x) <= MAX_TREE // 4:
            tree = x
        elif type(x) is Source:
            tree = [SOURCE, x.text]
        elif type(x) is Opaque:
            tree = [OPAQUE, x.type_name, x.text]
        else:
            tree = _opaque(x)
        return tree

    def mapping(self, x: dict[Any, Any], depth: int) -> Any:
        """Return the tree of a dict whose keys are plain."""
        tree: list[Any] = [DICT]
        for key, value in dict.items(x):
            if not _is_key(key):
                return _opaque(x, "dict with keys that are neither text nor numbers")
            tree += self.walk(key, depth), self.walk(value, depth)
        return tree

    def integer(self, x: int) -> Any:
        """Return `x`, in an envelope when msgpack has no room for it."""
        if -(1 << 63) <= x < 1 << 63:
            return x
        size = x.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            return [OPAQUE, "int", f"an integer of {x.bit_length()} bits"]
        return [INTEGER, x.to_bytes(size, "little", signed=True)]

    def array(self, x: Any) -> Any:
        """Return the tree of an array, whatever a subclass made of its methods."""
        if type(x) is not np.ndarray:
            if isinstance(x, np.ma.MaskedArray):
                return _opaque(x)
            x = np.ndarray.view(x, np.ndarray)
        name = x.dtype.str
        if name not in _NUMERIC and not _TEXT.fullmatch(name):
            return _opaque(x, f"ndarray of dtype {x.dtype} and shape {x.shape}")
        self.size += x.nbytes + ALIGN
        if self.size > MAX_BYTES - MAX_TREE:
            raise CodecError(f"an array of {x.nbytes} bytes is too large")
        self.blobs.append(x)
        return [ARRAY, name, *x.shape]

    def scalar(self, x: np.generic) -> Any:
        """Return the tree of a numpy scalar."""
        name = x.dtype.str
        if name not in _NUMERIC:
            return str.__str__(x) if isinstance(x, str) else _opaque(x)
        return [SCALAR, name, np.asarray(x).tobytes()]


def _opaque(x: Any, text: str | None = None) -> list[Any]:
    if text is None:
        try:
            text = str.__str__(repr(x))
        except Exception as error:
            text = f"repr() raised {type(error).__name__}"
    return [OPAQUE, str(type(x).__name__)[:80], text[:500]]


def encode(value: object) -> list[bytes | memoryview]:
    """Return the buffers of a message; joined they are what `decode` takes.

    Parts of a foreign type become an `Opaque`; so does the whole when it is too deep or too large.
    """
    try:
        return encode_strictly(value)
    except CodecError as error:
        return encode_strictly(unsendable(value, error))


def encode_strictly(value: object) -> list[bytes | memoryview]:
    """Return the buffers of a message.

    Raises
    ------
    CodecError
        The value is too deep or too large.
    """
    encoder = _Encoder()
    try:
        packed = msgpack.packb(encoder.walk(value, 0), unicode_errors="replace")
    except CodecError:
        raise
    except Exception as error:  # whatever a hostile value raises while it is walked
        raise CodecError(type(error).__name__) from None
    if len(packed) > MAX_TREE:
        raise CodecError("too many parts")
    return _layout(packed, encoder.blobs)


def unsendable(value: object, error: CodecError) -> Opaque:
    """Return what arrives instead of a value that is too deep or too large."""
    return Opaque(str(type(value).__name__)[:80], f"a value that cannot be sent: {error}")


def _layout(packed: bytes, blobs: list[np.ndarray]) -> list[bytes | memoryview]:
    """Join what is small, keep large arrays where they lie."""
    buffers: list[bytes | memoryview] = []
    pending = bytearray(struct.pack("<I", len(packed))) + packed
    end = len(pending)
    for blob in blobs:
        pad = -end % ALIGN
        pending += bytes(pad)
        end += pad + blob.nbytes
        if blob.nbytes < _LARGE:
            pending += blob.tobytes()
            continue
        flat: Any = np.ascontiguousarray(blob).reshape(-1).view(np.uint8)
        buffers += bytes(pending), memoryview(flat)
        pending = bytearray()
    buffers.append(bytes(pending))
    return buffers


def size(buffers: list[bytes | memoryview]) -> int:
    """Return the length in bytes of an encoded message."""
    return sum(map(len, buffers))


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
            if type(tree) in _KEYS or type(tree) is bytes:
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
        if name in _NUMERIC:
            return _NUMERIC[name]
        if _TEXT.fullmatch(name):
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
    if len(keys) != len(values) or any(not _is_key(key) for key in keys):
        raise CodecError("bad dict")
    return dict(zip(keys, values, strict=True))


def _is_key(key: Any) -> bool:
    # Larger integers are refused: their hashes can be made to collide.
    if isinstance(key, np.generic):
        return key.dtype.str in _NUMERIC and key.dtype.kind in "biuf"
    return type(key) in _KEYS and (type(key) is not int or -(1 << 63) <= key < 1 << 63)


def _leaf(tag: int, tree: list[Any]) -> Any:
    kinds = [type(part) for part in tree[1:]]
    if tag == SCALAR and kinds == [str, bytes] and tree[1] in _NUMERIC:
        dtype = _NUMERIC[tree[1]]
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
