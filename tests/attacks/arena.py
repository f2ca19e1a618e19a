"""Where an attack meets the walls: a notebook with it is graded for real, on one tier."""

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tiny import RIGHT
from world import below, comes_true

from autograder.grade import grade_notebook
from autograder.runner.outcome import CellOutcome, Outcome
from autograder.runner.session import Session
from autograder.runner.worker import Worker
from autograder.score import Result
from autograder.spec import Assignment

STUB = "def {name}(x):\n    raise NotImplementedError"
REFUSALS = ("PermissionError", "FileNotFoundError", "OSError", "OperationalError")
STUBS = {name: STUB.format(name=name) for name in RIGHT}


@dataclass(frozen=True)
class Strike:
    """How a notebook with an attack fared."""

    result: Result
    cells: Sequence[CellOutcome]

    @property
    def printed(self) -> str:
        """What its cells printed."""
        return "".join(cell.output for cell in self.cells)

    @property
    def refused(self) -> bool:
        """Whether the system said no to some cell, and nothing was printed."""
        return self.error in REFUSALS and not self.printed

    @property
    def error(self) -> str:
        """The type of the error that stopped the attack."""
        return next((cell.error.type for cell in self.cells if cell.error), "")


class Arena:
    """One tier, with a worker that all attacks share, as the submissions of a class do."""

    def __init__(self, worker: Worker, assignment: Assignment) -> None:
        self.worker = worker
        self.assignment = assignment

    @property
    def zygote(self) -> int:
        """The process that forks the students' processes, as it is seen from here."""
        assert self.worker._process is not None
        pids = [self.worker._process.pid, *below(self.worker._process.pid)]
        return pids[-1]

    def grade(self, *cells: str) -> Result:
        """Grade a notebook of these cells."""
        return self.strike(*cells).result

    def strike(self, *cells: str) -> Strike:
        """Grade a notebook of these cells; tells also what the cells printed."""
        spy: Any = _Spy(self.worker)
        result = grade_notebook(
            self.assignment, notebook(*cells), worker=spy, student="mallory", secret="s"
        )
        return Strike(result=result, cells=spy.cells)

    def notebook_gains_nothing(self, text: str) -> Result:
        """Grade an unsolved notebook with an attack in its metadata or cells."""
        result = grade_notebook(
            self.assignment, text.encode(), worker=self.worker, student="mallory", secret="s"
        )
        assert (result.status, result.score) == ("graded", 0), result
        return result

    def gains_nothing(self, *cells: str) -> Strike:
        """Grade an unsolved notebook with an attack before its stubs: it must earn nothing."""
        strike = self.strike(*cells, *STUBS.values())
        assert strike.result.status == "graded", strike.result.message
        assert strike.result.score == 0, strike.result
        assert strike.result.isolation == self.worker.isolation
        return strike

    def cheats_in_vain(self, *cells: str) -> Result:
        """Grade a notebook that defines `double` in a way that must earn nothing."""
        result = self.grade(*(STUBS[name] for name in ("halve", "shift")), *cells)
        assert result.status == "graded", result.message
        assert result.score == 0, result
        return result

    def call(self, *cells: str, seconds: float = 5, memory_mb: int = 512) -> Outcome:
        """What the function `attack` of a notebook returns."""
        with self.worker.session(memory_mb=memory_mb) as session:
            for outcome in session.run_cells([textwrap.dedent(c) for c in cells], seconds=seconds):
                assert outcome.status == "ok", outcome
            return session.call("attack", {}, seconds=seconds)

    def check(self) -> None:
        """Nothing runs on, and an honest neighbour who comes next gets all points."""
        assert comes_true(lambda: below(self.zygote) == []), "a process was left behind"
        honest = self.grade(*RIGHT.values())
        assert (honest.status, honest.score) == ("graded", 5), honest


class _Spy:
    """A worker that keeps what the cells print, which is in no record."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.isolation = worker.isolation
        self.cells: list[CellOutcome] = []

    def session(self, **options: Any) -> Session:
        session: Any = self._worker.session(**options)
        run_cells = session.run_cells

        def run(*arguments: Any, **more: Any) -> list[CellOutcome]:
            self.cells = run_cells(*arguments, **more)
            return self.cells

        session.run_cells = run
        return session  # type: ignore[no-any-return]


def notebook(*cells: str, metadata: Mapping[int, Mapping[str, object]] | None = None) -> bytes:
    """A notebook of code cells."""
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {
                "cell_type": "code",
                "source": textwrap.dedent(source),
                "metadata": (metadata or {}).get(number, {}),
                "outputs": [],
                "execution_count": None,
                "id": f"c{number}",
            }
            for number, source in enumerate(cells)
        ],
    }
    return json.dumps(document).encode()
