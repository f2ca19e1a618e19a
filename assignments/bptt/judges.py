"""Parameters under other names than those of the lecture: what the task allows, and some forget."""

from collections.abc import Mapping
from typing import Any

from autograder.judgement import Judgement, same_entries
from reference.bptt import update_parameters


def steps_downhill(arguments: Mapping[str, Any], value: object) -> Judgement:
    """New parameters, each by the gradient whose name is its own after a ``d``."""
    return same_entries(update_parameters(**arguments), value)
