"""Kill a grading run again and again, and see whether anybody's marks suffer.

``python benchmarks/kill_grading.py [--kills N] [--jobs N] [--seed N]`` grades a class of eight
mixed submissions of rnn-cell undisturbed. Then it grades copies of the course and ends a process
with SIGKILL at a random moment: half of the time by the clock, else after a random number of
records and a little more, so that the whole run is covered also on a busy machine. Mostly it is the
command itself that dies, sometimes one of the processes below it. The next run takes up what is
there, and may be killed in its turn. After each kill everything that exists must be whole and no
process may be left; whenever a run comes to its end, records, pages, graded copies and gradebook
must equal the undisturbed ones.
"""

import argparse
import os
import random
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "faults")]

from harness import (  # noqa: E402
    adopted,
    check_whole,
    descendants,
    differences,
    litter,
    snapshot,
    start,
)

from autograder.course import Course, open_course  # noqa: E402
from autograder.init import init_course  # noqa: E402
from autograder.library import find_assignment  # noqa: E402
from autograder.release import release_assignment  # noqa: E402
from autograder.samples import load_samples  # noqa: E402

NAME = "rnn-cell"
CLASS = (
    "right-einsum",
    "changes-its-argument",
    "wrong-softmax-axis",
    "wrong-order-of-product",
    "unsolved",
    "os-exit-in-a-cell",
    "broken-json",
    "empty-folder",
)


class Tally:
    """What happened, for the last lines."""

    def __init__(self) -> None:
        self.kills = self.below = self.finished = self.compared = 0
        self.reached: list[int] = []  # records there were when the command was killed


def make_course(folder: Path) -> Course:
    """A released course with the class in it."""
    init_course(folder)
    course = open_course(folder)
    assignment = find_assignment(NAME)
    release_assignment(course, assignment)
    for sample in load_samples(assignment):
        if sample.name in CLASS:
            place = course.submitted(NAME, sample.name)
            place.mkdir(parents=True)
            if sample.content is not None:
                (place / f"{NAME}.ipynb").write_bytes(sample.content)
    return course


def run(
    course: Course, jobs: int, moment: Callable[[int], bool] | None, chance: random.Random
) -> str:
    """Grade, and kill when the moment has come: ``finished``, ``killed`` or ``killed below``."""
    with adopted():
        running = start(course, NAME, "--jobs", str(jobs))
        outcome = "finished"
        if moment is not None and not moment(running.pid):
            below = descendants(running.pid) if chance.random() < 0.2 else []
            victim = chance.choice(below) if below else running.pid
            outcome = "killed below" if below else "killed"
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        _, errors = running.communicate(timeout=600)
        if outcome != "killed":
            assert running.returncode == 1, (running.returncode, errors)  # broken-json
            assert "Traceback" not in errors or outcome == "killed below", errors
    return outcome


def choose_moment(course: Course, whole: float, chance: random.Random) -> Callable[[int], bool]:
    """Waits for a random moment; says whether the command has ended before it."""
    if chance.random() < 0.5:
        seconds = chance.uniform(0, whole)
        return lambda pid: _ends_within(pid, seconds)
    there = len(list(course.results(NAME).glob("*.json")))
    wanted, more = chance.randint(there, len(CLASS)), chance.uniform(0, 0.5)

    def moment(pid: int) -> bool:
        while len(list(course.results(NAME).glob("*.json"))) < wanted:
            if _ends_within(pid, 0.005):
                return True
        return _ends_within(pid, more)

    return moment


def _ends_within(pid: int, seconds: float) -> bool:
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)


def main(kills: int, jobs: int, seed: int) -> None:
    """Kill that many times and print what came of it."""
    chance, tally = random.Random(seed), Tally()
    with tempfile.TemporaryDirectory(prefix="kill-grading-") as folder:
        original = make_course(Path(folder) / "course")
        ungraded = Path(folder) / "ungraded"
        shutil.copytree(original.path, ungraded)
        began = time.monotonic()
        assert run(original, jobs, None, chance) == "finished"
        whole = time.monotonic() - began
        expected = snapshot(original, NAME)
        print(
            f"{len(CLASS)} submissions, undisturbed in {whole:.1f} s with {jobs} jobs", flush=True
        )
        copy = Course(Path(folder) / "copy")
        shutil.copytree(ungraded, copy.path)
        while tally.kills < kills:
            outcome = run(copy, jobs, choose_moment(copy, whole, chance), chance)
            tally.kills += outcome != "finished"
            tally.below += outcome == "killed below"
            if outcome == "killed":
                tally.reached.append(len(list(copy.results(NAME).glob("*.json"))))
                check_whole(copy, NAME)
                if tally.kills < kills:
                    continue
                assert run(copy, jobs, None, chance) == "finished"
            compare(copy, expected)
            tally.compared += 1
            tally.finished += outcome == "finished"
            shutil.rmtree(copy.path)
            shutil.copytree(ungraded, copy.path)
            print(f"{tally.kills} kills, {tally.compared} courses compared", flush=True)
    told = ", ".join(
        f"{number}: {tally.reached.count(number)}" for number in sorted(set(tally.reached))
    )
    print(f"{tally.kills} kills, {tally.below} of them of a process below the command")
    print(f"records there were at the kill: {told}")
    print(f"{tally.compared} courses graded to the end; all equal the undisturbed one")


def compare(course: Course, expected: dict[str, object]) -> None:
    """Insist that a course that was graded to its end is as if nothing had happened."""
    found = differences(expected, snapshot(course, NAME))
    assert not found, f"{len(found)} differences, among them {found[:5]}"
    assert not litter(course), litter(course)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    main(options.kills, options.jobs, options.seed)
