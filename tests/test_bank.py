"""The cases of a class: whose are whose, and what is worked out once."""

import operator
from dataclasses import replace

import numpy as np
import pytest
from local_session import LocalSession, write_assignment

from autograder import bank as bank_module
from autograder.attempt import Exam, attempt
from autograder.bank import VARIANTS, Bank
from autograder.cases import Seed, build_ladder

QUESTIONS = """
    questions:
    - function: scaled
      title: Scale
      points: 2
      arguments: {x: "normal(n_x, m)", factor: "uniform()"}
      returns: {y: [n_x, m]}
      groups:
      - {name: plain, points: 1, cases: 3}
      - {name: edges, points: 1, vary: [{m: 1}, {n_x: m}]}
"""
RIGHT = "def scaled(x, factor):\n    return x * factor"


@pytest.fixture
def assignment(tmp_path):
    return write_assignment(tmp_path / "tiny", reference=RIGHT, questions=QUESTIONS)


def contents(cases):
    return [case.arguments["x"].tobytes() for case in cases]


def test_a_student_gets_the_same_cases_again_also_in_another_process(assignment):
    question = assignment.questions[0]
    first = Bank(assignment, "secret").cases(question, "ada")
    bank = Bank(assignment, "secret")
    bank.cases(question, "bob")
    again = bank.cases(question, "ada")
    assert contents(first) == contents(again)
    assert [case.token for case in first] == [case.token for case in again]
    assert first[3].token == "tiny:scaled:1.0:ada"
    assert contents([bank.case(question, "ada", 1, 0)]) == contents([first[3]])


def test_the_secret_and_the_name_choose_the_cases(assignment):
    question = assignment.questions[0]
    bank = Bank(assignment, "secret")
    everybody = {tuple(contents(bank.cases(question, f"s{i}"))) for i in range(60)}
    assert len(everybody) == 60
    for place in range(5):
        assert len({cases[place] for cases in everybody}) == VARIANTS
    other = Bank(assignment, "another").cases(question, "ada")
    assert not set(contents(other)) & set(contents(bank.cases(question, "ada")))


def test_groups_and_sizes_are_those_of_the_file(assignment):
    cases = Bank(assignment, "secret").cases(assignment.questions[0], "ada")
    assert [(case.group, case.index) for case in cases] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    assert cases[3].dims["m"] == 1
    assert cases[4].dims["n_x"] == cases[4].dims["m"]


def test_the_reference_is_asked_once_for_a_case(assignment):
    asked = []

    def counted(x, factor):
        asked.append(x)
        return x * factor

    assignment = replace(assignment, reference_functions={"scaled": counted})
    bank = Bank(assignment, "secret")
    for number in range(60):
        seed = Seed(secret="secret", student=str(number))
        exam = Exam(assignment, assignment.questions[0], seed, bank)
        assert attempt(LocalSession(RIGHT), exam).passed
    assert len(asked) == 5 * VARIANTS


def test_what_is_kept_is_bounded(assignment, monkeypatch):
    monkeypatch.setattr(bank_module, "_MOST_BYTES", 4000)
    question, bank = assignment.questions[0], Bank(assignment, "secret")
    asked = [contents(bank.cases(question, str(number))) for number in range(60)]
    assert len(bank._drawn) < 5 * VARIANTS
    assert asked == [contents(bank.cases(question, str(number))) for number in range(60)]


def test_nobody_can_change_what_others_get(assignment):
    bank, question = Bank(assignment, "secret"), assignment.questions[0]
    for number in range(30):
        seed = Seed(secret="secret", student=str(number))
        exam = Exam(assignment, question, seed, bank)
        attempt(LocalSession("def scaled(x, factor):\n    x *= 0\n    return x"), exam)
    again = Bank(assignment, "secret")
    for number in range(30):
        assert contents(bank.cases(question, str(number))) == contents(
            again.cases(question, str(number))
        )


def test_the_ladder_is_the_same_for_all(assignment):
    bank, question = Bank(assignment, "secret"), assignment.questions[0]
    ladder = list(bank.ladder(question, 0))
    assert contents(ladder) == contents(build_ladder(assignment, question, 0))
    assert all(map(operator.is_, bank.ladder(question, 0), ladder))
    np.testing.assert_array_less([case.arguments["x"].size for case in ladder[:3]], 2)
