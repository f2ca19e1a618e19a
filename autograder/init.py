"""Make a course folder: nbgrader's layout, its configuration with our plug-ins, and the secret."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.course import CONFIG_FILE, SECRET_FILE, STEPS
from autograder.errors import CourseError
from autograder.files import write_file

NBGRADER_CONFIG = '''\
"""nbgrader's configuration of this course. Yours to edit; `autograder init` leaves it alone."""

c = get_config()  # noqa: F821

# A name without spaces, needed to hand assignments out and in through nbgrader's exchange.
# c.CourseDirectory.course_id = "rnn"

# The gradebook is gradebook.db in this folder; a PostgreSQL server is named like this:
# c.CourseDirectory.db_url = "postgresql://user:password@host/gradebook"

# What students see instead of a solution.
c.ClearSolutions.code_stub = {"python": "# Your code here.\\nraise NotImplementedError"}

# `nbgrader autograde`, `nbgrader generate_feedback` and the formgrader's buttons grade with
# autograder: student code runs confined, and copied or deleted test cells cost nothing.
c.Autograde.pre_convert_hook = "autograder.plugins.choose_notebook"
c.Autograde.exporter_class = "autograder.plugins.SubmissionExporter"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = []
c.GenerateFeedback.exporter_class = "autograder.plugins.FeedbackExporter"
'''

GITIGNORE = f"""\
# Never publish these: the secret decides every hidden case, source/ holds the solutions.
{SECRET_FILE}
/source/
/backups/
/gradebook.db*

# Made by grading.
/autograded/
/feedback/
/results/
.ipynb_checkpoints/
__pycache__/
*.tmp/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What ``init_course`` did: names relative to the course folder."""

    path: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]  # differ from what would have been written: an instructor's edit
    backups: tuple[str, ...]


def init_course(
    folder: Path | str, *, files: Mapping[str, str] | None = None, force: bool = False
) -> Initialised:
    """Make ``folder`` a course, or complete one that exists.

    Parameters
    ----------
    folder : pathlib.Path or str
        Made where it is missing.
    files : mapping of str to str, optional
        More files by relative name, such as CI workflows.
    force : bool
        Overwrite files that were edited, after keeping each as ``<name>.bak``. The secret and the
        gradebook are never touched.

    Raises
    ------
    CourseError
        When the folder cannot be written.
    """
    path = Path(os.path.abspath(folder))
    wanted = {CONFIG_FILE: NBGRADER_CONFIG, ".gitignore": GITIGNORE, **(files or {})}
    written: list[str] = []
    kept: list[str] = []
    backups: list[str] = []
    try:
        for step in (*STEPS, "results"):
            (path / step).mkdir(parents=True, exist_ok=True)
        if _write_secret(path / SECRET_FILE):
            written.append(SECRET_FILE)
        for name, content in wanted.items():
            target = path / name
            if os.path.lexists(target):
                if target.read_bytes() == content.encode("utf-8"):
                    continue
                if not force:
                    kept.append(name)
                    continue
                os.replace(target, f"{target}.bak")
                backups.append(f"{name}.bak")
            write_file(target, content)
            written.append(name)
    except OSError as error:
        raise CourseError(
            f"{error.filename or path} cannot be written: {error.strerror}."
        ) from None
    return Initialised(path=path, written=tuple(written), kept=tuple(kept), backups=tuple(backups))


def _write_secret(path: Path) -> bool:
    """Make the secret unless there is one; it must never change, or a regrade would differ."""
    if path.exists() and path.read_text(encoding="utf-8").strip():
        return False
    write_file(path, secrets.token_hex(32) + "\n", mode=0o600)
    return True
