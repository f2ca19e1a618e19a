import json
import sys
import warnings

import numpy as np
import pytest

from autograder import check
from autograder.checking import CheckFailed
from autograder.library import find_assignment
from autograder.visible import write_visible_cases

ASSIGNMENT = find_assignment("rnn-cell")
RIGHT = dict(ASSIGNMENT.reference_functions)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    write_visible_cases(ASSIGNMENT, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("function", [question.function for question in ASSIGNMENT.questions])
def test_right_functions_pass(function):
    report = check(function, namespace=RIGHT)
    assert report.passed, repr(report)
    assert len(report.rows) >= 3


def test_wrong_values_are_shown_side_by_side():
    report = check("softmax", namespace={"softmax": np.ones_like})
    assert not report.passed
    assert "expected" in repr(report)
    assert "softmax(z)" in repr(report)
    assert "<mark " in report._repr_html_()


def test_an_error_is_a_sentence_and_html_is_escaped():
    def sigmoid(z):
        raise ValueError("<script>alert(1)</script>")

    report = check("sigmoid", namespace={"sigmoid": sigmoid})
    assert "It raised ValueError" in repr(report)
    assert "<script>" not in report._repr_html_()


def test_changed_argument_is_noticed():
    def sigmoid(z):
        right = RIGHT["sigmoid"](z)
        z *= 0
        return right

    assert "changed one of its arguments" in repr(check("sigmoid", namespace={"sigmoid": sigmoid}))


def test_warnings_are_noticed_where_there_should_be_none():
    def sigmoid(z):
        warnings.warn("of its own", UserWarning, stacklevel=1)
        return 1 / (1 + np.exp(-z))

    with pytest.warns(UserWarning, match="of its own"):
        report = check("sigmoid", namespace={"sigmoid": sigmoid})
    assert "numpy warns: overflow encountered in exp." in repr(report)
    with np.errstate(over="ignore"), pytest.warns(UserWarning, match="of its own"):
        assert "numpy warns" not in repr(check("sigmoid", namespace={"sigmoid": sigmoid}))


@pytest.mark.parametrize("new", [True, False])
def test_arguments_that_come_back_are_noticed_where_new_arrays_are_asked_for(tmp_path, new):
    def clip_by_value(gradients, max_value):
        if not max_value > 0:
            raise ValueError
        clipped = {key: np.clip(g, -max_value, max_value) for key, g in gradients.items()}
        same = {key: np.array_equal(g, gradients[key]) and not new for key, g in clipped.items()}
        return {key: gradients[key] if same[key] else g for key, g in clipped.items()}

    (tmp_path / "rnn-cell.checks.json").unlink()
    write_visible_cases(find_assignment("gradient-clipping"), tmp_path)
    report = check("clip_by_value", namespace={"clip_by_value": clip_by_value})
    assert ("an argument itself came back" in repr(report)) is not new


def test_stub_missing_function_and_unknown_name():
    def sigmoid(z):
        raise NotImplementedError

    def softmax(z):
        return sigmoid(z)

    assert "Not written yet" in repr(check("sigmoid", namespace={"sigmoid": sigmoid}))
    assert "calls sigmoid, which is not" in repr(check("softmax", namespace={"softmax": softmax}))
    assert "not defined yet" in repr(check("softmax", namespace={}))
    assert "no check for" in repr(check("softmaks", namespace={}))


def test_an_error_of_ones_own_counts_as_the_one_it_is_a_kind_of(folder):
    assignment = find_assignment("gradient-clipping")
    write_visible_cases(assignment, folder)
    right = assignment.reference_functions["clip_by_norm"]

    class TooLongError(ValueError):
        __module__ = "__main__"

    class UnrelatedError(Exception):
        __module__ = "__main__"

    for kind in (TooLongError, UnrelatedError):

        def clip_by_norm(gradient, max_norm):
            try:
                return right(gradient, max_norm)
            except ValueError:
                raise kind from None  # noqa: B023

        report = check("clip_by_norm", namespace={"clip_by_norm": clip_by_norm})
        assert report.passed == (kind is TooLongError), repr(report)


def test_missing_file_says_what_to_do(folder):
    (folder / "rnn-cell.checks.json").unlink()
    assert "Download the one" in repr(check("sigmoid", namespace=RIGHT))


def test_validating_makes_the_cell_fail_with_the_report(monkeypatch):
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    with pytest.raises(CheckFailed) as caught:
        check("softmax", namespace={"softmax": np.ones_like})
    shown = caught.value._render_traceback_()
    assert shown[0].startswith("✗ softmax: 1 of 12 visible cases right")
    assert "  your function gave:" in shown
    assert max(map(len, shown)) <= 82  # nbgrader adds 4 and cuts off at 87
    assert not any("checking.py" in line for line in shown)


def test_validating_is_silent_about_what_is_right(monkeypatch, capsys):
    def sigmoid(z):
        print("noise", file=sys.stderr)
        return RIGHT["sigmoid"](z)

    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    assert check("sigmoid", namespace={"sigmoid": sigmoid}) is None
    assert capsys.readouterr().err == ""  # nbgrader takes a word there for a failure


@pytest.mark.parametrize(
    ("function", "mark", "color"),
    [
        (RIGHT["sigmoid"], "✓", "#2e9e44"),
        (np.ones_like, "✗", "#d64545"),
        (None, "○", "#8a8f98"),
    ],
)
def test_the_box_has_the_marks_colour_and_needs_nothing(function, mark, color):
    html = check("sigmoid", namespace={"sigmoid": function})._repr_html_()
    assert f"<b>{mark} <code>sigmoid</code></b>" in html
    assert color in html
    for needed in ("<script", "class=", "src=", "href=", "url("):
        assert needed not in html


def test_a_name_that_something_else_was_given_to():
    assert "is no function but of type int" in repr(check("sigmoid", namespace={"sigmoid": 7}))


def test_exit_is_a_mistake_and_does_not_end_the_kernel():
    def sigmoid(z):
        raise SystemExit

    said = repr(check("sigmoid", namespace={"sigmoid": sigmoid}))
    assert "It raised SystemExit in line" in said


def test_the_line_of_an_error_is_the_students_own():
    def sigmoid(z):
        return np.linalg.inv(np.zeros((2, 2)))

    said = repr(check("sigmoid", namespace={"sigmoid": sigmoid}))
    line = "`return np.linalg.inv(np.zeros((2, 2)))`"
    assert f"{line}: Singular matrix" in said


def test_an_endless_loop_that_is_stopped_names_its_line():
    calls = []

    def sigmoid(z):
        calls.append(z)
        raise KeyboardInterrupt

    said = repr(check("sigmoid", namespace={"sigmoid": sigmoid}))
    assert "Stopped before it returned in line" in said
    assert "`raise KeyboardInterrupt`" in said
    assert len(calls) == 1


def test_several_notebooks_in_one_folder(folder, monkeypatch):
    other = {"title": "Other", "cases": [], "returns": []}
    later, damaged = folder / "z.checks.json", folder / "a.checks.json"
    later.write_text(json.dumps({"questions": {"other": other, "sigmoid": other}}))
    damaged.write_text("{")
    assert check("other", namespace={"other": print}).title == "Other"
    assert check("sigmoid", namespace=RIGHT).title != "Other"
    monkeypatch.setenv("JPY_SESSION_NAME", str(folder / "z.ipynb"))
    assert check("sigmoid", namespace=RIGHT).title == "Other"
    assert "a.checks.json is damaged" in repr(check("softmaks", namespace={}))
