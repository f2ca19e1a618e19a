"""What a trained tagger is good for: F1 on names that no training sentence holds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.judgement import Judgement
from reference.name_tagger import make_batches
from reference.rnn_cell import rnn_tag

HIDDEN = Path(__file__).parent / "hidden"
DATA = Path(__file__).parent / "data"

# Over its 20 starts the reference reaches 0.71 to 0.79 on the held-out names; taking every unknown
# word for a name reaches 0.47 (tests/test_name_tagger.py measures both).
TRAINED_F1 = 0.6
# With the weights that come with the question the five texts are tagged with 0.75 and more; on the
# same texts unknown words alone reach 0.50.
TAGGED_F1 = 0.65


def f1(expected: Iterable[int], actual: Iterable[int]) -> float:
    """Harmonic mean of precision and recall of the ones."""
    pairs = list(zip(expected, actual, strict=True))
    right = sum(e == 1 and a == 1 for e, a in pairs)
    marked = sum(a == 1 for _, a in pairs)
    names = sum(e == 1 for e, _ in pairs)
    return float(2 * right / (marked + names)) if marked + names else 0.0


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def _heldout() -> tuple[Any, Any, Any]:
    """The held-out sentences as one batch."""
    text = _read(HIDDEN / "heldout.json")
    vocabulary = _read(DATA / "vocabulary.json")
    (batch,) = make_batches(text["words"], text["tags"], vocabulary, len(text["words"]))
    return batch


def heldout_f1(parameters: Mapping[str, Any]) -> float:
    """F1 of a tagger on the held-out sentences."""
    x, y, mask = _heldout()
    start = np.zeros((len(parameters["Waa"]), x.shape[1]))
    _, y_pred = rnn_tag(x, start, dict(parameters))
    real = mask > 0
    return f1(y[0][real].astype(int), (y_pred[0][real] >= 0.5).astype(int))


def _problem_of(value: object, start: Mapping[str, Any]) -> str:
    """What is wrong with the form of ``parameters, history``; empty when nothing is."""
    match value:
        case (dict() as parameters, history):
            pass
        case _:
            return "It should return two things: the parameters and the history."
    for name, wanted in start.items():
        found = parameters.get(name)
        if not isinstance(found, np.ndarray) or found.shape != wanted.shape:
            return f"{name} should be an array of shape {wanted.shape}."
    if np.ndim(history) != 1 or not len(history):
        return "The history should hold one loss for each epoch."
    return ""


def finds_names(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """The trained parameters tag sentences with names that were never seen."""
    problem = _problem_of(value, arguments["parameters"])
    if problem:
        return Judgement(problems=(problem,))
    with np.errstate(all="ignore"):
        score = heldout_f1(value[0])
    measures = {"F1": round(score, 3), "last loss": _rounded(value[1][-1])}
    if score >= TRAINED_F1:
        return Judgement(measures=measures)
    sentence = (
        f"The trained tagger reaches F1 = {score:.2f} on new names; {TRAINED_F1:.2f} is needed."
    )
    return Judgement(problems=(sentence,), measures=measures)


def learns_although_gradients_explode(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """With clipping the loss falls by half at least, and nothing overflows."""
    problem = _problem_of(value, arguments["parameters"])
    if problem:
        return Judgement(problems=(problem,))
    parameters, history = value
    measures = {"first loss": _rounded(history[0]), "last loss": _rounded(history[-1])}
    weights = [entry for name, entry in parameters.items() if name in arguments["parameters"]]
    if not all(np.all(np.isfinite(entry)) for entry in (*weights, np.asarray(history))):
        problem = "Weights or losses are no longer finite, although gradients are clipped."
    elif not history[-1] < 0.5 * history[0]:
        problem = "The loss does not fall by half: does the clipped gradient make the step?"
    return Judgement(problems=(problem,) if problem else (), measures=measures)


def diverges(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """Without clipping the same weights make the loss much worse than at the start."""
    problem = _problem_of(value, arguments["parameters"])
    if problem:
        return Judgement(problems=(problem,))
    history = np.asarray(value[1], dtype=float)
    worst = np.max(history[np.isfinite(history)], initial=0.0)
    if np.all(np.isfinite(history)) and worst < 2 * history[0]:
        problem = "With max_norm=None nothing may be clipped, and these weights diverge."
    return Judgement(problems=(problem,) if problem else ())


def tags_names(arguments: Mapping[str, Any], value: Sequence[object]) -> Judgement:
    """Given weights, the names in a long text are found."""
    texts = _read(HIDDEN / "paragraphs.json")
    expected = texts["tags"][texts["words"].index(list(arguments["sentence"]))]
    try:
        labels = [int(label) for label in np.asarray(value).ravel().tolist()]
    except (TypeError, ValueError):
        return Judgement(problems=("It should return a list of 0 and 1.",))
    if len(labels) != len(expected):
        sentence = f"There are {len(expected)} words, and {len(labels)} labels came back."
        return Judgement(problems=(sentence,))
    score = f1(expected, labels)
    problem = f"F1 = {score:.2f} on this text; with these weights {TAGGED_F1:.2f} is easy."
    return Judgement(
        problems=(problem,) if score < TAGGED_F1 else (), measures={"F1": round(score, 3)}
    )


def _rounded(number: Any) -> float:
    return round(float(number), 4)
