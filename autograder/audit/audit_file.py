"""What an assignment says to its audit: ``audit.yaml`` in its folder.

::

    accepted:                  # mutants that may survive, each with a reason
    - mutant: "f: return x / m -> return x // m"
      reason: m divides x in every documented input.
      equivalent: true         # it is no mistake; else it still counts in the mutation score
    domain:                    # inputs the documentation allows, besides those of the case groups
      f:
      - {name: no examples, dims: {m: 1}, arguments: {x: "zeros(1, m)"}}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder import file_keys
from autograder.errors import SpecError
from autograder.file_keys import Keys
from autograder.spec import Assignment, Group
from autograder.strict_yaml import load_yaml

FILE_NAME = "audit.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Why a mutant may survive."""

    mutant: str
    reason: str
    equivalent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFile:
    """The content of the file; all empty where there is none.

    Attributes
    ----------
    domain : mapping of str to tuple of Group
        By function.
    """

    excuses: Mapping[str, Excuse]
    domain: Mapping[str, tuple[Group, ...]]


def load_audit_file(assignment: Assignment) -> AuditFile:
    """Read and check the file.

    Raises
    ------
    SpecError
        For whatever is unknown, missing or repeated; names the entry.
    """
    path = assignment.folder / FILE_NAME
    data = load_yaml(path) if path.is_file() else None
    top = _mapping(path, "the file", data or {}, file_keys.AUDIT)
    excuses: dict[str, Excuse] = {}
    for number, item in enumerate(_list(path, "accepted", top.get("accepted", []))):
        excuse = _excuse(path, f"accepted[{number}]", item)
        if excuse.mutant in excuses:
            raise SpecError(f"{path}: {excuse.mutant!r} is accepted twice; remove one.")
        excuses[excuse.mutant] = excuse
    functions = {question.function for question in assignment.questions}
    domain = {}
    for function, groups in _mapping(path, "domain", top.get("domain", {})).items():
        if function not in functions:
            raise SpecError(f"{path}, domain: {function!r} is no question of {assignment.name}.")
        domain[function] = tuple(
            _group(path, f"domain.{function}[{number}]", group)
            for number, group in enumerate(_list(path, f"domain.{function}", groups))
        )
    return AuditFile(excuses=excuses, domain=domain)


def _excuse(path: Path, where: str, item: Any) -> Excuse:
    entry = _mapping(path, where, item, file_keys.ACCEPTED)
    for key in file_keys.ACCEPTED.required:
        if not isinstance(entry[key], str) or not entry[key].strip():
            raise SpecError(f"{path}, {where}.{key}: expected text, found {entry[key]!r}.")
    equivalent = entry.get("equivalent", False)
    if not isinstance(equivalent, bool):
        raise SpecError(f"{path}, {where}.equivalent: expected true or false.")
    return Excuse(mutant=entry["mutant"], reason=entry["reason"], equivalent=equivalent)


def _group(path: Path, where: str, item: Any) -> Group:
    entry = _mapping(path, where, item, file_keys.DOMAIN)
    dims = _mapping(path, f"{where}.dims", entry.get("dims", {}))
    return Group(
        name=str(entry["name"]),
        points=0.0,
        dims=_ranges(dims),
        vary=tuple(_ranges(each) for each in _list(path, f"{where}.vary", entry.get("vary", []))),
        given=_mapping(path, f"{where}.given", entry.get("given", {})),
        arguments=_mapping(path, f"{where}.arguments", entry.get("arguments", {})),
        omit=tuple(_list(path, f"{where}.omit", entry.get("omit", []))),
    )


def _ranges(dims: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(dim) if isinstance(dim, list) else dim for name, dim in dims.items()}


def _mapping(path: Path, where: str, value: Any, keys: Keys | None = None) -> Mapping[str, Any]:
    """A mapping that has the required keys and no unknown ones; without ``keys`` any."""
    if not isinstance(value, dict):
        raise SpecError(f"{path}, {where}: expected a mapping, found {value!r}.")
    if keys is None:
        return value
    for key in keys.required:
        if key not in value:
            raise SpecError(f"{path}, {where}: the key {key!r} is missing.")
    if unknown := set(value) - set(keys.known):
        known = ", ".join(keys.known)
        raise SpecError(f"{path}, {where}: unknown key {min(unknown)!r}; known are {known}.")
    return value


def _list(path: Path, where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise SpecError(f"{path}, {where}: expected a list, found {value!r}.")
    return value
