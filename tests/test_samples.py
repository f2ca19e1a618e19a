"""Sample classes: every submission gets the mark that its label says, through the real runner."""

import shutil
from dataclasses import replace
from functools import cache

import pytest

from autograder.assignment_file import load_assignment
from autograder.bank import Bank
from autograder.class_run import Grader, Setup
from autograder.errors import SpecError
from autograder.kept import Kept
from autograder.library import assignment_folders, find_assignment
from autograder.samples import load_samples, write_samples
from autograder.submissions import Submitted

NAMES = tuple(assignment_folders())
ASSIGNMENT = find_assignment("rnn-cell")


@cache
def samples_of(name):
    return {sample.name: sample for sample in load_samples(find_assignment(name))}


SAMPLES = [(name, sample) for name in NAMES for sample in samples_of(name)]


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    """Grades a sample; each class is written once."""
    graders = {}

    @cache
    def written(name):
        assignment = find_assignment(name)
        graders[name] = Grader(
            Setup(assignment_folder=assignment.folder, secret="sixteen or more letters")
        )
        write_samples(assignment, folder := tmp_path_factory.mktemp(name))
        return folder

    @cache
    def grade(name, sample):
        path = written(name) / sample / name / f"{name}.ipynb"
        notebook = path if path.exists() else None
        return graders[name].grade(Submitted(student=sample, notebook=notebook)).result

    yield grade
    for grader in graders.values():
        grader.close()


@pytest.mark.parametrize("name", NAMES)
def test_there_are_enough_samples(name):
    samples = samples_of(name).values()
    assert len(samples) >= 12
    full = sum(question.points for question in find_assignment(name).questions)
    assert sum(sample.score == full for sample in samples) >= 3
    assert any(sample.score == 0 for sample in samples)


def test_files_that_cannot_be_read_are_among_them():
    statuses = {sample.status for sample in samples_of("rnn-cell").values()}
    assert statuses == {"graded", "unreadable", "missing"}


@pytest.mark.parametrize(("name", "sample"), SAMPLES)
def test_every_sample_has_the_marks_its_label_says(grade, name, sample):
    result, label = grade(name, sample), samples_of(name)[sample]
    lost = [(q.id, q.score, q.message) for q in result.questions if q.score < q.max_score]
    assert (result.status, result.score) == (label.status, label.score), (result.message, lost)


def test_marks_and_feedback_do_not_depend_on_who_was_graded_before(tmp_path):
    """What is kept for the next student is what this one would have come to alone."""
    assignment = find_assignment("losses")
    write_samples(assignment, tmp_path)
    setup = Setup(assignment_folder=assignment.folder, secret="sixteen or more letters")

    def record(grader, sample):
        path = tmp_path / sample / "losses" / "losses.ipynb"
        job = Submitted(student=sample, notebook=path if path.exists() else None)
        return replace(grader.grade(job).result, duration_s=0.0)

    grader, alone = Grader(setup), {}
    for sample in list(samples_of("losses"))[::2]:
        grader._bank = Bank(assignment, setup.secret)
        grader._worker.given, grader._worker.read = Kept(), Kept()
        alone[sample] = record(grader, sample)
    for _ in range(2):
        assert {sample: record(grader, sample) for sample in alone} == alone
    grader.close()


@pytest.mark.parametrize(
    ("name", "sample", "wrong", "helped"),
    [
        ("rnn-cell", "wrong-softmax-axis", "softmax", {"rnn_cell_forward", "rnn_forward"}),
        (
            "gradient-flow",
            "wrong-sides-of-the-jacobian",
            "step_jacobian",
            {"jacobian_product", "gradient_norms", "log_gradient_norms"},
        ),
        (
            "gradient-clipping",
            "wrong-sum-of-norms",
            "global_norm",
            {"clip_by_global_norm", "clipped_update"},
        ),
        ("bptt", "wrong-cell-backward", "rnn_cell_backward", {"rnn_backward", "rnn_gradients"}),
        ("name-tagger", "wrong-train-step", "train_step", {"train"}),
    ],
)
def test_a_wrong_function_costs_only_itself(grade, name, sample, wrong, helped):
    """What calls it is graded with the grader's."""
    result = grade(name, sample)
    assert [q.id for q in result.questions if q.score < q.max_score] == [wrong]
    assert {question.id for question in result.questions if question.follow_through} >= helped


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
