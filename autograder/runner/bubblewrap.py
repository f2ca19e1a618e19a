"""The outer wall, where the distribution's ``bwrap`` is installed and allowed.

An empty root with the interpreter and the packages bound read-only, no network, its own process
ids, a scratch folder of bounded size. Started once for each worker.
"""

import functools
import os
import subprocess

from autograder.runner.paths import RUNNER, Readable

BWRAP = "/usr/bin/bwrap"
SCRATCH = "/scratch"
SCRATCH_BYTES = 64 << 20
_LINKS = ("/lib", "/lib32", "/lib64", "/bin")
_ALONE = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv")


@functools.cache
def refusal() -> str | None:
    """Return why bubblewrap cannot be used here, None when it can; tried, not guessed."""
    try:
        if os.stat(BWRAP).st_uid != 0:
            return f"{BWRAP} does not belong to root"
    except OSError:
        return "not installed"
    command = [BWRAP, *_ALONE, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if done.returncode == 0 else done.stderr.decode(errors="replace").strip()[:300]


def wrap(command: list[str], readable: Readable, environment: dict[str, str]) -> list[str]:
    """Return the command line that runs `command` inside the wall."""
    line = [BWRAP, *_ALONE, "--unshare-user", "--hostname", "grader"]
    for path in _LINKS:
        if os.path.islink(path):
            line += "--symlink", os.readlink(path), path
    for path in (*_loader(), *readable.roots, readable.python):
        line += "--ro-bind", path, path
    for path in readable.hidden:
        if any(path.startswith(f"{root}/") for root in readable.roots):
            line += _cover(path)
    for path in (str(RUNNER), str(RUNNER.parent / "errors.py")):
        line += "--ro-bind", path, path
    line += "--proc", "/proc", "--dev", "/dev", "--dir", "/tmp"
    line += "--size", str(SCRATCH_BYTES), "--tmpfs", SCRATCH, "--chdir", SCRATCH
    line += "--remount-ro", "/"
    for name, value in environment.items():
        line += "--setenv", name, value
    return [*line, "--", *command]


def _loader() -> list[str]:
    """Return the folders of the dynamic loader that are no links."""
    folders = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib64")
    return [path for path in folders if os.path.isdir(path) and not os.path.islink(path)]


def _cover(path: str) -> list[str]:
    """Return the options that put an empty folder or file over a path."""
    if os.path.islink(path):
        return []
    return ["--tmpfs", path] if os.path.isdir(path) else ["--ro-bind", "/dev/null", path]
