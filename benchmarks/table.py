"""What an experiment found: a table, and the promises that it is held against."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A ratio that may not be exceeded, or, with ``at_least``, has to be reached."""

    text: str
    ratio: float
    bound: float
    at_least: bool = False

    @property
    def holds(self) -> bool:
        """Whether it is kept."""
        return self.ratio >= self.bound if self.at_least else self.ratio <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Figures with a title, and what they mean."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    about: str = ""
    promises: Sequence[Promise] = ()


def render(table: Table) -> str:
    """The table as Markdown."""
    lines = [f"### {table.title}", ""]
    if table.about:
        lines += [table.about, ""]
    lines += [_line(table.head), _line(["---", *["---:"] * (len(table.head) - 1)])]
    lines += map(_line, table.rows)
    for promise in table.promises:
        sign = "at least" if promise.at_least else "at most"
        kept = "holds" if promise.holds else "**does not hold**"
        lines += ["", f"{promise.text}: {promise.ratio:.2f}, {sign} {promise.bound:g}: {kept}."]
    return "\n".join([*lines, ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
