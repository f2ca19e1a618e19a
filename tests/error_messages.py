"""The sentences of all errors that the package raises on purpose, found in its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "autograder"
SHOWN = {
    "UsageError", "SpecError", "_KeyPathError", "CourseError", "NotebookError", "IsolationError",
    "RunnerError", "GradebookError", "ArgumentTypeError",
}  # fmt: skip


def telling_parts() -> dict[str, str]:
    """Of each message the longest part of its first sentence that is always the same.

    Returns
    -------
    dict of str to str
        From the part to where it stands.
    """
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in SHOWN and node.args:
                parts = [part.strip(" .:,;()[]") for part in _literals(node.args[0])]
                part = max(parts, key=len, default="")
                if len(part) > 3:
                    found[part] = f"{path.relative_to(SOURCE)}:{node.lineno}"
    return found


def plain(text: str) -> str:
    """Without marks of code and line breaks."""
    return " ".join(text.replace("`", "").replace("\\", "").split())


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literals(message: ast.expr) -> Iterator[str]:
    """The fixed parts of the first sentence."""
    values = message.values if isinstance(message, ast.JoinedStr) else [message]
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            sentence, dot, _ = value.value.partition(". ")
            yield plain(sentence)
            if dot:
                return
