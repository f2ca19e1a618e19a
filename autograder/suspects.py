"""Put a buggy reference to a student's cases and see what it reproduces of the student's outcomes.

A misconception fits when the buggy function does in every case what the student's did: the same
values, or the same error. Cases that the student got wrong come first, small ones before large
ones, so that most suspects are out after one call.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograder.attempt import Attempt, Exam
from autograder.bank import size_of
from autograder.cases import Case, leaves, used_dims
from autograder.compare import Verdict, compare, output_names
from autograder.expected import usable
from autograder.misconceptions import Misconception, buggy_function
from autograder.outputs import is_telling, output_kinds, outputs_of
from autograder.runner.codec import Source
from autograder.runner.outcome import Outcome, Raised
from autograder.same_outputs import Returned, same_outputs
from autograder.spec import Check, Kind, Question

_COUNTABLE = (Kind.TEXT, Kind.INTEGER)
_OBJECTS, _COPIES = 1500, 3  # bytes beside a value; it, its numbers in a row, their allowances
_WORTH_OF_A_RIGHT_CASE = 20  # as many times larger a wrong one may be and still come first


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What a buggy function made of a case."""

    returned: Returned
    error: Raised | None = None
    changed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How far a suspect reproduces a student's outcomes.

    Attributes
    ----------
    whole : bool
        In every case and every output.
    outputs : frozenset of str
        The student's wrong outputs that it reproduces in every case.
    spoiled : int
        Outputs that the student has right and the suspect does not.
    same_changes : bool
        It changes the same arguments in place, in the smallest wrong case.
    """

    misconceptions: tuple[Misconception, ...]
    whole: bool
    outputs: frozenset[str]
    spoiled: int = 0
    same_changes: bool = True


class Suspect:
    """A buggy reference: one misconception, or several at once."""

    def __init__(self, exam: Exam, *misconceptions: Misconception) -> None:
        self.misconceptions = misconceptions
        self._exam = exam
        self._seen: dict[int, Performance] = {}
        self._changes: dict[int, frozenset[str]] = {}

    def perform(self, place: int) -> Performance:
        """What it makes of the case at that place, worked out once."""
        if place not in self._seen:
            if len(self.misconceptions) == 1:
                name = self.misconceptions[0].id
                found = self._exam.of_mistake(place, name, lambda: self._sized(place))
            else:
                found = self._performed(place)
            self._seen[place] = found
        return self._seen[place]

    def _performed(self, place: int) -> Performance:
        exam = self._exam
        return _perform(exam.question, self._function, exam.cases[place])

    def _sized(self, place: int) -> tuple[Performance, int]:
        found = self._performed(place)
        return found, _OBJECTS + _COPIES * size_of(found.returned.value)

    def changes(self, place: int) -> frozenset[str]:
        """Outputs of the case at that place that are not the reference's, worked out once."""
        if place not in self._changes:
            self._changes[place] = self._changed(place)
        return self._changes[place]

    def _changed(self, place: int) -> frozenset[str]:
        question = self._exam.question
        right = Returned(question, self._exam.answers[place].value)
        same = same_outputs(question, right, self.perform(place).returned)
        return frozenset(name for name, equal in same.items() if not equal)

    @cached_property
    def _function(self) -> Callable[..., object]:
        return buggy_function(self._exam.assignment, *self.misconceptions)


def _perform(question: Question, function: Callable[..., object], case: Case) -> Performance:
    arguments = [usable(value) for value in case.arguments.values()]
    try:
        with np.errstate(all="ignore"):
            value = function(*arguments)
    except Exception as error:
        raised = Raised(type=type(error).__name__, message=str(error))
        return Performance(returned=Returned(question, None), error=raised)
    changed = frozenset(
        name
        for (name, before), after in zip(case.arguments.items(), arguments, strict=True)
        if not unchanged(before, after)
    )
    return Performance(returned=Returned(question, value), changed=changed)


def unchanged(before: Any, after: Any) -> bool:
    """Whether an argument is what it was before a call; functions are not looked into."""
    if before is after:
        return True
    match before:
        case np.ndarray():
            return bool(before.shape == after.shape and before.tobytes() == after.tobytes())
        case Mapping():
            return before.keys() == after.keys() and all(
                unchanged(before[key], after[key]) for key in before
            )
        case list() | tuple():
            return len(before) == len(after) and all(map(unchanged, before, after))
        case Source() | np.random.Generator():
            return True
    return bool(before == after) or (before is not None and bool(np.isnan(before)))


