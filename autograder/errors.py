"""Every error this package raises on purpose.

A message says what was wrong, where, and how to mend it, in words for the person who can: the
instructor for a ``SpecError``, the student for a ``NotebookError``, the operator for the rest.
"""


class AutograderError(Exception):
    """Base of all errors that are shown as one sentence instead of a traceback."""


class UsageError(AutograderError):
    """The command was called with words that do not fit together (exit status 2)."""


class SpecError(AutograderError):
    """An assignment's files are wrong: names the file, the key path and the fix."""


class CourseError(AutograderError):
    """The course folder lacks something or holds something unexpected."""


class NotebookError(AutograderError):
    """A submitted notebook cannot be read; the sentence is written for its student."""


class CodecError(AutograderError):
    """Bytes from a student's process are not a message of the protocol."""


class IsolationError(AutograderError):
    """Student code cannot be confined here; names what is missing and the mending command."""


class RunnerError(AutograderError):
    """The grader's own machinery failed; never a student's fault."""


class GradebookError(AutograderError):
    """The gradebook cannot be read or written."""
