"""What `nbgrader collect` takes from the exchange; ``nbgrader_config.py`` names the class.

Imported by nbgrader alone.
"""

import datetime
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Sequence
from typing import Any

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect

from autograder.report.cleaning import log_line


class Collect(ExchangeCollect):  # type: ignore[misc]  # nbgrader has no types
    """Collects what students handed in, as nbgrader does, and nothing that only looks like it.

    Everybody may write to the exchange, under any name. nbgrader's own command takes a folder in a
    classmate's name for theirs, copies the instructor's files where a link leads to them, lets all
    users write to the copies, and stops at the first submission that it cannot copy.
    """

    src_records: list[dict[str, Any]]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        """What a folder's name says; no student's where somebody else's account made it."""
        problem = "its name is no submission's"
        try:
            record: dict[str, Any] = super()._path_to_record(path)
            student = record["username"]
            if not self.check_owner or _may_hand_in(student, os.lstat(path).st_uid):
                return record
            problem = f"{student} did not put it there"
        except (ExchangeError, OSError, OverflowError, ValueError):
            pass
        self.log.warning("%s", log_line(f"Passed over {path}: {problem}."))
        return {"username": "", "filename": "", "timestamp": datetime.datetime.min}

    def init_src(self) -> None:
        """Find each student's submission."""
        super().init_src()
        self.src_records = [record for record in self.src_records if record["username"]]

    def copy_files(self) -> None:
        """Copy one submission after another, whatever becomes of those before."""
        for chosen in [[record] for record in self.src_records] or [[]]:
            self.src_records = chosen
            try:
                super().copy_files()
            except (OSError, RuntimeError, ValueError) as error:
                line = f"The submission of {chosen[0]['username']} was not collected: {error}"
                self.log.error("%s", log_line(line))

    def do_copy(self, src: str, dest: str, log: Any = None) -> None:
        """Copy the plain files of a submission; links, pipes and devices stay where they are."""
        if os.path.islink(src):
            raise OSError(f"{src} is a link")
        if self.get_size(src) > 1000 * self.coursedir.max_dir_size:
            raise OSError(f"{src} is larger than c.CourseDirectory.max_dir_size")

        def left_behind(folder: str, names: Sequence[str]) -> list[str]:
            left = [name for name in names if not _is_plain(os.path.join(folder, name))]
            for name in left:
                path = os.path.join(folder, name)
                self.log.warning(
                    "%s", log_line(f"Left behind, for it is a link or no file: {path}")
                )
            return left

        with tempfile.TemporaryDirectory(prefix="autograder-collect-") as aside:
            plain = os.path.join(aside, "plain")
            shutil.copytree(src, plain, symlinks=True, ignore=left_behind, copy_function=_copy)
            self.set_perms(plain, fileperms=0o640, dirperms=0o750)
            # Else its own content would be the time, and one that is none would stop nbgrader.
            with open(os.path.join(plain, "timestamp.txt"), "w", encoding="utf-8") as file:
                file.write(os.path.basename(src).rsplit("+", 3)[2])
            super().do_copy(plain, dest, log)


def _may_hand_in(student: str, owner: int) -> bool:
    """Whether a folder of this owner can be the student's.

    Where the machine has no account of that name, such as on a hub whose users are one to the
    machine, any may be; and an instructor may hand in for somebody.
    """
    try:
        return owner in (pwd.getpwnam(student).pw_uid, os.getuid(), 0)
    except KeyError:
        return True


def _is_plain(path: str) -> bool:
    """Whether it is a folder, or a file that has no other name elsewhere."""
    status = os.lstat(path)
    return stat.S_ISDIR(status.st_mode) or (stat.S_ISREG(status.st_mode) and status.st_nlink == 1)


def _copy(source: str, target: str) -> None:
    # A file that became a link a moment ago is copied as one.
    shutil.copy2(source, target, follow_symlinks=False)
