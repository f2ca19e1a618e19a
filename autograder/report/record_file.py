"""Result records as JSON text and back."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from autograder.errors import CourseError
from autograder.score import (
    CellResult,
    CheckResult,
    Counterexample,
    Diagnosis,
    QuestionResult,
    Result,
)

Record = Result | Mapping[str, Any]
_T = TypeVar("_T")


def render_json(record: Record) -> str:
    """The record as JSON text; numbers that JSON lacks (NaN, infinities) become null.

    One key, one question a line: easy on the eyes, and much faster than full indentation.
    """
    data = record.as_dict() if isinstance(record, Result) else record
    lines = (f"{_dumps(str(key))}: {_lines(value)}" for key, value in data.items())
    text = "{\n " + ",\n ".join(lines) + "\n}\n"
    # A lone surrogate, which UTF-8 cannot hold, becomes the escape that JSON has for it.
    return text.encode("utf-8", errors="backslashreplace").decode("utf-8")


def _lines(value: Any) -> str:
    """A list of objects on a line each, everything else on one."""
    if isinstance(value, list | tuple) and value and isinstance(value[0], Mapping):
        return "[\n  " + ",\n  ".join(map(_dumps, value)) + "\n ]"
    return _dumps(value)


def _dumps(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError):
        return json.dumps(_jsonable(value), ensure_ascii=False, allow_nan=False)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def read_record(path: Path) -> Result:
    """Read a record back.

    Raises
    ------
    CourseError
        The file cannot be read or is no record; names the file and how to mend it.
    """
    advice = "Delete it and grade this submission again."
    try:
        return as_result(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CourseError(f"{path}: cannot be read ({error.strerror}).") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CourseError(f"{path}: this is no result record ({error}). {advice}") from error


def as_result(record: Record) -> Result:
    """A record as dataclasses; keys that this version does not know are passed over."""
    if isinstance(record, Result):
        return record
    return _build(
        Result,
        record,
        notes=tuple(record.get("notes", ())),
        cells=tuple(_build(CellResult, cell) for cell in record.get("cells", ())),
        questions=tuple(_question(question) for question in record.get("questions", ())),
    )


def _question(data: Mapping[str, Any]) -> QuestionResult:
    case = data.get("counterexample")
    return _build(
        QuestionResult,
        {"title": data["id"], **data},
        replaced=tuple(data.get("replaced", ())),
        right_outputs=tuple(data.get("right_outputs", ())),
        checks=tuple(_check(check) for check in data.get("checks", ())),
        diagnosis=tuple(
            _build(Diagnosis, found, outputs=tuple(found.get("outputs", ())))
            for found in data.get("diagnosis", ())
        ),
        counterexample=_build(Counterexample, case) if case else None,
    )


def _check(data: Mapping[str, Any]) -> CheckResult:
    measures = {
        key: math.nan if value is None else value for key, value in data.get("measures", {}).items()
    }
    return _build(CheckResult, data, outputs=tuple(data.get("outputs", ())), measures=measures)


def _build(cls: type[_T], data: Mapping[str, Any], **ready: Any) -> _T:
    known = _fields_of(cls)  # type: ignore[arg-type]
    return cls(**{key: value for key, value in data.items() if key in known} | ready)


@cache
def _fields_of(cls: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(cls))
