"""What this machine offers to confine student code, and how to mend what it lacks."""

import os
import platform
from dataclasses import dataclass

from autograder.errors import IsolationError
from autograder.runner import bubblewrap, confine, remedies
from autograder.runner.remedies import Remedy

WALLED = "bwrap+landlock+seccomp"
CONFINED = "landlock+seccomp"
UNSAFE = "none (unsafe)"
VARIABLE = "AUTOGRADER_ISOLATION"  # names the isolation to use, and no other


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
    remedies : tuple of Remedy
        For each thing missing, the command that mends it.
    """

    system: str
    root: bool
    landlock_abi: int
    seccomp: bool
    bwrap: bool
    bwrap_error: str
    isolation: str | None
    remedies: tuple[Remedy, ...]

    @property
    def possible(self) -> tuple[str, ...]:
        """Every isolation that is possible here, best first."""
        return {None: (), CONFINED: (CONFINED,)}.get(self.isolation, (WALLED, CONFINED))


def probe() -> Probe:
    """Find out what this machine offers, by trying."""
    abi = confine.landlock_abi()
    seccomp = confine.seccomp_offered()
    error = bubblewrap.refusal() or ""
    confined = abi > 0 and seccomp
    missing = [
        *([] if abi else [remedies.for_landlock()]),
        *([] if seccomp else [remedies.for_seccomp()]),
        *([remedies.for_bwrap(error)] if error else []),
    ]
    return Probe(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        root=hasattr(os, "geteuid") and os.geteuid() == 0,
        landlock_abi=abi,
        seccomp=seccomp,
        bwrap=not error,
        bwrap_error=error,
        isolation=None if not confined else CONFINED if error else WALLED,
        remedies=tuple(missing),
    )


def choose(wanted: str | None, allow_unsafe: bool) -> list[str]:
    """Return the isolations to try, best first.

    The environment variable `VARIABLE` takes the place of `wanted` where that is None.

    Raises
    ------
    IsolationError
        When the machine offers none, or not the wanted one.
    """
    found = probe()
    wanted = wanted or os.environ.get(VARIABLE)
    if not wanted:
        if found.isolation is not None:
            return list(found.possible)
        if allow_unsafe:
            return [UNSAFE]
    elif wanted in found.possible or (wanted == UNSAFE and allow_unsafe):
        return [wanted]
    elif wanted not in (WALLED, CONFINED):
        raise IsolationError(f"{VARIABLE} is {wanted!r}; it can be '{WALLED}' or '{CONFINED}'.")
    reason = f"'{wanted}' is not possible" if wanted else "student code cannot be confined"
    helpful = found.remedies if wanted == WALLED or found.bwrap else found.remedies[:-1]
    raise IsolationError(
        "\n".join(
            (
                f"On this machine ({found.system}) {reason}.",
                *map(str, helpful),
                "On a machine that holds nothing of value, without protection: --allow-unsafe",
            )
        )
    )
