"""Any file under a notebook's name becomes a record with a sentence for the student."""

import json
import os
import random
import socket
from pathlib import Path

import pytest
from hostile import bytes_changed, document, written
from tiny import NAME, RIGHT, released_course, submit

from autograder import notebook, notebook_file
from autograder.autograded import build_autograded, read_released
from autograder.course_run import Options, grade_course
from autograder.errors import NotebookError, RunnerError
from autograder.grade import grade_notebook
from autograder.library import find_assignment
from autograder.notebook import executable_cells, read_notebook
from autograder.report.page import render_feedback
from autograder.report.record_file import render_json


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return released_course(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(scope="module")
def released(course):
    return read_released(course.release(NAME))


@pytest.fixture(scope="module")
def solved(course) -> dict:
    document = json.loads(submit(course, "solved", RIGHT).read_text())
    png = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "QUJD\n"}}
    printed = {"output_type": "stream", "name": "stdout", "text": ["1\n", "2\n"]}
    failed = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}
    document["cells"][2]["outputs"] = [png, printed, failed]
    document["cells"][0]["attachments"] = {"a.png": {"image/png": "QUJD"}}
    return document


class NoWorker:
    """Stands where student code would run, which it does not here."""

    isolation = "none"

    def session(self, **_: object) -> None:
        raise RunnerError("no student code runs in this test")


def check(data: bytes, assignment, released) -> str:
    """Read, record and copy one file; return what became of it."""
    result = grade_notebook(assignment, data, worker=NoWorker(), student="s", secret="x")  # type: ignore[arg-type]
    assert result.status in ("unreadable", "grader_error")
    render_json(result).encode("utf-8")
    page = render_feedback(result)
    page.encode("utf-8")
    try:
        submission = read_notebook(data)
    except NotebookError as error:
        sentence = str(error)
    else:
        sentence = ""
    if sentence:
        assert (result.status, result.message) == ("unreadable", sentence)
        check_sentence(sentence)
        return "unreadable"
    for note in submission.notes:
        check_sentence(note)
    for cell in executable_cells(submission):
        cell.source.encode("utf-8")
    record = {"questions": [], "student": "s"}
    copy = build_autograded(released, submission.cells, record)
    json.dumps(copy, ensure_ascii=False, allow_nan=False).encode("utf-8")
    if result.status == "unreadable":
        assert "another assignment" in result.message
        return "another"
    assert result.message == "no student code runs in this test"
    return "read"


def check_sentence(text: str) -> None:
    assert text[0].isupper() or text.split(" ", 1)[0].endswith(".ipynb"), text
    assert text.endswith((".", ")")), text
    assert len(text) < 700
    text.encode("utf-8")
    assert "Traceback" not in text


def fuzz(rounds: int, seed: int, solved, assignment, released) -> dict[str, int]:
    chance, found = random.Random(seed), {"read": 0, "unreadable": 0, "another": 0}
    plain = json.dumps(solved).encode()
    for number in range(rounds):
        if number % 4 == 0:
            data = bytes_changed(plain, chance)
        else:
            data = written(document(solved, chance), chance)
        found[check(data, assignment, released)] += 1
    return found


def test_a_slice_of_the_fuzz(course, solved, released):
    found = fuzz(2500, 1, solved, find_assignment(NAME, course.path), released)
    assert min(found["read"], found["unreadable"]) > 200, found


@pytest.mark.slow
def test_the_whole_fuzz(course, solved, released):
    found = fuzz(60_000, 2, solved, find_assignment(NAME, course.path), released)
    assert min(found["read"], found["unreadable"]) > 10_000, found


def test_cut_off_at_every_place(course, solved, released):
    data = json.dumps(solved).encode()
    assignment = find_assignment(NAME, course.path)
    places = {0, 1, 2, len(data) - 1, *range(3, len(data), 41)}
    for place in sorted(places):
        assert check(data[:place], assignment, released) == "unreadable", place
    assert check(data, assignment, released) == "read"


V3 = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}}


