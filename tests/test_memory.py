"""A class may be larger than memory: what the grader keeps of a submission is not its record."""

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tiny import NAME, RIGHT, released_course, submit

from autograder import course_run, regrade
from autograder.class_run import Setup
from autograder.course import Course
from autograder.course_records import read_marks
from autograder.course_run import CourseRun, Options, grade_course, renew_pages, write_class_report
from autograder.grade import source_hash
from autograder.graded import Graded
from autograder.library import find_assignment
from autograder.regrade import preview_marks
from autograder.score import CheckResult, Counterexample, Diagnosis, QuestionResult, Result

FEW, MANY = 40, 120
A_ROW = 1000  # bytes that may stay of a submission when its record is let go
A_RUN = 2 * A_ROW  # with where its notebook lies and what became of it


def record(student: str) -> Result:
    """A record of 20 KB with something wrong in each function."""
    check = CheckResult(name="values", status="failed", score=1.0, max_score=3.0, message="y" * 500)
    questions = [
        QuestionResult(
            id=name,
            title=name,
            score=1.0,
            max_score=points,
            status="failed",
            message=f"{student} {'m' * 500}",
            checks=(check,),
            diagnosis=(Diagnosis(id="half", outputs=("y",), hint={"en": f"{student} half"}),),
            counterexample=Counterexample(
                code=student + "c" * 3000,
                expected=student + "e" * 3000,
                actual=student + "a" * 3000,
            ),
        )
        for name, points in (("double", 3.0), ("shift", 2.0))
    ]
    return Result(
        assignment=NAME, student=student, status="graded", score=2.0, max_score=5.0,
        version="1", duration_s=0.25, questions=tuple(questions),
    )  # fmt: skip


def names(number: int) -> list[str]:
    return [f"s{k:04}" for k in range(number)]


def pool(setup: Setup, jobs, **_more: object) -> Iterator[Graded]:
    for job in jobs:
        found = record(job.student)
        name = source_hash(job.notebook.read_bytes())
        yield Graded(result=replace(found, source_hash=name, tests=setup.tests))


@pytest.fixture
def _pool(monkeypatch):
    monkeypatch.setattr(course_run, "grade_class", pool)
    monkeypatch.setattr(regrade, "grade_class", pool)


def grade(course: Course, number: int, *, force: bool = False) -> CourseRun:
    options = Options(students=tuple(names(number)), force=force)
    return grade_course(course, find_assignment(NAME, course.path), options)


@pytest.fixture(scope="module")
def graded(tmp_path_factory) -> Course:
    """A course in which all submissions are graded."""
    course = released_course(tmp_path_factory.mktemp("large"))
    for name in names(MANY):
        submit(course, name, RIGHT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(course_run, "grade_class", pool)
        grade(course, MANY)
    return course


def growth(
    run: Callable[[int], object], prepare: Callable[[int], object] = lambda _: None
) -> float:
    """Bytes by which the peak of a run grows with each further submission."""
    peaks = []
    thresholds = gc.get_threshold()
    gc.set_threshold(200, 2, 2)  # so that hardly any garbage is counted
    try:
        for number in (FEW, FEW, MANY):  # the first run loads modules and fills caches
            prepare(number)
            gc.freeze()
            gc.collect()
            tracemalloc.start()
            run(number)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    finally:
        tracemalloc.stop()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    return (peaks[2] - peaks[1]) / (MANY - FEW)


def keep_records(course: Course, number: int) -> None:
    """Put the records of all but the first students aside."""
    for k, name in enumerate(names(MANY)):
        path = course.result(NAME, name)
        aside = path.with_suffix(".aside")
        if k < number and aside.exists():
            aside.rename(path)
        elif k >= number and path.exists():
            path.rename(aside)


@pytest.mark.parametrize("use", [write_class_report, renew_pages, read_marks])
def test_records_are_read_one_by_one(graded, use):
    assignment = find_assignment(NAME, graded.path)
    size = graded.result(NAME, "s0000").stat().st_size
    assert size > 15 * A_ROW

    found = growth(lambda _: use(graded, assignment), lambda number: keep_records(graded, number))
    assert found < A_ROW
    assert len(list(graded.results(NAME).glob("*.json"))) == MANY


@pytest.mark.usefixtures("_pool")
def test_a_run_keeps_no_records(graded):
    def run(number: int) -> None:
        assert len(grade(graded, number, force=True).graded) == number

    assert growth(run) < A_RUN


@pytest.mark.usefixtures("_pool")
def test_a_run_with_nothing_to_do_keeps_no_records(graded):
    def run(number: int) -> None:
        assert len(grade(graded, number).unchanged) == number

    assert growth(run) < A_RUN


@pytest.mark.usefixtures("_pool")
def test_a_preview_keeps_no_records(graded):
    assignment = find_assignment(NAME, graded.path)

    def preview(number: int) -> None:
        options = Options(students=tuple(names(number)))
        assert len(preview_marks(graded, assignment, options)) == number

    assert growth(preview) < A_RUN
