"""What a student's process may read: the interpreter and the installed packages, never the answers.

Computed by the grader, which knows its own ``sys.path``; an editable installation's path entries
(the repository's root among them) are not packages and do not get in.
"""

import os
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE_FOLDERS = ("site-packages", "dist-packages")
PRIVATE = ("reference", "assignments", "autograder")
RUNNER = Path(__file__).parent
_SYSTEM = ("/usr/share/zoneinfo", "/etc/localtime", "/etc/ld.so.cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """Folders and files that a student's process may read, and what is cut out of them."""

    python: str
    packages: tuple[str, ...]
    roots: tuple[str, ...]
    hidden: tuple[str, ...]


def readable() -> Readable:
    """Return what a student's process may read on this machine."""
    packages = tuple(
        entry
        for entry in dict.fromkeys(map(os.path.realpath, sys.path))
        if os.path.basename(entry) in PACKAGE_FOLDERS and os.path.isdir(entry)
    )
    standard = {os.path.realpath(sysconfig.get_path(k)) for k in ("stdlib", "platstdlib")}
    roots = {
        *standard,
        *packages,
        *library_folders(),
        *map(os.path.realpath, filter(os.path.exists, _SYSTEM)),
    }
    folders = {*packages, *(f"{s}/{n}" for s in standard for n in PACKAGE_FOLDERS)}
    hidden = {path for folder in folders for path in _private(folder)}
    home = RUNNER.parents[1]
    hidden |= {str(home / name) for name in PRIVATE if (home / name).exists()}
    return Readable(
        python=os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
        packages=packages,
        roots=tuple(sorted(_outermost(roots))),
        hidden=tuple(sorted(hidden)),
    )


def library_folders() -> set[str]:
    """Return the folders of the shared libraries in use (an interpreter's may lie anywhere)."""
    try:
        with open("/proc/self/maps") as file:
            mapped = {line.split(None, 5)[5].strip() for line in file if ".so" in line}
    except OSError:
        return set()
    return {os.path.dirname(path) for path in mapped if path.startswith("/")}


def _private(folder: str) -> Iterator[str]:
    """Yield the entries of a package folder that belong to this project or point to it."""
    if not os.path.isdir(folder):
        return
    for entry in os.scandir(folder):
        pointer = entry.name.endswith(".pth") or entry.name.startswith("__editable__")
        if entry.name in PRIVATE or pointer or entry.name.startswith("rnn_autograder"):
            yield entry.path


def _outermost(paths: set[str]) -> set[str]:
    """Leave out what lies below another path of the set."""
    return {p for p in paths if not any(p.startswith(f"{other}/") for other in paths)}


def without(path: str, hidden: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Split a path into parts that hold nothing hidden.

    Yields
    ------
    (path, whole)
        A part with all that is below it, or, where not `whole`, a folder of which only the list of
        names is granted.
    """
    if path in hidden:
        return
    if not any(h.startswith(f"{path}/") for h in hidden):
        yield path, True
        return
    yield path, False
    for name in os.listdir(path):
        yield from without(f"{path}/{name}", hidden)
