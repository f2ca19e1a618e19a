"""Properties: gradients are tried against numerical slopes of the student's own function."""

import json
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
from local_session import write_assignment

from autograder.checking import check
from autograder.errors import SpecError
from autograder.library import find_assignment
from autograder.visible import write_visible_cases

REFERENCE = """
def forward(x, w):
    h = np.tanh(w @ x)
    return h, (h, x, w)


def backward(dh, cache):
    h, x, w = cache
    dz = dh * (1 - h**2)
    return {"dx": w.T @ dz, "dw": dz @ x.T}
"""
QUESTIONS = """
questions:
- function: backward
  title: Back
  points: 2
  given: {x: "normal(n_x, m)", w: "normal(n_a, n_x)"}
  arguments: {dh: "normal(n_a, m)", cache: "forward(x, w)[1]"}
  returns: {gradients: {dict: {dx: [n_x, m], dw: [n_a, n_x]}}}
  properties:
  - {of: forward, result: 0, project: dh, reuse: {cache: 1}, gradients: {x: dx, w: dw}}
  groups: [{name: values, points: 2}]
"""


@pytest.fixture
def tried(tmp_path: Path, monkeypatch):
    assignment = write_assignment(tmp_path / "a", reference=REFERENCE, questions=dedent(QUESTIONS))
    (tmp_path / "home").mkdir()
    path = write_visible_cases(assignment, tmp_path / "home")
    data = json.loads(path.read_text())
    data["questions"]["backward"]["cases"] = []  # the property alone has to find it
    path.write_text(json.dumps(data))
    monkeypatch.chdir(tmp_path / "home")

    def run(code: str):
        scope = {"np": np}
        exec(dedent(code), scope)
        return check("backward", namespace=scope)

    return run


def test_right_whatever_the_cache_looks_like(tried):
    report = tried("""
        def forward(x, w):
            h = np.tanh(w @ x)
            return h, {"slope": 1 - h**2, "in": (x, w)}

        def backward(dh, cache):
            dz = dh * cache["slope"]
            x, w = cache["in"]
            return {"dx": w.T @ dz, "dw": dz @ x.T}
    """)
    assert report.passed, report
    assert "1 of 1" in repr(report)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('{"dx": w.T @ dz, "dw": dz @ x.T / 2}', "dw is not the slope of forward along w"),
        ('{"dx": w.T @ dh, "dw": dz @ x.T}', "dx is not the slope of forward along x"),
        ('{"dx": w.T @ dz, "dw": dz @ x.T * np.nan}', "dw is not the slope"),
        ('{"dx": w.T @ dz}', "dw should be an array of shape"),
        ("(w.T @ dz, dz @ x.T)", "dx should be an array of shape"),
    ],
)
def test_a_wrong_gradient_is_named(tried, wrong, named):
    report = tried(REFERENCE.replace('{"dx": w.T @ dz, "dw": dz @ x.T}', wrong))
    assert not report.passed
    assert named in repr(report)
    assert "Traceback" not in repr(report)


def test_what_cannot_be_tried_is_no_failure(tried):
    alone = REFERENCE[REFERENCE.index("def backward") :]
    report = tried(alone)
    assert report.passed
    assert "not tried, for forward is not defined" in repr(report)
    report = tried(f"def forward(x, w):\n    raise NotImplementedError\n{alone}")
    assert report.passed
    assert "not tried, for forward is not written yet" in report._repr_html_()


def test_an_error_is_a_sentence(tried):
    report = tried(REFERENCE.replace("dz = dh", "dz = unknown"))
    assert "It raised NameError" in repr(report)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("of: forward", "of: nothing", "no function 'nothing'"),
        ("x: dx", "z: dx", "has no argument 'z'"),
        ("x: dx", "x: dz", "no output is called 'dz'"),
        ("cache: 1", "cash: 1", "unknown key 'cash'"),
        ("project: dh", "project: dk", "dk"),
    ],
)
def test_mistakes_of_authors(tmp_path, old, new, said):
    assert old in QUESTIONS
    with pytest.raises(SpecError, match=said):
        write_assignment(
            tmp_path / "a", reference=REFERENCE, questions=dedent(QUESTIONS).replace(old, new)
        )


@pytest.mark.parametrize("name", ["losses", "bptt"])
def test_the_reference_has_every_property(tmp_path, monkeypatch, name):
    assignment = find_assignment(name)
    write_visible_cases(assignment, tmp_path)
    monkeypatch.chdir(tmp_path)
    scope = {"np": np, **assignment.reference_functions}
    with_properties = [question for question in assignment.questions if question.properties]
    assert with_properties
    for question in with_properties:
        report = check(question.function, namespace=scope)
        assert report.passed, report
        assert sum("slopes" in row.name for row in report.rows) == len(question.properties)
