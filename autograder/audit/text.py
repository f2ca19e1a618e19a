"""An audit for the terminal and for a CI service's summary."""

from collections.abc import Iterator, Sequence

from autograder.audit.correct import LEAST_STYLES
from autograder.audit.records import AuditResult, FunctionResult
from autograder.audit.style_trials import REFERENCE

_HEADINGS = (
    "function", "mutants", "caught", "equivalent", "accepted", "survived", "score", "named",
    "right answers",
)  # fmt: skip
_FATES = {"survived": "not caught", "sometimes": "caught by chance"}


def render_text(results: Sequence[AuditResult]) -> str:
    """All audits, what is wrong in full and the rest in a table."""
    return "\n\n".join("\n".join(_lines(result)) for result in results)


def render_markdown(results: Sequence[AuditResult]) -> str:
    """The same for a summary in Markdown."""
    parts = []
    for result in results:
        rows = [_cells(function) for function in result.functions]
        table = [_HEADINGS, ("---",) * len(_HEADINGS), *rows]
        lines = [f"## {_title(result)}", ""]
        lines += ["| " + " | ".join(row) + " |" for row in table]
        if faults := list(_faults(result)):
            lines += ["", "```diff", *faults, "```"]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _lines(result: AuditResult) -> Iterator[str]:
    yield _title(result)
    rows = [_HEADINGS, *(_cells(function) for function in result.functions)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADINGS))]
    for row in rows:
        cells = [
            text.ljust(width) if i in (0, len(row) - 1) else text.rjust(width)
            for i, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()
    yield from (f"  {line}" for line in _faults(result))


def _title(result: AuditResult) -> str:
    verdict = "good" if result.good else "NOT GOOD"
    facts = [f"mutation score {percent(result.score)}", "quick" if result.quick else "whole"]
    if result.judged_seeds:
        facts.append(f"judges asked with {result.judged_seeds} seeds")
    return f"{result.assignment}: {verdict} ({', '.join(facts)}, {result.duration_s:.0f} s)"


def percent(part: float) -> str:
    """A share, rounded down, lest 99.96 % look like all of them."""
    return f"{int(1000 * part + 1e-9) / 10:g} %"


def _cells(function: FunctionResult) -> tuple[str, ...]:
    named = sum(not entry.named for entry in function.misconceptions)
    right = [style for style in function.styles if style.style != REFERENCE]
    seeds = max((style.seeds for style in function.styles), default=0)
    failures = f", {function.false_failures} FAILURES" if function.false_failures else ""
    return (
        function.function,
        f"{len(function.mutants)}",
        f"{sum(mutant.fate == 'caught' for mutant in function.mutants)}",
        f"{function.count('equivalent')}",
        f"{function.count('accepted')}",
        f"{len(function.survivors)}",
        percent(function.score),
        f"{named}/{len(function.misconceptions)}",
        f"{len(right)} styles x {seeds} seeds{failures}",
    )


def _faults(result: AuditResult) -> Iterator[str]:
    """Whatever keeps the assignment from being good."""
    yield from result.problems
    for function in result.functions:
        name = function.function
        if function.stub_points:
            yield f"{name}: the untouched stub earns {function.stub_points:g} points."
        if function.few_styles:
            yield f"{name}: there are fewer than {LEAST_STYLES} right answers in correct/."
        for mutant in function.survivors:
            yield f"{name}: a mutant is {_FATES[mutant.fate]}: {mutant.witness}"
            yield from mutant.diff.splitlines()
        for style in function.styles:
            if style.failures:
                times = f"{style.failures} of {style.seeds} seeds"
                yield f"{name}: the right answer {style.style} loses points with {times}:"
                yield from (f"  {example}" for example in style.examples)
        for entry in function.misconceptions:
            if not entry.good:
                yield f"{name}: {entry.id}: {'; '.join(entry.faults)}"
