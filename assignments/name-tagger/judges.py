"""What a trained tagger is good for: F1 on names that no training sentence holds."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.judgement import Judgement
from reference.name_tagger import make_batches, train_step
from reference.rnn_cell import rnn_tag

HIDDEN = Path(__file__).parent / "hidden"
DATA = Path(__file__).parent / "data"

# Over its 20 starts the reference reaches 0.709 to 0.786 on the held-out names (mean 0.740,
# standard deviation 0.021), so the floor lies 5 deviations below the worst of them; taking every
# unknown word for a name reaches 0.47 (tests/test_name_tagger.py measures both).
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


class _FormError(Exception):
    """What came back is not ``parameters, history``; the sentence is for the student."""


def _trained(value: object, start: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """Parameters and history as float64 arrays, whatever a student's function returned."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise _FormError("It should return two things: the parameters and the history.")
    parameters, history = value
    found = {}
    for name, wanted in start.items():
        entry = parameters.get(name) if isinstance(parameters, Mapping) else None
        found[name] = _floats(entry)
        if found[name] is None or found[name].shape != wanted.shape:
            raise _FormError(f"{name} should be an array of shape {wanted.shape}.")
    losses = _floats(history)
    if losses is None or losses.ndim != 1 or not losses.size:
        raise _FormError("The history should hold one loss for each epoch.")
    return found, losses


def _floats(value: object) -> Any:
    try:
        return np.asarray(value, dtype=float) if not np.iscomplexobj(value) else None
    except (TypeError, ValueError, OverflowError):
        return None


def finds_names(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """The trained parameters tag sentences with names that were never seen."""
    try:
        parameters, history = _trained(value, arguments["parameters"])
    except _FormError as problem:
        return Judgement(problems=(str(problem),))
    with np.errstate(all="ignore"):
        score = heldout_f1(parameters)
    measures = {"F1": round(score, 3), "last loss": _rounded(history[-1])}
    if score >= TRAINED_F1:
        return Judgement(measures=measures)
    sentence = (
        f"The trained tagger reaches F1 = {score:.2f} on new names; {TRAINED_F1:.2f} is needed."
    )
    return Judgement(problems=(sentence,), measures=measures)


def learns_although_gradients_explode(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """With clipping the loss falls well below the first, and nothing overflows.

    The reference ends at 0.09 to 0.42 times the first loss over 300 students; exploding gradients
    amplify rounding, so the floor stands clear of that spread. A history alone is easily made up:
    the loss of the parameters that came with it must have fallen as far.
    """
    try:
        parameters, history = _trained(value, arguments["parameters"])
    except _FormError as problem:
        return Judgement(problems=(str(problem),))
    measures = {"first loss": _rounded(history[0]), "last loss": _rounded(history[-1])}
    if not all(np.all(np.isfinite(entry)) for entry in (*parameters.values(), history)):
        sentence = "Weights or losses are no longer finite, although gradients are clipped."
    elif not (
        history[-1] < 0.6 * history[0]
        and _loss(arguments["data"], parameters)
        < 0.6 * _loss(arguments["data"], arguments["parameters"])
    ):
        sentence = "The loss hardly falls: does the clipped gradient make the step?"
    else:
        return Judgement(measures=measures)
    return Judgement(problems=(sentence,), measures=measures)


@np.errstate(all="ignore")
def _loss(data: Sequence[Any], parameters: Mapping[str, Any]) -> float:
    """Mean over the batches of the loss before a step."""
    return float(np.mean([train_step(batch, dict(parameters), 0.1, 1.0)[1] for batch in data]))


def diverges(arguments: Mapping[str, Any], value: Any) -> Judgement:
    """Without clipping the same weights make the loss much worse than at the start.

    A history alone is easily made up: it must begin with the loss of the weights that were given,
    and those that came back must have gone far (by 30 and more in the reference over 40 students,
    by 5 at most with clipping).
    """
    start = arguments["parameters"]
    try:
        parameters, history = _trained(value, start)
    except _FormError as problem:
        return Judgement(problems=(str(problem),))
    if not np.isclose(history[0], _loss(arguments["data"], start), rtol=1e-3):
        return Judgement(problems=("The history does not begin with the loss at the start.",))
    worst = np.max(history[np.isfinite(history)], initial=0.0)
    moved = max(np.max(np.abs(parameters[name] - start[name])) for name in start)
    if moved < 12 or (np.all(np.isfinite(history)) and worst < 2 * history[0]):
        sentence = "With max_norm=None nothing may be clipped, and these weights diverge."
        return Judgement(problems=(sentence,))
    return Judgement()


def tags_names(arguments: Mapping[str, Any], value: Sequence[object]) -> Judgement:
    """Given weights, the names in a long text are found."""
    texts = _read(HIDDEN / "paragraphs.json")
    expected = texts["tags"][texts["words"].index(list(arguments["sentence"]))]
    try:
        array = np.asarray(value).ravel()
        if array.dtype.kind == "c":
            raise TypeError("complex numbers are no labels")
        labels = [int(label) for label in array.tolist()]
    except (TypeError, ValueError, OverflowError):
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
    """For the record, which is JSON and knows no infinity."""
    return round(float(np.nan_to_num(number)), 4)
