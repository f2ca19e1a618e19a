"""Write aside, then rename: a reader, or a rerun after a crash, never meets half a file."""

import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_TRIES = 3
_ASIDE = re.compile(r"\..*-\w{8}\.tmp", re.DOTALL)  # what is under way, or was when its writer died


def as_text(name: str | Path) -> str:
    r"""A file's name as text that can be written; bytes that are none are spelled.

    Examples
    --------
    >>> as_text("\udcff.ipynb")
    '\\udcff.ipynb'
    """
    return str(name).encode("utf-8", "backslashreplace").decode("utf-8")


def write_file(path: Path, content: str | bytes | Iterable[str], *, mode: int = 0o644) -> None:
    """Put ``content`` at ``path`` in one step, making its folder where there is none.

    A link is followed; a device or a pipe is written to.

    Parameters
    ----------
    content : str, bytes or iterable of str
        A text in pieces is never whole in memory; it may be gone through more than once.
    """
    if isinstance(content, str):
        content = content.encode("utf-8")
    pieces = (content,) if isinstance(content, bytes) else content
    if _is_special(path):
        with path.open("wb") as file:
            _write(file, pieces)
        return
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(_TRIES):
        try:
            _replace(target, pieces, mode)
            return
        except FileNotFoundError:  # another process took it for a dead writer's
            if attempt == _TRIES - 1:
                raise


def _is_special(path: Path) -> bool:
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _replace(target: Path, pieces: Iterable[str | bytes], mode: int) -> None:
    descriptor, name = tempfile.mkstemp(prefix=_prefix(target), suffix=".tmp", dir=target.parent)
    try:
        with open(descriptor, "wb") as file:
            _write(file, pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _write(file: BinaryIO, pieces: Iterable[str | bytes]) -> None:
    for piece in pieces:
        file.write(piece.encode("utf-8") if isinstance(piece, str) else piece)


def _prefix(target: Path) -> str:
    """Begins a name aside; shortened, for a long name could become too long."""
    return f".{target.name[:40]}-"


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill; it takes the place of ``target`` when the block ends without an error.

    Where there is no old one nothing is removed: some file systems make new files slowly for
    minutes after others were removed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = [_folder_aside(target)]
    try:
        yield aside[0]
        if target.is_symlink() or (target.exists() and not target.is_dir()):
            target.unlink()
        elif target.exists():
            aside.append(_folder_aside(target))
            os.rename(target, aside[1])
        os.rename(aside[0], target)
        del aside[0]
    finally:
        for left in aside:
            shutil.rmtree(left, ignore_errors=True)


def _folder_aside(target: Path) -> Path:
    """A new folder with usual permissions, which `tempfile.mkdtemp` does not give."""
    folder = target.with_name(f"{_prefix(target)}{secrets.token_hex(4)}.tmp")
    folder.mkdir()
    return folder


def remove_leftovers(folders: Iterable[Path]) -> None:
    """Remove what writers that were killed left aside in some folders."""
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in list(entries):
                if not _ASIDE.fullmatch(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    shutil.rmtree(entry.path, ignore_errors=True)
                else:
                    os.unlink(entry.path)
