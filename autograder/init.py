"""Make a course folder: nbgrader's layout, its configuration with our plug-ins, and the secret."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from autograder import __version__
from autograder.course import CONFIG_FILE, SECRET_FILE, STEPS
from autograder.errors import CourseError
from autograder.files import write_file

PUBLIC_VERSION = __version__.partition("+")[0]

NBGRADER_CONFIG = '''\
"""nbgrader's configuration of this course. Yours to edit; `autograder init` leaves it alone."""

c = get_config()  # noqa: F821

# To hand assignments out and in through nbgrader's exchange, give the course a name without spaces
# and the exchange a folder that all can write to, made by
#   sudo install -d -m 1777 /srv/nbgrader/exchange
# Students' nbgrader_config.py has the same two.
# c.CourseDirectory.course_id = "rnn"
# c.Exchange.root = "/srv/nbgrader/exchange"

# The gradebook is gradebook.db in this folder; a PostgreSQL server is named like this, and then
# the course needs its name, too. (pip install 'psycopg[binary]')
# c.CourseDirectory.db_url = "postgresql+psycopg://user:password@host/gradebook"

# What students see instead of a solution.
c.ClearSolutions.code_stub = {"python": "# Your code here.\\nraise NotImplementedError"}

# `nbgrader autograde`, `nbgrader generate_feedback` and the formgrader's buttons grade with
# autograder: student code runs confined, and copied or deleted test cells cost nothing.
c.Autograde.pre_convert_hook = "autograder.plugins.choose_notebook"
c.Autograde.exporter_class = "autograder.plugins.SubmissionExporter"
c.Autograde.sanitize_preprocessors = []
c.Autograde.autograde_preprocessors = []
c.GenerateFeedback.exporter_class = "autograder.plugins.FeedbackExporter"
c.ExchangeFactory.collect = "autograder.collect.Collect"
c.ExchangeFactory.release_feedback = "autograder.plugins.ReleaseFeedback"
'''

REQUIREMENTS = f"""\
# What CI installs to grade: the instructor's wheel, with the answers. Keep it out of every
# repository that students can read. With the grader's source in SOURCE:
#   AUTOGRADER_EDITION=instructor pip wheel --no-deps --wheel-dir wheels SOURCE
./wheels/rnn_autograder-{PUBLIC_VERSION}+instructor-py3-none-any.whl[instructor]
"""

STUDENT_REQUIREMENTS = f"""\
# The students' wheel: the visible checks and no answers. With the grader's source in SOURCE:
#   pip wheel --no-deps --wheel-dir wheels SOURCE
./wheels/rnn_autograder-{PUBLIC_VERSION}-py3-none-any.whl
"""

STUDENT_README = """\
# For students' repositories

Copy the content of this folder, hidden files included, into the repository that students start
from, beside the notebook and its `.checks.json`. After every push each notebook is tried on the
visible checks.

Hidden tests do not belong there: whoever can push to a repository can change what runs in it, and
so read or skip the tests. Marks come from the course's own repository.
"""

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
/.*.lock
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
    open_to_others: bool  # it was there before, and every user of the machine may enter


def init_course(folder: Path | str, *, force: bool = False) -> Initialised:
    """Make ``folder`` a course, or complete one that exists.

    Parameters
    ----------
    folder : pathlib.Path or str
        Made where it is missing, closed to all other users: it will hold solutions and marks.
    force : bool
        Overwrite files that were edited, after keeping each as ``<name>.bak``. The secret and the
        gradebook are never touched.

    Raises
    ------
    CourseError
        When the folder cannot be written.
    """
    path = Path(os.path.abspath(folder))
    wanted = {CONFIG_FILE: NBGRADER_CONFIG, ".gitignore": GITIGNORE, **_ci_files()}
    written: list[str] = []
    kept: list[str] = []
    backups: list[str] = []
    try:
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.mkdir(mode=0o700)
        for step in (*STEPS, "results"):
            (path / step).mkdir(exist_ok=True)
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
        above = (path, *path.parents)
        open_to_others = all(folder.stat().st_mode & stat.S_IXOTH for folder in above)
    except OSError as error:
        raise CourseError(
            f"{error.filename or path} cannot be written: {error.strerror}."
        ) from None
    return Initialised(
        path=path,
        written=tuple(written),
        kept=tuple(kept),
        backups=tuple(backups),
        open_to_others=open_to_others,
    )


def _ci_files() -> Mapping[str, str]:
    """Workflows of the course's repository, and in a folder of their own those for students'."""
    templates = resources.files("autograder") / "workflows"

    def template(name: str) -> str:
        return (templates / f"{name}.yml").read_text(encoding="utf-8")

    return {
        ".github/workflows/grade.yml": template("course-github"),
        ".gitlab-ci.yml": template("course-gitlab"),
        "requirements.txt": REQUIREMENTS,
        "student-repository/.github/workflows/check.yml": template("student-github"),
        "student-repository/.gitlab-ci.yml": template("student-gitlab"),
        "student-repository/requirements.txt": STUDENT_REQUIREMENTS,
        "student-repository/README.md": STUDENT_README,
    }


def _write_secret(path: Path) -> bool:
    """Make the secret unless there is one; it must never change, or a regrade would differ."""
    if path.exists() and path.read_text(encoding="utf-8").strip():
        return False
    write_file(path, secrets.token_hex(32) + "\n", mode=0o600)
    return True
