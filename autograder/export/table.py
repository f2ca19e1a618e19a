"""Marks as a table of one line a student: our own, and those that Canvas and Moodle import.

Canvas and Moodle get no line for who has no mark: an empty field would take away one that is there.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from autograder.export.mark import Mark

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would run


def render_csv(marks: Sequence[Mark]) -> str:
    """Everything there is: the mark, the late penalty, and the marks of every question."""
    functions = list(dict.fromkeys(name for mark in marks for name in mark.questions))
    header = ["student", "last_name", "first_name", "email", "assignment", "status"]
    rows = [[*header, "score", "max_score", "late_penalty", "late_days", *functions]]
    for mark in marks:
        person = mark.person
        names = (person.id, person.last_name, person.first_name, person.email)
        rows.append(
            [
                *map(_inert, names),
                mark.assignment,
                mark.status,
                _number(mark.score),
                _number(mark.max_score),
                _number(mark.late_penalty),
                _number(mark.late_days),
                *(_number(mark.questions.get(function)) for function in functions),
            ]
        )
    return _csv(rows)


def render_canvas(marks: Sequence[Mark], column: str | None = None) -> str:
    """A file for Canvas's "Import" of the gradebook.

    Students are found by Canvas's own number, else by their login. The column's header must be
    the title of the assignment in Canvas, or Canvas offers to make a new one.

    Source: the header that Canvas's gradebook export writes and its import requires.
    """
    header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    title = column or (marks[0].title if marks else "")
    points = _number(marks[0].max_score) if marks else ""
    rows = [[*header, title], ["    Points Possible", "", "", "", "", points]]
    for mark in marks:
        if mark.score is None:
            continue
        person = mark.person
        name = ", ".join(filter(None, (person.last_name, person.first_name))) or person.id
        identity = map(_inert, (name, person.lms_user_id, "", person.id))
        rows.append([*identity, "", _number(mark.score)])
    return _csv(rows)


def render_moodle(marks: Sequence[Mark], column: str | None = None) -> str:
    """A file for Moodle's "Import: CSV file" of grades, with a line of feedback.

    Map from "Username", "ID number" or "Email address", whichever the course uses.

    Source: Moodle's documentation, "Grade import".
    """
    title = column or (marks[0].title if marks else "")
    header = ["Username", "ID number", "Email address", "First name", "Last name"]
    rows = [[*header, title, f"{title} (feedback)"]]
    for mark in marks:
        if mark.score is None:
            continue
        person = mark.person
        names = (person.id, person.lms_user_id, person.email, person.first_name, person.last_name)
        rows.append([*map(_inert, names), _number(mark.score), _inert(_feedback(mark))])
    return _csv(rows)


def _feedback(mark: Mark) -> str:
    parts = [
        f"{function} {_number(score)}/{_number(mark.max_scores.get(function))}"
        for function, score in mark.questions.items()
    ]
    late = f"; {_number(mark.late_penalty)} off for handing in late" if mark.late_penalty else ""
    return ", ".join(parts) + late


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def _inert(text: str) -> str:
    """The text so that a spreadsheet shows it instead of running it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _csv(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
