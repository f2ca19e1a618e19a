"""Choose what an archive holds: the student's edition by default, the instructor's on request.

``AUTOGRADER_EDITION=instructor python -m build`` adds ``reference/`` and ``assignments/`` and marks
the version ``+instructor``, so that the two editions cannot be mistaken for each other.
"""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class EditionHook(BuildHookInterface):
    """Add the answers to the instructor's archives only."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Extend the file list when the instructor's edition was asked for."""
        edition = os.environ.get("AUTOGRADER_EDITION", "student")
        if edition not in {"student", "instructor"}:
            raise ValueError(f"AUTOGRADER_EDITION is {edition!r}: use 'student' or 'instructor'.")
        if edition == "instructor" and version != "editable":
            self.metadata._version = f"{self.metadata.version}+instructor"
            for folder in ("reference", "assignments"):
                build_data["force_include"][os.path.join(self.root, folder)] = folder
