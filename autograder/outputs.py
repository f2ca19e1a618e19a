"""Take apart what a function returned: each output under the name that verdicts use."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.arrays import as_numbers
from autograder.spec import Kind, Output


def outputs_of(returns: Sequence[Output], value: object) -> dict[str, object]:
    """Outputs by name, as `autograder.compare.output_names` names them; missing ones left out."""
    if len(returns) == 1:
        return _output(returns[0], value, "", alone=True)
    if not isinstance(value, tuple | list) or len(value) != len(returns):
        return {}
    found: dict[str, object] = {}
    for output, item in zip(returns, value, strict=True):
        found.update(_output(output, item, ""))
    return found


def _output(output: Output, value: Any, prefix: str, *, alone: bool = False) -> dict[str, object]:
    name = f"{prefix}{output.name}"
    if output.kind is not Kind.DICT:
        return {name: value}
    found: dict[str, object] = {}
    if isinstance(value, Mapping):
        for field in output.fields:
            if field.name in value:
                found.update(_output(field, value[field.name], prefix if alone else f"{name}."))
    return found


def output_kinds(returns: Sequence[Output]) -> dict[str, Output]:
    """What each output must be, by the name that verdicts use."""
    alone = len(returns) == 1
    found: dict[str, Output] = {}
    for output in returns:
        found.update(_kinds(output, "", alone=alone))
    return found


def _kinds(output: Output, prefix: str, *, alone: bool = False) -> dict[str, Output]:
    name = f"{prefix}{output.name}"
    if output.kind is not Kind.DICT:
        return {name: output}
    found: dict[str, Output] = {}
    for field in output.fields:
        found.update(_kinds(field, prefix if alone else f"{name}."))
    return found


def numbers_of(value: object) -> NDArray[np.float64] | None:
    """A real array of floats, or ``None`` where the value is something else."""
    array = as_numbers(value)
    if array is None or array.dtype.kind == "c":
        return None
    return np.asarray(array, dtype=np.float64)


def is_telling(value: object) -> bool:
    """Whether equal values mean anything: zeros, a constant, or a plain number may be chance."""
    if isinstance(value, Mapping):
        return any(is_telling(item) for item in value.values())
    array = numbers_of(value)
    if array is None:
        return isinstance(value, list | tuple) and any(is_telling(item) for item in value)
    finite = array[np.isfinite(array)]
    if array.ndim == 0 or array.size == 1:
        return bool(finite.size) and float(finite.ravel()[0] * 8) % 1 != 0
    return finite.size > 1 and bool(np.ptp(finite) > 1e-9 * np.max(np.abs(finite)))
