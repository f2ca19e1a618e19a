from pathlib import Path

import pytest

from autograder.class_list import Person, read_class_list
from autograder.errors import UsageError

CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Quiz (17)\n"
    "    Points Possible,,,,,10\n"
    '"Moreau, Ana",4711,u1,amoreau,RNN-1,7\n'
    '"Student, Test",99,,,RNN-1,\n'
)
MOODLE = (
    "First name;Last name;Username;ID number;Email address\nAna;Moreau;amoreau;u1;ana@example.org\n"
)


def read(tmp_path: Path, text: str, **options):
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    return read_class_list(path, **options)


def test_canvas_rows_without_a_login_are_no_students(tmp_path):
    expected = Person(id="amoreau", first_name="Ana", last_name="Moreau", lms_user_id="4711")
    assert read(tmp_path, CANVAS) == (expected,)


def test_moodle_with_semicolons(tmp_path):
    (person,) = read(tmp_path, MOODLE)
    assert (person.id, person.lms_user_id, person.email) == ("amoreau", "u1", "ana@example.org")
    (person,) = read(tmp_path, MOODLE, id_column="ID number")
    assert person.id == "u1"


def test_a_plain_table_needs_nothing_but_ids(tmp_path):
    assert read(tmp_path, "id\ns1\n\ns2\n") == (Person(id="s1"), Person(id="s2"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,age\nAna,7\n", "no column id"),
        ("id\ns1\ns1\n", "line 3: the student s1 is listed twice"),
        ("id\n", "lists no student"),
        ("id\n../s1\n", "line 2: '../s1' cannot name a student's folder"),
        ("id\n" + 129 * "s", "cannot name a student's folder"),
        ("", "no column id"),
    ],
)
def test_what_is_no_class_list_is_refused(tmp_path, text, said):
    with pytest.raises(UsageError, match=said):
        read(tmp_path, text)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.csv cannot be read .*: No such file"):
        read_class_list(tmp_path / "absent.csv")
