import os
import shutil
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, YAML, make_assignment, released_course, submit

from autograder.course import CONFIG_FILE, open_course
from autograder.errors import GradebookError
from autograder.gradebook import Gradebook, database, read_timestamp
from autograder.gradebook import rows as gradebook_rows
from autograder.gradebook.comments import escape_markdown, question_comment
from autograder.gradebook.loading import import_api
from autograder.gradebook.tables import METADATA
from autograder.release import release_assignment
from autograder.report.record_file import as_result


@pytest.fixture
def course(tmp_path: Path):
    return released_course(tmp_path)


def question(name, score, max_score, status="failed", **more):
    return {"id": name, "score": score, "max_score": max_score, "status": status, **more}


def record(student="s1", *, double=3.0, shift=2.0, **more):
    questions = [
        question("double", double, 3.0, "passed" if double == 3 else "failed"),
        question("shift", shift, 2.0, "passed" if shift == 2 else "failed"),
    ]
    return {
        "assignment": NAME, "student": student, "status": "graded", "message": "",
        "score": double + shift, "max_score": 5.0, "questions": questions, **more,
    }  # fmt: skip


def ungraded(student="s1", status="unreadable", message="It is *cut* off."):
    questions = [question("double", 0.0, 3.0, "skipped"), question("shift", 0.0, 2.0, "skipped")]
    return record(student) | {"status": status, "message": message, "questions": questions}


def write(course, *records):
    with Gradebook(course) as book:
        for entry in records:
            book.record_results([as_result(entry)])


