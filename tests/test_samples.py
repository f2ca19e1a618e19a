import shutil

import pytest

from autograder.assignment_file import load_assignment
from autograder.class_run import Grader, Setup
from autograder.errors import SpecError
from autograder.library import find_assignment
from autograder.samples import load_samples, write_samples
from autograder.submissions import Submitted

ASSIGNMENT = find_assignment("rnn-cell")
SAMPLES = load_samples(ASSIGNMENT)


@pytest.fixture(scope="module")
def grader():
    grader = Grader(Setup(assignment_folder=ASSIGNMENT.folder, secret="sixteen or more letters"))
    yield grader
    grader.close()


def test_there_are_enough_samples():
    assert len(SAMPLES) >= 16
    assert {sample.status for sample in SAMPLES} == {"graded", "unreadable", "missing"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_has_the_marks_its_label_says(sample, grader, tmp_path):
    write_samples(ASSIGNMENT, tmp_path)
    path = tmp_path / sample.name / ASSIGNMENT.name / f"{ASSIGNMENT.name}.ipynb"
    result = grader.grade(Submitted(student=sample.name, notebook=path if path.exists() else None))
    assert result.status == sample.status, result.message
    assert result.score == sample.score, [
        (question.id, question.score, question.message) for question in result.questions
    ]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("just text", "one: expected a mapping"),
        ("{about: A, colour: red}", "unknown key 'colour'; known are about, base"),
        ("{base: stub}", "one lacks the key 'about'"),
        ("{about: A, tamper: burn}", "tamper 'burn' is none of nothing, cut_off, .*no_file"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path, entry, problem):
    folder = shutil.copytree(ASSIGNMENT.folder, tmp_path / "rnn-cell")
    (folder / "samples.yaml").write_text(f"one: {entry}\n")
    with pytest.raises(SpecError, match=problem):
        load_samples(load_assignment(folder))
