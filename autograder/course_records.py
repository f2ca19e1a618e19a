"""The records of a course, one after the other: a class may be larger than memory."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, starmap

from autograder.course import Course
from autograder.export import Mark, as_marked, combine_marks
from autograder.gradebook import Adjustments, Lookup, look_up
from autograder.report.record_file import read_record
from autograder.score import Result
from autograder.spec import Assignment

_BATCH = 20  # records at a time, for which the gradebook is asked together


def recorded_students(course: Course, assignment: str) -> list[str]:
    """Who has a record, in the order of the files' names."""
    names = sorted(path.name for path in course.results(assignment).glob("*.json"))
    return [name.removesuffix(".json") for name in names]


def read_records(
    course: Course, assignment: str, students: Iterable[str] | None = None
) -> Iterator[Result]:
    """Records of an assignment: of these students, or all, in the order of the files' names."""
    if students is None:
        students = recorded_students(course, assignment)
    return (read_record(course.result(assignment, student)) for student in students)


def in_batches(
    course: Course, records: Iterable[Result]
) -> Iterator[tuple[Sequence[Result], Lookup]]:
    """A few records at a time, with the gradebook to ask about them.

    Raises
    ------
    GradebookError
        When the gradebook is missing, locked or damaged.
    """
    waiting = iter(records)
    with look_up(course.gradebook_url) as gradebook:
        while batch := list(islice(waiting, _BATCH)):
            yield batch, gradebook


def with_adjustments(
    course: Course, assignment: str, records: Iterable[Result]
) -> Iterator[tuple[Result, Adjustments]]:
    """Records, each with what the gradebook adds; an empty mapping where that is nothing."""
    for batch, gradebook in in_batches(course, records):
        added = gradebook.adjustments(assignment, [record.student for record in batch])
        for record in batch:
            yield record, added.get(record.student, {})


def as_in_gradebook(course: Course, assignment: str, records: Iterable[Result]) -> Iterator[Result]:
    """Records with the marks that people gave and the late penalty."""
    return starmap(as_marked, with_adjustments(course, assignment, records))


def read_marks(course: Course, assignment: Assignment) -> tuple[Mark, ...]:
    """Everybody's mark as it leaves the course, with what the gradebook adds to the records."""
    with look_up(course.gradebook_url) as gradebook:
        people = gradebook.people()
    return combine_marks(
        with_adjustments(course, assignment.name, read_records(course, assignment.name)),
        people,
        assignment=assignment.name,
        title=assignment.title,
        max_score=assignment.max_score,
    )
