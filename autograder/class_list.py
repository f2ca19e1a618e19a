"""Read a class list: who is in the course, and what other systems call them.

The file is what a learning management system exports, recognised by its header, or a table with
nbgrader's own names of columns.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

# What the columns of known exports are called, in lower case, the best one first.
_COLUMNS = {
    "id": ("sis login id", "username", "id number", "email address", "email"),
    "first_name": ("first_name", "first name"),
    "last_name": ("last_name", "last name", "surname"),
    "email": ("email", "email address"),
    "lms_user_id": ("lms_user_id", "id number"),
}
_LONGEST_ID = 128  # what nbgrader's gradebook keeps
_CANVAS_NAME, _CANVAS_ID = "student", "id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A student as the course knows them; ``id`` is the name of the folder under ``submitted/``.

    Attributes
    ----------
    lms_user_id : str
        The learning management system's own number or name for the student.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""


def read_class_list(path: Path, *, id_column: str | None = None) -> tuple[Person, ...]:
    """Read a class list from CSV.

    Parameters
    ----------
    path : pathlib.Path
        With a header: Canvas's gradebook export, Moodle's participants or grades, or a table with
        the columns ``id``, ``first_name``, ``last_name``, ``email`` and ``lms_user_id``, of which
        only the first is needed.
    id_column : str, optional
        The column that names a student's folder, where another than the usual one does.

    Raises
    ------
    UsageError
        When the file cannot be read, lacks the column, or names a student twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{path} cannot be read as a CSV file in UTF-8: {reason}.") from None
    rows = list(csv.reader(io.StringIO(text), delimiter=_delimiter(text)))
    header = [name.strip().lower() for name in rows[0]] if rows else []
    pick = _Columns(path, header, id_column)
    people: dict[str, Person] = {}
    for line, row in enumerate(rows[1:], start=2):
        person = pick.person(row + [""] * (len(header) - len(row)))
        if person is None:
            continue
        if "/" in person.id or person.id.startswith(".") or len(person.id) > _LONGEST_ID:
            raise UsageError(
                f"{path}, line {line}: {person.id!r} cannot name a student's folder. "
                "Name another column with --id."
            )
        if person.id in people:
            raise UsageError(f"{path}, line {line}: the student {person.id} is listed twice.")
        people[person.id] = person
    if not people:
        raise UsageError(f"{path} lists no student; it needs a header and a line for each.")
    return tuple(people.values())


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


class _Columns:
    """Where in a row everything stands."""

    def __init__(self, path: Path, header: Sequence[str], id_column: str | None) -> None:
        self._canvas = _CANVAS_NAME in header and _CANVAS_ID in header
        self._places = {field: _find(header, names) for field, names in _COLUMNS.items()}
        if _CANVAS_ID in header:
            if self._canvas:
                self._places["lms_user_id"] = header.index(_CANVAS_ID)
                self._name = header.index(_CANVAS_NAME)
            else:
                self._places["id"] = header.index(_CANVAS_ID)
        if id_column is not None:
            self._places["id"] = _find(header, (id_column.strip().lower(),))
        if self._places["id"] is None:
            wanted = id_column or "id, SIS Login ID, Username or Email address"
            found = ", ".join(header) or "nothing"
            raise UsageError(f"{path} has no column {wanted}; it has {found}. Name one with --id.")

    def person(self, row: Sequence[str]) -> Person | None:
        """The student of a row; ``None`` for a row without one, such as Canvas's points."""
        values = {
            field: row[place].strip()
            for field, place in self._places.items()
            if place is not None and place < len(row)
        }
        if not values.get("id"):
            return None
        if self._canvas:
            last, _, first = row[self._name].partition(",")
            values.update(first_name=first.strip(), last_name=last.strip())
        return Person(**values)


def _find(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
