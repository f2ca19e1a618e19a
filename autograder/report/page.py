"""The feedback page of one submission: one HTML file that needs nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from autograder.kept import Kept
from autograder.report.cleaning import marks, one_line, visible
from autograder.report.record_file import Record, as_result
from autograder.report.rendering import template
from autograder.report.words import WORDS, hint_in, say, with_code
from autograder.score import CheckResult, Diagnosis, QuestionResult, Result

_PAGE, _SECTION = TEMPLATES = ("feedback.html", "question.html")
_MOST_KEPT = 1 << 20  # characters of sections and of what is in them
_GLYPHS = {"right": "✓", "part": "◐", "wrong": "✗", "none": "–"}
# Findings that describe what came instead of naming a known mistake, by how their ids begin.
_TAGS = {
    "unknown": "unknown",
    "error-": "meaning",
    "pattern-": "seen",
    "only-some-": "seen",
    "bad-manners": "seen",
}
_TROUBLES = {
    "unreadable": ("unreadable", "unreadable-say", "unreadable-do"),
    "missing": ("missing", "missing-say", "missing-do"),
    "grader_error": ("grader_error-title", "grader_error-what", "grader_error-do"),
}

_kept = Kept()  # parts of pages, by what is in them


@dataclass(frozen=True, slots=True, kw_only=True)
class _CheckView:
    of: CheckResult
    word: str
    tone: str
    glyph: str
    points: str
    why: str
    measures: str


# What ids shorten; the page names the function anyway.
_SHORT = {
    **dict.fromkeys(("gn", "gr", "jac", "lg", "mto", "sf", "sj", "su", "ug"), ""),
    "bce": "log loss",
    "ce": "cross-entropy",
    "dtanh": "derivative of tanh,",
    "grad": "gradient",
    "mse": "MSE",
    "tbptt": "truncation,",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _FoundView:
    tag: str  # a key of the words
    name: str
    hint: Markup
    outputs: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class _QuestionView:
    """A question with what the template needs to say about it."""

    of: QuestionResult
    standing: str  # a key of the words
    tone: str
    glyph: str
    points: str
    weight: str
    share: str
    lead: Markup
    explanation: Markup
    follow: Markup
    rest: Markup
    found: tuple[_FoundView, ...]
    checks: tuple[_CheckView, ...]
    token: str
    marked: bool

    @property
    def right(self) -> bool:
        return self.standing == "right"


def render_feedback(record: Record, *, remarks: Sequence[Markup] = ()) -> str:
    """The feedback page of one submission.

    Parameters
    ----------
    record : Result or mapping
        A result, or the same as read from its JSON file. Entries of a counterexample's ``expected``
        and ``actual`` that stand between ``«`` and ``»`` are shown as differing.
    remarks : sequence of Markup
        Sentences that come before everything else: what a teacher said and changed.

    Returns
    -------
    str
        A whole HTML document.
    """
    result = as_result(record)
    title, what, do = _TROUBLES.get(result.status, ("", "", ""))
    right = {question.id: question.status == "passed" for question in result.questions}
    parts = [_part(place, question, right) for place, question in enumerate(result.questions, 1)]
    return template(_PAGE).render(
        record=result,
        script_name="page.js",
        page_title=f"{result.title or result.assignment} · {result.student}",
        summary=_summary(result),
        late=_late(result.late_days),
        remarks=remarks,
        trouble={"title": title, "what": what, "do": do},
        unsafe="unsafe" in result.isolation,
        views=[view for view, _ in parts],
        sections=[section for _, section in parts],
    )


def _part(
    number: int, question: QuestionResult, right: Mapping[str, bool]
) -> tuple[_QuestionView, Markup]:
    """A question's view and its section of the page; once for all who have it right."""

    def make() -> tuple[_QuestionView, Markup]:
        view = _view(question, right)
        return view, Markup(template(_SECTION).render(q=view, number=number))  # escaped there

    if question.status != "passed" or question.follow_through:
        return make()
    key = number, repr(question)

    def make_to_keep() -> tuple[tuple[_QuestionView, Markup], int]:
        part = make()
        return part, len(key[1]) * 2 + len(part[1])

    return _kept.get(key, make_to_keep, most=_MOST_KEPT)


def has_remarks(page: str) -> bool:
    """Whether a page that ``render_feedback`` made holds words of a teacher."""
    return 'class="items remarks"' in page


def _summary(result: Result) -> Markup:
    right = sum(standing_of(question) == "right" for question in result.questions)
    if result.questions and right == len(result.questions):
        return say("full-marks")
    return say("questions-right", right=right, all=len(result.questions))