@pytest.mark.parametrize(
    "tree",
    [
        {**V3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1\n", "y = 2"]}]}]},
        {**V3, "nbformat": 2, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]},
        {"nbformat": 5, "nbformat_minor": 99, "cells": [{"cell_type": "code", "source": "x = 1"}]},
        {"cells": [{"cell_type": "code", "source": "x = 1"}]},
        {"nbformat": "four", "cells": [{"cell_type": "code", "source": ["x = 1"], "id": 7}]},
    ],
    ids=["v3", "v2", "v5", "no version", "no number"],
)
def test_other_versions_of_the_format(tree):
    (cell,) = executable_cells(read_notebook(json.dumps(tree).encode()))[1:]
    assert cell.source.startswith("x = 1")


@pytest.mark.parametrize("source", [None, 3, True, {}, [], [None, 3], [["x"]], {"a": "x"}])
def test_a_source_that_is_no_text(source):
    tree = {"cells": [{"cell_type": "code", "source": source}]}
    assert executable_cells(read_notebook(json.dumps(tree).encode()))[1:] == ()


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [], "x": NaN}',
        '{"cells": [], "x": [Infinity, -Infinity, 1e999, -0]}',
        '{"cells": [], "cells": []}',
        '{"cells": [{"cell_type": "code", "source": "a\\u0000b\\ud83d"}]}',
        '{"cells": [{"cell_type": "code", "source": "x", "execution_count": 1e300}]}',
    ],
)
def test_odd_json_is_read(text):
    for cell in read_notebook(text.encode()).cells:
        cell.source.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"cells": [], "x": ' + "9" * 5000 + "}", "too many digits"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 100_000, "nested too deeply"),
        ('{"cells": ' + "[" * 5000 + "]" * 5000 + "}", "nested too deeply"),
        ("null", "JSON but not a notebook"),
        ("\0" * 5000, "empty"),
        ("\ufeff\0", "empty"),
        ("\ufeff", "empty"),
        ("  \n", "empty"),
        ('{"cells": 3}', "no cells"),
        ("from numpy import *", "begins with a brace"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_said(text, words):
    with pytest.raises(NotebookError, match=words) as caught:
        read_notebook(text.encode())
    check_sentence(str(caught.value))


class TestLarge:
    def test_gigabytes_are_never_read(self, tmp_path, monkeypatch):
        path = tmp_path / "large.ipynb"
        with path.open("wb") as file:
            file.write(b'{"cells": [')
            file.truncate(3 << 30)  # sparse: it takes no room
        monkeypatch.setattr(notebook_file, "open", None, raising=False)
        with pytest.raises(NotebookError, match=r"larger than 100 MB\. Clear its outputs"):
            read_notebook(path)

    @pytest.mark.parametrize("part", [b"[],", b'"",', b"0,", '"\u2200",'.encode()])
    def test_many_small_parts_are_never_parsed(self, monkeypatch, part):
        monkeypatch.setattr(json, "loads", None)
        data = b'{"cells": [], "x": [' + part * notebook_file.MAX_PARTS + b"0]}"
        with pytest.raises(NotebookError, match="more than 4,000,000 parts"):
            read_notebook(data)

    @pytest.mark.parametrize("text", ['[{,"', "[0, 1], ", '\\"[,{'])
    def test_what_is_printed_is_no_part(self, text):
        printed = text * (notebook_file.MAX_PARTS // 2 + 1)
        output = {"output_type": "stream", "text": printed}
        cell = {"cell_type": "code", "source": "", "outputs": [output]}
        (found,) = read_notebook(json.dumps({"cells": [cell]}).encode()).code_cells
        assert found.outputs[0]["text"] == printed

    def test_thousands_of_cells(self):
        cells = [{"cell_type": "code", "source": f"x{n} = {n}"} for n in range(notebook.MAX_CELLS)]
        assert len(read_notebook(json.dumps({"cells": cells}).encode()).code_cells) == 3000
        with pytest.raises(NotebookError, match="has 3001 cells"):
            read_notebook(json.dumps({"cells": [*cells, {}]}).encode())

    @pytest.mark.parametrize(
        "source",
        [
            'check("a")' + " " * 1_000_000 + "x",
            "check(" + " " * 1_000_000,
            'check("' + "a" * 1_000_000,
            "def" + " " * 1_000_000,
            "a" * 1_000_000,
            "\n" * 1_000_000,
            "](" * 500_000,
            "[a]:\n" * 200_000,
            "\x1b]" * 500_000,
        ],
        ids=range(9),
    )
    @pytest.mark.parametrize("kind", ["code", "markdown"])
    def test_long_cells_do_not_take_for_ever(self, source, kind, released):
        picture = {"output_type": "display_data", "data": {"image/png": "A" + source + "!"}}
        printed = {"output_type": "stream", "text": source}
        cell = {"cell_type": kind, "source": source, "outputs": [picture, printed]}
        found = read_notebook(json.dumps({"cells": [cell]}).encode())
        record = {"questions": [], "student": "s"}
        build_autograded(released, found.cells, record)


@pytest.fixture
def place(course):
    """Where a student's notebook should be, with nothing there."""
    path = submit(course, "odd", RIGHT)
    path.unlink()
    yield path
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    elif os.path.lexists(path):
        path.unlink()


class TestNoFiles:
    """Things that a student's folder may hold in place of a notebook."""

    def grade(self, course, words, status="unreadable"):
        assignment = find_assignment(NAME, course.path)
        (result,) = grade_course(course, assignment, Options(students=("odd",), processes=1)).graded
        assert result.status == status, result
        assert words in result.message
        check_sentence(result.message)
        assert words in course.feedback(NAME, "odd").joinpath(f"{NAME}.html").read_text()

    def test_a_link_to_a_classmates(self, course, place):
        place.symlink_to(submit(course, "classmate", RIGHT))
        self.grade(course, "is a symbolic link")

    def test_a_link_out_of_the_course(self, course, place):
        place.symlink_to("/etc/passwd")
        self.grade(course, "is a symbolic link")

    def test_a_link_in_a_circle(self, course, place):
        place.symlink_to(place)
        self.grade(course, "is a symbolic link")

    def test_a_hard_link_to_a_classmates_is_a_copy(self, course, place):
        other = submit(course, "classmate", RIGHT)
        os.link(other, place)
        assignment = find_assignment(NAME, course.path)
        both = Options(students=("odd", "classmate"), processes=1)
        assert [result.score for result in grade_course(course, assignment, both).graded] == [5, 5]
        other.unlink()

    def test_a_hard_link_out_of_the_folder(self, course, place):
        os.link(course.path / ".autograder-secret", place)
        try:
            self.grade(course, "is a hard link", status="missing")
        finally:
            place.unlink()

    def test_a_pipe(self, course, place):
        os.mkfifo(place)
        self.grade(course, "is not an ordinary file")

    def test_a_socket(self, course, place, monkeypatch):
        monkeypatch.chdir(place.parent)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(place.name)
            self.grade(course, "is not an ordinary file")

    def test_a_device(self, course, place):
        try:
            os.mknod(place, 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero
        except OSError as error:
            pytest.skip(f"no device can be made here: {error}")
        self.grade(course, "is not an ordinary file")

    def test_a_folder(self, course, place):
        place.mkdir()
        self.grade(course, "is not an ordinary file")

    def test_an_empty_file(self, course, place):
        place.write_bytes(b"")
        self.grade(course, "is empty")

    def test_a_large_file(self, course, place):
        with place.open("wb") as file:
            file.truncate(2 << 30)
        self.grade(course, "larger than 100 MB")

    def test_a_file_that_nobody_may_read(self, course, place, monkeypatch):
        place.write_text("{}")
        place.chmod(0)
        if os.access(place, os.R_OK):
            pytest.skip("this user may read everything")
        self.grade(course, "cannot be opened")

    def test_a_timestamp_that_is_a_pipe_or_a_link(self, course, place):
        place.write_bytes((course.submitted(NAME, "solved") / f"{NAME}.ipynb").read_bytes()) if (
            course.submitted(NAME, "solved").exists()
        ) else place.write_text("{}")
        stamp = place.with_name("timestamp.txt")
        os.mkfifo(stamp)
        assignment = find_assignment(NAME, course.path)
        run = grade_course(course, assignment, Options(students=("odd",), processes=1))
        stamp.unlink()
        assert run.graded[0].student == "odd"


def test_a_deep_or_wide_folder_ends(course):
    folder = course.submitted(NAME, "wide")
    folder.mkdir(parents=True)
    for number in range(60):
        deep = folder / f"{number}" / "a/b/c/d/e"
        deep.mkdir(parents=True)
        (deep / "x.ipynb").write_text("{}")
    assignment = find_assignment(NAME, course.path)
    (result,) = grade_course(course, assignment, Options(students=("wide",), processes=1)).graded
    assert result.status == "missing"
    assert Path(course.result(NAME, "wide")).is_file()
