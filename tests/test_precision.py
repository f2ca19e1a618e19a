"""A lower precision excuses no mistake: cast results earn no more than the same results uncast."""

from dataclasses import replace

import numpy as np
import pytest

from autograder.attempt import Exam, attempt
from autograder.audit.candidate import Candidate, compiled
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.library import assignment_folders, find_assignment
from autograder.misconceptions import changed_source, load_misconceptions, source_of

# Their errors are of the size of what float32 rounds away.
AS_SMALL_AS_ROUNDING = {"norm-eps-added", "sf-float32", "sigmoid-eps", "ug-float32"}


def in_precision(value, dtype):
    if isinstance(value, tuple):
        return tuple(in_precision(part, dtype) for part in value)
    if isinstance(value, dict):
        return {key: in_precision(part, dtype) for key, part in value.items()}
    is_float = isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype == float)
    return np.asarray(value).astype(dtype)[()] if is_float else value


class Casting(Candidate):
    """A submission whose results are cast before they are returned."""

    dtype = None

    def _outcome(self, name, arguments, seconds):
        outcome = super()._outcome(name, arguments, seconds)
        if self.dtype is None:
            return outcome
        return replace(outcome, value=in_precision(outcome.value, self.dtype))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", assignment_folders())
def test_a_cast_excuses_no_mistake(name):
    assignment, exams, gains = find_assignment(name), {}, {}
    bank = Bank(assignment, "secret")
    for question in assignment.questions:
        seed = Seed(secret="secret", student="s")
        exams[question.function] = Exam(assignment, question, seed, bank)
    for known in load_misconceptions(assignment):
        source = changed_source(
            source_of(assignment.reference_functions[known.function]), known.change
        )
        candidate = Casting(assignment, compiled(source), seconds=1.0)
        scores = {}
        for dtype in (None, np.float32, np.float16):
            candidate.dtype = dtype
            candidate.fresh()
            with np.errstate(all="ignore"):
                scores[dtype] = attempt(candidate.as_session(), exams[known.function]).score
        gain = max(scores.values()) - scores[None]
        if gain > 0.01:
            gains[known.id] = gain
    assert set(gains) <= AS_SMALL_AS_ROUNDING, gains
