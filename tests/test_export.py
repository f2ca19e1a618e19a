import csv
import hashlib
import io
import json
import re
import sqlite3
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.class_list import Person, read_class_list
from autograder.cli import main
from autograder.export import as_marked, combine_marks, render_canvas, render_csv, render_gradescope
from autograder.export.table import render_moodle
from autograder.score import CheckResult, Counterexample, Diagnosis, QuestionResult, Result

ANA = Person(id="ana", first_name="Ana", last_name="Moreau", lms_user_id="4711", email="a@x.org")
WRONG = CheckResult(name="values", status="failed", score=1.0, max_score=3.0, message="y: off.")
RIGHT_CHECK = CheckResult(name="edges", status="passed", score=1.0, max_score=1.0)


def result(student="ana", status="graded", score=2.0, **more):
    question = QuestionResult(
        id="double",
        title="Twice",
        score=score,
        max_score=4.0,
        status="failed",
        checks=(WRONG, RIGHT_CHECK),
        diagnosis=(Diagnosis(id="half", outputs=("y",), hint={"en": "Twice, not half."}),),
        counterexample=Counterexample(code="double(1)", expected="2", actual="0.5"),
    )
    return Result(
        assignment="a", student=student, status=status, score=score, max_score=4.0,
        questions=(question,), **more,
    )  # fmt: skip


def marks(*results, adjustments=None, people=(ANA,)):
    added = ((result, (adjustments or {}).get(result.student, {})) for result in results)
    return combine_marks(added, people, assignment="a", title="Doubling", max_score=4.0)


def table(text):
    return list(csv.reader(io.StringIO(text)))


def test_the_gradebook_has_the_last_word():
    added = {
        "ana": {
            "score": 2.5, "max_score": 4.0, "late_penalty": 0.5,
            "questions": {"double": {"score": 3.0, "manual_score": 3.0}},
        }
    }  # fmt: skip
    (mark,) = marks(result(), adjustments=added)
    assert (mark.score, mark.late_penalty, mark.questions) == (2.5, 0.5, {"double": 3.0})


def by_hand(double):
    entries = {"double": {"score": double or 0.0, "manual_score": double}}
    return {"ana": {"score": double or 0.0, "questions": entries}}


def test_what_could_not_be_graded_counts_once_a_person_marked_all_of_it():
    (mark,) = marks(result(status="unreadable"), adjustments=by_hand(double=3.5))
    assert (mark.status, mark.score, mark.questions) == ("graded", 3.5, {"double": 3.5})
    (mark,) = marks(result(status="unreadable"), adjustments=by_hand(double=None))
    assert (mark.status, mark.score, mark.questions) == ("unreadable", None, {})


def test_a_full_mark_by_hand_makes_a_question_right():
    """On the class page, and for whoever asks which questions are not right."""
    full = as_marked(result(), by_hand(double=4.0)["ana"])
    assert (full.score, full.questions[0].status) == (4.0, "passed")
    part = as_marked(result(), by_hand(double=3.0)["ana"])
    assert (part.score, part.questions[0].status) == (3.0, "failed")


def test_nobody_is_lost_and_nobody_gets_a_zero_by_accident():
    rows = table(render_csv(marks(result("bo", status="unreadable"), result("ana"))))
    scores = {row[0]: (row[5], row[6]) for row in rows[1:]}
    assert scores == {"ana": ("graded", "2"), "bo": ("unreadable", "")}
    absent = table(render_csv(marks()))
    assert absent[1][:1] + absent[1][5:7] == ["ana", "missing", ""]


