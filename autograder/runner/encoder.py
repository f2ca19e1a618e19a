"""From values to messages. May run in a student's process; what it makes is not trusted."""

import struct
import types
from collections.abc import Collection, Iterator, Mapping
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
    Opaque,
    Source,
    is_key,
)

_CONTAINERS = (list, tuple, dict)
_HIDDEN = ("__dict__", "__weakref__")
_LARGE = 1 << 15  # bytes from which an array is sent from where it lies


class _Encoder:
    """Walks a value once, collecting the tree and the arrays' buffers."""

    def __init__(self) -> None:
        self.blobs: list[np.ndarray] = []
        self.nodes = self.containers = self.size = self.numbered = 0
        # What was sent, by id: its number, whether it is a container, its nodes and its bytes.
        self.known: dict[int, tuple[int, bool, int, int]] = {}
        self.kept: list[Any] = []  # objects of its own

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
        if kind is str and len(x) <= MAX_TREE // 4:
            return x
        if (known := self.known.get(id(x))) is not None:
            return self.again(known, depth)
        if kind is np.ndarray:
            return self.array(x, depth)
        if kind in _CONTAINERS:
            return self.container(x, depth)
        if isinstance(x, np.ndarray):
            return self.array(x, depth)
        if isinstance(x, np.generic):
            return self.scalar(x)
        if isinstance(x, int):
            return self.integer(int.__index__(x))
        if isinstance(x, str):
            return str.__str__(x) if len(x) <= MAX_TREE // 4 else _opaque(x, "a very long text")
        if isinstance(x, list | tuple | dict):
            return self.container(x, depth)
        plain = _rare(x)
        return self.foreign(x, depth) if plain is None else plain

    def again(self, known: tuple[int, bool, int, int], depth: int) -> Any:
        """Return the tree of what was sent before, counted as if it were sent again."""
        number, is_container, nodes, size = known
        self.containers += is_container
        self.nodes += nodes
        self.add(size)
        if depth + is_container > MAX_DEPTH or self.nodes > MAX_NODES:
            raise CodecError("too many parts")
        return [AGAIN, number]

    def container(self, x: Any, depth: int) -> Any:
        """Return the tree of a list, tuple or dict, whatever a subclass made of its methods."""
        self.containers += 1
        containers, nodes, size = self.containers, self.nodes, self.size
        walk, inner = self.walk, depth + 1
        tree: list[Any]
        if isinstance(x, list):
            tree = [LIST, *[walk(v, inner) for v in list.__iter__(x)]]
        elif isinstance(x, tuple):
            tree = [TUPLE, *[walk(v, inner) for v in tuple.__iter__(x)]]
        else:
            items = list(dict.items(x))
            if not all(type(key) is str or is_key(key) for key, _ in items):
                self.containers -= 1
                return _opaque(x, "dict with keys that are neither text nor numbers")
            tree = [DICT]
            for key, value in items:
                tree += walk(key, inner), walk(value, inner)
        if self.containers == containers:
            self.remember(x, True, self.nodes - nodes, self.size - size)
        return tree

    def remember(self, x: Any, is_container: bool, nodes: int, size: int) -> None:
        """Number what may come again."""
        self.known[id(x)] = self.numbered, is_container, nodes, size
        self.numbered += 1

    def foreign(self, x: Any, depth: int) -> Any:
        """Return the tree of a mapping as that of a dict, of other objects with what they hold."""
        opaque = [OPAQUE, x.type_name, x.text] if type(x) is Opaque else _opaque(x)
        before = self.nodes, self.containers, self.size, self.numbered, len(self.blobs)
        try:
            inside = _inside(x)
            self.kept.append(inside)  # while it lives, its id is nobody else's
            if not inside:
                return opaque
            tree: list[Any] = self.container(inside, depth)
            if type(inside) is dict or tree[0] == OPAQUE:
                return tree
            return [*opaque, *tree[1:]]
        except Exception:  # whatever is in there: what is around it arrives
            self.nodes, self.containers, self.size, self.numbered, blobs = before
            del self.blobs[blobs:]
            self.known = {key: it for key, it in self.known.items() if it[0] < self.numbered}
            return opaque

    def integer(self, x: int) -> Any:
        """Return `x`, in an envelope when msgpack has no room for it."""
        if -(1 << 63) <= x < 1 << 63:
            return x
        size = x.bit_length() // 8 + 1
        if size > MAX_INT_BYTES:
            return [OPAQUE, "int", f"an integer of {x.bit_length()} bits"]
        return [INTEGER, x.to_bytes(size, "little", signed=True)]

    def array(self, x: Any, depth: int) -> Any:
        """Return the tree of an array, whatever a subclass made of its methods."""
        original = x
        if type(x) is not np.ndarray:
            if isinstance(x, np.ma.MaskedArray) and np.ma.is_masked(x):
                return _opaque(x)
            x = np.ndarray.view(x, np.ndarray)
        if x.dtype.kind == "O" and all(isinstance(v, float) for v in x.flat):
            x = x.astype(np.float64)  # np.frompyfunc makes these
        name = x.dtype.str
        if name == "|O":
            return self.foreign(x, depth)
        if name not in NUMERIC and not TEXT.fullmatch(name):
            return _opaque(x)
        size = x.nbytes + ALIGN
        self.add(size)
        self.blobs.append(x)
        self.remember(original, False, 0, size)
        return [ARRAY, name, *x.shape]

    def add(self, size: int) -> None:
        """Count the bytes of arrays."""
        self.size += size
        if self.size > MAX_BYTES - MAX_TREE:
            raise CodecError(f"an array of {size} bytes is too large")

    def scalar(self, x: np.generic) -> Any:
        """Return the tree of a numpy scalar."""
        name = x.dtype.str
        if name not in NUMERIC:
            return str.__str__(x) if isinstance(x, str) else _opaque(x)
        return [SCALAR, name, np.asarray(x).tobytes()]


def _rare(x: Any) -> Any:
    """Return the tree of what is no container and seldom comes; None for all other objects."""
    if isinstance(x, float):
        return float.__float__(x)
    if isinstance(x, complex):
        return [COMPLEX, complex.__complex__(x).real, complex.__complex__(x).imag]
    if type(x) is bytes and len(x) <= MAX_TREE // 4:
        return x
    if type(x) is Source:
        return [SOURCE, x.text]
    return None


def _inside(x: Any) -> list[Any] | dict[Any, Any]:
    """Return what an object holds: items, elements or attributes; nothing of what is code."""
    if type(x) is Opaque:
        return [*x.inside]
    if isinstance(x, np.ndarray):
        return list(x.flat)
    if isinstance(x, Mapping):
        return dict(x)
    if isinstance(x, type | types.ModuleType | Iterator) or callable(x):
        return []
    if isinstance(x, Collection) and not isinstance(x, bytes | bytearray | memoryview):
        return list(x)
    slots = [getattr(kind, "__slots__", ()) for kind in type(x).__mro__]
    names = [name for each in slots for name in ([each] if isinstance(each, str) else each)]
    own = [getattr(x, name) for name in names if name not in _HIDDEN and hasattr(x, name)]
    return [*own, *getattr(x, "__dict__", {}).values()]


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
