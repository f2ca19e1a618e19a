"""The assignment `rnn-cell`: what each mistake costs."""

import pytest
from exam_room import PURITY, Mistake, exam_room

ROOM = exam_room("rnn-cell")

WRONG = [
    Mistake(
        function="sigmoid",
        source="def sigmoid(z):\n    return np.exp(z) / (1 + np.exp(z))\n",
        costs={"large scores"},
    ),
    Mistake(  # one maximum for all columns: wrong only where columns differ by more than 700
        function="softmax",
        source="def softmax(z):\n    e = np.exp(z - z.max())\n    return e / e.sum(axis=0)\n",
        costs={"columns far apart"},
    ),
    Mistake(
        function="softmax",
        source="def softmax(z):\n    return np.exp(z) / np.exp(z).sum(axis=0)\n",
        costs={
            "large positive scores", "large negative scores", "classes far apart",
            "columns far apart",
        },
    ),
    Mistake(
        function="softmax",
        source="""
        def softmax(z):
            z -= z.max(axis=0)
            return np.exp(z) / np.exp(z).sum(axis=0)
        """,
        costs={PURITY},
    ),
    Mistake(
        function="rnn_cell_forward",
        source=ROOM.changed("np.dot(Wya, a_next) + by)", "np.dot(Wya, a_prev) + by)"),
        costs={"one step", "edges", "large inputs"},
    ),
    Mistake(
        function="rnn_forward",
        source=ROOM.changed("a_next = a0\n", "a_next = np.zeros(a0.shape)\n"),
        costs={"sequences", "edges", "fifty steps"},
        perhaps={"large inputs"},
    ),
    Mistake(
        function="rnn_tag",
        source="def rnn_tag(x, a0, parameters):\n    return rnn_forward(x, a0, parameters)[:2]\n",
        costs={"one question a word", "several questions a word", "edges", "large scores"},
    ),
    Mistake(
        function="rnn_classify",
        source="""
        def rnn_classify(x, a0, parameters, lengths=None):
            a, y_pred, _ = rnn_forward(x, a0, parameters)
            return a, y_pred[:, :, -1]
        """,
        costs={"lengths differ", "shortest and longest"},
        perhaps={"edges"},
    ),
    Mistake(
        function="rnn_classify",
        source="""
        def rnn_classify(x, a0, parameters, lengths=None):
            a, y_pred, _ = rnn_forward(x, a0, parameters)
            last = x.shape[2] - 1 if lengths is None else np.minimum(lengths, x.shape[2] - 1)
            return a, y_pred[:, np.arange(x.shape[1]), last]
        """,
        costs={"lengths differ", "shortest and longest"},
        perhaps={"edges"},
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", WRONG, ids=lambda mistake: mistake.function)
def test_a_mistake_costs_where_it_should(mistake: Mistake) -> None:
    ROOM.assert_costs(mistake)
