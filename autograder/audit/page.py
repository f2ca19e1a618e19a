"""An audit on one page, in the style of the class report."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograder.audit.correct import LEAST_STYLES
from autograder.audit.records import AuditResult, FunctionResult, StyleResult
from autograder.audit.style_trials import REFERENCE
from autograder.audit.text import percent
from autograder.report.rendering import template

_SHOWN_AT_FIRST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """What a case group is good for."""

    function: str
    name: str
    points: float
    mutants: int
    alone: int  # mutants that no other group catches
    misconceptions: int


def render_page(results: Sequence[AuditResult]) -> str:
    """A whole HTML document."""
    functions = [function for result in results for function in result.functions]
    entries = [entry for function in functions for entry in function.misconceptions]
    only = results[0].title if len(results) == 1 else ""
    return template("audit.html").render(
        script_name="page.js",
        page_title=f"{only or 'All assignments'} · audit",
        title=only or "All assignments",
        results=results,
        good=all(result.good for result in results),
        functions=functions,
        mutants=sum(len(function.mutants) for function in functions),
        survivors=sum(len(function.survivors) for function in functions),
        named=sum(not entry.named for entry in entries),
        misconceptions=len(entries),
        tried=sum(style.seeds for function in functions for style in function.styles),
        false_failures=sum(function.false_failures for function in functions),
        score=_score(functions),
        seconds=sum(result.duration_s for result in results),
        groups={result.assignment: list(_groups(result)) for result in results},
        kinds={result.assignment: _kinds(result) for result in results},
        right=_right,
        percent=percent,
        shown=_SHOWN_AT_FIRST,
        least=LEAST_STYLES,
        versions=", ".join(sorted({result.version for result in results})),
    )


def _score(functions: Sequence[FunctionResult]) -> float:
    caught = sum(function.count("caught") for function in functions)
    missed = sum(function.count("sometimes", "survived", "accepted") for function in functions)
    return caught / (caught + missed) if caught + missed else 1.0


def _right(function: FunctionResult) -> list[StyleResult]:
    """Right answers without the reference."""
    return [style for style in function.styles if style.style != REFERENCE]


def _groups(result: AuditResult) -> Iterator[_Group]:
    for function in result.functions:
        catches = Counter(name for mutant in function.mutants for name in mutant.groups)
        alone = Counter(m.groups[0] for m in function.mutants if len(m.groups) == 1)
        entries = Counter(name for entry in function.misconceptions for name in entry.groups)
        for name, points in function.groups.items():
            yield _Group(
                function=function.function,
                name=name,
                points=points,
                mutants=catches[name],
                alone=alone[name],
                misconceptions=entries[name],
            )


def _kinds(result: AuditResult) -> list[tuple[str, int, int]]:
    """Kinds of change: how many were tried, and how many of them were not caught."""
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for function in result.functions:
        for mutant in function.mutants:
            tried[mutant.kind] += 1
            missed[mutant.kind] += mutant in function.survivors
    return [(kind, count, missed[kind]) for kind, count in tried.most_common()]