@pytest.mark.parametrize("formula", ["=cmd|'/c calc'!A0", "  =1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_a_name_is_no_formula(formula):
    person = Person(id="x", first_name=formula, last_name=formula, email=formula, lms_user_id="7")
    for render in (render_csv, render_canvas, render_moodle):
        for row in table(render(marks(result("x"), result(formula), people=(person,)))):
            assert not [field for field in row if field.lstrip(" ").startswith(tuple("=+-@\t"))]


AWKWARD = (
    'O\'Neil "Zoë", jr.',
    "张 伟",
    "two\nlines",
    "semi;colon",
    "tab\there",
    "«a» & <b>",
    "😀",
)


@pytest.mark.parametrize("render", [render_csv, render_canvas, render_moodle])
def test_awkward_names_come_back_as_they_were(render):
    people = [Person(id=f"s{k}", last_name=name, email=name) for k, name in enumerate(AWKWARD)]
    rows = table(render(marks(*(result(p.id) for p in people), people=people)))
    assert len({len(row) for row in rows}) == 1
    fields = {field for row in rows for field in row}
    assert set(AWKWARD) <= fields


def test_a_class_list_leaves_as_it_came(tmp_path):
    """Canvas's and Moodle's own files name the students by what the exports give back."""
    listed = tmp_path / "list.csv"
    for name in AWKWARD:
        listed.write_text(
            render_canvas(marks(result("bo"), people=[Person(id="bo", last_name=name)])),
            encoding="utf-8", newline="",
        )  # fmt: skip
        (person,) = read_class_list(listed)
        last, _, first = name.partition(",")
        assert (person.id, person.last_name) == ("bo", last.strip())
        assert person.first_name == first.strip()
        listed.write_text(
            render_moodle(marks(result("bo"), people=[Person(id="bo", last_name=name)])),
            encoding="utf-8", newline="",
        )  # fmt: skip
        (person,) = read_class_list(listed)
        assert (person.id, person.last_name) == ("bo", name)


@pytest.mark.parametrize("render", [render_canvas, render_moodle])
def test_who_has_no_mark_keeps_what_is_there(render):
    """An empty field would take a mark away that was entered in the other system."""
    rows = table(render(marks(result("bo"), result("ed", status="unreadable"))))
    assert "bo" in {field for row in rows for field in row}
    assert not {"ana", "ed"} & {field for row in rows for field in row}


def test_canvas_header_is_what_its_import_looks_for():
    rows = table(render_canvas(marks(result(), result("bo")), "Doubling (17)"))
    header, points, ana, bo = rows
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert re.search(r"SIS\s+User\s+ID", header[2])
    assert re.search(r"SIS\s+Login\s+ID", header[3])
    assert header[4:] == ["Section", "Doubling (17)"]
    assert "Points Possible" in points[0]
    assert points[5] == "4"
    assert ana == ["Moreau, Ana", "4711", "", "ana", "", "2"]
    assert bo == ["bo", "", "", "bo", "", "2"]


def test_moodle_keeps_marks_that_are_there():
    rows = table(render_moodle(marks(result(), result("bo", status="unreadable"))))
    assert [row[0] for row in rows] == ["Username", "ana"]
    assert dict(zip(rows[0], rows[1], strict=True)) == {
        "Username": "ana", "ID number": "4711", "Email address": "a@x.org", "First name": "Ana",
        "Last name": "Moreau", "Doubling": "2", "Doubling (feedback)": "double 2/4",
    }  # fmt: skip


def test_gradescope_tests_add_up_to_the_score():
    data = json.loads(render_gradescope(result()))
    assert data["score"] == sum(test["score"] for test in data["tests"]) == 2.0
    first, second = data["tests"]
    assert (first["status"], second["status"]) == ("failed", "passed")
    assert "Twice, not half." in first["output"]
    assert "double(1)" in first["output"]
    assert data["stdout_visibility"] == "hidden"


# The keys that Gradescope's "Autograder specifications" list, with what each may hold.
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
GRADESCOPE = {
    "score": float, "execution_time": int, "output": str, "output_format": FORMATS,
    "test_output_format": FORMATS, "test_name_format": FORMATS, "visibility": VISIBILITY,
    "stdout_visibility": VISIBILITY, "extra_data": dict, "tests": list,
}  # fmt: skip
GRADESCOPE_TEST = {
    "score": float, "max_score": float, "status": {"passed", "failed"}, "name": str,
    "number": str, "output": str, "tags": list, "visibility": VISIBILITY,
}  # fmt: skip


@pytest.mark.parametrize("status", ["graded", "unreadable", "missing", "grader_error"])
def test_gradescope_gets_what_it_specifies(status):
    data = json.loads(render_gradescope(result(status=status, message="Why.")))
    for entry, known in (
        (data, GRADESCOPE),
        *((t, GRADESCOPE_TEST) for t in data.get("tests", ())),
    ):
        for key, value in entry.items():
            kind = known[key]
            assert value in kind if isinstance(kind, set) else isinstance(value, kind), key


def test_gradescope_is_told_of_no_mark_where_there_is_none():
    data = json.loads(render_gradescope(result(status="unreadable", message="It is cut off.")))
    assert "score" not in data
    assert "tests" not in data
    assert data["output"] == "It is cut off."


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    course = released_course(folder)
    submit(course, "ana", RIGHT)
    submit(course, "bo", {**RIGHT, "double": "def double(x):\n    return x * 3"})
    (folder / "class.csv").write_text("id,first_name,last_name\nana,Ana,Moreau\nzoe,Zoe,Zhou\n")
    assert main(["students", str(folder / "class.csv"), "--course", str(course.path)]) == 0
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    return course


def run(course, capsys, *words):
    status = main([*words, "--course", str(course.path)])
    return status, capsys.readouterr()


@pytest.mark.parametrize("kind", ["csv", "canvas", "moodle", "junit"])
def test_every_format_leaves_the_command_line(course, capsys, tmp_path, kind):
    target = tmp_path / "out"
    assert run(course, capsys, "export", NAME, "--to", kind, "--output", str(target))[0] == 0
    text = target.read_text()
    assert "ana" in text
    assert "bo" in text
    status, said = run(course, capsys, "export", NAME, "--to", kind)
    assert (status, said.out) == (0, text)


def test_the_class_list_is_in_the_export(course, capsys):
    rows = table(run(course, capsys, "export", NAME, "--to", "csv")[1].out)
    found = {row[0]: row[1:7] for row in rows[1:]}
    assert found["zoe"] == ["Zhou", "Zoe", "", NAME, "missing", ""]
    assert found["ana"][4:] == ["graded", "5"]


def test_gradescope_asks_for_one_or_writes_all(course, capsys, tmp_path):
    status, said = run(course, capsys, "export", NAME, "--to", "gradescope")
    assert status == 2
    assert "--student" in said.err
    words = ("export", NAME, "--to", "gradescope")
    status, said = run(course, capsys, *words, "--student", "ana")
    assert json.loads(said.out)["score"] == 5.0
    assert run(course, capsys, *words, "--output", str(tmp_path))[0] == 0
    assert json.loads((tmp_path / "bo" / "results.json").read_text())["score"] == 2.0
    status, said = run(course, capsys, *words, "--student", "nobody")
    assert status == 2
    assert "nobody" in said.err


def hashes(folder):
    """Every file's content and time, but for Python's caches of the assignment's code."""
    return {
        path: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture
def corrected(course):
    """Changes a file of the course's assignment, and takes that back."""
    before = {}

    def change(name, old, new):
        path = course.path / "assignments" / NAME / name
        before[path] = path.read_text()
        assert old in before[path]
        path.write_text(before[path].replace(old, new))

    yield change
    for path, text in before.items():
        path.write_text(text)


def test_a_corrected_answer_is_shown_before_it_is_written(course, capsys, corrected):
    with sqlite3.connect(course.path / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 2.5 where auto_score = 0")
    gradebook.close()
    corrected("answers.py", "times: int = 2", "times: int = 3")
    before = hashes(course.path)
    status, said = run(course, capsys, "grade", NAME, "--diff", "--jobs", "1")
    assert hashes(course.path) == before
    assert status == 0
    assert re.search(r"^ana: 5 of 5 -> 2 of 5$", said.out, re.MULTILINE)
    assert re.search(r"^bo: 2 of 5 -> 5 of 5$", said.out, re.MULTILINE)
    assert "double, values: 3 of 3 -> 0 of 3 (now: y: " in said.out
    assert "double, values: 0 of 3 -> 3 of 3 (before: y: " in said.out
    assert said.out.count("double: marked by hand, 2.5 stays") == 1
    assert "double, values: 1 gain, 1 lose" in said.out
    assert "2 would change, 0 would stay as they are." in said.out
    with sqlite3.connect(course.path / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = null")
    gradebook.close()


def test_a_corrected_tolerance_is_shown_before_it_is_written(course, capsys, corrected):
    corrected("assignment.yaml", "- function: double\n", "- function: double\n  tolerance: 10\n")
    before = hashes(course.path)
    status, said = run(course, capsys, "grade", NAME, "--diff", "--jobs", "1")
    assert hashes(course.path) == before
    assert status == 0
    assert "ana" not in said.out
    assert re.search(r"^bo: 2 of 5 -> 5 of 5$", said.out, re.MULTILINE)
    assert "1 would change, 1 would stay as they are." in said.out


def test_marks_by_hand_are_on_the_class_page(course, capsys):
    with sqlite3.connect(course.path / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = 2.5 where auto_score = 0")
    gradebook.close()
    page = Path(run(course, capsys, "report", NAME)[1].out.splitlines()[-1]).read_text()
    (row,) = [line for line in page.splitlines() if "data-t" in line and ">bo<" in line]
    said = run(course, capsys, "grade", NAME, "--force", "--student", "bo", "--jobs", "1")[1].out
    with sqlite3.connect(course.path / "gradebook.db") as gradebook:
        gradebook.execute("update grade set manual_score = null")
    gradebook.close()
    assert "<b>4.5</b>" in row
    assert 'data-v="2.5"' in row
    assert re.search(r"^bo +4\.50 / 5$", said, re.MULTILINE)


def test_no_change_is_said_too(course, capsys):
    status, said = run(course, capsys, "grade", NAME, "--diff", "--jobs", "1")
    assert status == 0
    assert "0 would change, 2 would stay as they are." in said.out
