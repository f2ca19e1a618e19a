"""Copy, delete, relabel or turn test cells into something else: to gain, or to stop the batch."""

import pytest
from nbgrader_attacks import ATTACKS
from stock import cell, document
from tiny import RIGHT

from autograder.grade import grade_notebook

STOPS = ["duplicate", "schema", "points"]
LOSES = ["deleted", "type"]


@pytest.mark.parametrize("name", STOPS)
def test_control(stock, name):
    """A stock grader stops at these submissions."""
    assert stock[name] == "failed"


@pytest.mark.parametrize("name", LOSES)
def test_control_without_gain(stock, name):
    assert stock[name] == 0


@pytest.mark.parametrize("name", STOPS + LOSES)
def test_contained(arena, name):
    arena.notebook_gains_nothing(ATTACKS[name])


MANGLED = {
    "duplicate": lambda cells: [*cells, *cells],
    "deleted": lambda cells: [one for one in cells if "test_" not in str(one["metadata"])],
    "type": lambda cells: [*cells[:3], {**cells[3], "cell_type": "raw"}, *cells[4:]],
    "no labels": lambda cells: [{**one, "metadata": {}} for one in cells],
    "points": lambda cells: labelled(cells, points=1e9),
    "not a number": lambda cells: labelled(cells, points=float("nan")),
    "schema": lambda cells: labelled(cells, schema_version=99),
    "one label": lambda cells: labelled(cells, grade_id="test_double"),
    "all solutions": lambda cells: labelled(cells, solution=True, grade=False),
    "wrong types": lambda cells: labelled(cells, grade_id=[1], points={}, task="x"),
    "outputs": lambda cells: [{**one, "outputs": [{"output_type": "error"}]} for one in cells],
}


def labelled(cells, **more):
    return [
        {**one, "metadata": {"nbgrader": {**one["metadata"].get("nbgrader", {}), **more}}}
        for one in cells
    ]


def cells_of(functions):
    made = []
    for name, source in functions.items():
        made += [cell(source, name), cell(f"check('{name}')", f"test_{name}")]
    return made


@pytest.mark.parametrize("name", MANGLED)
def test_right_answers_keep_their_marks(arena, name):
    text = document(*MANGLED[name](cells_of(RIGHT))).encode()
    result = grade_notebook(arena.assignment, text, worker=arena.worker, student="s", secret="s")
    assert (result.status, result.score, result.max_score) == ("graded", 5, 5), result


@pytest.mark.parametrize("name", MANGLED)
def test_wrong_answers_gain_nothing(arena, name):
    wrong = {
        **RIGHT,
        "double": "def double(x): return x * 0",
        "shift": "def shift(x): return x * 0",
    }
    arena.notebook_gains_nothing(document(*MANGLED[name](cells_of(wrong))))
