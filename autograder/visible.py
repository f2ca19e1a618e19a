"""The cases that students may see: a file beside the released notebook.

They come from the size ladder, with small round numbers, so they never equal a hidden case.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from autograder.cases import Case, build_ladder, build_property
from autograder.checks_file import SUFFIX
from autograder.expected import answer
from autograder.files import write_file
from autograder.plain_json import to_json
from autograder.spec import Assignment, Check, Kind, Output, Property, Question

SCHEMA = 1
_LARGEST = 20_000  # characters of one case; larger ones stay hidden
_STEPS = (5, -1)  # which rungs of the size ladder are shown


def write_visible_cases(assignment: Assignment, folder: Path) -> Path:
    """Write ``<assignment>.checks.json`` into the folder of a notebook."""
    path = folder / f"{assignment.name}{SUFFIX}"
    write_file(path, json.dumps(visible_cases(assignment), ensure_ascii=False) + "\n")
    return path


def visible_cases(assignment: Assignment) -> dict[str, Any]:
    """Inputs and right answers that ``check`` compares with, as JSON data."""
    return {
        "schema": SCHEMA,
        "assignment": assignment.name,
        "questions": {
            question.function: {
                "title": question.title,
                "tolerance": question.tolerance,
                "returns": [asdict(output) for output in question.returns],
                "manners": any(group.check is Check.MANNERS for group in question.groups),
                "purity": any(group.check is Check.PURITY for group in question.groups),
                "quiet": any(group.check is Check.QUIET for group in question.groups),
                "fresh": question.fresh,
                "cases": _cases(assignment, question),
                "properties": [_property(assignment, question, p) for p in question.properties],
            }
            for question in assignment.questions
        },
    }


def _cases(assignment: Assignment, question: Question) -> list[dict[str, Any]]:
    shown = []
    for number, group in enumerate(question.groups):
        if group.check not in (Check.VALUES, Check.RAISES):
            continue
        ladder = list(build_ladder(assignment, question, number))
        for case in [ladder[step] for step in _STEPS if ladder and step < len(ladder)]:
            entry = _case(assignment, question, group.name, group.raises, case)
            if len(json.dumps(entry)) <= _LARGEST:
                shown.append(entry)
    return shown


def _case(
    assignment: Assignment, question: Question, name: str, raises: str | None, case: Case
) -> dict[str, Any]:
    expected = answer(assignment.reference_functions[question.function], case)
    return {
        "name": name,
        "arguments": to_json(dict(case.arguments)),
        "expected": to_json(expected.value),
        "raises": raises,
    }


def _property(assignment: Assignment, question: Question, wanted: Property) -> dict[str, Any]:
    case = build_property(assignment, question, wanted)
    own = {key: value for key, value in case.arguments.items() if key not in wanted.reuse}
    return {
        "of": wanted.of,
        "result": wanted.result,
        "gradients": dict(wanted.gradients),
        "reuse": dict(wanted.reuse),
        "order": list(case.arguments),
        "inputs": to_json(dict(case.inputs)),
        "upstream": to_json(case.upstream),
        "arguments": to_json(own),
    }


def read_output(data: dict[str, Any]) -> Output:
    """An output as ``visible_cases`` wrote it."""
    return Output(
        name=data["name"],
        kind=Kind(data["kind"]),
        shape=tuple(data["shape"]),
        fields=tuple(read_output(field) for field in data["fields"]),
        holds=tuple(data["holds"]),
    )
