"""A stand-in for a session: student code runs right here, for tests of what comes after it."""

import copy
import linecache
import traceback
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import numpy as np

from autograder.assignment_file import load_assignment
from autograder.attempt import Attempt, Exam, attempt
from autograder.cases import Seed
from autograder.expected import usable
from autograder.runner.one_by_one import OneByOne
from autograder.runner.outcome import Outcome, Raised
from autograder.spec import Assignment

_FILE = "<student>"


class LocalSession(OneByOne):
    """Has the methods of `autograder.runner.session.Session` that grading a question uses."""

    def __init__(self, *cells: str) -> None:
        self._source = "\n".join(map(dedent, cells))
        self.calls = 0
        self.fresh()

    def fresh(self) -> None:
        linecache.cache[_FILE] = (len(self._source), None, self._source.splitlines(True), _FILE)
        self._scope: dict[str, object] = {"np": np, "__name__": "__main__"}
        exec(compile(self._source, _FILE, "exec"), self._scope)

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        seconds: float,
        memory_mb: int | None = None,
        served: Mapping[str, Callable[..., object]] | None = None,
    ) -> Outcome:
        self.calls += 1
        if name not in self._scope:
            return Outcome(status="undefined")
        scope = dict(self._scope)
        try:
            self._scope.update(served or {})
            return self._outcome(name, {key: usable(value) for key, value in arguments.items()})
        finally:
            self._scope.update({key: scope[key] for key in served or {} if key in scope})

    def _outcome(self, name: str, arguments: dict[str, object]) -> Outcome:
        before = {k: copy.deepcopy(v) for k, v in arguments.items() if not callable(v)}
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = self._scope[name](*arguments.values())  # type: ignore[operator]
        except Exception as error:
            own = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == _FILE]
            line = own[-1].line if own else None
            raised = Raised(type=type(error).__name__, message=str(error), line=line)
            return Outcome(status="exception", error=raised)
        changed = [key for key in before if not _same(before[key], arguments[key])]
        return Outcome(status="value", value=value, changed=tuple(changed))


def _same(before: object, after: object) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_same(before[k], after[k]) for k in before)
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        return len(before) == len(after) and all(map(_same, before, after))
    return np.array_equal(before, after, equal_nan=np.asarray(before).dtype.kind == "f")  # type: ignore[call-overload,no-any-return]


def local_attempt(assignment: Assignment, function: str, *cells: str) -> tuple[Exam, Attempt]:
    """An exam for one seed, and what a student's code makes of it."""
    exam = Exam(assignment, assignment.question(function), Seed(secret="s", student="t"))
    return exam, attempt(LocalSession(*cells), exam)  # type: ignore[arg-type]


def write_assignment(
    folder: Path, *, reference: str, questions: str, misconceptions: str = ""
) -> Assignment:
    """A small assignment in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "answers.py").write_text("import numpy as np\n\n\n" + dedent(reference), "utf-8")
    header = "title: A small one\nreference: answers.py\n"
    (folder / "assignment.yaml").write_text(header + dedent(questions), "utf-8")
    if misconceptions:
        (folder / "misconceptions.yaml").write_text(dedent(misconceptions), "utf-8")
    return load_assignment(folder)
