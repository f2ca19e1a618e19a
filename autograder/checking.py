"""``check("rnn_forward")`` in a student's own notebook: the visible cases, with a rich result.

Nothing is confined here: it is the student's own code in the student's own kernel. The cases come
from the ``.checks.json`` file that is handed out with the notebook.
"""

import contextlib
import copy
import os
import sys
import sysconfig
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.aligned import aligned_outputs
from autograder.check_report import CheckReport, Row
from autograder.checks_file import find_question
from autograder.compare import compare
from autograder.derivative import check_derivative
from autograder.paste import paste_code
from autograder.plain_json import from_json
from autograder.runner.codec import Source
from autograder.runner.shell import name_of_error
from autograder.spec import Output
from autograder.visible import read_output

VALIDATING = "NBGRADER_VALIDATING"
_MISTAKES = (Exception, SystemExit)  # `exit()` in a function, too, would end the kernel
_LIBRARIES = ("stdlib", "platstdlib", "purelib", "platlib")
_NOT_OWN = (
    *{sysconfig.get_path(name) for name in _LIBRARIES},
    str(Path(__file__).parent),
    "<frozen ",
    "<__array_function__",
)
_VALIDATE_WIDTH = 80  # `nbgrader validate` cuts lines off that are longer than 86


class CheckFailed(AssertionError):  # noqa: N818 - what `nbgrader validate` shows its reader
    """A visible check fails; raised only where a cell has to fail, as in ``nbgrader validate``."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the report, and not where in this package it was raised."""
        return str(self).splitlines()


def check(function: str, *, namespace: Mapping[str, object] | None = None) -> CheckReport | None:
    """Try a function of the notebook on the visible cases.

    Parameters
    ----------
    function : str
        The name of the function.
    namespace : mapping, optional
        Where to find it; by default the notebook, or the module that calls.

    Returns
    -------
    CheckReport
        Shows itself in Jupyter as a box, elsewhere as text. A mistake is a row, no traceback.
        ``None`` under ``nbgrader validate`` when all is right.

    Raises
    ------
    CheckFailed
        Only under ``nbgrader validate``, which looks for cells that fail.
    """
    if namespace is None:
        namespace = sys._getframe(1).f_globals
    question, problem = find_question(function, Path.cwd(), _name_of_notebook())
    validating = bool(os.environ.get(VALIDATING))
    # nbgrader takes a cell that warns for one that fails, and one that returns something for one
    # that gives partial credit.
    with contextlib.redirect_stderr(sys.stdout if validating else sys.stderr):
        if question is None:
            report = CheckReport(function=function, title="", problem=problem)
        else:
            report = report_on(function, question, namespace)
    if not validating:
        return report
    if not report.passed:
        raise CheckFailed(report.as_text(width=_VALIDATE_WIDTH, code=False))
    return None


