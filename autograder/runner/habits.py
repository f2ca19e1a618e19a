"""How a student's function treats what it returns: what a caller would stumble over, not its value.

Runs in a student's process; the grader believes none of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from autograder.errors import CodecError
from autograder.runner import codec

_LEVELS = 2  # of containers that are looked into


class Results:
    """What the last call returned, for a look at what the next one makes of it."""

    def __init__(self) -> None:
        self._name = ""
        self._message: list[Any] = []
        self._encoded: list[bytes | memoryview] = []
        self._owners: frozenset[int] = frozenset()

    def keep(self, name: str, message: list[Any], encoded: list[bytes | memoryview]) -> None:
        """Remember the message with a call's result, its third part, and how it was sent."""
        self._name, self._message, self._encoded = name, message, encoded
        self._owners = frozenset(map(_owner, _parts(message[2])))

    def habits_of(self, name: str, value: Any, arguments: Mapping[str, Any]) -> list[str]:
        """Return the words of `outcome.HABITS` that fit a call's result."""
        parts = list(_parts(value))
        habits = ["matrix"] if any(isinstance(part, np.matrix) for part in parts) else []
        given = {id(part) for part in _parts(list(arguments.values()))}
        if any(id(part) in given for part in parts):
            habits.append("argument")
        again = name == self._name and not self._owners.isdisjoint(map(_owner, parts))
        if again and self._is_rewritten():
            habits.append("rewritten")
        return habits

    def _is_rewritten(self) -> bool:
        """Tell whether what the last call returned is no longer what was sent."""
        try:
            now = codec.encode_strictly(self._message)
        except CodecError:
            return True
        return b"".join(now) != b"".join(self._encoded)


def _parts(value: Any, levels: int = _LEVELS) -> Iterator[Any]:
    """Yield the arrays and containers in a value, itself included."""
    if isinstance(value, np.ndarray):
        yield value
    elif levels >= 0 and isinstance(value, list | tuple | dict):
        if value and type(value) is not tuple:
            yield value
        for part in dict.values(value) if isinstance(value, dict) else value:
            yield from _parts(part, levels - 1)


def _owner(part: Any) -> int:
    """Return the id of what holds the memory of an array or, for a container, is it."""
    base = part.base if isinstance(part, np.ndarray) else None
    return id(part if base is None else base)
