"""What is wrong in few cases only costs something, too, for every student."""

import re
from pathlib import Path

import numpy as np
import pytest

from autograder.attempt import Exam, attempt
from autograder.audit.candidate import Candidate, compiled
from autograder.bank import Bank
from autograder.cases import Seed
from autograder.library import find_assignment
from autograder.misconceptions import source_of
from autograder.strict_yaml import load_yaml

MISTAKES = load_yaml(Path(__file__).with_name("small_mistakes.yaml"))


@pytest.mark.parametrize("label", MISTAKES)
def test_it_costs_points(label):
    mistake = MISTAKES[label]
    assignment = find_assignment(mistake["assignment"])
    source = mistake.get("source")
    for function, (old, new) in mistake.get("change", {}).items():
        right = source_of(assignment.reference_functions[function])
        assert right.count(old) == 1
        source = right.replace(old, new)
    function = re.match(r"def (\w+)", source)[1]
    question, bank = assignment.question(function), Bank(assignment, "secret")
    for student in "abc":
        exam = Exam(assignment, question, Seed(secret="secret", student=student), bank)
        candidate = Candidate(assignment, compiled(source), seconds=2.0)
        with np.errstate(all="ignore"):
            lost = question.points - attempt(candidate.as_session(), exam).score
        assert 0 < lost < question.points, label
