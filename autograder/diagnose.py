"""Name the mistake behind wrong outcomes, where it can be named; a wrong name is worse than none.

In this order: known misconceptions that explain it all; how the wrong numbers relate to the right
ones; what an exception means; which entries are wrong; in which cases it goes wrong; and last
"unknown".
"""

import inspect
import warnings
from collections.abc import Iterator, Sequence

from autograder.arrays import without_ones
from autograder.attempt import Attempt, Exam
from autograder.compare import mismatches
from autograder.generic_findings import Sample, find_relation
from autograder.misconceptions import misconceptions_of
from autograder.naming import name_mistakes
from autograder.outputs import numbers_of, output_kinds, outputs_of
from autograder.score import Diagnosis
from autograder.spec import Check, Kind
from autograder.suspects import Evidence, Suspect, same_manners
from autograder.translate_error import translate_error
from autograder.where_wrong import find_conditions
from autograder.wrong_entries import Entries, Hint, find_entries

_MAX_DIAGNOSES = 3
UNKNOWN = "unknown"
_VAGUE = ("only-some-", "pattern-sum-", "pattern-out")
_UNKNOWN_HINT = {
    "en": "No mistake that is known here gives these numbers. Run the small case below in a cell "
    "of its own, print what each line of your function makes of it, and hold every line against "
    "the docstring's formulas, shapes first: the first line that does something else is the one "
    "to mend.",
    "zh": "没有已知的错误会得到这些数。请在单独的单元格中运行下面的小例子，打印函数每一行的结果，"
    "并与说明中的公式逐行对照（先看形状）：第一处不一致的那一行就是要改的地方。",
}


STATEFUL = Diagnosis(
    id="stale-state",
    outputs=(),
    hint={
        "en": "The same call is right when it is made first and wrong after other calls: something "
        "is kept between calls. Make every array and list inside the function; look for global "
        "variables and for default arguments such as `cache=[]`.",
        "zh": "同样的调用，第一次做是对的，在其他调用之后就错了：有东西在调用之间被保留下来。"
        "请在函数内部新建所有数组和列表；检查全局变量和 cache=[] 这样的默认参数。",
    },
)


def diagnose(exam: Exam, best: Attempt) -> tuple[Diagnosis, ...]:
    """Name what is wrong in an attempt.

    Parameters
    ----------
    exam : Exam
    best : Attempt
        Where it goes wrong because of another function, the attempt in which the grader stood in
        for that one, so that only this function's own mistakes are seen.

    Returns
    -------
    tuple of Diagnosis
        Empty where nothing is wrong, nothing was written, or only a judge's sentence can help.
    """
    if best.passed or best.not_attempted:
        return ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(_diagnose(exam, Evidence(exam, best)))[:_MAX_DIAGNOSES]


def is_vague(diagnosis: Sequence[Diagnosis]) -> bool:
    """Whether it says no more than where things go wrong, or what is not true of them."""
    return all(item.id == UNKNOWN or item.id.startswith(_VAGUE) for item in diagnosis)


def _diagnose(exam: Exam, evidence: Evidence) -> Iterator[Diagnosis]:
    entries = misconceptions_of(exam.assignment, exam.question.function)
    suspects = [Suspect(exam, entry) for entry in entries]
    if not evidence.wrong:
        yield from _manners(evidence, suspects)
        return
    if not evidence.complete:
        if all(map(evidence.has_ended, evidence.wrong)):
            yield from name_mistakes(evidence, suspects)
        yield from _never_ended(evidence)
        return
    if named := name_mistakes(evidence, suspects):
        yield from named
        return
    found = list(_relations(evidence, evidence.wrong_outputs))
    yield from found
    errors = list(_errors(evidence))
    yield from errors
    places = [] if found or errors else list(_entries(evidence))
    yield from places
    if not (found or errors or places):
        yield from _conditions(evidence)


def _relations(evidence: Evidence, names: frozenset[str]) -> Iterator[Diagnosis]:
    """How wrong outputs relate to the right ones; one entry for outputs of the same relation."""
    question = evidence.exam.question
    found: dict[tuple[str, str], list[str]] = {}
    hints = {}
    for name, output in output_kinds(question.returns).items():
        if name not in names or output.kind not in (Kind.ARRAY, Kind.ELEMENTWISE, Kind.SCALAR):
            continue
        samples = [sample for _, sample in _samples(evidence, name)]
        if finding := find_relation(output, samples, question.tolerance):
            key = (finding.id, finding.hint["en"])
            found.setdefault(key, []).append(name)
            hints[key] = finding.hint
    for key, outputs in found.items():
        yield Diagnosis(id=key[0], outputs=tuple(outputs), hint=hints[key])


