"""One run at a time on an assignment of a course, and sentences for what a disk refuses."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from autograder.course import Course
from autograder.errors import CourseError

_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


@contextmanager
def only_run(course: Course, assignment: str, shard: tuple[int, int] = (1, 1)) -> Iterator[None]:
    """Keep a second run on the same submissions out until this one has ended or died.

    Parameters
    ----------
    shard : tuple of int
        Part K of N of the class; different parts may run at the same time.

    Raises
    ------
    CourseError
        When another run is under way, or the course folder cannot be written.
    """
    part, parts = shard
    with ExitStack() as locks:
        whole = fcntl.LOCK_EX if parts == 1 else fcntl.LOCK_SH
        locks.enter_context(_locked(course.path / f".{assignment}.lock", whole, assignment))
        if parts > 1:
            own = course.path / f".{assignment}.{part}-of-{parts}.lock"
            locks.enter_context(_locked(own, fcntl.LOCK_EX, assignment))
        yield


@contextmanager
def _locked(path: Path, kind: int, assignment: str) -> Iterator[None]:
    try:
        file = path.open("a")
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}. Grading needs a course folder that you "
            "may write to."
        ) from None
    with file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except OSError:
            raise CourseError(
                f"{assignment} is being graded by another process in this course. "
                "Wait for it to end, then run the command again."
            ) from None
        yield


@contextmanager
def explained(course: Course) -> Iterator[None]:
    """Turn a full disk, a read-only folder or a file in a folder's place into a sentence."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno not in _OF_THE_DISK:
            raise
        place = os.fsdecode(error.filename) if error.filename else course.path
        raise CourseError(
            f"{place} cannot be written or read: {error.strerror}. "
            "What was graded before is kept; mend this and run the command again."
        ) from error
