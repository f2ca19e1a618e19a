import pytest
from local_session import write_assignment

from autograder.cases import Seed, build_cases
from autograder.data_files import handed_out, read_data
from autograder.errors import SpecError

QUESTIONS = """
questions:
- function: longest
  title: Longest
  points: 1
  arguments: {words: 'data("words.json")[0:m]', secret: 'data("weights.json")["w"]'}
  returns: {word: text}
  groups: [{name: values, points: 1, dims: {m: 2}}]
"""
REFERENCE = "def longest(words, secret):\n    return max(words, key=len)\n"


@pytest.fixture
def assignment(tmp_path):
    for name, folder, text in (
        ("words.json", "data", '["a", "bb", "ccc"]'),
        ("weights.json", "hidden", '{"w": [1.5]}'),
    ):
        (tmp_path / "a" / folder).mkdir(parents=True)
        (tmp_path / "a" / folder / name).write_text(text)
    return write_assignment(tmp_path / "a", reference=REFERENCE, questions=QUESTIONS)


def test_expressions_read_both_folders(assignment):
    (case,) = build_cases(assignment, assignment.questions[0], Seed(secret="s", student="t"))
    assert case.arguments == {"words": ["a", "bb"], "secret": [1.5]}


def test_hidden_files_are_not_handed_out(assignment):
    assert set(handed_out(assignment.folder)) == {"words.json"}


def test_an_edited_file_is_read_again(assignment):
    path = assignment.folder / "data" / "words.json"
    assert read_data(assignment.folder, path.name) == ["a", "bb", "ccc"]
    path.write_text('["new"]')
    assert read_data(assignment.folder, path.name) == ["new"]


@pytest.mark.parametrize("name", ["absent.json", "../answers.py", "/etc/hostname", ""])
def test_nothing_else_is_read(assignment, name):
    with pytest.raises(SpecError, match="neither data/ nor hidden/"):
        read_data(assignment.folder, name)


def test_a_damaged_file_is_named(assignment):
    (assignment.folder / "data" / "words.json").write_text("[")
    with pytest.raises(SpecError, match=r"words\.json is no JSON"):
        read_data(assignment.folder, "words.json")
