"""What is kept for the next time within a bound of memory."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

_PART = 8  # a value that would take a larger part of all is not kept: it drives too many out
_Value = TypeVar("_Value")


class Kept:
    """Values by key, within a bound; what was used longest ago makes room for others.

    Several threads may use it; two that ask for the same at once may both make it.

    Attributes
    ----------
    size : int
        About the bytes that they take.
    """

    def __init__(self) -> None:
        self.size = 0
        self._lock = Lock()
        self._of: dict[Hashable, tuple[Any, int]] = {}  # last what was used last

    def get(self, key: Hashable, make: Callable[[], tuple[_Value, int]], *, most: int) -> _Value:
        """The value of a key, kept or made.

        Parameters
        ----------
        make : callable
            Gives the value and about the bytes that it takes.
        most : int
            Bytes of all values together.
        """
        with self._lock:
            known = self._use(key)
            self._make_room(most)
        if known is not None:
            value: _Value = known[0]
            return value
        value, size = make()
        self.keep(key, value, size, most=most)
        return value

    def find(self, key: Hashable) -> Any:
        """The value of a key, ``None`` where none is kept."""
        with self._lock:
            known = self._use(key)
        return known and known[0]

    def keep(self, key: Hashable, value: object, size: int, *, most: int) -> None:
        """Keep a value of about that size, if there is room for such a large one.

        It takes the place of what was kept by that key.
        """
        with self._lock:
            self.size -= self._of.pop(key, (None, 0))[1]
            if size > most // _PART:
                return
            self.size += size
            self._of[key] = value, size
            self._make_room(most)

    def _use(self, key: Hashable) -> tuple[Any, int] | None:
        if known := self._of.pop(key, None):
            self._of[key] = known
        return known

    def _make_room(self, most: int) -> None:
        while self.size > most:
            self.size -= self._of.pop(next(iter(self._of)))[1]
