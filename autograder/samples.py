"""A sample class: labelled submissions, named by behaviour, made from an assignment's own notebook.

``samples.yaml`` in the assignment's folder says what each one does and which mark it should get.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import SpecError
from autograder.file_keys import SAMPLE
from autograder.files import write_file
from autograder.source_notebook import build_source
from autograder.spec import Assignment
from autograder.strict_yaml import load_yaml

NO_FILE = "no_file"
_STUB = "raise NotImplementedError\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One labelled submission.

    Attributes
    ----------
    content : bytes or None
        The notebook's file; ``None`` for a folder without one.
    status, score : str, float
        What its record should say.
    """

    name: str
    about: str
    content: bytes | None
    status: str
    score: float


def load_samples(assignment: Assignment) -> tuple[Sample, ...]:
    """The sample class of an assignment.

    Raises
    ------
    SpecError
        When there is none, or an entry is wrong.
    """
    path = assignment.folder / "samples.yaml"
    solved = build_source(assignment)
    samples = []
    for name, entry in load_yaml(path).items():
        _check_keys(path, name, entry)
        samples.append(
            Sample(
                name=name,
                about=entry["about"],
                content=_content(assignment, solved, name, entry),
                status=entry.get("status", "graded"),
                score=float(entry.get("score", 0.0)),
            )
        )
    return tuple(samples)


def _check_keys(path: Path, name: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        raise SpecError(f"{path}: {name}: expected a mapping, found {entry!r}.")
    unknown = set(entry) - set(SAMPLE.known)
    if unknown:
        known = ", ".join(SAMPLE.known)
        raise SpecError(f"{path}: {name} has the unknown key {min(unknown)!r}; known are {known}.")
    missing = set(SAMPLE.required) - set(entry)
    if missing:
        raise SpecError(f"{path}: {name} lacks the key {min(missing)!r}.")
    tamper = entry.get("tamper", "nothing")
    if tamper not in (*_TAMPER, NO_FILE):
        known = ", ".join((*_TAMPER, NO_FILE))
        raise SpecError(f"{path}: {name}: tamper {tamper!r} is none of {known}.")


def write_samples(assignment: Assignment, submitted: Path) -> tuple[Sample, ...]:
    """Write the class as ``<name>/<assignment>/<assignment>.ipynb`` below ``submitted``."""
    samples = load_samples(assignment)
    for sample in samples:
        folder = submitted / sample.name / assignment.name
        folder.mkdir(parents=True, exist_ok=True)
        if sample.content is not None:
            write_file(folder / f"{assignment.name}.ipynb", sample.content)
    return samples


def _content(
    assignment: Assignment, solved: Mapping[str, Any], name: str, entry: Mapping[str, Any]
) -> bytes | None:
    document = copy.deepcopy(dict(solved))
    cells: list[dict[str, Any]] = document["cells"]
    replaced = entry.get("cells", {})
    for cell in cells:
        label = cell["metadata"].get("nbgrader", {})
        if label.get("solution"):
            if entry.get("base", "solved") == "stub":
                cell["source"] = _STUB
            function = label["grade_id"].removeprefix("carried-")
            cell["source"] = replaced.get(function, cell["source"])
    known = {*assignment.carried, *(question.function for question in assignment.questions)}
    if unknown := set(replaced) - known:
        raise SpecError(f"samples.yaml: {name} replaces {min(unknown)!r}, which has no cell.")
    for number, source in enumerate(entry.get("add", ())):
        cells.insert(2 + number, _plain(f"added-{number}", source))
    tamper = entry.get("tamper", "nothing")
    if tamper == NO_FILE:
        return None
    _TAMPER[tamper](document)
    data = json.dumps(document, indent=1).encode()
    return data[: len(data) // 2] if tamper == "cut_off" else data


def _plain(name: str, source: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {},
        "source": source,
        "execution_count": None,
        "outputs": [],
    }


def _is_test(cell: Mapping[str, Any]) -> bool:
    return bool(cell["metadata"].get("nbgrader", {}).get("grade"))


def _drop_labels(document: dict[str, Any]) -> None:
    for cell in document["cells"]:
        cell["metadata"] = {}


def _duplicate_tests(document: dict[str, Any]) -> None:
    tests = [copy.deepcopy(cell) for cell in document["cells"] if _is_test(cell)]
    document["cells"] += tests


def _delete_tests(document: dict[str, Any]) -> None:
    document["cells"] = [cell for cell in document["cells"] if not _is_test(cell)]


def _skip_tags(document: dict[str, Any]) -> None:
    for cell in filter(_is_test, document["cells"]):
        cell["metadata"]["tags"] = ["skip-execution"]


def _other_assignment(document: dict[str, Any]) -> None:
    for number, cell in enumerate(document["cells"]):
        label = cell["metadata"].get("nbgrader")
        if label:
            prefix = "test_" if label["grade"] else ""
            label["grade_id"] = f"{prefix}other_{number}"
            cell["source"] = "pass"


def _nothing(_document: dict[str, Any]) -> None:
    pass


_TAMPER = {
    "nothing": _nothing,
    "cut_off": _nothing,
    "drop_labels": _drop_labels,
    "duplicate_tests": _duplicate_tests,
    "delete_tests": _delete_tests,
    "skip_tags": _skip_tags,
    "other_assignment": _other_assignment,
}
