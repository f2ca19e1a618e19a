"""Run nbgrader's generate_assignment: from the instructor's notebook to the students'."""

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.course import Course
from autograder.errors import GradebookError
from autograder.gradebook.book import Gradebook
from autograder.gradebook.database import address, explained
from autograder.gradebook.loading import own_programs_on_path

DEFAULT_STUB = "# Your code here.\nraise NotImplementedError"


def generate_assignment(course: Course, assignment: str) -> None:
    """Run nbgrader's generate_assignment on ``source/<assignment>/``.

    Raises
    ------
    GradebookError
        With nbgrader's own words; an earlier release is put back.
    """
    with Gradebook(course, create=True):
        pass  # says in a sentence what nbgrader would say in a hundred lines
    from nbgrader.converters import GenerateAssignment  # noqa: PLC0415
    from nbgrader.converters.base import NbGraderException  # noqa: PLC0415
    from nbgrader.coursedir import CourseDirectory  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    config = Config({"ClearSolutions": {"code_stub": {"python": DEFAULT_STUB}}})
    config.merge(course.config)
    directory = CourseDirectory(config=config)
    directory.root = str(course.path)
    directory.db_url = address(course.gradebook_url)
    directory.assignment_id = assignment
    converter = GenerateAssignment(coursedir=directory, config=config, force=True)
    with (
        explained(course.gradebook_url),
        own_programs_on_path(),
        _kept_on_error(course.release(assignment).parent),
        _collected(converter.log) as said,
    ):
        try:
            converter.start()
        except NbGraderException as error:
            raise GradebookError(
                f"nbgrader did not release {assignment}: {'; '.join(said) or error}"
            ) from None


@contextmanager
def _kept_on_error(folder: Path) -> Iterator[None]:
    """Put the folder's content back when the block fails."""
    aside = folder.with_name(f".{folder.name}.before")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        shutil.copytree(folder, aside)
    try:
        yield
    except BaseException:
        if aside.exists():
            shutil.rmtree(folder, ignore_errors=True)
            os.replace(aside, folder)
        raise
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _collected(logger: logging.Logger) -> Iterator[list[str]]:
    """The last line of each error that is logged; nothing goes to the terminal."""
    said: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: said.append(  # type: ignore[method-assign]
        record.getMessage().strip().splitlines()[-1]
    )
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield said
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate
