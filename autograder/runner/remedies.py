"""For each thing that this machine lacks, what is missing and the one command that mends it."""

import errno
import os
import platform
import re
import shutil
from dataclasses import dataclass

from autograder.runner import confine

_FIRST_WITH_LANDLOCK = (5, 13)
_OPTIONS = ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined")
_DOCKER = "docker run " + " ".join(f"--security-opt {option}" for option in _OPTIONS) + " ..."
_INSTALLERS = {
    "apt-get": "sudo apt-get install bubblewrap",
    "dnf": "sudo dnf install bubblewrap",
    "pacman": "sudo pacman -S bubblewrap",
    "zypper": "sudo zypper install bubblewrap",
    "apk": "sudo apk add bubblewrap",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is missing, in a sentence, and the command that mends it."""

    missing: str
    command: str

    def __str__(self) -> str:
        return f"{self.missing} To mend it: {self.command}"


def for_bwrap(error: str) -> Remedy:
    """Return what mends the reason why bubblewrap cannot be used."""
    if error == "not installed":
        found = (command for tool, command in _INSTALLERS.items() if shutil.which(tool))
        command = next(found, _INSTALLERS["apt-get"])
        return Remedy(missing="bubblewrap is not installed.", command=command)
    if error.endswith("does not belong to root"):
        return Remedy(missing=f"{error}.", command="sudo apt-get install --reinstall bubblewrap")
    for name, bad, good, why in (
        ("kernel.apparmor_restrict_unprivileged_userns", "1", "0", "AppArmor forbids"),
        ("kernel.unprivileged_userns_clone", "0", "1", "The kernel forbids"),
        ("user.max_user_namespaces", "0", "15000", "The kernel forbids"),
    ):
        if _setting(name) == bad:
            return Remedy(
                missing=f"{why} ordinary users the namespaces that bubblewrap is made of.",
                command=f"sudo sysctl -w {name}={good} "
                f"(for good: echo {name}={good} | sudo tee /etc/sysctl.d/60-bubblewrap.conf)",
            )
    if _in_container():
        return Remedy(
            missing="This container may not make the namespaces that bubblewrap is made of; "
            "grading in it stands on each process's own confinement.",
            command=f"{_DOCKER} (or leave it: the second wall is not required)",
        )
    return Remedy(missing=f"bubblewrap fails: {error}", command="bwrap --ro-bind / / true")


def for_landlock() -> Remedy:
    """Return what gives this machine Landlock."""
    system = platform.system()
    if system != "Linux":
        command = "wsl --install" if system == "Windows" else "docker run -it python:3.12 bash"
        return Remedy(missing=f"{system} cannot confine student code; Linux can.", command=command)
    refused = confine.landlock_refusal()
    if refused == errno.EOPNOTSUPP:
        line = f"lsm=landlock,{_active_modules()}"
        return Remedy(
            missing="The kernel has Landlock, but it was not switched on at the start.",
            command=f"sudo grubby --update-kernel=ALL --args={line} && sudo reboot"
            if shutil.which("grubby")
            else f"""sudo sed -i 's/^GRUB_CMDLINE_LINUX="/&{line} /' /etc/default/grub """
            "&& sudo update-grub && sudo reboot",
        )
    if refused == errno.EPERM:
        return Remedy(missing="This container forbids Landlock.", command=_DOCKER)
    old = _version(platform.release()) < _FIRST_WITH_LANDLOCK
    what = "is older than 5.13, the first with Landlock" if old else "was built without Landlock"
    return Remedy(missing=f"The kernel {platform.release()} {what}.", command=_new_kernel())


def for_seccomp() -> Remedy:
    """Return what gives this machine seccomp filters."""
    machine = platform.machine()
    if machine not in ("x86_64", "aarch64"):
        missing = f"The system calls of {machine} are not known here; those of x86_64, aarch64 are."
        return Remedy(missing=missing, command="uname -m (on another machine)")
    return Remedy(missing="The kernel takes no seccomp filters.", command=_new_kernel())


def _new_kernel() -> str:
    """Return the command that installs a kernel with all that is needed."""
    release = _os_release()
    name, version = release.get("ID", ""), release.get("VERSION_ID", "")
    if name == "ubuntu":
        command = f"sudo apt-get install linux-generic-hwe-{version}"
    elif name == "debian":
        kind = "arm64" if platform.machine() == "aarch64" else "amd64"
        code = release.get("VERSION_CODENAME", "stable")
        command = f"sudo apt-get install -t {code}-backports linux-image-{kind}"
    elif shutil.which("dnf"):
        command = "sudo dnf upgrade kernel"
    else:
        return "uname -r (install the distribution's kernel, 5.13 or later)"
    return f"{command} && sudo reboot"


def _version(release: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", release)[:2]))


def _active_modules() -> str:
    try:
        with open("/sys/kernel/security/lsm") as file:
            return file.read().strip()
    except OSError:
        return "lockdown,yama,integrity,apparmor,bpf"


def _os_release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def _in_container() -> bool:
    return any(map(os.path.exists, ("/.dockerenv", "/run/.containerenv")))


def _setting(name: str) -> str:
    try:
        with open(f"/proc/sys/{name.replace('.', '/')}") as file:
            return file.read().strip()
    except OSError:
        return ""
