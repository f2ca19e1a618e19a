"""The assignment `name-tagger`: what each mistake costs; its data and floors: test_name_tagger."""

import numpy as np
import pytest
from exam_room import Mistake, exam_room

ROOM = exam_room("name-tagger")
CLIPS = "if max_norm is not None:\n"
LEARNED = {"finds names that it never saw", "exploding gradients, clipped"}

WRONG = [
    Mistake(
        function="encode",
        source=ROOM.changed("word = original.lower()", "word = original"),
        costs={"two sentences", "capitals", "an empty sentence"},
        perhaps={"one word"},
    ),
    Mistake(
        function="encode",
        source=ROOM.changed(
            'vocabulary.get(word, vocabulary["<unk>"])', "vocabulary.get(word, 0)"
        ),
        costs={"nothing but unknown words"},
    ),
    Mistake(
        function="encode",
        source=ROOM.changed('"-" + word[-3:]', '"-" + word[-4:]'),
        costs={"real sentences"},
        perhaps={"two sentences", "one word", "capitals"},
    ),
    Mistake(
        function="init_parameters",
        source=ROOM.changed('"by": np.zeros((n_y, 1)),', '"by": np.ones((n_y, 1)),'),
        costs={"random weights", "edges", "all zero"},
    ),
    Mistake(
        function="init_parameters",
        source=ROOM.changed(
            '"Waa": rng.normal(size=(n_a, n_a)) * scale',
            '"Waa": np.random.default_rng(seed).normal(size=(n_a, n_a)) * scale',
        ),
        costs={"random weights", "edges"},
    ),
    Mistake(
        function="train_step",
        source=ROOM.changed("y = np.where(mask > 0, y, y_pred)", "y = y * mask"),
        costs={"a gradient that is clipped", "edges", "targets in the padding"},
        perhaps={
            "a gradient that is short enough", "no clipping", "a sentence without words",
        },
    ),
    Mistake(
        function="train_step",
        source=ROOM.changed("int(np.sum(now)) / m", "1"),
        costs={"a gradient that is clipped", "edges"},
        perhaps={
            "targets in the padding", "a gradient that is short enough", "no clipping",
            "a sentence without words",
        },
    ),
    Mistake(
        function="train_step",
        source=ROOM.changed(CLIPS, "if False:\n"),
        costs={
            "a gradient that is clipped", "all sentences of one length", "edges",
            "no norm to clip to",
        },
        perhaps={"targets in the padding", "a sentence without words"},
    ),
    Mistake(
        function="train_step",
        source=ROOM.changed(CLIPS, "max_norm = max_norm or 0.05\n    if True:\n"),
        costs={"no clipping", "no norm to clip to"},
    ),
    Mistake(
        function="train",
        source=ROOM.changed("history.append(float(np.mean(losses)))", "history.extend(losses)"),
        costs={
            "two batches", "batches of different sizes",
            "the usual learning rate and clipping", "no clipping",
        },
    ),
    Mistake(
        function="train",
        source=ROOM.changed(
            "parameters, loss, _ = train_step(batch, parameters, learning_rate, max_norm)\n",
            "_, loss, _ = train_step(batch, parameters, learning_rate, max_norm)\n",
        ),
        costs={
            "two batches", "batches of different sizes",
            "the usual learning rate and clipping", "no clipping",
            "one epoch with one batch", "exploding gradients, not clipped", *LEARNED,
        },
    ),
    Mistake(
        function="train",
        source=ROOM.changed("history = []\n", "history, max_norm = [], max_norm or 0.2\n"),
        costs={"no clipping", "exploding gradients, not clipped"},
    ),
    Mistake(
        function="train",
        source=ROOM.changed("history = []\n", "history, max_norm = [], None\n"),
        costs={
            "two batches", "batches of different sizes",
            "the usual learning rate and clipping", "one epoch with one batch",
            "exploding gradients, clipped",
        },
        perhaps={"finds names that it never saw"},
    ),
    Mistake(
        function="tag",
        source=ROOM.changed("int(p >= 0.5)", "int(p >= 1.5)"),
        costs={
            "as likely as not", "all but as likely as not", "real sentences",
            "names in a long text",
        },
        perhaps={"a tiny tagger", "a small tagger", "one word"},
    ),
    Mistake(
        function="tag",
        source=ROOM.changed("encode([sentence], ", "encode([sentence[::-1]], "),
        costs={"real sentences", "names in a long text"},
        perhaps={"a tiny tagger", "a small tagger", "one word"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG, ids=lambda mistake: mistake.function)
def test_a_mistake_costs_where_it_should(mistake: Mistake) -> None:
    ROOM.assert_costs(mistake, seeds=2 if mistake.function == "train" else 5)


def test_no_parameter_ends_close_to_zero_where_it_is_clipped() -> None:
    """There the 1e-6 that some add to the norm would be a large share of what is left."""
    reference = ROOM.assignment.reference_functions["train_step"]
    clipped = 0
    for name, case in ROOM.drawn("train_step", 15):
        if name == "no norm to clip to":
            continue
        new, _, norm = reference(*case.arguments.values())  # type: ignore[misc]
        if norm > (case.arguments["max_norm"] or np.inf):  # type: ignore[operator]
            clipped += 1
            for key, value in new.items():
                assert abs(value).max() > 0.05, (name, key)
    assert clipped > 50
