import json
from pathlib import Path

import nbformat
import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.autograded import build_autograded, read_released, write_autograded
from autograder.errors import CourseError
from autograder.notebook import read_notebook
from autograder.report.record_file import as_result


@pytest.fixture
def course(tmp_path: Path):
    return released_course(tmp_path)


RECORD = {
    "assignment": NAME,
    "student": "s1",
    "status": "graded",
    "questions": [
        {
            "id": "double", "score": 1.5, "max_score": 3.0, "status": "failed",
            "checks": [{"name": "<i>", "status": "failed", "score": 1.5, "max_score": 3.0,
                        "message": "y: <script>alert(1)</script>\x1b[31m"}],
        },
        {"id": "shift", "score": 2.0, "max_score": 2.0, "status": "passed", "checks": []},
    ],
}  # fmt: skip


def label(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def labels(document):
    return [label(cell) for cell in document["cells"] if label(cell)]


def text(cell):
    return "".join(cell["source"])


def build(course, change=None, sources=RIGHT):
    path = submit(course, "s1", sources, change=change)
    document = build_autograded(
        read_released(course.release(NAME)), read_notebook(path).cells, RECORD
    )
    nbformat.validate(nbformat.from_dict(json.loads(json.dumps(document))))
    return document


def by_label(document, name):
    (cell,) = (cell for cell in document["cells"] if label(cell) == name)
    return cell


ALL = ["setup", "carried-halve", "double", "test_double", "demo-double", "shift", "test_shift"]


def test_the_students_cells_and_our_outputs(course):
    document = build(course)
    assert labels(document) == ALL
    assert text(by_label(document, "double")) == RIGHT["double"]
    (output,) = by_label(document, "test_double")["outputs"]
    assert output["output_type"] == "display_data"
    assert "1.5 of 3 points" in output["data"]["text/plain"]
    assert "<script" not in output["data"]["text/html"]
    assert "&lt;script" in output["data"]["text/html"]
    assert "\x1b" not in output["data"]["text/plain"]


def test_a_locked_cell_is_the_released_one(course):
    def tamper(document):
        cell = by_label(document, "test_double")
        cell["source"] = "pass"
        cell["metadata"]["nbgrader"] |= {"points": 300, "locked": False, "schema_version": 99}
        cell["metadata"]["tags"] = ["skip-execution"]

    cell = by_label(build(course, tamper), "test_double")
    assert text(cell) == 'check("double")'
    assert cell["metadata"]["nbgrader"]["points"] == 3
    assert cell["metadata"]["nbgrader"]["schema_version"] == 3
    assert "tags" not in cell["metadata"]


def test_deleted_cells_come_back_at_their_place(course):
    def delete(document):
        gone = ("setup", "test_double", "demo-double", "test_shift")
        document["cells"] = [cell for cell in document["cells"] if label(cell) not in gone]

    document = build(course, delete)
    assert labels(document) == ALL
    assert by_label(document, "test_shift")["outputs"]


def test_everything_deleted(course):
    assert labels(build(course, lambda document: document["cells"].clear())) == ALL


def test_copies_lose_their_label_and_stay(course):
    def copy(document):
        document["cells"] += [by_label(document, "test_double"), by_label(document, "double")]

    document = build(course, copy)
    assert sorted(labels(document)) == sorted(ALL)
    assert text(document["cells"][-1]) == RIGHT["double"]
    assert len({cell["id"] for cell in document["cells"]}) == len(document["cells"])


def test_an_answer_whose_type_was_changed(course):
    def to_markdown(document):
        cell = by_label(document, "double")
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]

    cell = by_label(build(course, to_markdown), "double")
    assert cell["cell_type"] == "code"
    assert cell["outputs"] == []


def test_labels_of_another_assignment_vanish(course):
    def other(document):
        document["cells"][0]["metadata"]["nbgrader"] = {"grade_id": "foreign", "grade": True}

    assert "foreign" not in labels(build(course, other))


def test_only_harmless_outputs_are_kept(course):
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": ["a\n", "b\x1b[1m"]},
        {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": ["x"]},
        {"output_type": "execute_result", "data": {"text/html": "<b>", "text/plain": "4"}},
        {"output_type": "display_data", "data": {"text/html": "<script>x</script>"}},
        {"output_type": "display_data", "data": {"application/javascript": "x"}},
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg onload=x>"}},
        {"output_type": "display_data", "data": {"image/png": "iVBORw0K\n", "text/plain": "x"}},
        {"output_type": "display_data", "data": {"image/png": '"><script>', "text/plain": "x"}},
        {"output_type": "display_data", "data": ["?"]},
        {"output_type": "stream", "text": "l" * 50_000},
        {},
    ]

    def show(document):
        by_label(document, "double")["outputs"] = outputs

    kept = by_label(build(course, show), "double")["outputs"]
    assert [output.get("text", output.get("data"))[:9] if "text" in output else output["data"]
            for output in kept[:-1]] == [
        "a\nb", "E: bad", "4", {"image/png": "iVBORw0K"}, "x",
    ]  # fmt: skip
    assert len(kept[-1]["text"]) < 21_000


def test_markdown_has_no_tags(course):
    def write(document):
        document["cells"].append(
            {"cell_type": "markdown", "metadata": {}, "source": "<script>alert(1)</script> *x*"}
        )

    assert "<script" not in text(build(course, write)["cells"][-1])


def test_the_folder_is_replaced_and_keeps_the_time(course):
    submit(course, "s1", RIGHT)
    (course.submitted(NAME, "s1") / "timestamp.txt").write_text("2030-01-02 00:00:00 UTC")
    old = course.autograded(NAME, "s1") / "old.txt"
    old.parent.mkdir(parents=True)
    old.write_text("")
    write_autograded(course, as_result({**RECORD, "score": 3.5, "max_score": 5.0}), "{}")
    folder = course.autograded(NAME, "s1")
    assert {path.name for path in folder.iterdir()} == {f"{NAME}.ipynb", "timestamp.txt"}
    assert [path.name for path in folder.parent.iterdir()] == [NAME]


def test_without_a_release(course):
    course.release(NAME).unlink()
    with pytest.raises(CourseError, match="autograder release doubling"):
        read_released(course.release(NAME))
