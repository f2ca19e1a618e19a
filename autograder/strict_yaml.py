"""YAML as instructors expect it: a duplicate key is an error, and ``1e-7`` is a number."""

import re
from pathlib import Path
from typing import Any

import yaml

from autograder.errors import SpecError

try:  # ten times as fast; PyYAML's wheels have it
    from yaml import CSafeLoader as _SafeLoader
except ImportError:
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _StrictLoader(_SafeLoader):
    """PyYAML's safe loader without its two surprises."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                line = key_node.start_mark.line + 1
                raise SpecError(f"line {line}: the key {key!r} stands twice; remove one of them.")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


# YAML 1.1 reads a number without a dot before its exponent as a string; everyone means a number.
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def load_yaml(path: Path) -> Any:
    """Read one YAML file.

    Raises
    ------
    SpecError
        When the file is missing, is not UTF-8, is not YAML, or repeats a key; names the line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(f"{path}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"{path}: cannot be read ({error}); save it as UTF-8 text.") from None
    try:
        return yaml.load(text, Loader=_StrictLoader)
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise SpecError(f"{path}{where}: {problem}; check the indentation and quotes.") from None
