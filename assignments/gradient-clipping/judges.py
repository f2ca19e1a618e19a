"""Gradients under other names than those of the lecture: what the tasks allow, and some forget."""

from collections.abc import Mapping
from typing import Any

from autograder.judgement import Judgement, same_entries
from reference.gradient_clipping import clip_by_global_norm, clip_by_value, clipped_update


def clips_by_value(arguments: Mapping[str, Any], value: object) -> Judgement:
    """Each array under its own name, whatever that is."""
    return same_entries(clip_by_value(**arguments), value)


def clips_together(arguments: Mapping[str, Any], value: object) -> Judgement:
    """The dict of a pair of it and the norm."""
    if not isinstance(value, tuple | list) or len(value) != 2:
        return Judgement(problems=("It should return two things: the gradients and the norm.",))
    return same_entries(clip_by_global_norm(**arguments)[0], value[0], 2e-6)


def makes_a_clipped_step(arguments: Mapping[str, Any], value: object) -> Judgement:
    """New parameters, each by the gradient whose name is its own after a ``d``."""
    return same_entries(clipped_update(**arguments), value, 2e-6)