def _name_of_notebook() -> str:
    """The name that Jupyter's server gave the kernel; empty elsewhere."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).stem


def report_on(
    function: str, question: Mapping[str, Any], namespace: Mapping[str, object]
) -> CheckReport:
    """Try the function of that name in a namespace.

    Parameters
    ----------
    question : mapping
        What the ``.checks.json`` file says about it.
    """
    title = question["title"]
    own = namespace.get(function)
    if own is None:
        problem = f"{function} is not defined yet: run the cell that defines it, then this one."
        return CheckReport(function=function, title=title, problem=problem, attempted=False)
    if not callable(own):
        problem = (
            f"{function} is no function but of type {type(own).__name__}: some cell gave the name "
            "to something else. Run the cell that defines the function, then this one."
        )
        return CheckReport(function=function, title=title, problem=problem)
    returns = [read_output(output) for output in question["returns"]]
    rows = _try_cases(own, function, question, returns)
    for row in rows:
        if row.stub:
            return CheckReport(function=function, title=title, problem=row.problem, attempted=False)
    if not any(row.stopped for row in rows):
        for wanted in question.get("properties", ()):
            rows.append(_try_derivative(own, namespace, wanted, returns))
    return CheckReport(function=function, title=title, rows=tuple(rows))


def _try_cases(
    own: Callable[..., object],
    function: str,
    question: Mapping[str, Any],
    returns: Sequence[Output],
) -> list[Row]:
    """The visible cases in their order, to the first that need not be followed by another."""
    rows: list[Row] = []
    for case in question["cases"]:
        rows.append(_try(own, function, question, returns, case))
        if rows[-1].stub or rows[-1].stopped:
            break
    return rows


def _try_derivative(
    own: Callable[..., Any],
    namespace: Mapping[str, object],
    wanted: Mapping[str, Any],
    returns: Sequence[Output],
) -> Row:
    """The student's gradient against the slopes of the student's own function."""
    name = f"slopes of your own {wanted['of']}"
    of = namespace.get(wanted["of"])
    if not callable(of):
        return Row(name=name, note=f"not tried, for {wanted['of']} is not defined in this notebook")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return check_derivative(own, of, wanted, returns)
    except NotImplementedError:
        return Row(name=name, note=f"not tried, for {wanted['of']} is not written yet")
    except _MISTAKES as error:
        return Row(name=name, problem=_explain(error))


def _try(
    own: Callable[..., object],
    function: str,
    question: Mapping[str, Any],
    returns: Sequence[Output],
    case: Mapping[str, Any],
) -> Row:
    arguments: dict[str, object] = from_json(case["arguments"])
    given = [_usable(value) for value in arguments.values()]
    before = copy.deepcopy(given)
    code = paste_code(function, arguments)
    warned: list[str] = []
    try:
        with _heard(warned):
            value = own(*given)
    except NotImplementedError as error:
        return Row(name=case["name"], problem=_unwritten(function, error), stub=True)
    except KeyboardInterrupt as error:
        if type(error) is not KeyboardInterrupt:  # whoever runs this wants to be told
            raise
        problem = f"Stopped before it returned{where(error)}"
        return Row(name=case["name"], problem=problem, code=code, stopped=True)
    except _MISTAKES as error:
        if name_of_error(error) == case["raises"]:
            return Row(name=case["name"])
        return Row(name=case["name"], problem=_explain(error), code=code)
    if case["raises"]:
        return Row(name=case["name"], problem=f"It should raise {case['raises']}.", code=code)
    expected = from_json(case["expected"])
    verdicts = compare(returns, expected, value, tolerance=question["tolerance"], reveal=True)
    for verdict in verdicts:
        if not verdict.right:
            one, other = aligned_outputs(returns, expected, value, question["tolerance"])
            return Row(
                name=case["name"],
                problem=f"{verdict.output}: {verdict.problem}",
                code=code,
                expected=one,
                actual=other,
            )
    warning = _manners(question, verdicts, before, given)
    if not warning and question.get("fresh") and _holds_one_of(given, value):
        warning = "The values are right, but an argument itself came back, or is in what came back."
    if not warning and question.get("quiet") and warned:
        warning = f"The values are right, but numpy warns: {warned[0]}."
    return Row(name=case["name"], warning=warning, code=code)


@contextlib.contextmanager
def _heard(texts: list[str]) -> Iterator[None]:
    """Collect numpy's warnings instead of showing them; others are shown as ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        shown = warnings.showwarning

        def hear(message: Any, category: type[Warning], *rest: Any, **more: Any) -> None:
            if issubclass(category, RuntimeWarning):
                texts.append(str(message))
            else:
                shown(message, category, *rest, **more)

        warnings.showwarning = hear
        yield


def _holds_one_of(given: Sequence[Any], value: Any) -> bool:
    """Whether an argument, or an entry of one, is what came back or an entry of it."""
    sides = [[side, *(side.values() if isinstance(side, dict) else ())] for side in (*given, value)]
    ids = {id(part) for side in sides[:-1] for part in side if isinstance(part, dict | np.ndarray)}
    return any(id(part) in ids for part in sides[-1])


def _manners(
    question: Mapping[str, Any], verdicts: Sequence[Any], before: list[Any], after: list[Any]
) -> str:
    if question["manners"]:
        for verdict in verdicts:
            if verdict.manners:
                return f"The values are right, but {verdict.output}: {verdict.manners}"
    if question["purity"] and not _same(before, after):
        return "The values are right, but the call changed one of its arguments."
    return ""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    return callable(one) or one == other or one != one  # noqa: PLR0124 - NaN


def _usable(value: Any) -> Any:
    if isinstance(value, Source):
        return eval(value.text, {"np": np})
    return copy.deepcopy(value)


def _unwritten(function: str, error: NotImplementedError) -> str:
    """Whether the function itself is still the stub, or one that it calls."""
    raised_in = traceback.extract_tb(error.__traceback__)[-1].name
    if raised_in.isidentifier() and raised_in not in (function, _try.__name__):
        return f"It calls {raised_in}, which is not written yet."
    return "Not written yet: the cell still raises NotImplementedError."


def _explain(error: BaseException) -> str:
    """One sentence with the student's own line, instead of a traceback through our code."""
    said = f": {error}" if str(error) else ""
    return f"It raised {type(error).__name__}{where(error)}{said}"


def where(error: BaseException) -> str:
    """The last line that is the student's own: not one of numpy's, which the call led to."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_NOT_OWN)]
    return f" in line {own[-1].lineno}: `{own[-1].line}`" if own else ""
