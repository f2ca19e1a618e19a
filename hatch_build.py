"""Choose what an archive holds: the student's edition by default, the instructor's on request.

``AUTOGRADER_EDITION=instructor`` while building adds ``reference/`` and ``assignments/`` and marks
the version ``+instructor``, so that the two editions cannot be mistaken for each other.
"""

import os
import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


def edition() -> str:
    """The edition that is being built."""
    name = os.environ.get("AUTOGRADER_EDITION", "student")
    if name not in {"student", "instructor"}:
        raise ValueError(f"AUTOGRADER_EDITION is {name!r}: use 'student' or 'instructor'.")
    return name


def version() -> str:
    """The package's version; pip asks for it before it builds, and both must agree."""
    code = (ROOT / "autograder" / "__init__.py").read_text(encoding="utf-8")
    (number,) = re.findall(r'^__version__ = "(.+)"$', code, re.MULTILINE)
    return number + ("+instructor" if edition() == "instructor" else "")


class EditionHook(BuildHookInterface):
    """Add the answers to the instructor's archives only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the file list when the instructor's edition was asked for."""
        if edition() == "instructor" and version != "editable":
            for folder in ("reference", "assignments"):
                build_data["force_include"][os.path.join(self.root, folder)] = folder
