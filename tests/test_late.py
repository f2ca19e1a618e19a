"""Late days, from the time stamp of a submission to every place where a mark leaves the course."""

import csv
import io
import sqlite3
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main
from autograder.course import CONFIG_FILE

PLUGIN = """\
from nbgrader.plugins import BasePlugin


class ADay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 0.5 * total_seconds_late / 86_400
"""


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Ana is two days late, Bo is in time; the course takes off half a mark a day."""
    course = released_course(tmp_path_factory.mktemp("late"))
    (course.path / "late_days.py").write_text(PLUGIN)
    with (course.path / CONFIG_FILE).open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'late_days.ADay'\n")
    for student, moment in (("ana", "2030-01-03 12:00:00 UTC"), ("bo", "2030-01-01 11:59:00 UTC")):
        submit(course, student, RIGHT)
        (course.submitted(NAME, student) / "timestamp.txt").write_text(moment)
    update(course, "update assignment set duedate = '2030-01-01 12:00:00.000000'")
    return course


def update(course, statement):
    connection = sqlite3.connect(course.path / "gradebook.db")
    with connection:
        connection.execute(statement)
    connection.close()


def run(course, capsys, *words):
    capsys.readouterr()
    assert main([*words, "--course", str(course.path)]) == 0
    return capsys.readouterr().out


def exported(course, capsys, kind):
    rows = csv.DictReader(io.StringIO(run(course, capsys, "export", NAME, "--to", kind)))
    return {row.get("student") or row.get("Username") or row.get("SIS Login ID"): row
            for row in rows}  # fmt: skip


def test_a_late_submission_everywhere(course, capsys):
    for words in (("--jobs", "1"), ("--jobs", "1", "--force"), ()):
        run(course, capsys, "grade", NAME, *words)  # a regrade takes off the same, once
        table = exported(course, capsys, "csv")
        late = {who: (row["score"], row["late_penalty"], row["late_days"])
                for who, row in table.items()}  # fmt: skip
        assert late == {"ana": ("4", "1", "2"), "bo": ("5", "0", "0")}
    assert table["ana"]["double"] == "3"  # questions are before the penalty
    canvas = exported(course, capsys, "canvas")
    assert (canvas["ana"]["Doubling"], canvas["bo"]["Doubling"]) == ("4", "5")
    moodle = exported(course, capsys, "moodle")
    assert moodle["ana"]["Doubling"] == "4"
    assert "1 off for handing in late" in moodle["ana"]["Doubling (feedback)"]
    assert "late" not in moodle["bo"]["Doubling (feedback)"]


def test_the_pages_say_so(course, capsys):
    page = Path(run(course, capsys, "report", NAME).splitlines()[-1]).read_text()
    (row,) = [line for line in page.splitlines() if "data-t" in line and ">ana<" in line]
    assert 'data-v="4.0"><b>4</b>' in row
    assert 'data-v="2.0">2</td>' in row
    assert "late" in row.partition('data-t="')[2].partition('"')[0].split()
    own = (course.feedback(NAME, "ana") / f"{NAME}.html").read_text()
    assert "handed in 2 days late" in own
    assert "1 off for handing in late" in own
    assert "handing in late" not in (course.feedback(NAME, "bo") / f"{NAME}.html").read_text()


def test_an_extension_that_comes_later_counts_without_a_regrade(course, capsys):
    run(course, capsys, "grade", NAME, "--jobs", "1")
    # One day, as SQLAlchemy keeps intervals in SQLite: a date from the epoch on.
    update(course, "update submitted_assignment set extension = '1970-01-02 00:00:00.000000' "
                   "where student_id = 'ana'")  # fmt: skip
    said = run(course, capsys, "grade", NAME, "--jobs", "1")
    assert "0 graded, 2 unchanged" in said
    row = exported(course, capsys, "csv")["ana"]
    assert (row["score"], row["late_penalty"], row["late_days"]) == ("4.5", "0.5", "1")
    update(course, "update submitted_assignment set extension = null")
    run(course, capsys, "report", NAME)  # or when the page is looked at
    assert exported(course, capsys, "csv")["ana"]["score"] == "4"