def _entries(evidence: Evidence) -> Iterator[Diagnosis]:
    """Which entries of a wrong output are wrong, said once for outputs of which it is true."""
    exam, question = evidence.exam, evidence.exam.question
    reference = exam.assignment.reference_functions[question.function]
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(reference).parameters.items()
        if parameter.default is not parameter.empty
    }
    found: dict[str, list[str]] = {}
    hints: dict[str, Hint] = {}
    for name in output_kinds(question.returns):
        if name not in evidence.wrong_outputs:
            continue
        cases = [
            Entries(
                wrong=mismatches(sample.expected, sample.actual, question.tolerance),
                arguments={**defaults, **exam.cases[place].arguments},
            )
            for place, sample in _samples(evidence, name)
            if sample.expected.shape == sample.actual.shape
        ]
        if cases and (hint := find_entries(cases)):
            part = name.rpartition(".")[2]
            key = hint["en"].replace(part, "")  # of Wax and dWax as of Waa and dWaa
            found.setdefault(key, []).append(name)
            hints.setdefault(key, hint)
    for key, outputs in found.items():
        hint = dict(hints[key])
        if len(outputs) > 1 and key != hint["en"]:
            first, others = outputs[0], ", ".join(outputs[1:])
            hint["en"] += f" (So it is in {others}, with that name in the place of {first}.)"
            hint["zh"] += f"（{others} 也是如此，把其中的 {first} 换成相应的名称。）"
        yield Diagnosis(id="only-some-entries", outputs=tuple(outputs), hint=hint)


def _samples(evidence: Evidence, name: str) -> Iterator[tuple[int, Sample]]:
    """One output in all cases in which numbers came."""
    exam = evidence.exam
    for place in evidence.values:
        expected = outputs_of(exam.question.returns, exam.answers[place].value)[name]
        wanted, got = numbers_of(expected), numbers_of(evidence.outputs(place).get(name))
        if wanted is None or got is None:
            continue
        lost_axis = got.ndim != wanted.ndim  # a matter of manners, not of values
        if lost_axis and without_ones(got.shape) == without_ones(wanted.shape):
            got = got.reshape(wanted.shape)
        verdicts = evidence.attempt.verdicts[place].verdicts
        right = next(verdict.right for verdict in verdicts if verdict.output == name)
        dims = {name: n for name, n in exam.cases[place].dims.items() if name in evidence.dims}
        yield place, Sample(dims=dims, expected=wanted, actual=got, right=right)


def _errors(evidence: Evidence) -> Iterator[Diagnosis]:
    """What the exception of the smallest wrong case means; none where one was asked for."""
    for place in evidence.wrong:
        outcome = evidence.outcome(place)
        if outcome.error is None or evidence.check(place) is not Check.VALUES:
            continue
        case, question = evidence.exam.cases[place], evidence.exam.question
        name, hint = translate_error(
            outcome.error,
            sizes=case.dims.values(),
            names=(*case.arguments, *evidence.exam.assignment.reference_functions, "parameters"),
        )
        outputs = tuple(output_kinds(question.returns))
        yield Diagnosis(id=name, outputs=outputs, hint=hint)
        return


def _conditions(evidence: Evidence) -> Iterator[Diagnosis]:
    """In which cases it goes wrong, or that nothing is known."""
    exam = evidence.exam
    if all(evidence.check(i) is Check.JUDGE for i in evidence.wrong):
        return  # the judge has said what is wrong
    outputs = tuple(sorted(evidence.wrong_outputs))
    if all(evidence.outcome(i).value is None for i in evidence.wrong) and outputs:
        yield Diagnosis(id="none-returned", outputs=outputs, hint=_NONE_HINT)
        return
    if all(not evidence.outputs(i) for i in evidence.wrong) and outputs:
        yield Diagnosis(id="wrong-returns", outputs=outputs, hint=_returns_hint(exam))
        return
    wrong = set(evidence.wrong)
    cases = [(exam.cases[i], exam.group(exam.cases[i]).name, i in wrong) for i in evidence.places]
    if evidence.some_right and (hint := find_conditions(cases, evidence.dims)):
        yield Diagnosis(id="only-some-cases", outputs=outputs, hint=hint)
    else:
        yield Diagnosis(id=UNKNOWN, outputs=outputs, hint=_UNKNOWN_HINT)


_NONE_HINT = {
    "en": "The function ends without a return statement (or with a bare one), so it gives None.",
    "zh": "函数没有 return 语句（或 return 后面没有内容），所以返回的是 None。",
}


