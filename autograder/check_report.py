"""What ``check`` shows: a table in Jupyter, text in a terminal."""

from dataclasses import dataclass
from html import escape

RIGHT, WRONG, NOTE = "✓", "✗", "!"

_STYLE = (
    "border-left:4px solid {color};padding:.4em .9em;margin:.3em 0;"
    "font-family:system-ui,sans-serif;line-height:1.5"
)
_PRE = "white-space:pre;overflow-x:auto;margin:.3em 0;font-size:.9em"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One visible case; ``problem`` is empty where it is right."""

    name: str
    problem: str = ""
    warning: str = ""
    code: str = ""
    expected: str = ""
    actual: str = ""
    stub: bool = False
    note: str = ""  # why it was not tried


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The result of ``check`` for one function."""

    function: str
    title: str
    problem: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every visible case is right, manners included."""
        return not self.problem and not any(row.problem or row.warning for row in self.rows)

    @property
    def first_problem(self) -> Row | None:
        """The first case that is not right."""
        return next((row for row in self.rows if row.problem or row.warning), None)

    def _counts(self) -> str:
        tried = [row for row in self.rows if not row.note]
        right = sum(not row.problem for row in tried)
        return f"{right} of {len(tried)} visible cases right"

    def _notes(self) -> list[str]:
        return [f"{row.name}: {row.note}" for row in self.rows if row.note]

    def __repr__(self) -> str:
        mark = RIGHT if self.passed else WRONG
        if self.problem:
            return f"{mark} {self.function}: {self.problem}"
        lines = [f"{mark} {self.function}: {self._counts()}"]
        if (row := self.first_problem) is not None:
            sign = WRONG if row.problem else NOTE
            lines.append(f"  {sign} {row.name}: {row.problem or row.warning}")
            if row.expected:
                lines += ["  expected:", _indented(row.expected)]
                lines += ["  your function gave:", _indented(row.actual)]
            if row.problem and row.code:
                lines += ["  to try it yourself:", _indented(row.code)]
        lines += [f"  {note}" for note in self._notes()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        color = "#2e7d32" if self.passed else "#c62828"
        mark = RIGHT if self.passed else WRONG
        head = f"<b>{mark} <code>{escape(self.function)}</code></b> {escape(self.title)}"
        parts = [f"{head}<br>{escape(self.problem or self._counts())}"]
        if (row := self.first_problem) is not None:
            parts.append(f"<p><b>{escape(row.name)}:</b> {escape(row.problem or row.warning)}</p>")
            if row.expected:
                parts.append(_titled("expected", row.expected))
                parts.append(_titled("your function gave", row.actual))
            if row.problem and row.code:
                parts.append(_titled("to try it yourself", row.code))
        parts += [f"<div><small>{escape(note)}</small></div>" for note in self._notes()]
        return f'<div style="{_STYLE.format(color=color)}">{"".join(parts)}</div>'


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _titled(title: str, text: str) -> str:
    marked = escape(text).replace("«", "<mark>").replace("»", "</mark>")
    return f'<div>{title}:</div><pre style="{_PRE}">{marked}</pre>'