class Evidence:
    """The outcomes of an attempt that a misconception has to explain."""

    def __init__(self, exam: Exam, attempt: Attempt) -> None:
        self.exam = exam
        self.attempt = attempt
        self._returned: dict[int, Returned] = {}
        checks = [self.check(i) for i in range(len(exam.cases))]
        wrong = [any(not v.right for v in verdict.verdicts) for verdict in attempt.verdicts]
        places = [i for i, check in enumerate(checks) if check in (Check.VALUES, Check.RAISES)]
        if not any(wrong[i] for i in places):
            places = list(range(len(checks)))
        self.complete = all(map(self.has_ended, places))
        if any(wrong[i] and self.has_ended(i) for i in places):
            places = [i for i in places if self.has_ended(i)]
        sizes = {i: exam.cases[i].size for i in places}
        self.places: Sequence[int] = sorted(places, key=lambda i: (not wrong[i], sizes[i]))
        # A wrong case sorts more suspects out, but a far smaller one that is right costs less.
        self.telling_first = sorted(
            places, key=lambda i: sizes[i] * (1 if wrong[i] else _WORTH_OF_A_RIGHT_CASE)
        )
        self.values = [i for i in self.places if checks[i] is Check.VALUES]
        self.wrong = [i for i in self.places if wrong[i]]
        returns = exam.question.returns
        self.holding = frozenset(o.name for o in returns if o.kind is Kind.HOLDS)
        self.wrong_outputs = self._wrong_outputs()
        self.only_held = bool(self.wrong_outputs) and self.wrong_outputs <= self.holding
        self.right = [i for i in self.values if not wrong[i]]
        self.some_right = any(map(self._is_telling, self.right)) or self._differ(self.right)

    def _wrong_outputs(self) -> frozenset[str]:
        """Names of wrong outputs; a cache counts only when nothing else is wrong."""
        names = frozenset(
            v.output for i in self.values for v in self.attempt.verdicts[i].verdicts if not v.right
        )
        return names - self.holding or names

    @cached_property
    def dims(self) -> frozenset[str]:
        """Dimensions of the question."""
        return used_dims(self.exam.assignment, self.exam.question)

    def check(self, place: int) -> Check:
        """What the group of that case looks at."""
        return self.exam.group(self.exam.cases[place]).check

    def has_ended(self, place: int) -> bool:
        """Whether the call gave a value or an exception."""
        outcome = self.attempt.outcomes[place]
        return outcome is not None and outcome.status in ("value", "exception")

    def outcome(self, place: int) -> Outcome:
        """What the student's function made of that case."""
        outcome = self.attempt.outcomes[place]
        assert outcome is not None
        return outcome

    def outputs(self, place: int) -> Mapping[str, object]:
        """The student's outputs in that case by name."""
        return self.returned(place).parts

    def returned(self, place: int) -> Returned:
        """What the student's function returned in that case, taken apart once."""
        if place not in self._returned:
            outcome = self.outcome(place)
            value = outcome.value if outcome.status == "value" else None
            self._returned[place] = Returned(self.exam.question, value)
        return self._returned[place]

    def _is_telling(self, place: int) -> bool:
        return any(is_telling(value) for value in self.outputs(place).values())

    def _differ(self, places: Sequence[int]) -> bool:
        """Whether words or whole numbers, of which one tells nothing, change with the case."""
        kinds = output_kinds(self.exam.question.returns)
        outputs = [self.outputs(i) for i in places if i in self.values]
        return any(
            len({repr(values[name]) for values in outputs if name in values}) > 1
            for name, output in kinds.items()
            if output.kind in _COUNTABLE
        )

    def is_solid(self, output: str | None = None) -> bool:
        """Whether agreement in the wrong cases can hardly be chance.

        Somewhere a wrong output must be more than zeros or a constant; or all else is right, so
        that what is odd is odd in the same few cases or, as a whole, in the same outputs.
        """
        if self.some_right or (output is None and self._differ(self.wrong)):
            return True
        for place in self.wrong:
            if self.outcome(place).status != "value":
                continue
            names = {v.output for v in self.attempt.verdicts[place].verdicts if not v.right}
            outputs = self.outputs(place)
            wanted = names if output is None else names & {output}
            if any(is_telling(outputs.get(name)) for name in wanted):
                return True
            if output is None and any(is_telling(outputs[n]) for n in outputs if n not in names):
                return True
            if not outputs and is_telling(self.outcome(place).value):
                return True  # a wrong number of values
        return False

    def only_errors(self) -> bool:
        """Whether every wrong case ended in an exception."""
        return all(self.outcome(place).status == "exception" for place in self.wrong)


def fit(evidence: Evidence, suspect: Suspect, *, whole_only: bool = False) -> Fit | None:
    """Compare a suspect with a student; ``None`` where nothing fits.

    Parameters
    ----------
    whole_only : bool
        Give up at the first difference.
    """
    whole, alive, spoiled = True, evidence.wrong_outputs, set[str]()
    for place in evidence.telling_first:
        same = _same_outputs(evidence, suspect, place)
        agreeing = {name for name, equal in same.items() if equal}
        if len(agreeing) < len(same):
            whole = False
            if whole_only:
                return None
            if evidence.check(place) is Check.VALUES:
                alive = alive & agreeing
                spoiled |= set(same) - agreeing - evidence.wrong_outputs - evidence.holding
        if not whole and not alive:
            return None
        first = place == evidence.wrong[0]
        if first and evidence.only_held and not _same_holdings(evidence, suspect):
            return None
    place = evidence.wrong[0]
    changed, students = suspect.perform(place).changed, set(evidence.outcome(place).changed)
    if not changed <= students or (evidence.only_held and changed != students):
        return None  # what it writes into is how its mistake comes about
    return Fit(
        misconceptions=suspect.misconceptions,
        whole=whole,
        outputs=alive,
        spoiled=len(spoiled),
        same_changes=changed == students,
    )


