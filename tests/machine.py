"""A machine as a reader of the documentation or a CI service has it, with nothing installed yet."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parent.parent

# `python3 -m venv DIR` as everywhere, but what the wheels depend on is taken from where the tests
# run, so that no network is needed.
_PYTHON = """\
#!/bin/sh
"{python}" "$@" || exit
if [ "$1 $2" = "-m venv" ]; then
    for folder in "$3"/lib/python*/site-packages; do echo "{library}" > "$folder/dependencies.pth"; done
    cp "{scripts}"/alembic "{scripts}"/jupyter* "{scripts}"/nbgrader "$3/bin"
fi
"""  # noqa: E501


def build_wheel(edition: str, folder: Path) -> Path:
    """An edition's wheel, as instructors build it."""
    source = copy_source(folder / "source")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {**os.environ, "AUTOGRADER_EDITION": edition}
    subprocess.run(command, cwd=source, env=environment, check=True, capture_output=True)
    shutil.rmtree(source)
    (wheel,) = folder.glob("*.whl")
    return wheel


def copy_source(target: Path) -> Path:
    """The project's source without what is made in it."""
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "demo-course", "site", ".*cache", "__pycache__"
    )
    return shutil.copytree(ROOT, target, ignore=ignored)


class Machine:
    """Its own Python, an empty home, no rights, no network needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        tools = folder / "tools"
        tools.mkdir()
        self._write(
            tools / "python3",
            _PYTHON.format(
                python=sys.executable,
                library=Path(yaml.__file__).parent.parent,
                scripts=Path(sys.executable).parent,
            ),
        )
        self._write(tools / "sudo", f'#!/bin/sh\necho "$@" >> {folder}/sudo.log\n')
        self.path = f"{tools}:/usr/bin:/bin"

    def install_python(self) -> None:
        """Put a Python with pip on the path, as the images of CI services have it."""
        python = self.folder / "python"
        self.run(f"python3 -m venv {python}", self.folder).check_returncode()
        self.path = f"{python / 'bin'}:{self.path}"

    def run(self, script: str, where: Path, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": self.path, "HOME": str(self.home), "CI": "true", "LANG": "C.UTF-8",
            "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_BUILD_ISOLATION": "false",  # pip's way to say that there is none
            **variables,
        }  # fmt: skip
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=where, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)
