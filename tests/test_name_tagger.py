"""The capstone's data and floors: split by name, beaten clearly, and exploding weights explode."""

import json
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment_file import load_assignment
from autograder.cases import Seed, build_cases
from autograder.data_files import handed_out
from reference.name_tagger import init_parameters, make_batches, tag, train

FOLDER = Path(__file__).parent.parent / "assignments" / "name-tagger"


@cache
def read(name):
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def assignment():
    return load_assignment(FOLDER)


@pytest.fixture(scope="module")
def judges(assignment):
    return sys.modules[assignment.judges["finds_names"].__module__]


def names_in(text):
    return {
        word
        for words, tags in zip(text["words"], text["tags"], strict=True)
        for word, tag_ in zip(words, tags, strict=True)
        if tag_
    }


def test_no_held_out_name_is_in_the_training_set():
    training, heldout = read("data/train.json"), read("hidden/heldout.json")
    known = {word for words in training["words"] for word in words}
    assert len(names_in(heldout)) > 150
    assert names_in(heldout) & known == set()
    assert names_in(heldout) & set(read("data/vocabulary.json")) == set()


def test_an_unknown_word_is_not_always_a_name():
    heldout, vocabulary = read("hidden/heldout.json"), read("data/vocabulary.json")
    unknown = {word for words in heldout["words"] for word in words} - set(vocabulary)
    assert len(unknown - names_in(heldout)) > 100


def test_students_get_the_training_sentences_alone():
    assert set(handed_out(FOLDER)) == {"README.md", "train.json", "vocabulary.json"}
    assert "public domain" in handed_out(FOLDER)["README.md"].decode()


def test_the_vocabulary_is_of_the_size_that_the_questions_name():
    vocabulary = read("data/vocabulary.json")
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    assert f"init_parameters({len(vocabulary)}, " in (FOLDER / "assignment.yaml").read_text()


@pytest.fixture(scope="module")
def spread(judges):
    """F1 of the reference for each of the 20 starts that students can get."""
    text, vocabulary = read("data/train.json"), read("data/vocabulary.json")
    batches = make_batches(text["words"][:300], text["tags"][:300], vocabulary, 10)
    found = []
    for seed in range(20):
        start = init_parameters(len(vocabulary), 8, 1, seed, 0.1)
        parameters, history = train(batches, 6, start, learning_rate=0.1, max_norm=5.0)
        assert history[-1] < 0.5 * history[0]
        found.append(judges.heldout_f1(parameters))
    return found


def test_the_reference_beats_the_floor_clearly(judges, spread):
    assert min(spread) > judges.TRAINED_F1 + 0.05


def test_simple_answers_stay_below_the_floor(judges):
    heldout, vocabulary = read("hidden/heldout.json"), read("data/vocabulary.json")
    words = [word for sentence in heldout["words"] for word in sentence]
    tags = [entry for sentence in heldout["tags"] for entry in sentence]
    for answer in ([0] * len(words), [1] * len(words), [word not in vocabulary for word in words]):
        assert judges.f1(tags, map(int, answer)) < judges.TRAINED_F1 - 0.1
    untrained = init_parameters(len(vocabulary), 8, 1, 0, 0.1)
    assert judges.heldout_f1(untrained) < judges.TRAINED_F1 - 0.1


def test_the_given_weights_tag_every_text(judges):
    texts, vocabulary = read("hidden/paragraphs.json"), read("data/vocabulary.json")
    weights = {name: np.array(value) for name, value in read("hidden/weights.json").items()}
    for words, tags in zip(texts["words"], texts["tags"], strict=True):
        assert judges.f1(tags, tag(words, weights, vocabulary)) > judges.TAGGED_F1 + 0.05
        unknown = [int(word not in vocabulary) for word in words]
        assert judges.f1(tags, unknown) < judges.TAGGED_F1 - 0.1


@pytest.mark.parametrize("student", [f"s{number}" for number in range(8)])
def test_exploding_weights_diverge_without_clipping_and_train_with_it(assignment, student):
    question = assignment.question("train")
    groups = {group.name: number for number, group in enumerate(question.groups)}
    seed = Seed(secret="spread", student=student)
    cases = {case.group: case for case in build_cases(assignment, question, seed)}
    clipped = cases[groups["exploding gradients, clipped"]].arguments
    free = cases[groups["exploding gradients, not clipped"]].arguments
    _, history = train(*clipped.values())
    assert history[-1] < 0.5 * history[0]
    _, history = train(*free.values())
    assert max(history) > 4 * history[0]
    learns, diverges = (
        assignment.judges["learns_although_gradients_explode"],
        assignment.judges["diverges"],
    )
    for arguments in (clipped, free):
        result = train(*arguments.values())
        assert bool(learns(arguments, result).problems) == (arguments is free)
        assert bool(diverges(arguments, result).problems) == (arguments is clipped)


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        ({}, [1.0]),
        ({"Wax": np.zeros(3)}, [1.0]),
        "text",
        ([], []),
        ({}, None),
        {"a": 1},
        ({}, ["x"]),
    ],
)
def test_judges_answer_whatever_comes_back(assignment, value):
    question = assignment.question("train")
    seed = Seed(secret="s", student="t")
    case = build_cases(assignment, question, seed)[-1]
    for name in ("finds_names", "learns_although_gradients_explode", "diverges"):
        assert assignment.judges[name](case.arguments, value).problems
    sentence = {"sentence": read("hidden/paragraphs.json")["words"][0]}
    assert assignment.judges["tags_names"](sentence, value).problems
