"""All assignments: right answers in any style get full marks, and every known mistake its name."""

import pytest
from exam_room import exam_room, problems

from autograder.audit.correct import LEAST_STYLES, load_styles
from autograder.diagnose import diagnose
from autograder.library import assignment_folders
from autograder.misconceptions import changed_source, misconceptions_of, source_of

NAMES = tuple(assignment_folders())
QUESTIONS = [(name, function) for name in NAMES for function in exam_room(name).functions]
STYLES = [
    pytest.param(name, path, id=f"{name}-{path.stem}")
    for name in NAMES
    for path in sorted((exam_room(name).assignment.folder / "correct").glob("*.py"))
]
LONG = {"gradient_norms", "log_gradient_norms", "gradient_regime", "train"}
# What the reference's annotations name.
NOTED = "Callable = Array = Arrays = Parameters = Gradients = Cache = Batch = NDArray = dict\n"


@pytest.mark.parametrize(("name", "function"), QUESTIONS)
def test_the_reference_gets_full_marks_and_the_stub_none(name: str, function: str) -> None:
    room = exam_room(name)
    stub = f"def {function}(*arguments):\n    raise NotImplementedError"
    for seed in range(1 if function in LONG else 3):
        taken = room.sit(function, "", seed)
        assert taken.passed, problems(taken)
        untouched = room.sit(function, stub, seed)
        assert untouched.score == 0
        assert untouched.not_attempted


@pytest.mark.parametrize(("name", "path"), STYLES)
def test_right_in_another_style(name, path) -> None:
    """The audit tries thousands of students; a few find what was broken today."""
    room = exam_room(name)
    source = path.read_text("utf-8")
    for function in room.functions:
        if f"\ndef {function}(" in source or f"\n{function} =" in source:
            for seed in range(1 if function in LONG else 4):
                taken = room.sit(function, source, seed)
                assert taken.passed, (function, seed, problems(taken))


@pytest.mark.parametrize("name", NAMES)
def test_every_function_has_many_styles(name: str) -> None:
    styles = load_styles(exam_room(name).assignment)
    for function in exam_room(name).functions:
        assert sum(function in style.functions for style in styles) >= LEAST_STYLES, function


@pytest.mark.parametrize(("name", "function"), QUESTIONS)
def test_every_known_mistake_is_caught_and_named(name: str, function: str) -> None:
    room = exam_room(name)
    source = source_of(room.assignment.reference_functions[function])
    known_here = misconceptions_of(room.assignment, function)
    assert known_here
    for known in known_here[:3] if function in LONG else known_here:  # the audit tries all
        taken = room.sit(function, NOTED + changed_source(source, known.change), 1)
        assert not taken.passed, known.id
        (named,) = diagnose(room.exam(function, 1), taken)
        assert named.id in {known.id, *known.twins}
