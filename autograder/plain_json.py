"""Values of cases as JSON that any machine with numpy can read back exactly."""

from typing import Any

import numpy as np

from autograder.runner.codec import Source


def to_json(value: Any) -> Any:
    """A value made of numbers, texts, containers and arrays as JSON data, with tags."""
    match value:
        case np.ndarray():
            numbers = [to_json(item) for item in value.ravel().tolist()]
            return {"array": numbers, "shape": list(value.shape), "dtype": str(value.dtype)}
        case np.generic():
            return to_json(value.item())
        case float() if not np.isfinite(value):
            return {"float": repr(value)}
        case Source():
            return {"source": value.text}
        case tuple():
            return {"tuple": [to_json(item) for item in value]}
        case list():
            return [to_json(item) for item in value]
        case dict():
            return {"dict": [[to_json(key), to_json(item)] for key, item in value.items()]}
        case None | bool() | int() | float() | str():
            return value
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def from_json(data: Any) -> Any:
    """The value that ``to_json`` was given."""
    match data:
        case list():
            return [from_json(item) for item in data]
        case {"array": numbers, "shape": shape, "dtype": dtype}:
            return np.array([from_json(item) for item in numbers], dtype=dtype).reshape(shape)
        case {"float": text}:
            return float(text)
        case {"source": text}:
            return Source(text)
        case {"tuple": items}:
            return tuple(from_json(item) for item in items)
        case {"dict": pairs}:
            return {from_json(key): from_json(item) for key, item in pairs}
    return data
