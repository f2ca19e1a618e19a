"""What this machine offers to confine student code, and how to mend what it lacks."""

import os
import platform
from dataclasses import dataclass

from autograder.errors import IsolationError
from autograder.runner import bubblewrap, confine

WALLED = "bwrap+landlock+seccomp"
CONFINED = "landlock+seccomp"
UNSAFE = "none (unsafe)"

_INSTALL = "Install bubblewrap: sudo apt-get install bubblewrap (or dnf, pacman, apk add)."
_APPARMOR = "Let bubblewrap run: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
_USERNS = "Let bubblewrap run: sudo sysctl kernel.unprivileged_userns_clone=1"
_DOCKER = (
    "In a container, start it so that bubblewrap may make namespaces: "
    "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined ..."
)
_LANDLOCK = (
    "Landlock needs Linux 5.13 or later with landlock among its security modules: "
    "add lsm=landlock,... to the kernel's command line; compare: cat /sys/kernel/security/lsm"
)
_SECCOMP = (
    "seccomp filters need Linux on x86_64 or aarch64 with CONFIG_SECCOMP_FILTER; "
    "compare: cat /proc/sys/kernel/seccomp/actions_avail"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What this machine offers.

    Attributes
    ----------
    system : str
        Kernel, version and machine.
    root : bool
    landlock_abi : int
        0 where there is none.
    seccomp : bool
    bwrap : bool
    bwrap_error : str
        Why bubblewrap cannot be used, empty when it can.
    isolation : str or None
        The best isolation possible here, None when student code must not run.
    remedies : tuple of str
        For each thing missing, a sentence with the command that mends it.
    """

    system: str
    root: bool
    landlock_abi: int
    seccomp: bool
    bwrap: bool
    bwrap_error: str
    isolation: str | None
    remedies: tuple[str, ...]


def probe() -> Probe:
    """Find out what this machine offers, by trying."""
    abi = confine.landlock_abi()
    seccomp = confine.seccomp_offered()
    error = bubblewrap.refusal() or ""
    confined = abi > 0 and seccomp
    missing = [
        (not abi, _LANDLOCK),
        (not seccomp, _SECCOMP),
        (bool(error), remedy_for_bwrap(error)),
    ]
    return Probe(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        landlock_abi=abi,
        seccomp=seccomp,
        bwrap=not error,
        bwrap_error=error,
        isolation=None if not confined else CONFINED if error else WALLED,
        remedies=tuple(remedy for lacks, remedy in missing if lacks),
    )


def remedy_for_bwrap(error: str) -> str:
    """Return the sentence that mends what bubblewrap complains about."""
    if error == "not installed":
        return _INSTALL
    if _setting("apparmor_restrict_unprivileged_userns") == "1":
        return _APPARMOR
    if _setting("unprivileged_userns_clone") == "0":
        return _USERNS
    return _DOCKER


def _setting(name: str) -> str:
    try:
        with open(f"/proc/sys/kernel/{name}") as file:
            return file.read().strip()
    except OSError:
        return ""


def choose(wanted: str | None, allow_unsafe: bool) -> list[str]:
    """Return the isolations to try, best first.

    Raises
    ------
    IsolationError
        When the machine offers none, or not the wanted one.
    """
    found = probe()
    if wanted is None:
        if found.isolation is not None:
            return [WALLED, CONFINED] if found.isolation == WALLED else [CONFINED]
        if allow_unsafe:
            return [UNSAFE]
    elif wanted == UNSAFE and allow_unsafe:
        return [UNSAFE]
    elif wanted == found.isolation or (wanted == CONFINED and found.isolation is not None):
        return [wanted]
    reason = f"'{wanted}' is not possible" if wanted else "student code cannot be confined"
    raise IsolationError(
        f"On this machine ({found.system}) {reason}. "
        + " ".join(found.remedies)
        + " To run without protection, on a machine that holds nothing of value: --allow-unsafe."
    )
