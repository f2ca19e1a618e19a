"""The capstone's reference: an encoder written again, gradients by autodiff, steps in order."""

import autograd
import numpy as np
import pytest
from oracle import NAMES, assert_close, central_differences, draw, frozen, sigmoid_loss

from reference.gradient_clipping import global_norm
from reference.name_tagger import encode, init_parameters, make_batches, tag, train, train_step

SIZES = [
    {"n_x": 3, "n_a": 4, "n_y": 1, "m": 5, "T_x": 6},
    {"n_x": 2, "n_a": 3, "n_y": 1, "m": 1, "T_x": 4},
    {"n_x": 2, "n_a": 3, "n_y": 1, "m": 3, "T_x": 1},
    {"n_x": 4, "n_a": 2, "n_y": 1, "m": 2, "T_x": 5},
]
VOCABULARY = {"no": 0, "<unk>": 1, "saw": 2, "-na": 3, "an-": 4, "-nna": 5, "anna": 6, "-aw": 7}


def inputs(size, seed):
    drawn = draw(size, seed)
    lengths = np.random.default_rng(seed).integers(1, size["T_x"] + 1, size["m"])
    lengths[0] = size["T_x"]
    mask = (np.arange(size["T_x"]) < lengths[:, None]).astype(float)
    batch = (drawn["x"], drawn["bits"], mask)
    return frozen((batch, drawn["parameters"])), batch, drawn["parameters"]


def masked_loss(theta, batch):
    x, y, mask = batch
    a0 = np.zeros((len(theta["Waa"]), mask.shape[0]))
    return sigmoid_loss({**theta, "x": x, "a0": a0}, y, mask)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seed", range(3))
def test_a_step_is_the_gradient_of_the_masked_loss(size, seed):
    _, batch, parameters = inputs(size, seed)
    new, loss, norm = train_step(batch, parameters, 0.5, None)
    gradients = autograd.grad(lambda theta: masked_loss(theta, batch))(parameters)
    assert_close(masked_loss(parameters, batch), np.float64(loss), 1e-11)
    assert norm == pytest.approx(global_norm(gradients), rel=1e-11)
    for name in NAMES:
        assert_close(parameters[name] - 0.5 * gradients[name], new[name], 1e-11)
        slope = central_differences(lambda theta: masked_loss(theta, batch), parameters, name)
        np.testing.assert_allclose(slope, gradients[name], atol=1e-7)


@pytest.mark.parametrize("size", SIZES)
def test_clipping_shortens_the_step_and_nothing_else(size):
    _, batch, parameters = inputs(size, 7)
    free, loss, norm = train_step(batch, parameters, 0.5, None)
    clipped, same_loss, same_norm = train_step(batch, parameters, 0.5, norm / 4)
    assert (loss, norm) == (same_loss, same_norm)
    for name in NAMES:
        step = free[name] - parameters[name]
        np.testing.assert_allclose(clipped[name], parameters[name] + step / 4, atol=1e-12)
    long_enough, _, _ = train_step(batch, parameters, 0.5, 2 * norm)
    for name in NAMES:
        np.testing.assert_array_equal(long_enough[name], free[name])


def test_targets_in_the_padding_do_not_matter():
    _, (x, y, mask), parameters = inputs(SIZES[0], 3)
    other = np.where(mask > 0, y, np.nan)
    one, loss, norm = train_step((x, y, mask), parameters, 0.5, 1.0)
    two, same_loss, same_norm = train_step((x, other, mask), parameters, 0.5, 1.0)
    assert (loss, norm) == (same_loss, same_norm)
    for name in NAMES:
        np.testing.assert_array_equal(one[name], two[name])


def features_of(word, vocabulary):
    """Which features a word has, told the other way round: by asking each feature."""
    word = word.lower()

    def has(feature):
        if feature == "<unk>":
            return word not in vocabulary
        if feature.endswith("-"):
            return word[:2] == feature[:-1]
        if feature.startswith("-"):
            return feature[1:] in (word[-2:], word[-3:])
        return word == feature

    return [float(has(feature)) for feature in vocabulary]


def test_encode_asks_each_feature():
    sentences = [["Anna", "saw", "Hannah"], [], ["zzz"], ["ANNA", "no"]]
    x, mask = encode(sentences, VOCABULARY)
    assert x.shape == (8, 4, 3)
    assert mask.tolist() == [[1, 1, 1], [0, 0, 0], [1, 0, 0], [1, 1, 0]]
    for j, sentence in enumerate(sentences):
        for t in range(3):
            wanted = features_of(sentence[t], VOCABULARY) if t < len(sentence) else [0.0] * 8
            assert x[:, j, t].tolist() == wanted, (j, t)


def test_batches_hold_all_sentences():
    words, tags = [["a"], ["b", "c"], ["d"]], [[1], [0, 1], [0]]
    batches = make_batches(words, tags, VOCABULARY, 2)
    assert [mask.sum() for _, _, mask in batches] == [3, 1]
    assert [y.sum() for _, y, _ in batches] == [2, 0]


def test_weights_are_those_of_the_seed():
    parameters = init_parameters(30, 40, 2, 11, 0.1)
    rng = np.random.default_rng(11)
    np.testing.assert_allclose(parameters["Wax"], rng.normal(0, 0.1, (40, 30)))
    np.testing.assert_allclose(parameters["Waa"], rng.normal(0, 0.1, (40, 40)))
    np.testing.assert_allclose(parameters["Wya"], rng.normal(0, 0.1, (2, 40)))
    assert not parameters["ba"].any()
    assert not parameters["by"].any()
    assert parameters["Waa"].std() == pytest.approx(0.1, rel=0.1)


def test_training_is_one_step_after_another():
    _, first, parameters = inputs(SIZES[0], 1)
    _, second, _ = inputs({**SIZES[0], "T_x": 4}, 2)
    found, history = train([first, second], 2, parameters, 0.3, 0.5)
    expected = []
    for _ in range(2):
        parameters, one, _ = train_step(first, parameters, 0.3, 0.5)
        parameters, two, _ = train_step(second, parameters, 0.3, 0.5)
        expected.append((one + two) / 2)
    assert history == pytest.approx(expected)
    for name in NAMES:
        np.testing.assert_array_equal(found[name], parameters[name])


@pytest.mark.parametrize("sentence", [[], ["Anna"], ["anna", "saw", "Hannah"]])
def test_a_tag_for_each_word(sentence):
    parameters = init_parameters(8, 3, 1, 0, 1.0)
    labels = tag(sentence, parameters, VOCABULARY)
    assert len(labels) == len(sentence)
    assert set(labels) <= {0, 1}
