"""Which known mistakes explain what a student's function did, wholly and without contradiction.

First one that does in every case what the student's did. Then a few, each of which changes some of
the wrong outputs, as they came, and nothing else. Then two at once. An explanation of a part is
none: what is left may come from a mistake that is not known, and the part with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice

from autograder.errors import SpecError
from autograder.outputs import is_telling, output_kinds
from autograder.score import Diagnosis
from autograder.suspects import Evidence, Fit, Suspect, agreeing_outputs, changed_outputs, fit

_MAX_CASES_ALONE = 3
_MAX_PAIRS = 100  # that are tried


def name_mistakes(evidence: Evidence, suspects: Sequence[Suspect]) -> tuple[Diagnosis, ...]:
    """Name the misconceptions that together explain every wrong output.

    Parameters
    ----------
    evidence : Evidence
    suspects : sequence of Suspect
        One for each misconception, in the order in which they are to be named.

    Returns
    -------
    tuple of Diagnosis
        Empty where nothing explains it all.
    """
    fits = {suspect: found for suspect in suspects if (found := fit(evidence, suspect))}
    whole = [found for found in fits.values() if found.whole]
    if whole and _is_convincing(evidence, whole):
        best = min(whole, key=lambda found: not found.same_changes)  # else the first in the file
        return (_diagnosis(best, evidence.wrong_outputs),)
    return _by_output(evidence, fits) or _two(evidence, suspects, fits)


def _is_convincing(evidence: Evidence, whole: Sequence[Fit]) -> bool:
    if not evidence.only_errors() or evidence.some_right:
        return evidence.is_solid()
    # The same error everywhere tells little, unless it is the error of one mistake alone.
    ids = {found.misconceptions[0].id for found in whole}
    first = whole[0].misconceptions[0]
    return ids <= {first.id, *first.twins}


def _by_output(evidence: Evidence, fits: dict[Suspect, Fit]) -> tuple[Diagnosis, ...]:
    """A few misconceptions, each of which explains outputs that those before it do not."""
    if not all(evidence.outcome(i).status == "value" for i in evidence.values):
        return ()
    left = set(evidence.wrong_outputs)
    if not all(map(evidence.is_solid, left)):
        return ()
    # What changes an output that is right, or is wrong in another way, did not happen here.
    clean = [
        found
        for suspect, found in fits.items()
        if not found.spoiled and changed_outputs(evidence, suspect) <= found.outputs
    ]
    named: list[Fit] = []
    while left:
        best = max(clean, key=lambda found: len(found.outputs & left), default=None)
        if best is None or not best.outputs & left:
            return ()
        named.append(replace(best, outputs=frozenset(best.outputs & left)))
        left -= best.outputs
    return tuple(_diagnosis(found, found.outputs) for found in named)


def _two(
    evidence: Evidence, suspects: Sequence[Suspect], fits: dict[Suspect, Fit]
) -> tuple[Diagnosis, ...]:
    """Two misconceptions that together explain everything, and are seen one by one besides.

    Of a hundred pairs some give by algebra what a third mistake gives.
    """
    if evidence.only_errors() or not evidence.is_solid():
        return ()
    for one, other in islice(_pairs(evidence, suspects, fits), _MAX_PAIRS):
        both = (*one.misconceptions, *other.misconceptions)
        for order in (both, both[::-1]):
            try:
                found = fit(evidence, Suspect(evidence.exam, *order), whole_only=True)
            except SpecError:
                continue  # the two change the same place
            if found and not (_spoils(evidence, one) or _spoils(evidence, other)):
                return tuple(
                    Diagnosis(
                        id=suspect.misconceptions[0].id,
                        outputs=tuple(sorted(_touched(evidence, suspect))),
                        hint=dict(suspect.misconceptions[0].hint),
                    )
                    for suspect in sorted((one, other), key=suspects.index)
                )
            break
    return ()


def _pairs(
    evidence: Evidence, suspects: Sequence[Suspect], fits: dict[Suspect, Fit]
) -> Iterator[tuple[Suspect, Suspect]]:
    """Pairs of which one alone gives a wrong output in all cases, or each alone some wrong case."""
    places = _telling_places(evidence)
    partly = {
        suspect for suspect, found in fits.items() if any(map(evidence.is_solid, found.outputs))
    }
    if not places and not partly:
        return
    possible = [suspect for suspect in suspects if not _spoils_small_cases(evidence, suspect)]
    seen = {suspect: _cases_alone(evidence, suspect, places) for suspect in possible}
    for one, other in combinations(possible, 2):
        by_case = seen[one] - seen[other] and seen[other] - seen[one]
        if by_case or one in partly or other in partly:
            yield one, other


def _telling_places(evidence: Evidence) -> Sequence[int]:
    """A few small wrong cases, of one group each, in which agreement means something."""
    smallest: dict[int, int] = {}
    for place in evidence.wrong:
        smallest.setdefault(evidence.exam.cases[place].group, place)
    return [
        place
        for place in islice(smallest.values(), _MAX_CASES_ALONE)
        if any(map(is_telling, evidence.outputs(place).values()))
    ]


def _cases_alone(evidence: Evidence, suspect: Suspect, places: Sequence[int]) -> frozenset[int]:
    """Of some wrong cases those that a suspect alone reproduces."""
    wrong = evidence.wrong_outputs
    return frozenset(p for p in places if agreeing_outputs(evidence, suspect, p) >= wrong)


def _spoils(evidence: Evidence, suspect: Suspect) -> bool:
    """Whether a suspect alone gets wrong what is right, so that the other would undo it."""
    return not changed_outputs(evidence, suspect) <= evidence.wrong_outputs or any(
        _spoils_case(evidence, suspect, place) for place in evidence.right
    )


def _spoils_small_cases(evidence: Evidence, suspect: Suspect) -> bool:
    """The same in a few small cases: enough for most, and long cases cost much."""
    return any(_spoils_case(evidence, suspect, place) for place in evidence.right[:3])


def _spoils_case(evidence: Evidence, suspect: Suspect, place: int) -> bool:
    names = frozenset(output_kinds(evidence.exam.question.returns)) - evidence.holding
    return not agreeing_outputs(evidence, suspect, place) >= names


def _touched(evidence: Evidence, suspect: Suspect) -> frozenset[str]:
    """Wrong outputs that a misconception changes on its own."""
    changed = changed_outputs(evidence, suspect) & evidence.wrong_outputs
    return changed or evidence.wrong_outputs


def _diagnosis(found: Fit, outputs: frozenset[str]) -> Diagnosis:
    misconception = found.misconceptions[0]
    return Diagnosis(
        id=misconception.id, outputs=tuple(sorted(outputs)), hint=dict(misconception.hint)
    )
