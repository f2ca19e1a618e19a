"""A class of any size to look at: a course folder with submissions as a real class hands them in.

Run it with ``python benchmarks/sample_class.py DIR [N]``, then ``autograder grade rnn-cell`` and
``autograder report rnn-cell`` in the folder. Students differ in skill: each answers a question
rightly, with a known mistake, or not at all. Some answer in a style of their own, one in forty
copies a neighbour, one in fifty hands in a file that is cut off, and one in forty is late.
"""

import json
import random
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from autograder.audit.candidate import plain_source, without_annotations
from autograder.course import open_course
from autograder.init import init_course
from autograder.library import find_assignment
from autograder.misconceptions import changed_source, misconceptions_of, source_of
from autograder.release import release_assignment
from autograder.source_notebook import build_source
from autograder.spec import Assignment

ASSIGNMENT = "rnn-cell"
STUB = "raise NotImplementedError"


def main(folder: Path, number: int) -> None:
    """Make the course, release the assignment, hand in."""
    init_course(folder)
    course = open_course(folder)
    assignment = find_assignment(ASSIGNMENT, course.path)
    release_assignment(course, assignment)
    solved = build_source(assignment)
    chance = random.Random(17)
    before: dict[str, str] = {}
    for student in range(number):
        answers = before if student % 40 == 39 else _answers(assignment, chance)
        before = answers
        text = json.dumps(_filled(solved, answers))
        if student % 50 == 23:
            text = text[: len(text) // 2]
        target = course.submitted(ASSIGNMENT, f"s{student + 1:03}")
        target.mkdir(parents=True)
        (target / f"{ASSIGNMENT}.ipynb").write_text(text)
        day = "03" if student % 40 == 7 else "01"
        (target / "timestamp.txt").write_text(f"2030-01-{day} 12:00:00 UTC")
    print(f"{number} submissions in {course.submissions}")


def _answers(assignment: Assignment, chance: random.Random) -> dict[str, str]:
    """What one student writes in each cell."""
    styles = sorted((assignment.folder / "correct").glob("*.py"))
    names = [question.function for question in assignment.questions]
    if chance.random() < 0.25:
        return dict.fromkeys(names[1:], "") | {names[0]: chance.choice(styles).read_text()}
    skill = chance.betavariate(4, 1.5)
    return {name: _answer(assignment, name, skill, chance) for name in names}


def _answer(assignment: Assignment, name: str, skill: float, chance: random.Random) -> str:
    reference = assignment.reference_functions[name]
    if chance.random() < skill:
        return plain_source(reference)
    mistakes = misconceptions_of(assignment, name)
    if not mistakes or chance.random() < 0.3:
        return STUB
    # Some mistakes are made more often than others.
    mistake = mistakes[min(int(chance.expovariate(0.5)), len(mistakes) - 1)]
    return without_annotations(changed_source(source_of(reference), mistake.change))


def _filled(solved: Mapping[str, Any], answers: Mapping[str, str]) -> dict[str, Any]:
    document = deepcopy(dict(solved))
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if label in answers:
            cell["source"] = answers[label]
    return document


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 60)
