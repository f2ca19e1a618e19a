"""Right answers in other styles: ``assignments/<assignment>/correct/<style>.py``.

Each file is what one student might write: plain Python with ``np`` at hand, defining functions of
the assignment in one style, and whatever helpers they need. Functions that it does not define are
the reference's. There is nothing to import from the assignment; callees are found by name, as in a
notebook, so a file that redefines the cell also redefines what reads its cache, where that differs.
"""

from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from autograder.audit.candidate import Candidate
from autograder.errors import SpecError
from autograder.spec import Assignment

FOLDER = "correct"
LEAST_STYLES = 8  # for each function


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One student's right answers.

    Attributes
    ----------
    functions : frozenset of str
        Questions that it answers in its own way.
    """

    name: str
    code: CodeType
    functions: frozenset[str]


def load_styles(assignment: Assignment) -> tuple[Style, ...]:
    """All styles of an assignment.

    Raises
    ------
    SpecError
        When a file cannot be run, or answers no question.
    """
    paths = sorted((assignment.folder / FOLDER).glob("*.py"))
    return tuple(_load(assignment, path) for path in paths)


def _load(assignment: Assignment, path: Path) -> Style:
    candidate = Candidate(assignment)
    before = dict(candidate.scope)
    try:
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
        exec(code, candidate.scope)
    except Exception as error:
        raise SpecError(f"{path} cannot be run ({type(error).__name__}: {error}).") from error
    names = [question.function for question in assignment.questions]
    changed = frozenset(name for name in names if candidate.scope[name] is not before[name])
    if not changed:
        raise SpecError(f"{path} defines none of {', '.join(names)}.")
    return Style(name=path.stem, code=code, functions=changed)
