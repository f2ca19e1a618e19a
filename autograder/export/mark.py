"""One student's final mark: the result record, and what the gradebook makes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.class_list import Person
from autograder.score import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A student's mark as it leaves the course.

    Attributes
    ----------
    score : float or None
        With manual marks, extra credit and the late penalty; ``None`` where there is no mark.
    questions : mapping of str to float
        Marks of each function, before any late penalty.
    result : Result or None
        ``None`` for a student of the class list who handed nothing in.
    """

    person: Person
    assignment: str
    title: str
    max_score: float
    status: str
    score: float | None
    late_penalty: float = 0.0
    questions: Mapping[str, float] = field(default_factory=dict)
    result: Result | None = None


def combine_marks(
    results: Sequence[Result],
    adjustments: Mapping[str, Mapping[str, Any]],
    people: Sequence[Person],
    *,
    assignment: str,
    title: str,
    max_score: float,
) -> tuple[Mark, ...]:
    """Put records, gradebook and class list together, in the order of the students' ids.

    Parameters
    ----------
    adjustments : mapping
        By student, what ``Gradebook.adjustments`` says.
    people : sequence of Person
        The class list; students with a record but not on it are added.
    """
    known = {person.id: person for person in people}
    records = {result.student: result for result in results}
    marks = []
    for student in sorted({*known, *records}):
        result = records.get(student)
        graded = result is not None and result.status == "graded"
        added = adjustments.get(student, {}) if graded else {}
        own = {question.id: question.score for question in result.questions} if result else {}
        for function, entry in added.get("questions", {}).items():
            if function in own:
                own[function] = entry["score"]
        score = added.get("score", result.score if result else None) if graded else None
        marks.append(
            Mark(
                person=known.get(student, Person(id=student)),
                assignment=assignment,
                title=title,
                max_score=max_score,
                status=result.status if result else "missing",
                score=None if score is None else round(score, 2),
                late_penalty=round(added.get("late_penalty") or 0.0, 2),
                questions=own if graded else {},
                result=result,
            )
        )
    return tuple(marks)
