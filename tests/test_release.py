import inspect
import json
from pathlib import Path

import nbformat
import numpy as np
import pytest
from tiny import ANSWERS, NAME, NOTEBOOK, YAML, make_assignment, released_course

from autograder.errors import CourseError, GradebookError, SpecError
from autograder.library import find_assignment
from autograder.release import release_assignment
from autograder.solution import solution_source
from autograder.source_notebook import build_source

DOUBLE = '''\
def double(x, *, times=2):
    """Twice the number.

    >>> double(2)
    4
    """
    ### BEGIN SOLUTION
    # Nothing but a product.
    return x * times
    ### END SOLUTION'''

STUB = '''\
def double(x, *, times=2):
    """Twice the number.

    >>> double(2)
    4
    """
    # Your code here.
    raise NotImplementedError'''


def labels(document):
    found = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in document["cells"]]
    return [label for label in found if label]


def cell_of(document, label):
    (cell,) = (
        cell
        for cell in document["cells"]
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == label
    )
    return cell


class TestSolution:
    def test_signature_docstring_and_body(self, tmp_path):
        functions = make_assignment(tmp_path).reference_functions
        assert solution_source(functions["double"]) == DOUBLE

    def test_the_cell_runs_alone(self, tmp_path):
        functions = make_assignment(tmp_path).reference_functions
        space: dict[str, object] = {"np": np}
        for name in ("halve", "double", "shift"):
            exec(solution_source(functions[name], known=functions), space)
        assert space["shift"](3.0) == 4.0  # type: ignore[operator]

    def test_a_helper_that_the_notebook_lacks(self, tmp_path):
        functions = make_assignment(tmp_path).reference_functions
        with pytest.raises(SpecError, match="shift uses double, halve"):
            solution_source(functions["shift"])

    def test_an_annotation_inside_counts_too(self, tmp_path):
        answers = ANSWERS.replace("    return x * times", "    def f(y: Array) -> int:\n        return y\n    return f(x)")  # fmt: skip # noqa: E501
        functions = make_assignment(tmp_path, answers=answers).reference_functions
        with pytest.raises(SpecError, match="double uses Array"):
            solution_source(functions["double"])

    def test_what_is_no_plain_function(self):
        with pytest.raises(SpecError, match="no readable source"):
            solution_source(np.add)
        with pytest.raises(SpecError, match="plain function"):
            solution_source(lambda x: x)

    def test_the_whole_reference_can_be_pasted(self):
        pytest.importorskip("reference.rnn_cell")
        import reference.rnn_cell as module

        functions = {
            name: value for name, value in vars(module).items() if inspect.isfunction(value)
        }
        for function in functions.values():
            compile(solution_source(function, known=functions), function.__name__, "exec")


class TestBuild:
    def test_cells_labels_and_points(self, tmp_path):
        document = build_source(make_assignment(tmp_path))
        assert labels(document) == [
            "setup", "carried-halve", "double", "test_double", "demo-double", "shift", "test_shift",
        ]  # fmt: skip
        test = cell_of(document, "test_double")
        assert "".join(test["source"]) == 'check("double")'
        assert test["metadata"]["nbgrader"] == {
            "grade": True, "grade_id": "test_double", "locked": True, "points": 3,
            "schema_version": 3, "solution": False, "task": False,
        }  # fmt: skip
        solution = cell_of(document, "double")
        assert "".join(solution["source"]) == DOUBLE
        assert solution["metadata"]["nbgrader"]["solution"]
        assert not solution["metadata"]["nbgrader"]["locked"]
        assert cell_of(document, "demo-double")["metadata"]["nbgrader"]["locked"]

    def test_it_is_valid_and_always_the_same(self, tmp_path):
        assignment = make_assignment(tmp_path)
        document = build_source(assignment)
        nbformat.validate(document)
        assert build_source(assignment) == document

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('```python solution="double"\n```', "", 'no fence ```python solution="double"'),
            ('```python carried="halve"\n```', "", 'no fence ```python carried="halve"'),
            ('name="setup"', 'name="demo-setup"', 'no fence ```python name="setup"'),
            ('name="demo-double"', 'name="example"', "must be named setup or demo-"),
            ('name="demo-double"', 'name="setup"', "two cells 'setup'"),
            ('solution="shift"', 'solution="double"', "two cells 'double'|no fence"),
            ('solution="shift"', 'solution="halve"', "no question for the function 'halve'"),
            ('carried="halve"', 'carried="double"', "does not list 'double'"),
            ('solution="shift"', 'solve="shift"', "unknown option 'solve'"),
            ('solution="shift"\n', 'solution="shift"\nreturn 3\n', "must be empty"),
        ],
    )
    def test_what_an_author_can_get_wrong(self, tmp_path, old, new, words):
        assert old in NOTEBOOK
        assignment = make_assignment(tmp_path, notebook=NOTEBOOK.replace(old, new))
        with pytest.raises(SpecError, match=words) as caught:
            build_source(assignment)
        assert "notebook.md" in str(caught.value)

    def test_blank_lines_do_not_matter(self, tmp_path):
        loose = NOTEBOOK.replace("```\n\n", "```\n\n\n\n")
        assert (
            build_source(make_assignment(tmp_path / "a", notebook=loose))["cells"]
            == (build_source(make_assignment(tmp_path / "b"))["cells"])
        )

    def test_without_a_text(self, tmp_path):
        assignment = make_assignment(tmp_path)
        (assignment.folder / "notebook.md").unlink()
        with pytest.raises(SpecError, match="holds the notebook's text"):
            build_source(assignment)


