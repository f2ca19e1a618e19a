"""The gradebook's database as a file or server: waiting for locks, and errors as sentences."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.errors import GradebookError

LOCK_SECONDS = 60  # how long another program's writing is waited for
_FILE = "sqlite:///"
_TIMEOUT = re.compile(r"[?&]timeout=(\d+(?:\.\d+)?)")


def address(url: str) -> str:
    """The address to open: SQLite waits for a lock instead of giving up after five seconds."""
    if not url.startswith(_FILE) or "timeout=" in url:
        return url
    return f"{url}{'&' if '?' in url else '?'}timeout={LOCK_SECONDS}"


def require_file(url: str) -> None:
    """Refuse a SQLite file that is not there: several processes cannot make one at once."""
    path = _file(url)
    if path is not None and not path.is_file():
        raise GradebookError(
            f"There is no gradebook at {path}. Release an assignment first: "
            "`autograder release ASSIGNMENT` makes it."
        )


def _file(url: str) -> Path | None:
    return Path(url.removeprefix(_FILE).split("?")[0]) if url.startswith(_FILE) else None


def check_sound(url: str) -> None:
    """Refuse a damaged SQLite file before anything is written to it.

    Raises
    ------
    GradebookError
        When it is damaged, or cannot be read.
    """
    path = _file(url)
    if path is None or not path.is_file():
        return
    seconds = _TIMEOUT.search(address(url))
    connection = sqlite3.connect(path, timeout=float(seconds[1]) if seconds else LOCK_SECONDS)
    connection.text_factory = bytes  # what a damaged file says need not be text
    try:
        found = connection.execute("pragma quick_check(1)").fetchone()
        problem = "" if found == (b"ok",) else "the database disk image is malformed"
    except sqlite3.Error as error:
        problem = str(error)
    except UnicodeDecodeError:
        problem = "the database schema is malformed"
    finally:
        connection.close()
    if problem:
        raise GradebookError(f"The gradebook {path}: {problem}. {_advice(problem)}")


def require_course_id(url: str, course_id: str) -> None:
    """Refuse a server without a name for the course: nbgrader's tables refer to it there."""
    if not url.startswith("sqlite") and not course_id:
        raise GradebookError(
            f"The gradebook {_shown(url)} needs to know the course's name: set "
            "c.CourseDirectory.course_id in nbgrader_config.py."
        )


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what the database says into a sentence with the way out."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise GradebookError(f"The gradebook {_shown(url)}: {reason}. {_advice(reason)}") from error
    except (ValueError, TypeError, OverflowError) as error:  # what is no text, no date, no number
        reason = f"malformed, {type(error).__name__}: {error}"[:300]
        raise GradebookError(f"The gradebook {_shown(url)}: {reason}. {_advice(reason)}") from error


def _advice(reason: str) -> str:
    reason = reason.lower()
    if "locked" in reason:
        return (
            f"Another program has been writing to it for {LOCK_SECONDS} seconds; close it "
            "(another grader, a stuck formgrader) and run the command again."
        )
    if "not a database" in reason or "malformed" in reason:
        return "The file is damaged: restore it from a copy, or move it away and release again."
    if any(words in reason for words in ("no such", "does not exist", "no column")):
        return "It was made by another version of nbgrader: back it up, then `nbgrader db upgrade`."
    if "readonly" in reason or "read-only" in reason or "unable to open" in reason:
        return "Give yourself the right to write to it and to its folder."
    return "Nothing of this submission was written; run the command again when that is mended."


def _shown(url: str) -> str:
    """The address without its password."""
    from sqlalchemy.engine import make_url  # noqa: PLC0415

    return make_url(url).render_as_string(hide_password=True)
