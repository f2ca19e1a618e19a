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
    assert "<mark>" in report._repr_html_()


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


def test_stub_missing_function_and_unknown_name():
    def sigmoid(z):
        raise NotImplementedError

    assert "Not written yet" in repr(check("sigmoid", namespace={"sigmoid": sigmoid}))
    assert "not defined yet" in repr(check("softmax", namespace={}))
    assert "no check for" in repr(check("softmaks", namespace={}))


def test_missing_file_says_what_to_do(folder):
    (folder / "rnn-cell.checks.json").unlink()
    assert "Download the one" in repr(check("sigmoid", namespace=RIGHT))


def test_validating_makes_the_cell_fail(monkeypatch):
    monkeypatch.setenv("NBGRADER_VALIDATING", "1")
    with pytest.raises(CheckFailed, match="sigmoid: a visible check fails"):
        check("sigmoid", namespace={})
