"""The gradebook of nbgrader. Besides the plug-ins, this package alone imports nbgrader."""

from typing import TYPE_CHECKING

from autograder.gradebook.adjustments import Adjustments
from autograder.gradebook.lookup import Lookup, Marks, look_up

if TYPE_CHECKING:
    from autograder.gradebook.book import Gradebook, read_timestamp
    from autograder.gradebook.generate import generate_assignment

__all__ = [
    "Adjustments",
    "Gradebook",
    "Lookup",
    "Marks",
    "generate_assignment",
    "look_up",
    "preload",
    "read_timestamp",
]


def __getattr__(name: str) -> object:
    """Load what writes on first use: SQLAlchemy takes a quarter of a second to import."""
    if name in ("Gradebook", "read_timestamp"):
        from autograder.gradebook import book  # noqa: PLC0415

        return getattr(book, name)
    if name == "generate_assignment":
        from autograder.gradebook import generate  # noqa: PLC0415

        return generate.generate_assignment
    raise AttributeError(f"module 'autograder.gradebook' has no attribute {name!r}")


def preload() -> None:
    """Import what writing needs ahead of its first use."""
    import autograder.gradebook.book  # noqa: F401, PLC0415
