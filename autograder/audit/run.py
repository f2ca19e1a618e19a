"""An audit from beginning to end: the work in parts, what was found put together."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from autograder import __version__
from autograder.audit.audit_file import AuditFile, load_audit_file
from autograder.audit.bench import QUICK, Size
from autograder.audit.correct import LEAST_STYLES, load_styles
from autograder.audit.parts import Found, parts_of
from autograder.audit.pool import do_parts
from autograder.audit.records import AuditResult, Fate, FunctionResult, MutantResult
from autograder.audit.style_trials import REFERENCE, merged
from autograder.misconceptions import load_misconceptions
from autograder.spec import Assignment, Question


def audit_assignment(
    assignment: Assignment,
    size: Size = QUICK,
    *,
    processes: int = 0,
    step: Callable[[], object] = lambda: None,
) -> AuditResult:
    """Find out whether an assignment's tests are any good.

    Parameters
    ----------
    assignment : Assignment
    size : Size
    processes : int
        Worker processes; 0 for none.
    step : callable
        Told when one of the parts is done.

    Raises
    ------
    SpecError
        When one of the assignment's files is wrong.
    """
    begin = time.monotonic()
    file = load_audit_file(assignment)
    load_misconceptions(assignment)
    load_styles(assignment)  # what is wrong with the files shows before any work
    found: list[Found] = []
    for piece in do_parts(parts_of(assignment, size), processes=processes):
        found.append(piece)
        step()
    return AuditResult(
        assignment=assignment.name,
        title=assignment.title,
        quick=size.mutants is not None,
        seeds=size.style_seeds,
        functions=tuple(_function(q, found, file) for q in assignment.questions),
        judged_seeds=min(size.style_seeds, size.judged_seeds) if _has_judge(assignment) else 0,
        problems=tuple(_stale(file, found)),
        duration_s=round(time.monotonic() - begin, 1),
        version=__version__,
    )


def _has_judge(assignment: Assignment) -> bool:
    return any(group.judge for question in assignment.questions for group in question.groups)


def _function(question: Question, found: Iterable[Found], file: AuditFile) -> FunctionResult:
    own = [piece for piece in found if piece.function == question.function]
    mutants = [_excused(mutant, file) for piece in own for mutant in piece.mutants]
    known = max((len(piece.known) for piece in own), default=0)
    names = dict.fromkeys(style.style for piece in own for style in piece.styles)
    styles = [
        merged(style for piece in own for style in piece.styles if style.style == name)
        for name in names
    ]
    return FunctionResult(
        function=question.function,
        title=question.title,
        points=question.points,
        groups={group.name: group.points for group in question.groups},
        mutants=tuple(sorted(mutants, key=lambda mutant: mutant.id)),
        untried=known - len(mutants),
        misconceptions=tuple(entry for piece in own for entry in piece.misconceptions),
        styles=tuple(styles),
        few_styles=sum(style.style != REFERENCE for style in styles) < LEAST_STYLES,
        stub_points=sum(piece.stub_points for piece in own),
    )


def _excused(mutant: MutantResult, file: AuditFile) -> MutantResult:
    excuse = file.excuses.get(mutant.id)
    if excuse is None or mutant.fate not in ("survived", "sometimes"):
        return mutant
    fate: Fate = "equivalent" if excuse.equivalent else "accepted"
    return replace(mutant, fate=fate, reason=excuse.reason)


def _stale(file: AuditFile, found: Sequence[Found]) -> Iterable[str]:
    """Excuses that nothing needs any more."""
    known = {name for piece in found for name in piece.known}
    fates: Mapping[str, str] = {
        mutant.id: mutant.fate for piece in found for mutant in piece.mutants
    }
    for name in file.excuses:
        if name not in known:
            yield f"audit.yaml accepts {name!r}, but there is no such mutant; remove the entry."
        elif fates.get(name) in ("caught", "equivalent"):
            yield f"audit.yaml accepts {name!r}, but it is {fates[name]}; remove the entry."
