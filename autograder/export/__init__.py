"""Marks for other systems: pure functions of records, gradebook and class list."""

from autograder.export.gradescope import render_gradescope
from autograder.export.mark import Mark, as_marked, combine_marks
from autograder.export.table import render_canvas, render_csv, render_moodle

__all__ = [
    "Mark",
    "as_marked",
    "combine_marks",
    "render_canvas",
    "render_csv",
    "render_gradescope",
    "render_moodle",
]