def agreeing_outputs(evidence: Evidence, suspect: Suspect, place: int) -> frozenset[str]:
    """Outputs of one case that are the same as the student's."""
    same = _same_outputs(evidence, suspect, place)
    return frozenset(name for name, equal in same.items() if equal)


def changed_outputs(evidence: Evidence, suspect: Suspect) -> frozenset[str]:
    """Outputs that a suspect gives otherwise than the reference in a wrong case; no caches."""
    changed = set[str]()
    for place in set(evidence.wrong) & set(evidence.values):
        changed |= suspect.changes(place)
    return frozenset(changed) - evidence.holding


def _same_holdings(evidence: Evidence, suspect: Suspect) -> bool:
    """Whether both lack the same of what a cache should hold, in the smallest wrong case.

    The comparison alone would let a suspect that keeps nothing agree with everybody.
    """
    place, returns = evidence.wrong[0], evidence.exam.question.returns
    right = outputs_of(returns, evidence.exam.answers[place].value)
    suspected = suspect.perform(place).returned.parts
    tolerance = evidence.exam.question.tolerance
    for name in evidence.wrong_outputs:
        kind = [output_kinds(returns)[name]]
        for leaf in leaves(right[name]):
            one, other = (
                compare(kind, [leaf], outputs.get(name), tolerance=tolerance)[0].right
                for outputs in (suspected, evidence.outputs(place))
            )
            if one != other:
                return False
    return True


def _same_outputs(evidence: Evidence, suspect: Suspect, place: int) -> dict[str, bool]:
    """Which outputs of a suspect equal the student's in one case."""
    question, outcome = evidence.exam.question, evidence.outcome(place)
    performance = suspect.perform(place)
    if evidence.check(place) is Check.RAISES:  # whether something is raised is all that counts
        types = [error.type if error else None for error in (performance.error, outcome.error)]
        same = types[0] == types[1]
        return dict.fromkeys(output_names(question.returns), same)
    if performance.error is not None or outcome.status != "value":
        return dict.fromkeys(output_names(question.returns), _same_error(performance, outcome))
    return same_outputs(question, performance.returned, evidence.returned(place))


def _same_error(performance: Performance, outcome: Outcome) -> bool:
    one, other = performance.error, outcome.error
    if one is None or other is None:
        return False
    return one.type == other.type and error_signature(one.type, one.message) == error_signature(
        other.type, other.message
    )


def _compare(question: Question, expected: object, actual: object) -> tuple[Verdict, ...]:
    return compare(question.returns, expected, actual, tolerance=question.tolerance)


_DOT = re.compile(r"(\d+) \(dim \d\) != (\d+) \(dim \d\)")
_MATMUL = re.compile(r"size (\d+) is different from (\d+)")
_SHAPE = re.compile(r"\((\d+,(?:\d+(?:,\d+)*)?)\)")


def error_signature(kind: str, message: str) -> tuple[object, ...]:
    """What makes two errors the same, however the mistake is written (``np.dot`` or ``@``)."""
    if match := _DOT.search(message):
        return ("product", match[1], match[2])
    if match := _MATMUL.search(message):
        return ("product", match[2], match[1])
    if shapes := _SHAPE.findall(message.replace(" ", "")):
        return ("shapes", *sorted(shapes))
    return (kind, message)


def same_manners(evidence: Evidence, suspect: Suspect, check: Check) -> bool:
    """Whether values are right and the manners equally bad, in every case of values."""
    question = evidence.exam.question
    for place in sorted(evidence.values, key=lambda i: not _manners(evidence, i, check)):
        performance = suspect.perform(place)
        if performance.error is not None:
            return False
        if check is Check.PURITY and performance.changed != _manners(evidence, place, check):
            return False
        right = evidence.exam.answers[place].value
        try:
            verdicts = _compare(question, right, performance.returned.value)
        except (ValueError, TypeError, KeyError, AssertionError):
            return False
        if not all(verdict.right for verdict in verdicts):
            return False
        bad = frozenset(f"{v.output}: {v.manners}" for v in verdicts if v.manners)
        if check is Check.MANNERS and bad != _manners(evidence, place, check):
            return False
    return True


def _manners(evidence: Evidence, place: int, check: Check) -> frozenset[str]:
    verdict = evidence.attempt.verdicts[place]
    if check is Check.PURITY:
        return frozenset(verdict.changed)
    return frozenset(f"{v.output}: {v.manners}" for v in verdict.verdicts if v.manners)
