"""Results as plain text for terminals and as Markdown for the summaries of CI jobs.

Both are read by machines too: a terminal's log on a CI service is searched for commands such as
``::error::``, and Markdown holds links and HTML. So students' text is kept from being either.
"""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence

from autograder.report.class_statistics import (
    MistakeStatistics,
    QuestionStatistics,
    Row,
    summarise,
)
from autograder.report.cleaning import inert, marks, one_line, visible
from autograder.report.page import mistake_name, points_of, standing_of, tone_of
from autograder.report.record_file import Record, as_result
from autograder.report.words import WORDS
from autograder.score import QuestionResult, Result

_GLYPHS = {"right": "✓", "part": "◐", "wrong": "✗", "none": "–"}
_COLOURS = {"right": "32", "part": "33", "wrong": "31", "none": "2"}
_MARKUP = re.compile(r"([\\`*_\[\]{}<>&$#|~!])")
_LINKED = re.compile(r"(https?|ftp|www|mailto)([:.])", re.IGNORECASE)


def escape_markdown(text: str, limit: int = 600) -> str:
    r"""One line of text that Markdown shows as it is: no markup, HTML, link or mention.

    Examples
    --------
    >>> print(escape_markdown("<b>*dW* at https://example.org"))
    \<b\>\*dW\* at https\://example.org
    """
    safe = _LINKED.sub(r"\1\\\2", _MARKUP.sub(r"\\\1", one_line(text, limit)))
    safe = re.sub(r"^([-+=]|\d+[.)](?=\s))", r"&#8203;\1", safe)  # starts no list, no heading
    return safe.replace("@", "@&#8203;")


def render_markdown(record: Record) -> str:
    """One submission for a job summary: marks, questions, and what to mend."""
    result = as_result(record)
    lines = [
        f"## {escape_markdown(result.title or result.assignment)}",
        "",
        f"**{escape_markdown(result.student, 120)}**: {_standing(result, _tones(result))}",
        "",
    ]
    if result.status != "graded":
        lines += [escape_markdown(result.message), ""]
    if result.questions:
        lines += ["| | Question | Marks | |", "| --- | --- | ---: | --- |"]
        for question in result.questions:
            standing = standing_of(question)
            lines.append(
                f"| {_GLYPHS[tone_of(standing)]} | {_titled(question)} | {points_of(question)} "
                f"| {WORDS[standing][0]} |"
            )
        lines.append("")
    for note in _remarks(result):
        lines.append(f"- {escape_markdown(note)}")
    for question in result.questions:
        lines += _question_markdown(question)
    return "\n".join(lines).rstrip() + "\n"


def _question_markdown(question: QuestionResult) -> Iterator[str]:
    if question.status == "passed":
        return
    yield from ("", f"### {_titled(question)}: {points_of(question)}", "")
    for sentence in _sentences(question):
        yield f"- {escape_markdown(sentence)}"
    for diagnosis in question.diagnosis:
        hints = " ".join(escape_markdown(hint, 1500) for hint in diagnosis.hint.values())
        name = mistake_name(diagnosis.id)
        yield from ("", f"> **{escape_markdown(name, 120)}.** {hints}" if name else f"> {hints}")
    if case := question.counterexample:
        yield from ("", "The smallest case that fails:", "", *_fenced(case.code, "python"))
        yield from ("", "Expected:", "", *_fenced(case.expected))
        yield from ("", "What the function returned:", "", *_fenced(case.actual))


def _fenced(text: str, language: str = "") -> tuple[str, ...]:
    """A code block whose fence does not occur in it."""
    text = visible(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}", text, fence


def _titled(question: QuestionResult) -> str:
    title = escape_markdown(question.title, 160)
    if question.id == question.title:
        return title
    if re.fullmatch(r"\w+", question.id):
        return f"{title} `{question.id}`"
    return f"{title} ({escape_markdown(question.id, 80)})"


def _tones(result: Result) -> list[str]:
    return [tone_of(standing_of(question)) for question in result.questions]


def _standing(result: Result | Row, tones: Sequence[str]) -> str:
    """A submission's marks in a few words."""
    if result.status != "graded":
        return f"not graded, {WORDS[f'status-{result.status}'][0]}"
    parts = [
        f"{marks(result.score)} / {marks(result.max_score)} marks",
        f"{tones.count('right')} of {len(tones)} questions are right",
    ]
    if result.late_days > 0:
        parts.append(f"{marks(result.late_days)} {'day' if result.late_days == 1 else 'days'} late")
    return ", ".join(parts)


def _remarks(result: Result) -> Iterator[str]:
    for cell in result.cells[:20]:
        said = WORDS[f"cell-{cell.status}"][0]
        yield f"Cell {cell.index + 1} {said}" + (f": {cell.message}" if cell.message else ".")
    yield from result.notes[:20]


