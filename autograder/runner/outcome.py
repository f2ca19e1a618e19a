"""What comes back from a student's process, checked part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from autograder.errors import CodecError

# What may be said of a value that came back: it holds an np.matrix, it is or holds an argument, it
# is what an earlier call returned and has changed since.
HABITS = ("matrix", "argument", "rewritten")
LINE_CHARS = 300  # of a source line that is repeated
CellStatus = Literal["ok", "error", "timeout", "crashed"]
Status = Literal["value", "exception", "timeout", "crashed", "undefined"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An error in a student's code, or the way in which its process ended.

    Attributes
    ----------
    type : str
        The exception's name, ``"Crash"`` for a process that ended, ``"LimitExceeded"`` for one that
        was ended because of what it wrote or started.
    message : str
    line : str or None
        The line of the student's source that raised.
    lineno : int or None
        Its number within its cell.
    """

    type: str
    message: str
    line: str | None = None
    lineno: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellOutcome:
    """What became of one cell."""

    index: int
    status: CellStatus
    error: Raised | None = None
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one call.

    Attributes
    ----------
    changed : tuple of str
        Arguments that were changed in place.
    habits : tuple of str
        Of `HABITS`.
    cpu_s, idle_s : float
        Seconds of computing, the grader's on its behalf included, and of doing nothing.
    size : int
        Bytes of the reply.
    asked : frozenset of str
        Served functions that it called.
    reply : bytes
        What came back, encoded; empty where that is long. The value may be another's, too: nobody
        changes it.
    """

    status: Status
    value: Any = None
    error: Raised | None = None
    changed: tuple[str, ...] = ()
    output: str = ""
    warnings: tuple[str, ...] = ()
    habits: tuple[str, ...] = ()
    cpu_s: float = 0.0
    idle_s: float = 0.0
    size: int = 0
    asked: frozenset[str] = frozenset()
    reply: bytes = field(default=b"", compare=False, repr=False)


def read_error(part: Any) -> Raised:
    """Check the description of an exception."""
    if type(part) is not list or len(part) != 4:
        raise CodecError("bad description of an error")
    kind, message, line, lineno = part
    if (
        type(kind) is not str
        or type(message) is not str
        or not isinstance(line, str | None)
        or type(lineno) not in (int, type(None))
    ):
        raise CodecError("bad description of an error")
    return Raised(
        type=kind[:80], message=message[:500], line=line and line[:LINE_CHARS], lineno=lineno
    )


def read_cell(reply: list[Any], index: int) -> CellOutcome:
    """Check the reply to a cell."""
    if len(reply) != 2 or type(reply[1]) is not str:
        raise CodecError("bad reply to a cell")
    error = None if reply[0] is None else read_error(reply[0])
    status: CellStatus = "ok" if error is None else "error"
    return CellOutcome(index=index, status=status, error=error, output=reply[1][:11_000])


def read_call(parts: list[Any], names: list[str], **taken: Any) -> Outcome:
    """Check the parts of the reply to a call; what it took is put into the outcome as it is."""
    if len(parts) != 5:
        raise CodecError("bad reply to a call")
    status, value, changed, heard, habits = parts
    if not _some_of(names, changed) or not _some_of(HABITS, habits) or not _texts(heard):
        raise CodecError("bad reply to a call")
    if type(status) is not str or status not in ("value", "exception", "undefined"):
        raise CodecError("bad reply to a call")
    return Outcome(
        status=cast("Status", status),
        value=value if status == "value" else None,
        error=read_error(value) if status == "exception" else None,
        changed=tuple(changed),
        warnings=tuple(text[:500] for text in heard[:20]),
        habits=tuple(habits),
        **taken,
    )


def _some_of(known: Sequence[str], part: Any) -> bool:
    """Tell whether it is a list of some of the known words, each once."""
    return _texts(part) and set(part) <= set(known) and len(set(part)) == len(part)


def _texts(part: Any) -> bool:
    return type(part) is list and all(type(text) is str for text in part)
