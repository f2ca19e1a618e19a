"""Find the smallest case in which a student's function goes wrong, for the student to try.

The cases come from the ladder: the same for everybody, small, with round numbers, and none of those
that carry marks. So everything about them may be shown.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from textwrap import indent

from autograder.aligned import aligned, aligned_outputs
from autograder.attempt import Attempt, Exam, judge_case
from autograder.cases import Case
from autograder.expected import Answer, known_answer
from autograder.outputs import output_kinds, outputs_of
from autograder.paste import is_complete, paste_code
from autograder.runner.outcome import Outcome
from autograder.runner.session import Session
from autograder.score import CaseVerdict, Counterexample
from autograder.spec import Check, Group, Kind

MAX_CALLS = 150
MAX_CODE = 3000  # characters of code that a person reads; longer only where nothing shorter fails
MAX_SECONDS = 0.3  # CPU seconds of the student's process for all calls together
MAX_IDLE = 5.0  # seconds for which they may do nothing
_SHOWN = (Check.VALUES, Check.RAISES, Check.PURITY, Check.MANNERS)
_DEAD = ("timeout", "crashed")


def find_counterexample(
    session: Session, exam: Exam, best: Attempt
) -> tuple[Counterexample, str] | None:
    """The first case of the ladder that fails.

    Parameters
    ----------
    session : Session
        The student's notebook, its cells run.
    exam : Exam
    best : Attempt
        Names the groups that failed, and the functions that the grader stands in for.

    Returns
    -------
    tuple of Counterexample and str, or None
        The case, and a sentence on what differs in it, numbers included; ``None`` where every
        small case is right or nothing can be called.
    """
    if best.passed or best.not_attempted:
        return None
    search = _Search(session, exam, best)
    for check in _SHOWN:
        for number in _groups_to_try(exam, best, check):
            if found := search.look(number, check):
                return found
    return search.unwieldy


def depends_on_earlier_calls(session: Session, exam: Exam, best: Attempt) -> bool:
    """Whether a call that went wrong is right when it is the first of its process."""
    wrong = [any(not v.right for v in verdict.verdicts) for verdict in best.verdicts]
    if True not in wrong[1:] or wrong[0]:
        return False
    place = wrong.index(True)
    case, functions = exam.cases[place], exam.assignment.reference_functions
    session.fresh()
    outcome = session.call(
        case.function,
        case.arguments,
        seconds=exam.question.limits.seconds,
        memory_mb=exam.question.limits.memory_mb,
        served={name: functions[name] for name in best.replaced},
    )
    verdict = judge_case(exam, case, exam.answers[place], outcome)
    return all(v.right for v in verdict.verdicts)


def _groups_to_try(exam: Exam, best: Attempt, check: Check) -> Sequence[int]:
    """Groups whose ladders are worth a look, failed ones first; manners have none of their own."""
    groups = exam.question.groups
    alike = [number for number, group in enumerate(groups) if group.check is check]
    failed = [number for number in alike if best.checks[number].status == "failed"]
    if not failed:
        return ()
    if check is Check.RAISES:
        return failed
    values = [number for number, group in enumerate(groups) if group.check is Check.VALUES]
    return list(dict.fromkeys([*failed, *values])) if check is Check.VALUES else values


class _Search:
    """Calls with a budget over all groups."""

    def __init__(self, session: Session, exam: Exam, best: Attempt) -> None:
        self._session = session
        self._exam = exam
        functions = exam.assignment.reference_functions
        self._reference = functions[exam.question.function]
        self._served: dict[str, Callable[..., object]] = {
            name: functions[name] for name in best.replaced
        }
        self._calls, self._seconds, self._idle, self._dead = MAX_CALLS, MAX_SECONDS, 0.0, False
        self.unwieldy: tuple[Counterexample, str] | None = None

    def look(self, number: int, check: Check) -> tuple[Counterexample, str] | None:
        """The first case of a group's ladder in which the check fails."""
        group = self._exam.question.groups[number]
        for case, expected in self._cases(number, group):
            if self._dead or self._seconds <= 0:
                return None
            outcome = self._call(case)
            verdict = judge_case(self._exam, case, expected, outcome, reveal=True)
            if text := _shown(self._exam, check, expected, outcome, verdict):
                code = paste_code(case.function, case.arguments)
                wanted, got, sentence = text
                found = Counterexample(code=code, expected=wanted, actual=got), sentence
                if is_complete(code) and len(code) <= MAX_CODE:
                    return found
                self.unwieldy = self.unwieldy or found
                return None  # what comes next on this ladder is no smaller
        return None

    def _cases(self, number: int, group: Group) -> Iterator[tuple[Case, Answer]]:
        """Cases of the ladder to which the reference has the answer that the group is about."""
        for case in islice(self._exam.ladder(number), self._calls):
            expected = known_answer(self._reference, case)
            if expected.raised == group.raises:
                yield case, expected

    def _call(self, case: Case) -> Outcome:
        outcome = self._session.call(
            case.function,
            case.arguments,
            seconds=max(0.05, self._seconds),
            memory_mb=self._exam.question.limits.memory_mb,
            served=self._served,
        )
        self._calls -= 1
        self._seconds -= outcome.cpu_s
        self._idle += outcome.idle_s
        self._dead = outcome.status in _DEAD or self._idle > MAX_IDLE
        return outcome


def _shown(
    exam: Exam, check: Check, expected: Answer, outcome: Outcome, verdict: CaseVerdict
) -> tuple[str, str, str] | None:
    """Expected and actual text and a sentence, or ``None`` where the case is right."""
    if check is Check.PURITY:
        return _changed(verdict) if verdict.changed else None
    if check is Check.MANNERS:
        return _manners(verdict)
    if all(output.right for output in verdict.verdicts):
        return None
    if check is Check.RAISES:
        wanted = f"{expected.raised} is raised"
        return wanted, verdict.problem, verdict.problem
    returns, tolerance = exam.question.returns, exam.question.tolerance
    if outcome.status == "value":
        wanted, got = aligned_outputs(returns, expected.value, outcome.value, tolerance)
    else:
        wanted, got = _written(exam, expected.value), _sentence(verdict)
    return wanted, got, _sentence(verdict)


def _sentence(verdict: CaseVerdict) -> str:
    if verdict.problem:
        return verdict.problem
    wrong = next(output for output in verdict.verdicts if not output.right)
    return f"{wrong.output}: {wrong.problem}"


def _written(exam: Exam, value: object) -> str:
    """What should have come, where nothing came to lay beside it."""
    kinds = output_kinds(exam.question.returns)
    found = outputs_of(exam.question.returns, value)
    texts = {
        name: aligned(part, part)[0]
        for name, part in found.items()
        if kinds[name].kind is not Kind.HOLDS
    }
    if len(texts) == 1:
        return next(iter(texts.values()))
    return "\n".join(
        f"{name}:\n{indent(text, '  ')}" if "\n" in text else f"{name}: {text}"
        for name, text in texts.items()
    )


def _changed(verdict: CaseVerdict) -> tuple[str, str, str]:
    names = ", ".join(verdict.changed)
    sentence = f"The call changed its argument {names}; work on a copy instead."
    return f"{names} as before the call", f"{names} changed", sentence


def _manners(verdict: CaseVerdict) -> tuple[str, str, str] | None:
    bad: Sequence[str] = [f"{v.output}: {v.manners}" for v in verdict.verdicts if v.manners]
    if not bad:
        return None
    return "float64 arrays of the shapes in the docstring", "\n".join(bad), bad[0]
