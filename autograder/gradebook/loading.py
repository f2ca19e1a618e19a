"""Import nbgrader, which takes seconds, only when it is needed."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def import_api() -> Any:
    """``nbgrader.api``, in half the time that importing it takes.

    On import, jsonschema compiles grammars for checking international addresses, which takes two
    seconds and which no notebook's schema asks for; it does without where the package is missing.
    """
    spared = "rfc3987_syntax"
    if "jsonschema" in sys.modules or spared in sys.modules:
        from nbgrader import api  # noqa: PLC0415
    else:
        sys.modules[spared] = None  # type: ignore[assignment]
        try:
            from nbgrader import api  # noqa: PLC0415
        finally:
            del sys.modules[spared]
    return api


def make_tables(url: str, course_id: str) -> None:
    """Let nbgrader make its tables where there are none; only one process may do so at a time."""
    api = import_api()
    with own_programs_on_path():
        api.Gradebook(url, course_id).close()


@contextmanager
def own_programs_on_path() -> Iterator[None]:
    """Let nbgrader find ``alembic`` also where the virtual environment is not activated."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def plugins_of(course: Path) -> Iterator[None]:
    """Let a course's own plug-ins, which lie beside its configuration, be imported.

    nbgrader's commands find them there, too. The folder comes last: nothing in it can take the
    place of another module.
    """
    sys.path.append(str(course))
    try:
        yield
    finally:
        sys.path.remove(str(course))
