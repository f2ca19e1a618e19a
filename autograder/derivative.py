"""Try a gradient without knowing the answer: numerical derivatives of the student's own function.

Runs in the student's kernel. A backward pass is right when its gradients are the slopes of the
forward pass that it belongs to, whoever wrote that.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograder.check_report import Row
from autograder.plain_json import from_json
from autograder.spec import Kind, Output

_EPSILON = 1e-5
_TOLERANCE = 1e-5

Function = Callable[..., Any]


def check_derivative(
    function: Function, of: Function, wanted: Mapping[str, Any], returns: Sequence[Output]
) -> Row:
    """Compare a function's gradients with central differences of another function.

    Parameters
    ----------
    function : callable
        Returns gradients.
    of : callable
        What is derived; the student's own.
    wanted : mapping
        A property as ``autograder.visible`` wrote it.
    returns : sequence of Output
        What ``function`` returns.
    """
    name = f"slopes of your own {wanted['of']}"
    inputs: dict[str, Any] = from_json(wanted["inputs"])
    upstream = from_json(wanted["upstream"])
    forward = of(*copy.deepcopy(list(inputs.values())))
    own: dict[str, Any] = from_json(wanted["arguments"])
    for argument, position in wanted["reuse"].items():
        own[argument] = forward[position]
    gradients = function(*(own[argument] for argument in wanted["order"]))
    for path, output in wanted["gradients"].items():
        slopes = _slopes(of, inputs, path, wanted["result"], upstream)
        found = _numbers(_pick(gradients, output, returns))
        if found is None or found.size != slopes.size:
            problem = f"{output} should be an array of shape {slopes.shape}."
            return Row(name=name, problem=problem)
        scale = max(float(np.max(np.abs(slopes))), 1e-8)
        wrong = np.max(np.abs(found.reshape(slopes.shape) - slopes)) > _TOLERANCE * scale
        if wrong or not np.all(np.isfinite(found)):
            return Row(
                name=name,
                problem=f"{output} is not the slope of {wanted['of']} along {_last(path)}.",
                expected=_shown(slopes),
                actual=_shown(found.reshape(slopes.shape)),
            )
    return Row(name=name)


def _slopes(
    of: Function, inputs: Mapping[str, Any], path: str, result: int | None, upstream: Any
) -> NDArray[np.float64]:
    """Central differences of the projected result along one input."""

    def value_at(shift: NDArray[np.float64]) -> float:
        moved = copy.deepcopy(dict(inputs))
        argument, _, entry = path.partition(".")
        if entry:
            moved[argument][entry] = moved[argument][entry] + shift
        else:
            moved[argument] = moved[argument] + shift
        value = of(*moved.values())
        value = value if result is None else value[result]
        return float(np.sum(value if upstream is None else value * upstream))

    at: Any = inputs
    for key in path.split("."):
        at = at[key]
    slopes = np.zeros(np.shape(at))
    for index in np.ndindex(*slopes.shape):
        shift = np.zeros(slopes.shape)
        shift[index] = _EPSILON
        slopes[index] = (value_at(shift) - value_at(-shift)) / (2 * _EPSILON)
    return slopes


def _pick(value: Any, path: str, returns: Sequence[Output]) -> Any:
    """The output of that name in what a function returned; ``None`` where it has none."""
    first, _, entry = path.partition(".")
    try:
        if len(returns) == 1:
            return value[path] if returns[0].kind is Kind.DICT else value
        place = [output.name for output in returns].index(first)
        return value[place][entry] if entry else value[place]
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _numbers(value: Any) -> NDArray[np.float64] | None:
    try:
        return np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        return None


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _shown(array: NDArray[np.float64]) -> str:
    return np.array2string(array, precision=6, suppress_small=True)
