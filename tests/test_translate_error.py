"""Exceptions in plain words, made by real mistakes so that the messages are the true ones."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.runner.outcome import Raised
from autograder.translate_error import translate_error

A = np.ones((3, 4))
EMPTY: dict[str, Any] = {}
LIST = [1]


def unbound() -> Any:
    if not A.size:
        total = 0
    total += 1
    return total


def unpack(count: int) -> Any:
    a, b, c = (1,) * count
    return a + b + c


def store() -> None:
    np.zeros((3, 5))[:] = A


def in_place() -> None:
    row = np.zeros((3, 1))
    row += A


def needs(x: Any, y: Any) -> Any:
    return x + y


@pytest.mark.parametrize(
    ("mistake", "name", "said"),
    [
        (lambda: np.dot(A, A), "error-shapes", "(3,4) times (3,4)"),
        (lambda: A @ A, "error-shapes", "ends with size 4, the right one begins with size 3"),
        (lambda: A + A.T, "error-broadcast", "(3,4) and (4,3)"),
        (in_place, "error-broadcast", "(3,1)"),
        (store, "error-store", "shape (3,4)"),
        (lambda: np.zeros(2).__setitem__(0, A), "error-sequence", "single number"),
        (lambda: np.concatenate([A, A.T]), "error-concatenate", "axis"),
        (lambda: A.reshape(5, 3), "error-reshape", "12 numbers"),
        (lambda: 1 if A > 0 else 0, "error-truth", "np.where"),
        (lambda: unpack(2), "error-unpack", "3 names"),
        (lambda: unpack(4), "error-unpack", "3 names"),
        (lambda: np.sum(A, axis=2), "error-axis", "no axis 2"),
        (lambda: A[:, 4], "error-index", "Index 4"),
        (lambda: LIST[1], "error-index", "appended"),
        (lambda: A[0, 0, 0], "error-too-many-indices", "2 axes"),
        (lambda: A[float(1)], "error-index-type", "whole number"),
        (lambda: EMPTY["Waa"], "error-key", "'Waa'"),
        (lambda: EMPTY[3], "error-key", "key"),
        (unbound, "error-unbound", "total"),
        (lambda: needs(1), "error-missing-argument", "y"),
        (lambda: needs(1, 2, 3), "error-extra-argument", "3 arguments but takes 2"),
        (lambda: needs(1, z=2), "error-keyword", "z"),
        (lambda: None + A, "error-none", "None"),
        (lambda: EMPTY.get("x")[0], "error-none", "None"),
        (lambda: A(0), "error-call", "no function"),
        (lambda: (3).real[0], "error-subscript", "[ ]"),
        (lambda: {} + A, "error-operand", "dict"),
        (lambda: range(2.0), "error-integer", "//"),
        (lambda: np.flot, "error-attribute", "flot"),
        (lambda: (1, 2).shape, "error-attribute", "shape"),
        (lambda: 1 // 0, "error-zero-division", "zero"),
        (lambda: np.linalg.inv(A), "error-square", "square"),
    ],
)
def test_kinds(mistake: Callable[[], object], name: str, said: str) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011
        mistake()
    kind, message = type(caught.value).__name__, str(caught.value)
    line = "total = needs(y, z, np.flot, x.shape, Waa)"
    found, hint = translate_error(
        Raised(type=kind, message=message, line=line), sizes=(3, 4, 5), names=("Waa",)
    )
    assert found == name, (kind, message)
    assert said in hint["en"]
    assert "…" not in hint["en"]
    assert hint["zh"].endswith("。")


def test_an_unknown_name() -> None:
    raised = Raised(
        type="NameError", message="name 'lenght' is not defined", line="  y = lenght(x)"
    )
    name, hint = translate_error(raised)
    assert name == "error-name"
    assert "lenght" in hint["en"]
    assert "`y = lenght(x)`" in hint["zh"]


def test_numpy_is_missing() -> None:
    raised = Raised(type="NameError", message="name 'np' is not defined")
    assert "import numpy" in translate_error(raised)[1]["en"]


def test_a_message_of_the_students_own_is_not_repeated() -> None:
    """It could carry the numbers of a hidden case."""
    for kind, message in (
        ("ValueError", "a secret 0.12345"),
        ("KeyError", "'secret_012345'"),
        ("NameError", "name 'secret_012345' is not defined"),
        ("ValueError", "shapes (12345,67) and (89,1) not aligned: 67 (dim 1) != 89 (dim 0)"),
        ("IndexError", "index 12345 is out of bounds for axis 0 with size 12345"),
        ("Secret012345", "x"),
    ):
        _, hint = translate_error(Raised(type=kind, message=message), sizes=(2, 3))
        assert "12345" not in hint["en"] + hint["zh"]
