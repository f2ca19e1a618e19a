"""Check a whole notebook in a terminal, as its own student: ``autograder check NOTEBOOK``.

The notebook's cells run right here, as they would in Jupyter; then every function is tried on the
visible cases that lie beside the notebook. Nothing is confined, and no mark comes of it.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.check_report import RIGHT, WRONG, CheckReport
from autograder.checking import report_on, where
from autograder.checks_file import questions_of
from autograder.errors import NotebookError, UsageError
from autograder.notebook import Cell, read_notebook


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookReport:
    """What became of a notebook's cells and of its functions.

    Attributes
    ----------
    problems : tuple of str
        A sentence for each cell that failed.
    """

    path: Path
    problems: tuple[str, ...]
    checks: tuple[CheckReport, ...]

    @property
    def passed(self) -> bool:
        """Whether every function passes its visible checks."""
        return all(report.passed for report in self.checks)

    @property
    def right(self) -> int:
        """How many functions pass."""
        return sum(report.passed for report in self.checks)

    def as_text(self) -> str:
        """For a terminal."""
        parts = [f"{WRONG} {problem}" for problem in self.problems]
        parts += [repr(report) for report in self.checks]
        return "\n".join([*parts, self._summary()])

    def as_markdown(self) -> str:
        """For the summary of a CI job."""
        lines = [f"## {self.path.stem}", "", "| | function | |", "| --- | --- | --- |"]
        for report in self.checks:
            said = "right" if report.passed else "see the log"
            lines.append(f"| {RIGHT if report.passed else WRONG} | `{report.function}` | {said} |")
        return "\n".join([*lines, "", self._summary(), ""])

    def _summary(self) -> str:
        return (
            f"{self.right} of {len(self.checks)} functions pass the visible checks. "
            "Marks come from more cases than these."
        )


def check_notebook(path: Path) -> NotebookReport:
    """Run a notebook's cells and check all its functions.

    Parameters
    ----------
    path : pathlib.Path
        The notebook; its ``.checks.json`` lies in the same folder.

    Raises
    ------
    UsageError
        When there is no such notebook, or nothing to check it with.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name the .ipynb file in it.")
    if not path.is_file():
        raise UsageError(f"{path}: there is no such notebook.")
    questions = questions_of(path)
    try:
        cells = read_notebook(path.read_bytes()).code_cells
    except NotebookError as error:
        raise UsageError(f"{path}: {error}") from None
    own = [cell for cell in cells if cell.kind not in ("test", "demo") and cell.source.strip()]
    with contextlib.chdir(path.parent):
        namespace, problems = _run(own)
        checks = tuple(_tried(*entry, namespace) for entry in questions.items())
    return NotebookReport(path=path, problems=problems, checks=checks)


def _tried(
    function: str, question: Mapping[str, Any], namespace: Mapping[str, object]
) -> CheckReport:
    try:
        return report_on(function, question, namespace)
    except KeyboardInterrupt as error:
        error.add_note(f"{function} had not returned{where(error)}.")
        raise


def _run(cells: Sequence[Cell]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Run cells in a fresh IPython; what they print is not shown, what they raise is."""
    problems = []
    with _shell() as shell:
        for cell in cells:
            result = shell.run_cell(cell.source, store_history=False, silent=True)
            error = result.error_in_exec or result.error_before_exec
            if isinstance(error, KeyboardInterrupt):
                error.add_note(f"Cell {cell.index + 1} had not ended{where(error)}.")
                raise error
            if error is not None and not isinstance(error, NotImplementedError):
                said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
                problems.append(f"Cell {cell.index + 1} failed: {said}")
        namespace = dict(shell.user_ns)
    return namespace, tuple(problems)


@contextlib.contextmanager
def _shell() -> Iterator[Any]:
    from IPython.core.interactiveshell import InteractiveShell  # noqa: PLC0415
    from IPython.utils.capture import capture_output  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    os.environ.setdefault("MPLBACKEND", "Agg")  # no window opens
    config = Config({"HistoryManager": {"enabled": False}})
    shell: Any = InteractiveShell.instance(config=config)
    shell.enable_gui = lambda _gui=None: None  # what `%matplotlib inline` asks for
    shell.ask_exit = lambda: None
    try:
        with capture_output():
            yield shell
    finally:
        InteractiveShell.clear_instance()