@pytest.fixture
def course(tmp_path: Path):
    return released_course(tmp_path)


@pytest.fixture
def assignment(course):
    return find_assignment(NAME, course.path)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


class TestRelease:
    def test_what_students_get(self, course):
        folder = course.release(NAME).parent
        assert {path.name for path in folder.iterdir()} == {
            f"{NAME}.ipynb", f"{NAME}.checks.json", "words.txt",
        }  # fmt: skip
        released = json.loads(course.release(NAME).read_text())
        assert "".join(cell_of(released, "double")["source"]) == STUB
        text = "".join(path.read_text() for path in folder.iterdir())
        assert "x * times" not in text
        assert "x / 2" not in text
        assert "SOLUTION" not in text
        assert cell_of(released, "test_double")["metadata"]["editable"] is False
        assert "x * times" in course.source(NAME).read_text()

    def test_again_with_a_changed_text(self, course, assignment):
        edit(assignment.folder / "notebook.md", "more words", "better words")
        assert release_assignment(course, assignment).notes == ()
        assert "better words" in course.release(NAME).read_text()

    def test_an_edit_in_jupyter_wins_until_forced(self, course, assignment):
        edit(course.source(NAME), "more words", "my words")
        edit(assignment.folder / "notebook.md", "Twice", "Two times")
        (note,) = release_assignment(course, assignment).notes
        assert "edited by hand" in note
        assert "--force" in note
        assert "my words" in course.release(NAME).read_text()
        (note,) = release_assignment(course, assignment, force=True).notes
        assert "backups" in note
        (backup,) = (course.path / "backups").iterdir()
        assert "my words" in backup.read_text()
        assert "Two times" in course.release(NAME).read_text()
        assert "my words" not in course.release(NAME).read_text()

    def test_running_its_cells_is_no_edit(self, course, assignment):
        document = json.loads(course.source(NAME).read_text())
        for cell in document["cells"]:
            if cell["cell_type"] == "code":
                cell["execution_count"] = 3
                cell["metadata"]["collapsed"] = True
        course.source(NAME).write_text(json.dumps(document))
        assert release_assignment(course, assignment).notes == ()

    @pytest.mark.parametrize(
        ("old", "new", "words"),
        [
            ('"points": 3', '"points": 4', "worth 4 points, but assignment.yaml says 3"),
            ('"grade_id": "test_double"', '"grade_id": "test_other"', "no cell test_double"),
            ('"cells"', '"cels"', "cannot be read"),
        ],
    )
    def test_an_edit_that_marks_cannot_follow(self, course, assignment, old, new, words):
        edit(course.source(NAME), old, new)
        before = course.release(NAME).read_text()
        with pytest.raises(CourseError, match=words):
            release_assignment(course, assignment)
        assert course.release(NAME).read_text() == before

    def test_data_that_an_instructor_edited(self, course, assignment):
        mine = course.source(NAME).parent / "words.txt"
        mine.write_text("mine\n")
        (note,) = release_assignment(course, assignment).notes
        assert "words.txt was edited" in note
        assert (course.release(NAME).parent / "words.txt").read_text() == "mine\n"
        release_assignment(course, assignment, force=True)
        assert (course.release(NAME).parent / "words.txt").read_text() == "one two\n"

    def test_data_that_the_assignment_changed(self, course, assignment):
        (assignment.folder / "data" / "words.txt").write_text("three\n")
        assert release_assignment(course, assignment).notes == ()
        assert (course.release(NAME).parent / "words.txt").read_text() == "three\n"

    def test_when_nbgrader_refuses_the_old_release_stays(self, course, assignment):
        edit(course.source(NAME), "### END SOLUTION", "### END")
        before = course.release(NAME).read_text()
        with pytest.raises(GradebookError, match="nbgrader did not release doubling"):
            release_assignment(course, assignment)
        assert course.release(NAME).read_text() == before
        assert [path.name for path in course.release(NAME).parent.parent.iterdir()] == [NAME]

    def test_more_points(self, course):
        changed = YAML.replace("points: 2", "points: 5")
        release_assignment(course, make_assignment(course.path / "assignments", yaml=changed))
        released = json.loads(course.release(NAME).read_text())
        assert cell_of(released, "test_shift")["metadata"]["nbgrader"]["points"] == 5
