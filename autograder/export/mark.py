"""One student's final mark: the result record, and what the gradebook makes of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.class_list import Person
from autograder.score import QuestionResult, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A student's mark as it leaves the course.

    Attributes
    ----------
    score : float or None
        With manual marks, extra credit and the late penalty; ``None`` where there is no mark.
    questions : mapping of str to float
        Marks of each function, before any late penalty.
    max_scores : mapping of str to float
        What each function could have earned.
    """

    person: Person
    assignment: str
    title: str
    max_score: float
    status: str
    score: float | None
    late_days: float = 0.0
    late_penalty: float = 0.0
    questions: Mapping[str, float] = field(default_factory=dict)
    max_scores: Mapping[str, float] = field(default_factory=dict)


def combine_marks(
    results: Iterable[tuple[Result, Mapping[str, Any]]],
    people: Sequence[Person],
    *,
    assignment: str,
    title: str,
    max_score: float,
) -> tuple[Mark, ...]:
    """Put records, gradebook and class list together, in the order of the students' ids.

    Parameters
    ----------
    results : iterable of (Result, mapping)
        Each record with what ``Lookup.adjustments`` says of the student; none is kept.
    people : sequence of Person
        The class list; students with a record but not on it are added.
    """
    known = {person.id: person for person in people}
    marks = {
        person.id: Mark(
            person=person,
            assignment=assignment,
            title=title,
            max_score=max_score,
            status="missing",
            score=None,
        )
        for person in people
    }
    for record, added in results:
        result = as_marked(record, added)
        graded = result.status == "graded"
        marks[result.student] = Mark(
            person=known.get(result.student, Person(id=result.student)),
            assignment=assignment,
            title=title,
            max_score=max_score,
            status=result.status,
            score=round(result.score, 2) if graded else None,
            late_days=result.late_days,
            late_penalty=round(added.get("late_penalty") or 0.0, 2) if graded else 0.0,
            questions={q.id: q.score for q in result.questions} if graded else {},
            max_scores={q.id: q.max_score for q in result.questions} if graded else {},
        )
    return tuple(marks[student] for student in sorted(marks))


def as_marked(result: Result, added: Mapping[str, Any]) -> Result:
    """The result with what the gradebook adds: manual marks, extra credit, the late penalty.

    What could not be graded counts as graded once a person has marked every question.

    Parameters
    ----------
    added : mapping
        What ``Lookup.adjustments`` says; empty for nothing.
    """
    entries = added.get("questions", {})
    by_hand = [entries.get(question.id, {}).get("manual_score") for question in result.questions]
    if not added or (result.status != "graded" and (None in by_hand or not by_hand)):
        return replace(result, late_days=added.get("late_days", 0.0))
    questions = tuple(_as_marked(question, entries) for question in result.questions)
    return replace(
        result,
        status="graded",
        score=added["score"],
        late_days=added.get("late_days", 0.0),
        questions=questions,
    )


def _as_marked(question: QuestionResult, entries: Mapping[str, Any]) -> QuestionResult:
    entry = entries.get(question.id)
    if entry is None:
        return question
    if entry.get("manual_score") is None:
        return replace(question, score=entry["score"])
    right = entry["score"] >= question.max_score
    return replace(question, score=entry["score"], status="passed" if right else "failed")
