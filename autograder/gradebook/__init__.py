"""The gradebook of nbgrader. Besides the plug-ins, this package alone imports nbgrader."""

from autograder.gradebook.book import Gradebook, read_timestamp
from autograder.gradebook.generate import generate_assignment
from autograder.gradebook.loading import import_api, preload

__all__ = ["Gradebook", "generate_assignment", "import_api", "preload", "read_timestamp"]
