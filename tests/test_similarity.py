import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder.cli import main
from autograder.library import find_assignment
from autograder.notebook import Cell, read_notebook
from autograder.samples import load_samples
from autograder.similarity import find_similar, functions_of

USUAL = """
def forward(x, a0, p):
    a = np.zeros((a0.shape[0], x.shape[1], x.shape[2]))
    state = a0
    for t in range(x.shape[2]):
        state = np.tanh(p["Waa"] @ state + p["Wax"] @ x[:, :, t] + p["ba"])
        a[:, :, t] = state
    return a
"""
ODD = """
def forward(x, a0, p):
    history, carried, step = [], np.array(a0, copy=True), 0
    while not step == x.shape[-1]:
        column = np.concatenate((carried, np.take(x, step, axis=-1)), axis=0)
        stacked = np.concatenate((p["Waa"], p["Wax"]), axis=1)
        carried = np.tanh(np.einsum("ij,jm->im", stacked, column) + p["ba"])
        history += [carried[..., None]]
        step = step + 1
    return np.concatenate(history, axis=-1)
"""
LAZY = """
def forward(x, a0, p):
    steps = np.moveaxis(x, 2, 0)
    reduce = lambda s, u: np.tanh(np.dot(p["Wax"], u) + np.dot(p["Waa"], s) + p["ba"])
    out = list(itertools.accumulate(steps, reduce, initial=a0))
    return np.dstack(out[1:])
"""


def disguise(code: str) -> str:
    """What a copy is given so that it looks like work: other names, comments, blank lines."""
    for number, name in enumerate(("history", "carried", "column", "stacked", "step")):
        code = re.sub(rf"\b{name}\b", f"v{number}", code)
    return code.replace("    return", "    # all done\n\n    return")


def of(**sources):
    return {student: {"forward": code} for student, code in sources.items()}


def test_a_copy_with_other_names_is_found():
    (pair,) = find_similar(of(ana=ODD, bo=disguise(ODD), cy=USUAL, di=LAZY))
    assert (pair.first, pair.second, pair.where) == ("ana", "bo", "forward")
    assert pair.similarity > 0.9


def test_what_many_wrote_is_no_evidence():
    usual = {f"s{number}": USUAL for number in range(6)}
    assert find_similar(of(**usual, odd=ODD, lazy=LAZY)) == ()


def test_what_two_alone_wrote_comes_before_what_a_group_did():
    """In a large class many share a way of writing; one copy must not drown among them."""
    group = {f"g{number}": LAZY for number in range(8)}
    others = {f"s{number:03}": USUAL for number in range(200)}
    pairs = find_similar(of(**group, ana=ODD, bo=disguise(ODD), **others))
    assert (pairs[0].first, pairs[0].second) == ("ana", "bo")
    assert len(pairs) == 8  # the copy, and seven that link the eight
    assert {who for pair in pairs[1:] for who in (pair.first, pair.second)} == set(group)


def test_every_run_finds_the_same():
    """Not by Python's own hashes, which change from run to run."""
    script = (
        "import test_similarity as t; from autograder.similarity import find_similar;"
        "print(find_similar(t.of(ana=t.ODD, bo=t.disguise(t.ODD), cy=t.LAZY + t.ODD)))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parent)},
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(said) == 1
    assert "ana" in said.pop()


def test_what_was_handed_out_is_no_evidence():
    assert find_similar(of(ana=ODD, bo=ODD), handed_out=[ODD]) == ()


def test_a_function_of_one_line_is_no_evidence():
    short = "def forward(x):\n    return 1 / (1 + np.exp(-x))\n"
    assert find_similar(of(ana=short, bo=short)) == ()


def test_different_solutions_of_the_sample_class_are_not_alike():
    assignment = find_assignment("rnn-cell")
    names = [question.function for question in assignment.questions]
    right = {
        sample.name: functions_of(read_notebook(sample.content).code_cells, names)
        for sample in load_samples(assignment)
        if sample.name in ("right-loops", "right-einsum", "right-concatenated-weights")
    }
    pairs = find_similar({**right, "copy": right["right-loops"]})
    assert ("copy", "right-loops") in {(pair.first, pair.second) for pair in pairs}
    alone = {name: {"rnn_cell_forward": found["rnn_cell_forward"]} for name, found in right.items()}
    assert find_similar(alone) == ()


@pytest.mark.parametrize(
    "source",
    ["def f(:", "x = '\0'", "(" * 500, f"def f(x):\n    return {'-' * 600}x", "x = 1\n" * 20_000],
)
def test_a_cell_that_cannot_be_taken_apart_counts_as_it_is(source):
    cell = Cell(index=0, cell_type="code", source=source, kind="solution", grade_id="f")
    assert functions_of([cell], ["f"]) == {"f": source[:50_000]}


def test_the_report_names_the_pair(tmp_path, capsys):
    course = released_course(tmp_path)
    for student, code in (("ana", ODD), ("bo", disguise(ODD)), ("cy", USUAL)):
        submit(course, student, {**RIGHT, "double": code.replace("def forward", "def double")})
    assert main(["grade", NAME, "--course", str(course.path), "--jobs", "1"]) == 0
    assert main(["report", NAME, "--course", str(course.path)]) == 0
    page = Path(capsys.readouterr().out.splitlines()[-1]).read_text()
    (row,) = [line for line in page.splitlines() if "<td" in line and " · " in line]
    assert "ana" in row
    assert "bo" in row
    assert "cy" not in row
