"""The limit: what students' own code costs in a forked process, with no grader around it.

A process that has numpy and IPython's shell in memory is forked for each notebook. The fork runs
the same cells, calls each function once on the same arguments, and ends. Nothing is confined, sent,
compared, explained or written. Cells are run by IPython's `run_cell`, as in a notebook, or by the
grader's shorter way of doing the same.
"""

import gc
import os
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.bank import Bank
from autograder.expected import usable
from autograder.runner import shell
from benchmarks.classes import Answers, assignment
from benchmarks.measure import Cost

PRELUDE = "import numpy as np"


def build_shell() -> Any:
    """The warm shell that notebooks run in; one a process."""
    interactive = shell.build_shell()
    shell.warm_up(interactive)
    return interactive


class Bare:
    """Runs notebooks with nothing around them."""

    def __init__(self, interactive: Any, students: Sequence[Answers]) -> None:
        self._students = students
        self._shell = interactive
        bank = Bank(assignment(), "benchmark")
        self._cases = [
            [
                (question.function, list(case.arguments.values()))
                for question in assignment().questions
                for case in bank.cases(question, name_of(number))
            ]
            for number in range(len(students))
        ]
        gc.collect()
        gc.freeze()

    def run(self, *, shorter: bool = False) -> Cost:
        """Run every student's notebook once."""
        before, started = _used(), time.perf_counter()
        for answers, cases in zip(self._students, self._cases, strict=True):
            pid = os.fork()
            if pid == 0:
                try:
                    self._work(answers, cases, shorter)
                finally:
                    os._exit(0)
            os.waitpid(pid, 0)
        return Cost(wall=time.perf_counter() - started, cpu=_used() - before)

    def _work(
        self, answers: Answers, cases: Sequence[tuple[str, list[object]]], shorter: bool
    ) -> None:
        for source in (PRELUDE, *answers.values()):
            if shorter:
                shell.run_cell(self._shell, source)
            else:
                self._shell.run_cell(source, store_history=False)
        space = self._shell.user_ns
        with np.errstate(all="ignore"):
            for name, arguments in cases:
                _call(space[name], list(map(usable, arguments)))


def _call(function: Callable[..., object], arguments: list[object]) -> None:
    try:
        function(*arguments)
    except Exception:
        return


def name_of(number: int) -> str:
    """The student's name, which says which cases they get."""
    return f"s{number:04d}"


def _used() -> float:
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)
