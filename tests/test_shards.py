"""Parts of a class on machines that share nothing: their records are carried into one course."""

import shutil

import pytest
from harness import differences, snapshot
from tiny import NAME, RIGHT, released_course, submit

from autograder import course_run
from autograder.cli import main
from autograder.course import Course

WRONG = {**RIGHT, "double": "def double(x):\n    return x * 3"}


@pytest.fixture
def course(tmp_path):
    course = released_course(tmp_path / "here")
    for number in range(5):
        submit(course, f"s{number}", WRONG if number == 2 else RIGHT)
    (course.path / "submitted" / "torn" / NAME).mkdir(parents=True)
    (course.path / "submitted" / "torn" / NAME / f"{NAME}.ipynb").write_text('{"cells": [')
    return course


def grade(course, *words):
    return main(["grade", NAME, "--course", str(course.path), "--jobs", "1", *words])


def copied(course, name):
    return Course(shutil.copytree(course.path, course.path.with_name(name)))


def test_records_of_separate_copies_make_one_course(course, monkeypatch):
    whole = copied(course, "whole")
    there = copied(course, "there")
    assert grade(whole) == 1  # torn
    expected = snapshot(whole, NAME)

    grade(course, "--shard", "1/2")
    grade(there, "--shard", "2/2")
    mine, theirs = ({p.name for p in c.results(NAME).iterdir()} for c in (course, there))
    assert mine.isdisjoint(theirs)
    assert len(mine | theirs) == 6
    shutil.copytree(there.results(NAME), course.results(NAME), dirs_exist_ok=True)

    def nothing_to_run(*_args, **_kwargs):
        raise AssertionError("a submission was run again")

    monkeypatch.setattr(course_run, "grade_class", nothing_to_run)
    assert grade(course) == 1
    assert not differences(expected, snapshot(course, NAME))
    assert grade(course) == 1  # and it stays so
    assert not differences(expected, snapshot(course, NAME))


def test_records_made_with_other_tests_are_not_taken_over(course):
    there = copied(course, "there")
    file = there.path / "assignments" / NAME / "assignment.yaml"
    file.write_text(file.read_text().replace("cases: 2", "cases: 3"))
    grade(there, "--shard", "1/2")
    shutil.copytree(there.results(NAME), course.results(NAME), dirs_exist_ok=True)
    before = {p.name: p.read_text() for p in course.results(NAME).iterdir()}
    assert before
    grade(course)
    after = {p.name: p.read_text() for p in course.results(NAME).iterdir()}
    assert all(after[name] != text for name, text in before.items())
