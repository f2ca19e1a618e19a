"""Find and read the ``.checks.json`` files that are handed out beside notebooks.

A folder may hold several notebooks and their files; a notebook's own comes first.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.errors import UsageError

SUFFIX = ".checks.json"


def files_in(folder: Path, notebook: str = "") -> tuple[Path, ...]:
    """The files in a folder, first the one of the notebook of that name.

    Parameters
    ----------
    notebook : str
        The notebook's name without its ending, where it is known.
    """
    found = sorted(folder.glob(f"*{SUFFIX}"))
    return tuple(sorted(found, key=lambda path: path.name != notebook + SUFFIX))


def read_questions(path: Path) -> Mapping[str, Mapping[str, Any]]:
    """What a file says about each function.

    Raises
    ------
    UsageError
        When it is damaged.
    """
    try:
        questions: dict[str, dict[str, Any]] = json.loads(path.read_text("utf-8"))["questions"]
        if all(question["cases"] is not None for question in questions.values()):
            return questions
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    raise UsageError(f"{path} is damaged. Download it again.")


def find_question(
    function: str, folder: Path, notebook: str = ""
) -> tuple[Mapping[str, Any] | None, str]:
    """What the files of a folder say about a function, or a sentence on why there is nothing."""
    files = files_in(folder, notebook)
    if not files:
        return None, (
            f"There is no {SUFFIX} file in {folder}. Download the one that came with the "
            "notebook into this folder."
        )
    known: list[str] = []
    damaged = ""
    for path in files:
        try:
            questions = read_questions(path)
        except UsageError as error:
            damaged = damaged or str(error)
            continue
        if function in questions:
            return questions[function], ""
        known += questions
    return None, damaged or f"There is no check for {function!r}; there are {', '.join(known)}."


def questions_of(notebook: Path) -> Mapping[str, Mapping[str, Any]]:
    """What belongs to a notebook.

    Raises
    ------
    UsageError
        When the file is missing or damaged, or it is not clear which one it is.
    """
    files = files_in(notebook.parent, notebook.stem)
    if not files:
        raise UsageError(
            f"There is no {SUFFIX} file beside {notebook}. "
            "Put the one that was handed out with the notebook into the same folder."
        )
    if len(files) > 1 and files[0].name != notebook.stem + SUFFIX:
        names = ", ".join(path.name for path in files)
        raise UsageError(
            f"{notebook.name} could belong to {names}. Give the notebook the name that it was "
            "handed out with."
        )
    return read_questions(files[0])
