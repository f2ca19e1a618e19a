"""The gradebook of nbgrader. Besides the plug-ins, this package alone imports nbgrader."""

from autograder.gradebook.adjustments import Adjustments
from autograder.gradebook.book import Gradebook, read_timestamp
from autograder.gradebook.generate import generate_assignment
from autograder.gradebook.lookup import (
    Marks,
    read_adjustments,
    read_automatic_marks,
    read_people,
)

__all__ = [
    "Adjustments",
    "Gradebook",
    "Marks",
    "generate_assignment",
    "read_adjustments",
    "read_automatic_marks",
    "read_people",
    "read_timestamp",
]
