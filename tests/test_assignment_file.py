import os
import sys
from pathlib import Path

import pytest

from autograder.assignment_file import load_assignment
from autograder.errors import SpecError
from autograder.spec import Check, Kind

REFERENCE = '''
import numpy as np


def scale(x, factor):
    """Scale."""
    return factor * x


def split(x):
    """Split."""
    return {"low": np.minimum(x, 0), "high": np.maximum(x, 0)}, float(scale(x, 2.0).sum())
'''
GOOD = """
title: Tiny
reference: reference.py
draws: {x: "normal(n_x, m)"}
questions:
- function: scale
  title: Scale an array
  points: 3
  arguments: {x: x, factor: "choice([2.0, 3.0])"}
  returns: {scaled: [n_x, m]}
  groups:
  - {name: ordinary, points: 2, cases: 3}
  - {name: arguments left alone, points: 1, check: purity}
- function: split
  title: Split an array
  points: 2
  needs: [scale]
  arguments: {x: x}
  returns: {parts: {dict: {low: [n_x, m], high: [n_x, m]}}, total: scalar}
  groups:
  - {name: ordinary, points: 2, vary: [{m: 1}, {n_x: m}]}
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "reference.py").write_text(REFERENCE)
    return tmp_path / "tiny"


def load(folder, text):
    (folder / "assignment.yaml").write_text(text)
    return load_assignment(folder)


def test_good_file(folder):
    assignment = load(folder, GOOD)
    assert assignment.name == "tiny"
    assert assignment.max_score == 5
    scale, split = assignment.questions
    assert scale.groups[1].check is Check.PURITY
    assert split.returns[0].kind is Kind.DICT
    assert [f.name for f in split.returns[0].fields] == ["low", "high"]
    assert split.needs == ("scale",)
    assert split.limits.seconds == 2.0
    assert set(assignment.reference_functions) == {"scale", "split"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Tiny", "titel: Tiny", "top level: unknown key 'titel'; known are title"),
        ("title: Tiny\n", "", "top level: the key 'title' is missing"),
        ("reference: reference.py", "reference: nothing.py", "reference: there is no file"),
        ("reference: reference.py", "reference: no.such", "reference: no.such cannot be imported"),
        ("- function: scale", "- function: scael", r"questions\[0\].*no function 'scael'"),
        ("points: 3", "points: 4", r"\(scale\).points: 4, but its groups add up to 3"),
        ("points: 3", "points: many", "expected a number of at least 0, found 'many'"),
        ("points: 3", "points: -1", "expected a number of at least 0, found -1"),
        ("check: purity", "check: purty", "'purty' is none of values, purity"),
        ("needs: [scale]", "needs: [clip]", r"questions\[1\].needs: 'clip' is neither"),
        ('"normal(n_x, m)"', '"normal(n_q, m)"', r"arguments.x|draws.x: .*uses n_q"),
        ("x: x, factor", "x: xx, factor", r"arguments.x: 'xx' uses xx"),
        ("[n_x, m]}\n  groups", "array}\n  groups", "'array' is none of any"),
        ("total: scalar", "total: {shape: 3}", "is no kind of output"),
        ("{m: 1}", "{m: 0}", r"vary\[0\].m: 0 is no dimension"),
        ("cases: 3", "cases: 0", "groups.0..cases: expected a number of at least 1"),
        ("check: purity", "raises: ValueError, check: values", "go together"),
        ("check: purity", "judge: fair", "judges.py has no function 'fair'"),
        ("- function: split", "- function: scale", "'scale' is graded twice"),
        ("needs: [scale]", "needs: [scale, split]", "served by the grader, 'split' would work out"),
        ("points: 3\n", "points: 3\n  needs: [split]\n", "'split' would work out 'scale' itself"),
    ],
)
def test_every_mistake_names_the_key_path(folder, old, new, message):
    assert old in GOOD
    with pytest.raises(SpecError, match=message) as caught:
        load(folder, GOOD.replace(old, new))
    assert "assignment.yaml" in str(caught.value)


def test_a_correction_within_the_same_second_counts(folder, monkeypatch):
    """Bytecode beside the file would be taken for that of the new one, which is as long."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    path = folder / "reference.py"
    factors = []
    for text in (REFERENCE, REFERENCE.replace("factor * x", "factor + x")):
        path.write_text(text)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        factors.append(load(folder, GOOD).reference_functions["scale"](3.0, 2.0))
    assert factors == [6.0, 5.0]
    assert [entry.name for entry in folder.iterdir() if entry.is_dir()] == []


def test_folder_without_file(tmp_path):
    with pytest.raises(SpecError, match=r"holds no assignment\.yaml"):
        load_assignment(tmp_path)


def test_not_a_mapping(folder):
    with pytest.raises(SpecError, match="top level: expected a mapping"):
        load(folder, "- 1\n- 2\n")


def test_failing_reference_says_why(folder):
    (folder / "reference.py").write_text("1 / 0\n")
    with pytest.raises(SpecError, match=r"cannot be imported .ZeroDivisionError"):
        load(folder, GOOD)
