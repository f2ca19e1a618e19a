"""Collecting from an exchange that everybody can write to, under any name."""

import os
import pwd
from pathlib import Path

import pytest
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from tiny import NAME, released_course
from traitlets.config import Config

from autograder.course import Course

pytestmark = pytest.mark.filterwarnings("ignore")

EARLY, LATE = "2027-03-01 10:00:00.000000 UTC", "2027-03-02 10:00:00.000000 UTC"
STUDENT, OTHER = "daemon", "nobody"  # accounts that every machine has


@pytest.fixture
def course(tmp_path) -> Course:
    return released_course(tmp_path)


@pytest.fixture
def inbound(tmp_path) -> Path:
    folder = tmp_path / "exchange" / "rnn" / "inbound"
    folder.mkdir(parents=True)
    (tmp_path / "exchange").chmod(0o1777)
    return folder


def handed_in(inbound: Path, student: str, when: str, text: str = "{}") -> Path:
    folder = inbound / f"{student}+{NAME}+{when}+c2VjcmV0"
    folder.mkdir()
    (folder / f"{NAME}.ipynb").write_text(text)
    (folder / "timestamp.txt").write_text(when)
    folder.chmod(0o777)  # as nbgrader's submit leaves it
    return folder


def collect(course: Course, inbound: Path) -> str:
    """Collect as the formgrader's button does; what is logged."""
    config = Config(course.config)
    config.CourseDirectory.root = str(course.path)
    config.CourseDirectory.course_id = "rnn"
    config.Exchange.root = str(inbound.parents[1])
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    done = api.collect(NAME, update=True)
    assert done["success"], done
    return str(done["log"])


def test_the_last_one_of_each_is_collected_and_closed_to_others(course, inbound):
    handed_in(inbound, "a", EARLY, "first")
    assert "Collecting submission: a" in collect(course, inbound)
    handed_in(inbound, "a", LATE, "last")
    handed_in(inbound, "b", EARLY)
    collect(course, inbound)
    folder = course.submitted(NAME, "a")
    assert (folder / f"{NAME}.ipynb").read_text() == "last"
    assert (course.submitted(NAME, "b") / "timestamp.txt").read_text() == EARLY
    for path in (folder, *folder.iterdir()):
        assert path.stat().st_mode & 0o027 == 0, path


def test_where_nobody_has_handed_in(course, inbound):
    assert f"No submissions of '{NAME}'" in collect(course, inbound)


def test_what_a_link_leads_to_is_not_copied(course, inbound):
    folder = handed_in(inbound, "a", EARLY)
    (folder / f"{NAME}.ipynb").unlink()
    (folder / f"{NAME}.ipynb").symlink_to(course.source(NAME))
    (folder / "inner").mkdir()
    (folder / "inner" / "secret").symlink_to(course.path / ".autograder-secret")
    (folder / "source").symlink_to(course.path / "source")
    os.link(course.source(NAME), folder / "hard.ipynb")
    (inbound / f"b+{NAME}+{EARLY}+c2VjcmV0").symlink_to(course.source(NAME).parent)
    said = collect(course, inbound)
    collected = course.submitted(NAME, "a")
    assert sorted(path.name for path in collected.rglob("*")) == ["inner", "timestamp.txt"]
    assert not course.submitted(NAME, "b").exists()
    assert said.count("Left behind") == 4
    assert "The submission of b was not collected" in said


def test_nobody_stops_the_others(course, inbound):
    os.mkfifo(handed_in(inbound, "a", EARLY) / "pipe")
    (inbound / f"b+{NAME}+never+c2VjcmV0").mkdir()
    (inbound / f"c+{NAME}+{EARLY}+c2VjcmV0").write_text("a file instead of a folder")
    with (handed_in(inbound, "d", EARLY) / "large").open("wb") as file:
        file.truncate(1 << 40)  # a hole takes no room until it is copied
    handed_in(inbound, "e", EARLY, "last")
    (handed_in(inbound, "f", EARLY) / "timestamp.txt").write_text("garbage")
    collect(course, inbound)
    handed_in(inbound, "f", LATE, "last")
    said = collect(course, inbound)
    assert (course.submitted(NAME, "a") / f"{NAME}.ipynb").exists()
    for student in "ef":
        assert (course.submitted(NAME, student) / f"{NAME}.ipynb").read_text() == "last"
    assert not any(course.submitted(NAME, student).exists() for student in "bcd")
    for student in "cd":
        assert f"The submission of {student} was not collected" in said
    assert "never" in said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files to other users")
def test_a_submission_in_a_classmates_name(course, inbound):
    """The classmate's own counts, though it is older; without one there is none."""
    student, other = pwd.getpwnam(STUDENT).pw_uid, pwd.getpwnam(OTHER).pw_uid
    for owner, when, text in ((student, EARLY, "own"), (other, LATE, "forged")):
        os.chown(handed_in(inbound, STUDENT, when, text), owner, -1)
    os.chown(handed_in(inbound, OTHER, EARLY), student, -1)
    os.chown(handed_in(inbound, "no-account-here", EARLY, "of a hub"), other, -1)
    said = collect(course, inbound)
    assert (course.submitted(NAME, STUDENT) / f"{NAME}.ipynb").read_text() == "own"
    assert not course.submitted(NAME, OTHER).exists()
    assert course.submitted(NAME, "no-account-here").exists()
    assert f"{STUDENT} did not put it there" in said
    assert f"{OTHER} did not put it there" in said
