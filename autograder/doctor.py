"""What this machine offers to confine student code: found by trying, said with its remedies."""

from collections.abc import Sequence

from autograder.runner.probe import CONFINED, WALLED, Probe, probe
from autograder.runner.trial import Trial, try_isolation

_WHAT = {
    WALLED: "bubblewrap around each worker, Landlock and seccomp in each student's process",
    CONFINED: "Landlock and seccomp in each student's process alone",
}


def examine() -> tuple[bool, str]:
    """Probe this machine and try what it offers.

    Returns
    -------
    sound : bool
        Grading is possible, and what it would use holds.
    text : str
        A report for a terminal.
    """
    found = probe()
    trials = [try_isolation(isolation) for isolation in found.possible]
    return bool(trials) and not trials[0].problem, render(found, trials)


def render(found: Probe, trials: Sequence[Trial]) -> str:
    """The report."""
    lines = [
        f"system      {found.system}, as {'root' if found.root else 'an ordinary user'}",
        f"bubblewrap  {'yes' if found.bwrap else f'no: {found.bwrap_error}'}",
        f"Landlock    {f'yes, version {found.landlock_abi}' if found.landlock_abi else 'no'}",
        f"seccomp     {'yes' if found.seccomp else 'no'}",
        f"isolation   {found.isolation or 'none: grading refuses to run student code'}",
        "",
    ]
    for trial in trials:
        verdict = f"DOES NOT HOLD: {trial.problem}" if trial.problem else "tried, it holds"
        lines.append(f"{trial.isolation}: {verdict}")
        lines.append(f"    {_WHAT[trial.isolation]}")
    for remedy in found.remedies:
        lines += [remedy.missing, f"    {remedy.command}"]
    if not found.isolation:
        lines.append("Without it, on a machine that holds nothing of value: --allow-unsafe")
    return "\n".join(lines).rstrip()
