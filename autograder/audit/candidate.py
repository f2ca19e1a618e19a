"""Trusted code in the place of a submission: called right here, with neither sandbox nor messages.

A candidate is the reference as students would have it, all functions in one scope, with some of
them replaced: by a mutant, by a known mistake, or by another right answer.
"""

import ast
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import cast

import numpy as np

from autograder.audit.guard import OutOfTimeError, call_limited
from autograder.expected import usable
from autograder.misconceptions import source_of
from autograder.runner.one_by_one import OneByOne
from autograder.runner.outcome import Outcome, Raised
from autograder.runner.session import Session
from autograder.spec import Assignment
from autograder.suspects import unchanged

Function = Callable[..., object]


@lru_cache(maxsize=1024)
def plain_source(function: Function) -> str:
    """A reference function as a student may write it: without annotations and docstring."""
    return without_annotations(source_of(function))


def without_annotations(source: str) -> str:
    """The source as a student may write it, who knows nothing of the reference's types."""
    return ast.unparse(_plain(source))


def _plain(source: str) -> ast.Module:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    return tree


@lru_cache(maxsize=4096)
def compiled(source: str, name: str = "<candidate>") -> CodeType:
    """The code of a source whose definitions lose their annotations."""
    return compile(_plain(source), name, "exec", dont_inherit=True)


class Candidate(OneByOne):
    """Has the methods of `autograder.runner.session.Session` that grading a question uses.

    Parameters
    ----------
    assignment : Assignment
    replaced : sequence of code
        Run after the reference's functions were defined, in the same scope.
    seconds : float or None
        Most CPU seconds a call may take, where the question allows more.
    """

    def __init__(
        self, assignment: Assignment, *replaced: CodeType, seconds: float | None = None
    ) -> None:
        self._codes = (*_reference_codes(assignment), *replaced)
        self._seconds = seconds
        self.longest = 0.0
        self.fresh()

    def fresh(self) -> None:
        """Forget whatever calls have left behind."""
        self.scope: dict[str, object] = {"np": np, "__name__": "__main__"}
        for code in self._codes:
            exec(code, self.scope)

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        seconds: float,
        memory_mb: int | None = None,  # noqa: ARG002 - of a process of its own
        served: Mapping[str, Function] | None = None,
    ) -> Outcome:
        """Call a function with copies of the arguments."""
        if name not in self.scope:
            return Outcome(status="undefined")
        own = {key: self.scope[key] for key in served or {} if key in self.scope}
        self.scope.update(served or {})
        try:
            return self._outcome(name, arguments, min(seconds, self._seconds or seconds))
        finally:
            self.scope.update(own)

    def _outcome(self, name: str, arguments: Mapping[str, object], seconds: float) -> Outcome:
        function = cast("Function", self.scope[name])
        passed = [usable(value) for value in arguments.values()]
        started = time.process_time()
        try:
            value = call_limited(function, passed, seconds)
        except OutOfTimeError:
            return Outcome(status="timeout", cpu_s=seconds)
        except Exception as error:
            raised = Raised(type=type(error).__name__, message=str(error))
            return Outcome(status="exception", error=raised)
        spent = time.process_time() - started
        self.longest = max(self.longest, spent)
        changed = [
            key
            for (key, before), after in zip(arguments.items(), passed, strict=True)
            if not unchanged(before, after)
        ]
        return Outcome(status="value", value=value, changed=tuple(changed), cpu_s=spent)

    def as_session(self) -> Session:
        """The candidate where a session is asked for: grading looks at nothing but the methods."""
        return cast("Session", self)


@lru_cache(maxsize=16)
def _codes_of(functions: tuple[Function, ...]) -> tuple[CodeType, ...]:
    return tuple(compiled(source_of(function), f"<{function.__name__}>") for function in functions)


def _reference_codes(assignment: Assignment) -> tuple[CodeType, ...]:
    return _codes_of(tuple(assignment.reference_functions.values()))


def callers_of(assignment: Assignment, function: str) -> Sequence[str]:
    """Questions whose reference calls a function, directly or through others."""
    names = {
        name: _called(source_of(reference)) & set(assignment.reference_functions)
        for name, reference in assignment.reference_functions.items()
    }
    found = {function}
    while grown := {name for name, calls in names.items() if calls & found} - found:
        found |= grown
    return [q.function for q in assignment.questions if q.function in found - {function}]


def _called(source: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
