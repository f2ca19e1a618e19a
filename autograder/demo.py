"""A whole course on this machine: see what the grader does before trusting it with a real one."""

import time
from pathlib import Path

from autograder.course import open_course
from autograder.course_run import CourseRun, Options, grade_course
from autograder.errors import UsageError
from autograder.init import init_course
from autograder.library import find_assignment
from autograder.release import release_assignment
from autograder.samples import Sample, write_samples

ASSIGNMENT = "rnn-cell"
_MARKER = "autograder-demo.txt"


def run_demo(folder: Path) -> int:
    """Make a course, release an assignment, hand in a sample class, grade it.

    Parameters
    ----------
    folder : pathlib.Path
        Missing, empty, or the folder of an earlier demo.

    Returns
    -------
    int
        0 when every submission got the marks that its label says, else 1.
    """
    if folder.is_dir() and any(folder.iterdir()) and not (folder / _MARKER).is_file():
        raise UsageError(f"{folder} is not empty and no earlier demo; name another folder.")
    started = time.monotonic()
    find_assignment(ASSIGNMENT)  # without it nothing is made
    init_course(folder)
    (folder / _MARKER).write_text("Made by `autograder demo`; may be deleted.\n", encoding="utf-8")
    course = open_course(folder)
    assignment = find_assignment(ASSIGNMENT, course.path)
    print(f"1. a course folder: {course.path}")
    release_assignment(course, assignment)
    print(f"2. {assignment.name} released: {course.release(assignment.name)}")
    samples = write_samples(assignment, course.submissions)
    print(f"3. {len(samples)} sample submissions in {course.submissions}")
    prepared = time.monotonic()
    run = grade_course(course, assignment, Options(force=True))
    seconds = time.monotonic() - prepared
    print(f"4. graded in {seconds:.1f} s, {seconds / len(samples):.2f} s a submission:\n")
    wrong = _print_table(run, samples)
    page = course.feedback(assignment.name, samples[0].name)
    print(f"\nThe class on one page: {run.report}")
    print(f"A student's page:      {page / f'{assignment.name}.html'}")
    print(f"nbgrader's gradebook:  {course.path / 'gradebook.db'}")
    print(f"All in {time.monotonic() - started:.1f} s.")
    if wrong:
        print(f"\n{wrong} submissions did not get the marks that their labels say.")
    return 1 if wrong else 0


def _print_table(run: CourseRun, samples: tuple[Sample, ...]) -> int:
    """Print each sample's marks beside its label; return how many differ."""
    results = {result.student: result for result in run.graded}
    wrong = 0
    for sample in samples:
        result = results[sample.name]
        as_labelled = (result.status, result.score) == (sample.status, sample.score)
        wrong += not as_labelled
        graded = result.status == "graded"
        marks = f"{result.score:5.1f} / {result.max_score:g}" if graded else result.status
        sign = "  " if as_labelled else "!!"
        print(f" {sign} {sample.name:28} {marks:12}  {sample.about}")
    return wrong