def _sentences(question: QuestionResult) -> Iterator[str]:
    """What is wrong, each sentence once."""
    said = set()
    if question.message:
        said.add(question.message)
        yield question.message
    for check in question.checks:
        if check.status == "failed" and check.message and check.message not in said:
            said.add(check.message)
            yield f"{check.name}: {check.message}"
    explained = WORDS.get(f"{question.status}-say")
    if explained and not question.diagnosis and not said:
        yield explained[0]
    if question.follow_through:
        called = ", ".join(question.replaced) or "the functions it calls"
        yield f"Graded with a right {called} in place of yours: a mistake costs only once."


def render_class_markdown(records: Iterable[Record]) -> str:
    """A class for a job summary: who could not be graded, each question, each student.

    Parameters
    ----------
    records : iterable of Result or mapping
        In the order in which the students are to be listed; none is kept.
    """
    found = summarise(map(as_result, records))
    title = found.title or "No submissions"
    lines = [f"## {escape_markdown(title)}", "", _class_line(len(found.rows), found.graded)]
    if found.marks:
        lines[-1] += (
            f", mean {marks(found.marks.mean)} of {marks(found.marks.max_score)}, "
            f"median {marks(found.marks.median)}"
        )
    for heading, heads, rows in (
        ("Not gradable", ("Student", "Status", "Why"), map(_ungraded_row, found.ungraded)),
        ("Questions", _QUESTION_HEADS, map(_question_row, found.questions)),
        (
            "Most frequent mistakes",
            ("Mistake", "Question", "Students"),
            map(_mistake_row, found.mistakes[:15]),
        ),
    ):
        if table := _table(heads, rows):
            lines += ["", f"### {heading}", "", *table]
    if table := _table(("Student", "Marks"), map(_student_row, found.rows)):
        lines += ["", "<details><summary>Students</summary>", "", *table, "", "</details>"]
    return "\n".join(lines) + "\n"


def _class_line(submissions: int, graded: int) -> str:
    return f"{submissions} submissions, {graded} graded"


_QUESTION_HEADS = ("Question", "Mean", "Right", "No marks", "Discrimination")


def _ungraded_row(row: Row) -> tuple[str, ...]:
    return row.student, WORDS[f"status-{row.status}"][0], one_line(row.message, 200)


def _student_row(row: Row) -> tuple[str, ...]:
    return row.student, _standing(row, row.tones)


def _question_row(question: QuestionStatistics) -> tuple[str, ...]:
    value = question.discrimination
    rounded = "–" if value is None else f"{value:.2f}"
    share = f"{100 * question.mean_share:.0f} %"
    return question.id, share, str(question.full), str(question.none), rounded


def _mistake_row(mistake: MistakeStatistics) -> tuple[str, ...]:
    name = mistake_name(mistake.id) or mistake.id
    return name, mistake.question, str(mistake.students)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; nothing where there are no rows."""
    cells = [[escape_markdown(cell, 200) for cell in row] for row in rows]
    if not cells:
        return []
    return [f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *cells)]


def render_text(
    record: Record, *, colour: bool = False, width: int = 88, language: str = "en"
) -> str:
    """One submission for a terminal.

    Parameters
    ----------
    record : Result or mapping
    colour : bool
        Colour the signs with ANSI sequences; the words say the same.
    width : int
        Columns to fill.
    language : str
        Which hints to print, ``"en"`` or ``"zh"``.
    """
    result = as_result(record)
    title = one_line(result.title or result.assignment, 160)
    lines = [f"{title} · {one_line(result.student, 120)}", _standing(result, _tones(result))]
    if result.message:
        lines += ["", *_wrapped(result.message, width, "  ")]
    for remark in _remarks(result):
        lines += _wrapped(f"- {remark}", width, "  ")
    longest = min(32, max((len(question.id) for question in result.questions), default=0))
    for question in result.questions:
        tone = tone_of(standing := standing_of(question))
        sign = f"\x1b[{_COLOURS[tone]}m{_GLYPHS[tone]}\x1b[0m" if colour else _GLYPHS[tone]
        name = one_line(question.id, 60)
        lines.append(
            f"  {sign} {name:<{longest}}  {points_of(question):>11}  {WORDS[standing][0].lower()}"
        )
        if question.status != "passed":
            lines += _question_text(question, width, language)
    return "\n".join(inert(line) for line in lines) + "\n"


def _question_text(question: QuestionResult, width: int, language: str) -> Iterator[str]:
    for sentence in _sentences(question):
        yield from _wrapped(sentence, width, "      ")
    for diagnosis in question.diagnosis:
        hint = diagnosis.hint.get(language) or next(iter(diagnosis.hint.values()), "")
        name = mistake_name(diagnosis.id)
        yield from _wrapped(f"{name}: {hint}" if name else hint, width, "      ")
    if case := question.counterexample:
        for label, text in (
            ("The smallest case that fails:", case.code),
            ("expected:", case.expected),
            ("what the function returned:", case.actual),
        ):
            yield f"      {label}"
            yield from (f"      | {line}" for line in visible(text).splitlines())
    yield ""


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        one_line(text, 1500), max(width, 40), initial_indent=indent, subsequent_indent=indent
    )