def rows(course, query):
    connection = sqlite3.connect(course.path / "gradebook.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.commit()
        connection.close()


def grades(course, student="s1"):
    """Auto, manual, extra and whether a person is needed, by cell."""
    found = rows(
        course,
        "select base_cell.name, auto_score, manual_score, extra_credit, needs_manual_grade "
        "from grade join base_cell on base_cell.id = grade.cell_id "
        "join submitted_notebook on submitted_notebook.id = grade.notebook_id "
        "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id "
        f"where student_id = '{student}' order by base_cell.name",
    )
    return {name: rest for name, *rest in found}


def everything(course):
    """All that is written of a course's submissions but the keys, a line for each cell."""
    return rows(
        course,
        "select student_id, late_submission_penalty, timestamp, base_cell.name, auto_score, "
        "manual_score, needs_manual_grade, auto_comment from submitted_assignment "
        "join submitted_notebook on submitted_notebook.assignment_id = submitted_assignment.id "
        "join base_cell on base_cell.notebook_id = submitted_notebook.notebook_id "
        "left join grade on grade.cell_id = base_cell.id "
        "and grade.notebook_id = submitted_notebook.id "
        "left join comment on comment.cell_id = base_cell.id "
        "and comment.notebook_id = submitted_notebook.id "
        "where grade.id is not null or comment.id is not null "
        "order by student_id, base_cell.name",
    )


def comments(course):
    found = rows(
        course,
        "select base_cell.name, auto_comment, manual_comment from comment "
        "join base_cell on base_cell.id = comment.cell_id",
    )
    return {name: rest for name, *rest in found}


def penalty(course):
    return rows(course, "select late_submission_penalty from submitted_notebook")[0][0]


class TestMarks:
    def test_marks_are_written_and_nobody_needs_to_look(self, course):
        write(course, record(double=1.5))
        assert grades(course) == {
            "test_double": [1.5, None, None, 0],
            "test_shift": [2.0, None, None, 0],
        }

    def test_a_regrade_keeps_what_people_wrote(self, course):
        write(course, record(double=1.0))
        rows(course, "update grade set manual_score = 2.5, extra_credit = 0.5")
        rows(course, "update comment set manual_comment = 'well tried'")
        write(course, record(double=2.0))
        assert grades(course)["test_double"] == [2.0, 2.5, 0.5, 0]
        assert comments(course)["double"][1] == "well tried"
        with Gradebook(course) as book:
            added = book.adjustments(NAME, "s1")
        assert added["score"] == 2 * (2.5 + 0.5)
        assert added["questions"]["double"] == {
            "score": 3.0, "manual_score": 2.5, "extra_credit": 0.5, "comment": "well tried",
        }  # fmt: skip

    def test_marks_outside_the_range_are_clamped(self, course):
        write(course, record(double=7.0, shift=-1.0))
        assert grades(course)["test_double"][0] == 3.0
        assert grades(course)["test_shift"][0] == 0.0

    def test_another_student_is_untouched(self, course):
        write(course, record("s1", double=1.0), record("s2", double=2.0))
        write(course, record("s2", double=3.0))
        assert grades(course, "s1")["test_double"][0] == 1.0
        assert grades(course, "s2")["test_double"][0] == 3.0

    @pytest.mark.parametrize("status", ["unreadable", "grader_error"])
    def test_what_was_not_graded_has_no_marks_and_needs_a_person(self, course, status):
        write(course, ungraded(status=status))
        assert grades(course)["test_double"] == [None, None, None, 1]
        said = " ".join(auto or "" for auto, _ in comments(course).values())
        # What the grader failed on may quote the answers; comments are shown to students.
        assert ("It is \\*cut\\* off." in said) == (status == "unreadable")
        assert "Not graded" in said

    def test_what_was_graded_once_keeps_its_marks_until_it_is_graded_again(self, course):
        write(course, record(), ungraded())
        assert grades(course)["test_double"] == [3.0, None, None, 1]
        write(course, record(double=1.0))
        assert grades(course)["test_double"] == [1.0, None, None, 0]

    def test_a_missing_notebook_leaves_no_trace(self, course):
        write(course, ungraded(status="missing"))
        assert rows(course, "select * from submitted_assignment") == []

    def test_nothing_is_written_of_a_record_that_fails_half_way(self, course):
        broken = record()
        broken["questions"][1]["max_score"] = 9.0
        with Gradebook(course) as book:
            with pytest.raises(GradebookError, match="not worth 9 points"):
                book.record_results([as_result(broken)])
            book.record_results([as_result(record("s2"))])
        assert rows(course, "select student_id from submitted_assignment") == [("s2",)]

    def test_after_a_release_with_other_points(self, course):
        write(course, record())
        changed = YAML.replace("points: 2", "points: 4")
        release_assignment(course, make_assignment(course.path / "assignments", yaml=changed))
        with pytest.raises(GradebookError, match="autograder release doubling"):
            write(course, record())

    def test_two_writers_make_the_same_student_at_once(self, course, monkeypatch):
        with Gradebook(course) as one, Gradebook(course) as other:
            found = other._rows

            def overtaken(master, students):
                if rows(course, "select * from student"):
                    return found(master, students)
                one.record_results([as_result(record("s1", double=1.0))])
                with monkeypatch.context() as patch:  # what was asked before the other one wrote
                    patch.setattr(gradebook_rows, "find_submissions", lambda *_: {})
                    return found(master, students)

            other._rows = overtaken  # type: ignore[method-assign]
            both = [record("s1", double=2.0), record("s2")]
            assert other.record_results([as_result(entry) for entry in both]) == [False, True]
        assert grades(course)["test_double"][0] == 2.0
        assert grades(course, "s2")["test_double"][0] == 3.0
        assert len(rows(course, "select * from submitted_assignment")) == 2

    def test_several_at_once_are_as_one_by_one(self, course):
        """New ones and known ones, graded or not, late or not, with a person's marks."""
        rows(course, "update assignment set duedate = '2030-01-01 00:00:00.000000'")
        with (course.path / CONFIG_FILE).open("a") as file:
            file.write("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
        os.utime(course.path / CONFIG_FILE, ns=(5, 5))
        write(course, record("known"), record("by-hand", double=1.0), record("late-before"))
        rows(
            course,
            "update grade set manual_score = 1.5 where notebook_id = (select copy.id "
            "from submitted_notebook as copy join submitted_assignment as whole "
            "on whole.id = copy.assignment_id where whole.student_id = 'by-hand')",
        )
        for student, day in (("late", 3), ("late-before", 4), ("known", 1)):
            folder = course.submitted(NAME, student)
            folder.mkdir(parents=True)
            (folder / "timestamp.txt").write_text(f"2030-01-0{day} 00:00:00 UTC")
        batch = [
            record("new", double=0.5), ungraded("torn"), ungraded("nobody", status="missing"),
            record("late", shift=0.0), record("known", double=2.0), ungraded("late-before"),
            record("by-hand", double=3.0),
        ]  # fmt: skip
        other = open_course(shutil.copytree(course.path, course.path.with_name("other")))
        with Gradebook(course) as book:
            alone = book.record_results([as_result(entry) for entry in batch])
        with Gradebook(other) as book:
            singly = [book.record_results([as_result(entry)])[0] for entry in batch]
        assert alone == singly == [True, True, False, False, False, False, False]
        assert everything(course) == everything(other)
        assert len(everything(course)) == 6 * 5  # cells
        assert {row[0]: row[1] for row in everything(course) if row[1]} == {"late": 3.0}


class TestLateness:
    def late(self, course, plugin=""):
        with (course.path / CONFIG_FILE).open("a") as file:
            file.write(plugin)
        os.utime(course.path / CONFIG_FILE, ns=(5, 5))
        rows(course, "update assignment set duedate = '2030-01-01 00:00:00.000000'")
        submit(course, "s1", RIGHT)
        stamp = course.submitted(NAME, "s1") / "timestamp.txt"
        stamp.write_text("2030-01-02 00:00:00 UTC")
        write(course, record())

    def test_by_default_nothing_is_taken_off(self, course):
        self.late(course)
        assert rows(course, "select timestamp from submitted_assignment") == [
            ("2030-01-02 00:00:00.000000",)
        ]
        assert penalty(course) is None

    def test_the_course_names_a_method(self, course):
        self.late(course, "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
        assert penalty(course) == 5.0
        with Gradebook(course) as book:
            assert book.adjustments(NAME, "s1")["score"] == 0.0

    def test_an_extension_takes_it_back(self, course):
        self.late(course, "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
        rows(course, "update assignment set duedate = '2030-01-03 00:00:00.000000'")
        write(course, record())
        assert penalty(course) is None

    @pytest.mark.parametrize(("returned", "taken"), [("99", 5.0), ("-1", 0.0), ("None", None)])
    def test_a_plugin_of_the_course(self, course, monkeypatch, returned, taken):
        monkeypatch.syspath_prepend(course.path)
        (course.path / f"late_{abs(hash(returned))}.py").write_text(
            "from nbgrader.plugins import BasePlugin\n"
            "class Late(BasePlugin):\n"
            "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
            "        assert (student_id, score, total_seconds_late) == ('s1', 5.0, 86400)\n"
            f"        return {returned}\n"
        )
        module = f"late_{abs(hash(returned))}"
        self.late(course, f"c.AssignLatePenalties.plugin_class = '{module}.Late'\n")
        assert penalty(course) == taken

    def test_a_plugin_that_fails_is_named(self, course):
        with pytest.raises(GradebookError, match="late penalty plug-in failed"):
            self.late(course, "c.AssignLatePenalties.plugin_class = 'nowhere.Late'\n")

    @pytest.mark.parametrize(
        ("text", "moment"),
        [
            ("2030-01-02 03:04:05 UTC", datetime(2030, 1, 2, 3, 4, 5)),
            ("2030-01-02T03:04:05+02:00", datetime(2030, 1, 2, 1, 4, 5)),
            ("2030-01-02T03:04:05", datetime(2030, 1, 2, 3, 4, 5)),
            ("", None),
            ("yesterday", None),
            ("2030-01-02 03:04:05 Europe/Berlin", datetime(2030, 1, 2, 2, 4, 5)),
            ("2030-01-02 03:04:05 3600", datetime(2030, 1, 2, 2, 4, 5)),
            ("9" * 50, None),
            ("9" * 29 + "m", None),
            ("\udcff", None),
        ],
    )
    def test_timestamps(self, tmp_path, text, moment):
        (tmp_path / "timestamp.txt").write_bytes(text.encode("utf-8", "surrogateescape"))
        assert read_timestamp(tmp_path) == moment

    @pytest.mark.parametrize("zone", ["/etc/hostname", "..", "../zoneinfo/UTC", "/proc/self/mem"])
    def test_a_zone_opens_no_file(self, tmp_path, monkeypatch, zone):
        asked = []
        monkeypatch.setattr("dateutil.tz.gettz", asked.append)
        (tmp_path / "timestamp.txt").write_text(f"2030-01-02 03:04:05 {zone}")
        read_timestamp(tmp_path)
        assert asked == []

    def test_a_timestamp_that_is_no_file(self, tmp_path):
        assert read_timestamp(tmp_path) is None
        os.mkfifo(tmp_path / "timestamp.txt")
        assert read_timestamp(tmp_path) is None


class TestTrouble:
    def test_no_gradebook_yet(self, course):
        (course.path / "gradebook.db").unlink()
        with pytest.raises(GradebookError, match="Release an assignment first"):
            write(course, record())

    def test_an_assignment_that_was_never_released(self, course):
        other = record() | {"assignment": "other"}
        with pytest.raises(GradebookError, match="autograder release other"):
            write(course, other)

    def test_a_locked_gradebook(self, course, monkeypatch):
        monkeypatch.setattr(database, "LOCK_SECONDS", 0)
        holder = sqlite3.connect(course.path / "gradebook.db", isolation_level=None)
        try:
            holder.execute("begin exclusive")
            with pytest.raises(GradebookError, match=r"locked\. Another program"):
                write(course, record())
        finally:
            holder.close()
        write(course, record())
        assert grades(course)["test_double"][0] == 3.0

    def test_a_damaged_gradebook(self, course):
        (course.path / "gradebook.db").write_bytes(b"no database" * 500)
        with pytest.raises(GradebookError, match="damaged: restore it"):
            write(course, record())

    def test_an_old_gradebook(self, course):
        rows(course, "alter table comment drop column manual_comment")
        with pytest.raises(GradebookError, match="nbgrader db upgrade"):
            write(course, record())

    def test_an_empty_gradebook(self, course):
        (course.path / "gradebook.db").write_bytes(b"")
        with pytest.raises(GradebookError, match=r"is empty\. Release an assignment first"):
            write(course, record())

    def test_the_tables_are_those_of_nbgrader(self):
        theirs = import_api().Base.metadata.tables
        for table in METADATA.tables.values():
            for column in table.columns:
                other = theirs[table.name].columns[column.name]
                assert type(column.type) is type(other.type), (table.name, column.name)
                assert column.primary_key == other.primary_key

    def test_addresses(self):
        assert database.address("sqlite:////a/b.db") == "sqlite:////a/b.db?timeout=60"
        assert database.address("sqlite:////b.db?mode=rw") == "sqlite:////b.db?mode=rw&timeout=60"
        assert database.address("postgresql://h/db") == "postgresql://h/db"


class TestComments:
    @staticmethod
    def comment(*args, **more):
        return question_comment(as_result(record(questions=[question(*args, **more)])).questions[0])

    def test_right_and_untouched(self):
        assert self.comment("f", 3, 3, "passed") is None
        assert self.comment("f", 0, 3, "not_attempted") == "No response."

    def test_the_first_failure_and_the_hints(self):
        points = {"score": 0.0, "max_score": 1.0}
        checks = [
            {"name": "a", "status": "passed", "message": "fine", **points},
            {"name": "b", "status": "failed", "message": "y: <b>2</b> times too large", **points},
            {"name": "c", "status": "failed", "message": "and another", **points},
        ]
        hints = [{"id": "twice", "outputs": ["y"], "hint": {"en": "See `x`.", "zh": "看 x。"}}]
        comment = self.comment("f", 1, 3, checks=checks, diagnosis=hints, follow_through=True)
        assert comment is not None
        assert comment.split("\n\n") == [
            r"y: \<b\>2\</b\> times too large",
            r"See \`x\`.",
            "看 x。",
            "Graded with correct versions of the functions that it calls.",
        ]

    def test_a_message_of_the_whole_question_comes_first(self):
        assert self.comment("f", 0, 3, "timeout", message="Too slow.") == "Too slow."

    def test_nothing_that_a_student_wrote_is_markup(self):
        pytest.importorskip("nbconvert")
        from nbconvert.filters import markdown2html

        nasty = "<script>alert(1)</script> [x](javascript:y) ![i](u) `c` *e* \\( $a$ # h & &lt;"
        html = markdown2html(escape_markdown(nasty))
        for forbidden in ("<script", "<a ", "<img", "<code", "<em"):
            assert forbidden not in html
        assert "alert(1)" in html

    @pytest.mark.parametrize(
        "text",
        [
            "a_prev: at [0, 1] expected 1.5, got 2.",
            "[x](javascript:y)",
            "[x] (javascript:y)",
            "[[x]](javascript:y)",
            "[x][1] [1]: javascript:y",
            "[x]: javascript:y",
            "__init__ and _x_ and a__b__",
            "\\[\\href{javascript:y}{x}\\]",
            "[^1] [^1]: note",
        ],
    )
    def test_a_text_is_shown_as_it_is(self, text):
        pytest.importorskip("nbconvert")
        from html import unescape

        from nbconvert.filters import markdown2html

        html = markdown2html(escape_markdown(text)).strip()
        assert unescape(html.removeprefix("<p>").removesuffix("</p>")) == text

    def test_the_source_of_a_comment_can_be_read(self):
        assert escape_markdown("rnn_cell: at [0, 1]") == "rnn_cell: at [0, 1]"


def test_importing_the_package_does_not_import_nbgrader():
    code = "import autograder.gradebook, sys; assert 'nbgrader' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
