"""An autograder for courses on recurrent networks."""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["check"]

if TYPE_CHECKING:
    from autograder.checking import check


def __getattr__(name: str) -> object:
    """Load ``check`` on first use, so that importing the package stays instant."""
    if name == "check":
        from autograder.checking import check  # noqa: PLC0415

        return check
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
