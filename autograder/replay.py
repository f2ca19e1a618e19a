"""Make one hidden case again from its token: for the instructor, who may see everything."""

from autograder.bank import Bank
from autograder.course import Course
from autograder.errors import UsageError
from autograder.expected import answer
from autograder.library import find_assignment
from autograder.paste import paste_code


def render_replay(course: Course, token: str) -> str:
    """The case of a token as code, and what the reference makes of it.

    Parameters
    ----------
    token : str
        ``assignment:function:group.case:student``, as a result record gives it.

    Raises
    ------
    UsageError
        When the token fits no case of this course.
    """
    parts = token.split(":", 3)
    numbers = parts[2].split(".") if len(parts) == 4 else []
    if len(numbers) != 2 or not all(number.isdigit() for number in numbers):
        raise UsageError(f"{token!r} is no token; copy one from a record in results/.")
    name, function, _, student = parts
    group, index = map(int, numbers)
    assignment = find_assignment(name, course.path)
    try:
        question = assignment.question(function)
        title = question.groups[group].name
    except (KeyError, IndexError):
        raise UsageError(f"{name} has no case {function} {group}.{index}.") from None
    case = Bank(assignment, course.secret()).case(question, student, group, index)
    expected = answer(assignment.reference_functions[function], case)
    sizes = ", ".join(f"{key}={size}" for key, size in case.dims.items())
    outcome = f"raises {expected.raised}" if expected.raised else repr(expected.value)
    code = paste_code(function, case.arguments)
    shown = "\n".join(f"# {line}" for line in outcome.splitlines())
    return f"# {title}: {sizes}\n{code}\n\n# the reference:\n{shown}"
