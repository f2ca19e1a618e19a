"""What ``check`` shows: a coloured box in Jupyter and VS Code, text in a terminal.

The box brings its own style, runs no script and takes the page's colours of text and ground, so
that it is readable in light and dark themes alike.
"""

import re
from dataclasses import dataclass
from html import escape
from textwrap import fill

RIGHT, WRONG, NOTE, OPEN = "✓", "✗", "!", "○"

_COLORS = {RIGHT: "#2e9e44", WRONG: "#d64545", NOTE: "#b77f00", OPEN: "#8a8f98"}
_STYLE = (
    "border-left:4px solid {color};padding:.4em .9em;margin:.3em 0;"
    "font-family:system-ui,sans-serif;line-height:1.5"
)
_MARK = "background:rgba(255,165,0,.3);color:inherit"
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
    stopped: bool = False  # by the student, who waited long enough
    note: str = ""  # why it was not tried


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """The result of ``check`` for one function."""

    function: str
    title: str
    problem: str = ""
    attempted: bool = True  # not: still the stub, or its cell was not run
    rows: tuple[Row, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether every visible case is right, manners included."""
        return not self.problem and not any(row.problem or row.warning for row in self.rows)

    @property
    def first_problem(self) -> Row | None:
        """The first case that is not right."""
        return next((row for row in self.rows if row.problem or row.warning), None)

    @property
    def mark(self) -> str:
        """The sign that stands before the function's name."""
        if self.passed:
            return RIGHT
        if not self.attempted:
            return OPEN
        wrong = self.problem or any(row.problem for row in self.rows)
        return WRONG if wrong else NOTE

    def as_text(self, *, width: int = 0, code: bool = True) -> str:
        """For a terminal.

        Parameters
        ----------
        width : int
            Wrap sentences, not numbers, to so many characters; 0 leaves them whole.
        code : bool
            Show how to call the function as the failing case does.
        """

        def sentence(text: str, indent: str = "") -> str:
            if not width:
                return indent + text
            return fill(
                text,
                width,
                initial_indent=indent,
                subsequent_indent=f"{indent}  ",
                break_long_words=False,
                break_on_hyphens=False,
            )

        lines = [sentence(f"{self.mark} {self.function}: {self.problem or self._counts()}")]
        if (row := self.first_problem) is not None:
            sign = WRONG if row.problem else NOTE
            lines.append(sentence(f"{sign} {row.name}: {row.problem or row.warning}", "  "))
            if row.expected:
                lines += ["  expected:", _indented(row.expected)]
                lines += ["  your function gave:", _indented(row.actual)]
            if row.problem and row.code and code:
                lines += ["  to try it yourself:", _indented(row.code)]
        lines += [sentence(note, "  ") for note in self._notes()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return self.as_text()

    def _repr_html_(self) -> str:
        head = f"<b>{self.mark} <code>{escape(self.function)}</code></b> {escape(self.title)}"
        parts = [f"{head}<br>{escape(self.problem or self._counts())}"]
        if (row := self.first_problem) is not None:
            said = _with_code(row.problem or row.warning)
            parts.append(f"<p><b>{escape(row.name)}:</b> {said}</p>")
            if row.expected:
                parts.append(_titled("expected", row.expected))
                parts.append(_titled("your function gave", row.actual))
            if row.problem and row.code:
                parts.append(_titled("to try it yourself", row.code))
        parts += [f"<div><small>{escape(note)}</small></div>" for note in self._notes()]
        return f'<div style="{_STYLE.format(color=_COLORS[self.mark])}">{"".join(parts)}</div>'

    def _counts(self) -> str:
        tried = [row for row in self.rows if not row.note]
        right = sum(not row.problem for row in tried)
        return f"{right} of {len(tried)} visible cases right"

    def _notes(self) -> list[str]:
        return [f"{row.name}: {row.note}" for row in self.rows if row.note]


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _with_code(text: str) -> str:
    """HTML of a sentence; what stands between backticks is a line of code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _titled(title: str, text: str) -> str:
    marked = escape(text).replace("«", f'<mark style="{_MARK}">').replace("»", "</mark>")
    return f'<div>{title}:</div><pre style="{_PRE}">{marked}</pre>'
