"""The command: which assignments, how much of each, and what is shown meanwhile."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.audit.bench import QUICK, WHOLE, Size
from autograder.audit.page import render_page
from autograder.audit.parts import parts_of
from autograder.audit.records import AuditResult
from autograder.audit.run import audit_assignment
from autograder.audit.text import render_markdown, render_text
from autograder.errors import UsageError
from autograder.library import assignment_folders, find_assignment
from autograder.progress import Progress
from autograder.spec import Assignment


@dataclass(frozen=True, slots=True, kw_only=True)
class Audits:
    """What was found, in every form in which it can be had."""

    results: tuple[AuditResult, ...]

    @property
    def good(self) -> bool:
        """Whether every assignment may be released."""
        return all(result.good for result in self.results)

    def as_json(self) -> str:
        """All that was found."""
        return json.dumps([result.as_dict() for result in self.results], indent=1) + "\n"

    def as_text(self) -> str:
        """For the terminal."""
        return render_text(self.results)

    def as_markdown(self) -> str:
        """For a CI service's summary."""
        return render_markdown(self.results)

    def as_page(self) -> str:
        """A page of its own."""
        return render_page(self.results)


def run_audit(
    names: Sequence[str],
    course: Path,
    *,
    quick: bool,
    seeds: int | None = None,
    processes: int | None = None,
) -> Audits:
    """Audit assignments one after the other.

    Parameters
    ----------
    names : sequence of str
        Empty for all that there are.
    seeds : int, optional
        Students whose cases each right answer is graded with.
    processes : int, optional
        Default: as many as there are processors.

    Raises
    ------
    UsageError
        When there is no such assignment.
    """
    folders = assignment_folders(course)
    if not folders:
        raise UsageError(
            "There are no assignments here: install the instructor's edition of the package."
        )
    if unknown := sorted(set(names) - set(folders)):
        known = ", ".join(folders) or "none"
        raise UsageError(f"There is no assignment {unknown[0]!r}; known are {known}.")
    size = QUICK if quick else WHOLE
    if seeds is not None:
        size = replace(size, style_seeds=seeds)
    workers = processes or os.cpu_count() or 1
    assignments = [find_assignment(name, course) for name in names or folders]
    return Audits(results=tuple(_audit(each, size, workers) for each in assignments))


def _audit(assignment: Assignment, size: Size, processes: int) -> AuditResult:
    parts = len(tuple(parts_of(assignment, size)))
    with Progress(parts, f"parts of {assignment.name}") as progress:
        return audit_assignment(assignment, size, processes=processes, step=progress.step)
