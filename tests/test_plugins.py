"""The plug-ins inside nbgrader, as the formgrader's buttons drive them: one student at a time."""

import json
import os
import sqlite3
from contextlib import contextmanager

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder import plugins
from autograder.course import CONFIG_FILE, Course
from autograder.errors import CourseError
from autograder.gradebook import Gradebook
from autograder.report.record_file import read_record

pytestmark = pytest.mark.filterwarnings("ignore")

WRONG = RIGHT | {"double": "def double(x):\n    return 3 * x"}


def duplicate_tests(document):
    document["cells"] += [cell for cell in document["cells"] if cell["cell_type"] == "code"]


def schema_99(document):
    for cell in document["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] |= {"schema_version": 99, "points": "many"}


def no_metadata(document):
    for cell in document["cells"]:
        cell["metadata"] = {}


def broken_ids(document):
    for cell in document["cells"]:
        cell["id"] = "same id!"
        cell.pop("outputs", None)


@contextmanager
def nbgrader(course: Course):
    """nbgrader's API as the formgrader uses it, in this process."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    config = Config()
    config.merge(course.config)
    config.CourseDirectory.root = str(course.path)
    here = os.getcwd()
    try:
        yield NbGraderAPI(CourseDirectory(config=config), config=config)
    finally:
        os.chdir(here)


def run(course, student):
    with nbgrader(course) as api:
        done = api.autograde(NAME, student)
        return done["success"], done.get("log", "") + done.get("error", "")


def marks(course, student):
    with Gradebook(course) as book:
        return book.adjustments(NAME, student)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    yield released_course(tmp_path_factory.mktemp("plugins"))
    plugins._grader.cache_clear()


@pytest.mark.parametrize(
    ("student", "change"),
    [
        ("plain", None),
        ("duplicates", duplicate_tests),
        ("schema", schema_99),
        ("unlabelled", no_metadata),
        ("ids", broken_ids),
    ],
)
def test_marks_survive_whatever_happened_to_the_metadata(course, student, change):
    submit(course, student, WRONG, change=change)
    success, said = run(course, student)
    assert success, said
    added = marks(course, student)
    assert added["score"] == 2.0  # shift, by follow-through
    assert added["questions"]["double"]["score"] == 0.0
    copy = json.loads((course.autograded(NAME, student) / f"{NAME}.ipynb").read_text())
    labels = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in copy["cells"]]
    assert labels.count("test_double") == 1
    assert read_record(course.result(NAME, student)).score == 2.0


def test_another_name(course):
    submit(course, "renamed", RIGHT, name="doubling (1).ipynb")
    success, said = run(course, "renamed")
    assert success, said
    assert marks(course, "renamed")["score"] == 5.0
    assert [path.name for path in course.autograded(NAME, "renamed").glob("*.ipynb")] == [
        f"{NAME}.ipynb"
    ]


def test_what_cannot_be_graded_is_named_and_nothing_is_lost(course):
    path = submit(course, "later-broken", RIGHT)
    assert run(course, "later-broken")[0]
    path.write_text(path.read_text()[:300])
    success, said = run(course, "later-broken")
    assert not success
    before, _, _ = said.partition("Traceback")
    assert "later-broken has no marks: unreadable" in before
    told = before[before.index("later-broken has no marks") :].split("[ERROR]")[0]
    assert len(told) > 80
    assert all(len(line) <= 80 for line in told.splitlines())  # its dialog wraps no line
    assert marks(course, "later-broken")["score"] == 5.0
    assert read_record(course.result(NAME, "later-broken")).status == "unreadable"
    assert not course.autograded(NAME, "later-broken").exists()
    submit(course, "later-broken", WRONG)
    assert run(course, "later-broken")[0]
    assert marks(course, "later-broken")["score"] == 2.0


def test_two_notebooks_of_which_none_is_named_right(course):
    submit(course, "two", RIGHT, name="a.ipynb")
    submit(course, "two", RIGHT, name="b.ipynb")
    success, said = run(course, "two")
    assert not success
    assert "There are 2 notebooks (a.ipynb, b.ipynb)" in said


def test_a_link_to_a_classmates_notebook(course):
    submit(course, "honest", RIGHT)
    folder = course.submitted(NAME, "linker")
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").symlink_to(course.submitted(NAME, "honest") / f"{NAME}.ipynb")
    success, said = run(course, "linker")
    assert not success
    assert "symbolic link" in said


def test_the_feedback_page_has_what_people_added(course):
    submit(course, "talked-to", WRONG)
    assert run(course, "talked-to")[0]
    connection = sqlite3.connect(course.path / "gradebook.db")
    cell = "(select id from base_cell where name = 'test_double')"
    connection.execute(f"update grade set manual_score = 2.25 where cell_id = {cell}")
    cell = "(select id from base_cell where name = 'double')"
    connection.execute(
        f"update comment set manual_comment = '<b>Nearly</b>' where cell_id = {cell}"
    )
    connection.commit()
    connection.close()
    page = course.feedback(NAME, "talked-to") / f"{NAME}.html"
    page.unlink()
    with nbgrader(course) as api:
        done = api.generate_feedback(NAME, "talked-to")
    assert done["success"], done
    text = page.read_text()
    assert "Content-Security-Policy" in text  # ours, not nbgrader's
    assert "&lt;b&gt;Nearly&lt;/b&gt;" in text
    assert "double</code> was marked by hand: 2.25. The grader gave 0." in text
    assert "<b>4.25</b>" in text  # the total is the gradebook's


def test_without_a_record_nbgrader_writes_its_own_page(course):
    submit(course, "unrecorded", RIGHT)
    assert run(course, "unrecorded")[0]
    course.result(NAME, "unrecorded").unlink()
    with nbgrader(course) as api:
        done = api.generate_feedback(NAME, "unrecorded")
    assert done["success"], done
    page = course.feedback(NAME, "unrecorded") / f"{NAME}.html"
    assert "(Score: 5.0 / 5.0)" in page.read_text()


def test_one_worker_serves_many(course):
    first = plugins._grader.cache_info()
    submit(course, "one-more", RIGHT)
    assert run(course, "one-more")[0]
    assert plugins._grader.cache_info().misses == first.misses


def test_a_released_notebook_is_made_by_nbgraders_own_button(course):
    before = json.loads(course.release(NAME).read_text())
    with nbgrader(course) as api:
        done = api.generate_assignment(NAME)
    assert done["success"], done
    assert json.loads(course.release(NAME).read_text())["cells"] == before["cells"]


def test_outside_a_course(tmp_path):
    with pytest.raises(CourseError, match=CONFIG_FILE):
        plugins.choose_notebook(
            assignment="a", student="*", notebooks=[str(tmp_path / "submitted/s/a/a.ipynb")]
        )


def test_further_notebooks_of_the_release_stay(course):
    folder = course.submitted(NAME, "s")
    essay = course.release(NAME).parent / "essay.ipynb"
    essay.write_text("{}")
    try:
        found = [str(folder / name) for name in ("essay.ipynb", "own.ipynb", "x.ipynb")]
        plugins.choose_notebook(assignment=NAME, student="*", notebooks=found)
    finally:
        essay.unlink()
    assert found == [str(folder / f"{NAME}.ipynb"), str(folder / "essay.ipynb")]
