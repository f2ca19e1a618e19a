"""Grade a course that dies at every single write, and again to the end; a program of its own.

``python kill_points.py COURSE ASSIGNMENT EVERY [--force] [--together]``: the course is graded once
undisturbed, its submissions one by one or, as they come from a cluster, several in one batch.
Then, for each step of writing (or every third or so), a fresh copy is graded by a process that
kills itself just before that step, or just after it; what it left must be whole, and after a second
run the copy must equal the undisturbed course. Prints the number of kills. The submissions are
run once only: their results are what they are, and putting them away is what is tried here.
"""

import os
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from harness import check_whole, differences, litter, snapshot
from sqlalchemy import Connection

from autograder import course_run
from autograder.class_run import grade_class
from autograder.course import open_course
from autograder.course_run import Options, grade_course
from autograder.library import find_assignment

STEPS = [(os, name) for name in ("replace", "rename", "mkdir", "fsync", "chmod")]


def in_a_child(work: Callable[[], None]) -> int:
    """Run something in a fork; return the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        status = 70
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def deadly(number: int) -> None:
    """Let this process kill itself at its step of that number."""
    steps = count()

    def step() -> None:
        if next(steps) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def wrapped(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            step()
            found = original(*args, **kwargs)
            step()
            return found

        return call

    for owner, name in (*STEPS, (Connection, "commit")):
        setattr(owner, name, wrapped(getattr(owner, name)))


def main(folder: str, name: str, every: str, *flags: str) -> None:
    """Try every step and print how many there are."""
    original = open_course(folder)
    options = Options(processes=1, force="--force" in flags)
    copy = original.path.with_name("copy")
    results: dict[str, Any] = {}

    def remember(setup: Any, jobs: Any, **more: Any) -> Any:
        fresh = [job for job in jobs if job.student not in results]
        results.update(
            (graded.result.student, graded) for graded in grade_class(setup, fresh, **more)
        )
        return (results[job.student] for job in jobs)

    def again(options: Options = options) -> None:
        grade_course(open_course(copy), find_assignment(name, copy), options)

    if "--together" in flags:
        one_by_one = course_run._results

        def together(*arguments: Any) -> Iterator[list[Any]]:
            yield [graded for batch in one_by_one(*arguments) for graded in batch]

        course_run._results = together
    course_run.grade_class = remember
    shutil.copytree(original.path, copy)
    again()
    expected = snapshot(open_course(copy), name)
    for number in count(0, int(every)):
        shutil.rmtree(copy)
        shutil.copytree(original.path, copy)
        if options.force:
            assert not in_a_child(again)
        killed = in_a_child(lambda number=number: (deadly(number), again()))
        if not killed:
            break
        with suppress(FileNotFoundError):  # killed before there was anything
            check_whole(open_course(copy), name)
        assert not in_a_child(lambda: again(Options(processes=1)))
        found = differences(expected, snapshot(open_course(copy), name))
        assert not found, (number, found)
        assert not litter(open_course(copy)), (number, litter(open_course(copy)))
    shutil.rmtree(copy)
    print(number // int(every))


if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent)]
    main(*sys.argv[1:])