def _returns_hint(exam: Exam) -> dict[str, str]:
    returns = exam.question.returns
    first = returns[0]
    if len(returns) == 1 and first.kind is Kind.DICT:
        names = ", ".join(repr(field.name) for field in first.fields)
        return {
            "en": f"The function should return one dict with the keys {names}.",
            "zh": f"函数应返回一个字典，键为 {names}。",
        }
    names = ", ".join(output.name for output in returns)
    return {
        "en": f"The function should end with `return {names}`: this many values, in this order.",
        "zh": f"函数最后应为 return {names}：个数和顺序都要一致。",
    }


def _never_ended(evidence: Evidence) -> Iterator[Diagnosis]:
    """A call that hung or ended the process."""
    outcomes = [outcome for outcome in evidence.attempt.outcomes if outcome is not None]
    outputs = tuple(output_kinds(evidence.exam.question.returns))
    if any(outcome.status == "timeout" for outcome in outcomes):
        yield Diagnosis(id="never-ends", outputs=outputs, hint=_HANG_HINT)
    else:
        yield Diagnosis(id="process-ended", outputs=outputs, hint=_CRASH_HINT)


_HANG_HINT = {
    "en": "The call does not come to an end. Look for a while whose condition never becomes false, "
    "a list that grows while a loop runs over it, input(), or a loop that makes far too many "
    "steps.",
    "zh": "调用停不下来。请检查：条件永远为真的 while、一边循环一边变长的列表、"
    "input()，或步数过多的循环。",
}
_CRASH_HINT = {
    "en": "The call ended the whole Python process. Look for exit(), or an array that is far "
    "larger than the inputs need.",
    "zh": "调用使整个 Python 进程结束了。请检查 exit()，或比所需大得多的数组。",
}


def _manners(evidence: Evidence, suspects: Sequence[Suspect]) -> Iterator[Diagnosis]:
    """Right values, but arguments changed or an odd dtype or shape."""
    question = evidence.exam.question
    for group, check in zip(question.groups, evidence.attempt.checks, strict=True):
        if check.status != "failed" or group.has_cases:
            continue
        name = _HABITS[group.check]
        if name == "changed-argument" and not any(v.changed for v in evidence.attempt.verdicts):
            name = "result-not-new"
        listed = suspects if name in ("changed-argument", "bad-manners") else ()
        for suspect in listed:
            if same_manners(evidence, suspect, group.check):
                known = suspect.misconceptions[0]
                yield Diagnosis(id=known.id, outputs=(), hint=dict(known.hint))
                break
        else:
            yield Diagnosis(id=name, outputs=(), hint=_HINTS[name])


_HABITS = {
    Check.PURITY: "changed-argument",
    Check.MANNERS: "bad-manners",
    Check.QUIET: "warns",
}
_CHANGED_HINT = {
    "en": "The values are right, but an argument is changed on the way. `+=`, `*=` and assignments "
    "to a part such as `a[0] = ...` write into the caller's own array: write `a = a + b`, or "
    "work on a copy (`a.copy()`).",
    "zh": "数值是对的，但参数在过程中被改动了。+=、*= 以及 a[0] = ... 这样的赋值"
    "会写进调用者的数组：请写 a = a + b，或先复制（a.copy()）。",
}
_MANNERS_HINT = {
    "en": "The values are right, but not the form: keep float64 (no dtype=..., no integers) and "
    "every axis, also one of length 1 (keepdims=True, no squeeze).",
    "zh": "数值是对的，但形式不对：请保持 float64（不要写 dtype，也不要用整数），"
    "并保留每个轴，长度为 1 的也要保留（keepdims=True，不要 squeeze）。",
}
_NOT_NEW_HINT = {
    "en": "The values are right, but the array or dict is not a new one: who keeps it sees it "
    "change with the next call, or with the argument that it is. Make the result inside of the "
    "function, in each call; `np.copy` and `dict(...)` help.",
    "zh": "数值是对的，但返回的数组或字典不是新的：保留它的人会看到它随下一次调用、"
    "或随参数本身而改变。请在函数内部、每次调用时新建结果；np.copy 和 dict(...) 可以帮忙。",
}
_WARNS_HINT = {
    "en": "The values are right, but numpy warns on the way: an exponential grows without bounds, "
    "or a logarithm or a quotient meets a zero. `np.where` works out both of its branches; bound "
    "what goes into them instead of choosing afterwards.",
    "zh": "数值是对的，但计算途中 numpy 发出警告：指数无限增大，或对数、商遇到零。"
    "np.where 会把两个分支都算出来；请限制进入分支的数，而不是事后再选择。",
}
_HINTS = {
    "changed-argument": _CHANGED_HINT,
    "bad-manners": _MANNERS_HINT,
    "result-not-new": _NOT_NEW_HINT,
    "warns": _WARNS_HINT,
}
