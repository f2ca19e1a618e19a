"""The class on one page: one HTML file that sorts and filters without a network."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from autograder.report.class_statistics import (
    LEAST_FOR_DISCRIMINATION,
    ClassStatistics,
    MistakeKey,
    MistakeStatistics,
    Row,
    summarise,
)
from autograder.report.cleaning import marks
from autograder.report.distribution import Marks
from autograder.report.page import mistake_name, share_of
from autograder.report.record_file import Record, as_result
from autograder.report.rendering import PageStream
from autograder.report.words import hint_in

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
class _Line:
    of: Row
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


def render_class_report(
    records: Iterable[Record], *, similar: Sequence[SimilarPair] | None = None
) -> PageStream:
    """The class on one page.

    Parameters
    ----------
    records : iterable of Result or mapping
        All records of one assignment, also those of submissions that could not be graded. They
        are gone through once, and none is kept.
    similar : sequence of SimilarPair, optional
        Pairs of similar submissions, the most telling first; ``None`` where nobody looked.

    Returns
    -------
    PageStream
        A whole HTML document in pieces, to lie in the course's ``feedback`` folder.
    """
    found = summarise(map(as_result, records))
    named = {who for pair in similar or () for who in (pair.first, pair.second)}
    return PageStream(
        "class.html",
        {
            "script_name": "class.js",
            "page_title": f"{found.title} · the class",
            "found": found,
            "versions": ", ".join(found.versions),
            "least": LEAST_FOR_DISCRIMINATION,
            "plot": _plot(found.marks) if found.marks else None,
            "mistakes": [_mistake(mistake) for mistake in found.mistakes],
            "shown": _SHOWN_AT_FIRST,
            "rows": partial(_rows, found),
            "late": any(row.late_days > 0 for row in found.rows),
            "link_to": partial(_link, found.assignment),
            "linked": {row.student for row in found.rows if row.student in named},
            "similar": similar,
        },
    )


def _link(assignment: str, student: str) -> str:
    """A relative address that cannot be taken for anything else, whatever the student's name."""
    path = f"{student}/{assignment}/{assignment}.html"
    return "./" + quote(path.lstrip("/"), safe="/", errors="replace")


def _mistake(mistake: MistakeStatistics) -> dict[str, object]:
    hint = hint_in(mistake.hint)
    name = mistake_name(mistake.id) or mistake.id.replace("-", ": ", 1).replace("-", " ")
    return {"of": mistake, "name": name[:1].upper() + name[1:], "hint": hint}


def _rows(found: ClassStatistics) -> Iterator[_Line]:
    """The table of students, a line at a time."""
    numbers = {(mistake.question, mistake.id): k for k, mistake in enumerate(found.mistakes)}
    ids = [question.id for question in found.questions]
    for row in sorted(found.rows, key=lambda row: row.student):
        yield _line(row, ids, numbers)


def _line(row: Row, ids: Sequence[str], numbers: Mapping[MistakeKey, int]) -> _Line:
    """A student's line; tags are what the table can be filtered by."""
    graded = row.status == "graded"
    answers = dict(zip(row.questions, zip(row.scores, row.tones, strict=True), strict=True))
    cells: list[_Cell | None] = []
    tags = ["graded" if graded else "ungraded"]
    tags += [f"m{number}" for number in sorted(numbers[key] for key in row.mistakes)]
    if row.late_days > 0:
        tags.append("late")
    for number, identifier in enumerate(ids):
        if identifier not in answers:
            cells.append(None)
            continue
        score, tone = answers[identifier]
        cells.append(_Cell(text=marks(score), value=score, tone=tone, glyph=_GLYPHS[tone]))
        if tone != "right":
            tags.append(f"q{number}")
    return _Line(
        of=row,
        marks=marks(row.score) if graded else "–",
        value=row.score if graded else -1.0,
        share=f"{100 * share_of(row.score, row.max_score):.3g}" if graded else "",
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