def _late(days: float) -> Markup:
    if days <= 0:
        return Markup("")
    return say("day-late" if days == 1 else "days-late", days=marks(days))


def standing_of(question: QuestionResult) -> str:
    """Where a question stands: its status, with ``failed`` told apart by its marks."""
    if question.status == "passed":
        return "right"
    if question.status == "failed":
        return "part" if question.score > 0 else "wrong"
    return question.status


def tone_of(standing: str) -> str:
    """The colour and the sign that go with a standing: right, part, wrong or none."""
    if standing in _GLYPHS:
        return standing
    return "wrong" if standing in ("timeout", "crashed") else "none"


def points_of(question: QuestionResult) -> str:
    """Marks of a question in words; no zero where the grader failed."""
    score = "–" if question.status == "grader_error" else marks(question.score)
    return f"{score} / {marks(question.max_score)}"


def share_of(score: float, max_score: float) -> float:
    """A score as a share between 0 and 1."""
    return min(1.0, max(0.0, score / max_score)) if max_score > 0 else 0.0


def _view(question: QuestionResult, right: Mapping[str, bool]) -> _QuestionView:
    standing = standing_of(question)
    tone = tone_of(standing)
    failing = [check for check in question.checks if check.status == "failed"]
    first = failing[0] if failing else None
    lead = question.message or (first.message if first else "")
    if standing == "grader_error":
        lead = ""  # the grader's own error may quote the reference; it is for the instructor
    explained = not question.diagnosis and not lead and f"{standing}-say" in WORDS
    case = question.counterexample
    return _QuestionView(
        of=question,
        standing=standing,
        tone=tone,
        glyph=_GLYPHS[tone],
        points=points_of(question),
        weight=f"{max(question.max_score, 0.1):.4g}",
        share=f"{100 * share_of(question.score, question.max_score):.4g}",
        lead=with_code(visible(lead, 1500)),
        explanation=say(f"{standing}-say") if explained else Markup(""),
        follow=_follow_through(question, right),
        rest=_names(question.right_outputs),
        found=tuple(_found(diagnosis) for diagnosis in question.diagnosis),
        checks=tuple(_check(check, lead, standing) for check in question.checks),
        token=first.token if first else "",
        marked=bool(case and "«" in case.expected + case.actual),
    )


def _check(check: CheckResult, lead: str, standing: str) -> _CheckView:
    part = check.status == "failed" and check.score > 0
    tone = {"passed": "right", "skipped": "none"}.get(check.status, "part" if part else "wrong")
    word = {"passed": "passed", "skipped": "skipped-check"}.get(check.status, "failed")
    if standing == "not_attempted" and check.status == "failed":
        tone, word = "none", "not-tried"
    return _CheckView(
        of=check,
        word="part" if part else word,
        tone=tone,
        glyph=_GLYPHS[tone],
        points=f"{marks(check.score)} / {marks(check.max_score)}",
        why="" if check.message == lead else one_line(check.message),
        measures=one_line(
            ", ".join(f"{key}: {value:.4g}" for key, value in check.measures.items())
        ),
    )


def _found(diagnosis: Diagnosis) -> _FoundView:
    name = visible(mistake_name(diagnosis.id), 200)
    return _FoundView(
        tag=_tag(diagnosis.id),
        name=name,
        hint=hint_in(diagnosis.hint),
        outputs=_names(diagnosis.outputs) if name else Markup(""),
    )


def mistake_name(identifier: str) -> str:
    """A misconception's id as words; empty where the hint has to stand alone."""
    if _tag(identifier) in ("meaning", "unknown"):
        return ""
    parts = identifier.removeprefix("pattern-").replace("_", "-").split("-")
    words = " ".join(filter(None, (_SHORT.get(part, part) for part in parts)))
    return words[:1].upper() + words[1:]


def _tag(identifier: str) -> str:
    return next((tag for start, tag in _TAGS.items() if identifier.startswith(start)), "recognised")


def _names(names: tuple[str, ...]) -> Markup:
    code = Markup("<code>{}</code>")
    return Markup(", ").join(code.format(one_line(name, 80)) for name in names)


def _follow_through(question: QuestionResult, right: Mapping[str, bool]) -> Markup:
    """Why others stood in: those known to be wrong, else those that no question is about."""
    if not question.follow_through:
        return Markup("")
    key = "follow-full" if question.score >= question.max_score else "follow-part"
    wrong = [name for name in question.replaced if not right.get(name, True)]
    doubtful = wrong or [name for name in question.replaced if name not in right]
    replaced = _names(tuple(doubtful)) or say("the-called")
    return say(key, function=_names((question.id,)), replaced=replaced)
