"""Folders for what notebooks write: emptied whatever is in them, measured from outside."""

import contextlib
import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Set

MOST_ENTRIES = 20_000  # files and folders of one session
_PREFIX = "autograder-runner-"
_YOUNG = 60.0  # seconds in which a folder may not yet be locked by its maker


def make_folder() -> tuple[str, int]:
    """Make a folder for one worker, and remove those whose workers are gone.

    Returns
    -------
    path : str
    lock : int
        A file descriptor; as long as it is open the folder is not stale.
    """
    remove_stale()
    path = tempfile.mkdtemp(prefix=_PREFIX)
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return path, lock


def remove_stale() -> None:
    """Remove the folders of workers that ended without cleaning up."""
    with os.scandir(tempfile.gettempdir()) as entries:
        ours = [entry for entry in entries if entry.name.startswith(_PREFIX)]
    for entry in ours:
        with contextlib.suppress(OSError):
            status = entry.stat(follow_symlinks=False)
            old = time.time() - status.st_mtime > _YOUNG
            if old and status.st_uid == os.getuid() and stat.S_ISDIR(status.st_mode):
                _remove_unlocked(entry.path)


def _remove_unlocked(path: str) -> None:
    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove(path)
    finally:
        os.close(lock)


def remove(path: str) -> None:
    """Remove a folder that nobody uses any more, with all that is in it."""
    empty(path)
    os.rmdir(path)


def empty(path: str, keep: Set[str] = frozenset()) -> None:
    """Remove what is in a folder, however deep, closed or oddly named, but for some entries.

    Every folder found is first moved up to the top, so that no path grows and nothing recurses.
    """
    os.chmod(path, 0o700)
    top = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        serial = 0
        while names := [name for name in os.listdir(top) if name not in keep]:
            for name in names:
                serial = _remove_entry(top, name, serial)
    finally:
        os.close(top)


def _remove_entry(top: int, name: str, serial: int) -> int:
    status = os.stat(name, dir_fd=top, follow_symlinks=False)
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(name, dir_fd=top)
        return serial
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for child in os.listdir(inner):
            if stat.S_ISDIR(os.stat(child, dir_fd=inner, follow_symlinks=False).st_mode):
                os.chmod(child, 0o700, dir_fd=inner)
                serial = _move_up(inner, child, top, serial)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
    return serial


def _move_up(inner: int, child: str, top: int, serial: int) -> int:
    """Move a folder to the top under a name that is free there."""
    while True:
        serial += 1
        try:
            os.rename(child, f".{serial}", src_dir_fd=inner, dst_dir_fd=top)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise
            continue
        return serial


def measure(path: str, most: int) -> tuple[int, int]:
    """Return bytes and entries below a folder; looks at `most` entries and then stops."""
    total = count = 0
    folders = [path]
    while folders and count < most:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                count += 1
                if count >= most:
                    break
                status = entry.stat(follow_symlinks=False)
                total += status.st_blocks * 512
                if stat.S_ISDIR(status.st_mode):
                    folders.append(entry.path)
    return total, count
