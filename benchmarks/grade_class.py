"""Seconds and CPU seconds a submission takes: right solutions of rnn-cell, one worker.

Run it with ``python benchmarks/grade_class.py [N]``; the figures include reading, running,
comparing and the page, and leave out the one start of the worker.
"""

import os
import statistics
import sys
import time

from autograder.grade import grade_notebook
from autograder.library import find_assignment
from autograder.report.page import render_feedback
from autograder.runner.worker import Worker
from autograder.samples import load_samples


def main(count: int) -> None:
    """Grade ``count`` notebooks and print the median and the spread."""
    assignment = find_assignment("rnn-cell")
    notebook = next(s.content for s in load_samples(assignment) if s.name == "right-einsum")
    assert notebook is not None
    seconds = []
    before = os.times()
    with Worker() as worker:
        for number in range(count):
            started = time.perf_counter()
            result = grade_notebook(
                assignment, notebook, worker=worker, student=str(number), secret="benchmark"
            )
            render_feedback(result)
            seconds.append(time.perf_counter() - started)
    after = os.times()
    own = (after.user + after.system - before.user - before.system) / count
    low, middle, high = statistics.quantiles(seconds, n=4)
    print(f"{worker.isolation}: {count} submissions, {1 / middle:.0f} a second with one worker")
    print(f"wall {middle * 1e3:.0f} ms (quartiles {low * 1e3:.0f} to {high * 1e3:.0f})")
    print(f"CPU of the grading process {own * 1e3:.0f} ms a submission")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
