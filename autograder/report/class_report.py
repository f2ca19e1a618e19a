"""The class on one page: one HTML file that sorts and filters without a network."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from autograder.report.class_statistics import (
    LEAST_FOR_DISCRIMINATION,
    ClassStatistics,
    Marks,
    MistakeStatistics,
    summarise,
)
from autograder.report.cleaning import marks
from autograder.report.page import mistake_name, share_of, standing_of, tone_of
from autograder.report.record_file import Record, as_result
from autograder.report.rendering import template
from autograder.report.words import hint_in
from autograder.score import Result

_GLYPHS = {"right": "✓", "part": "", "wrong": "✗", "none": "–"}
_SHOWN_AT_FIRST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarPair:
    """Two submissions whose code is alike: how much from 0 to 1, and in which functions."""

    first: str
    second: str
    similarity: float
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """A student's marks on one question, as shown and as sorted by."""

    text: str
    value: float
    tone: str
    glyph: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    of: Result
    link: str
    marks: str
    value: float
    share: str
    tags: str
    cells: tuple[_Cell | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bar:
    """One bar of the histogram, in the drawing's units."""

    x: float
    y: float
    width: float
    height: float
    count: int
    low: str
    high: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plot:
    bars: tuple[_Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    mean: float
    median: float
    last: str


def feedback_page_of(record: Result) -> str:
    """Where a student's feedback page lies, seen from the course's feedback folder."""
    return f"{record.student}/{record.assignment}/{record.assignment}.html"


def render_class_report(
    records: Iterable[Record],
    *,
    page_of: Callable[[Result], str | None] = feedback_page_of,
    similar: Sequence[SimilarPair] | None = None,
) -> str:
    """The class on one page.

    Parameters
    ----------
    records : iterable of Result or mapping
        All records of one assignment, also those of submissions that could not be graded.
    page_of : callable
        Gives the path of a feedback page relative to this one; ``None`` for no link. The default
        fits a page that lies in the course's ``feedback`` folder.
    similar : sequence of SimilarPair, optional
        Pairs of similar submissions, the most telling first; ``None`` where nobody looked.

    Returns
    -------
    str
        A whole HTML document.
    """
    results = [as_result(record) for record in records]
    found = summarise(results)
    links = {result.student: _link(page_of(result)) for result in results}
    first = next((result for result in results if result.status == "graded"), None) or (
        results[0] if results else None
    )
    title = (first.title or first.assignment) if first else ""
    return template("class.html").render(
        script_name="class.js",
        page_title=f"{title} · the class",
        title=title,
        assignment=first.assignment if first else "",
        versions=", ".join(sorted({r.version for r in results if r.version})),
        submissions=len(results),
        found=found,
        least=LEAST_FOR_DISCRIMINATION,
        plot=_plot(found.marks) if found.marks else None,
        mistakes=[_mistake(mistake) for mistake in found.mistakes],
        shown=_SHOWN_AT_FIRST,
        rows=_rows(results, found, links),
        late=any(result.late_days > 0 for result in results),
        links=links,
        similar=similar,
    )


def _link(path: str | None) -> str:
    """A relative address that cannot be taken for anything else, whatever the student's name."""
    return "./" + quote(path.lstrip("/"), safe="/", errors="replace") if path else ""


def _mistake(mistake: MistakeStatistics) -> dict[str, object]:
    hint = hint_in(mistake.hint)
    name = mistake_name(mistake.id) or mistake.id.replace("-", ": ", 1).replace("-", " ")
    return {"of": mistake, "name": name[:1].upper() + name[1:], "hint": hint}


def _rows(results: Sequence[Result], found: ClassStatistics, links: dict[str, str]) -> list[_Row]:
    made: dict[str, list[str]] = {}
    for number, mistake in enumerate(found.mistakes):
        for student in mistake.students:
            made.setdefault(student, []).append(f"m{number}")
    ids = [question.id for question in found.questions]
    ordered = sorted(results, key=lambda result: result.student)
    return [_row(result, ids, made.get(result.student, []), links) for result in ordered]


def _row(
    result: Result, ids: Sequence[str], mistakes: Sequence[str], links: dict[str, str]
) -> _Row:
    """A student's row; tags are what the table can be filtered by."""
    graded = result.status == "graded"
    questions = {question.id: question for question in result.questions} if graded else {}
    cells: list[_Cell | None] = []
    tags = ["graded" if graded else "ungraded", *mistakes]
    if result.late_days > 0:
        tags.append("late")
    for number, identifier in enumerate(ids):
        question = questions.get(identifier)
        if question is None:
            cells.append(None)
            continue
        tone = tone_of(standing_of(question))
        text = marks(question.score)
        cells.append(_Cell(text=text, value=question.score, tone=tone, glyph=_GLYPHS[tone]))
        if tone != "right":
            tags.append(f"q{number}")
    return _Row(
        of=result,
        link=links[result.student],
        marks=marks(result.score) if graded else "–",
        value=result.score if graded else -1.0,
        share=f"{100 * share_of(result.score, result.max_score):.3g}" if graded else "",
        tags=" ".join(tags),
        cells=tuple(cells),
    )


_WIDTH, _LEFT, _TOP, _BASE = 420.0, 14.0, 30.0, 160.0


def _plot(found: Marks) -> _Plot:
    """The histogram's geometry: the drawing itself stands in the template."""
    top = found.bins[-1].high
    scale = (_WIDTH - 2 * _LEFT) / top
    tallest = max(bar.count for bar in found.bins)
    bars = tuple(
        _Bar(
            x=round(_LEFT + bar.low * scale + 1, 1),
            y=round(_BASE - (_BASE - _TOP) * bar.count / tallest, 1),
            width=round(max(1.0, (bar.high - bar.low) * scale - 2), 1),
            height=round((_BASE - _TOP) * bar.count / tallest, 1),
            count=bar.count,
            low=marks(bar.low),
            high=marks(bar.high),
        )
        for bar in found.bins
    )
    edges = [bar.low for bar in found.bins if top - bar.low > 0.6 * found.bins[0].high] + [top]
    return _Plot(
        bars=bars,
        ticks=tuple((round(_LEFT + edge * scale, 1), marks(edge)) for edge in edges),
        mean=round(_LEFT + found.mean * scale, 1),
        median=round(_LEFT + found.median * scale, 1),
        last=marks(top),
    )
