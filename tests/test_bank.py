"""The cases of a class: whose are whose, what is worked out once, and how much of it is kept."""

import gc
import operator
import tracemalloc
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from local_session import LocalSession, write_assignment
from small_assignment import small_assignment

from autograder import bank as bank_module
from autograder import kept as kept_module
from autograder import suspects as suspects_module
from autograder.attempt import Exam, attempt
from autograder.bank import VARIANTS, Bank
from autograder.cases import Seed, build_ladder
from autograder.library import find_assignment
from autograder.misconceptions import changed_source, load_misconceptions, source_of
from autograder.question import grade_question

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
    question, free = assignment.questions[0], Bank(assignment, "secret")
    wanted = [free.cases(question, str(number)) for number in range(60)]
    list(free.ladder(question, 0))
    most = free.kept.size // 4
    monkeypatch.setattr(bank_module, "_MOST_BYTES", most)

    bank = Bank(assignment, "secret")
    for _ in range(2):
        for number in range(60):
            cases = bank.cases(question, str(number))
            assert bank.kept.size <= most
            assert contents(cases) == contents(wanted[number])
            for case, same in zip(cases, wanted[number], strict=True):
                assert case.token == same.token
                np.testing.assert_array_equal(case.answer.value, same.answer.value)
        assert contents(bank.ladder(question, 0)) == contents(free.ladder(question, 0))
        assert most // 2 < bank.kept.size <= most
    assert bank.kept.size == sum(size for _, size in bank.kept._of.values())


def test_what_was_used_last_stays(assignment, monkeypatch):
    question, bank = assignment.questions[0], Bank(assignment, "secret")
    used = bank.case(question, "ada", 0, 0)
    monkeypatch.setattr(bank_module, "_MOST_BYTES", 8 * bank.kept.size)
    for number in range(60):
        bank.cases(question, str(number))
        assert bank.case(question, "ada", 0, 0).arguments is used.arguments
    first = bank.case(question, "bob", 0, 0)
    for number in range(60):
        bank.cases(question, str(number))
    assert bank.case(question, "bob", 0, 0).arguments is not first.arguments


def test_what_takes_the_place_of_what_was_kept_counts_alone():
    kept = kept_module.Kept()
    for size in (5, 9, 3):
        kept.keep("key", size, size, most=100)
        assert (kept.find("key"), kept.size) == (size, size)
    kept.keep("key", "far too large", 99, most=100)
    assert (kept.find("key"), kept.size) == (None, 0)


def test_a_case_that_is_far_larger_than_others_drives_none_out(assignment, monkeypatch):
    question, bank = assignment.questions[0], Bank(assignment, "secret")
    bank.cases(question, "ada")
    before = bank.kept.size
    monkeypatch.setattr(kept_module, "_PART", 1 << 40)
    large = bank.cases(question, "bob")
    assert bank.kept.size == before
    assert contents(large) == contents(bank.cases(question, "bob"))


@pytest.mark.parametrize("name", ["rnn-cell", "bptt", "gradient-flow"])
def test_sizes_are_counted_as_they_are(name):
    assignment = find_assignment(name)
    for question in assignment.questions:
        Bank(assignment, "another").cases(question, "ada")  # fills what is kept for good
    bank = Bank(assignment, "secret")
    gc.collect()
    tracemalloc.start()
    try:
        for question in assignment.questions:
            for student in ("ada", "bob", "cy"):
                bank.cases(question, student)
        gc.collect()
        traced = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert bank.kept.size == pytest.approx(traced, rel=0.2)


def notebook(assignment, mistake=None):
    """The reference as a student would write it, with a known mistake."""
    sources = {name: source_of(f) for name, f in assignment.reference_functions.items()}
    if mistake:
        changed = changed_source(sources[mistake.function], mistake.change)
        sources[mistake.function] = changed
    return "\n".join(["import numpy as np", *sources.values()])


def mistaken(assignment):
    """A notebook with each of the known mistakes."""
    return [notebook(assignment, mistake) for mistake in load_misconceptions(assignment)]


def results(assignment, bank, codes, students):
    """What each student gets for each code and function."""
    return [
        grade_question(
            LocalSession(code),
            Exam(assignment, question, Seed(secret="secret", student=student), bank),
            pristine=True,
        ).result
        for code in codes
        for question in assignment.questions
        for student in students
    ]


def test_marks_and_diagnoses_do_not_depend_on_what_is_kept(tmp_path, monkeypatch):
    assignment = small_assignment(tmp_path)
    codes, students = mistaken(assignment), ["ada", "bob", "cy"]
    bank = Bank(assignment, "secret")
    wanted = results(assignment, bank, codes, students)
    assert sum(bool(result.diagnosis) for result in wanted) > len(codes)
    for most in (0, bank.kept.size // 10):
        monkeypatch.setattr(bank_module, "_MOST_BYTES", most)
        monkeypatch.setattr(bank_module, "_MOST_OF_MISTAKES", most)
        poor = Bank(assignment, "secret")
        assert results(assignment, poor, codes, students) == wanted
        assert poor.kept.size <= most
        assert poor.mistaken.size <= most


def test_what_a_mistake_makes_of_a_case_is_worked_out_once(tmp_path, monkeypatch):
    assignment = small_assignment(tmp_path)
    bank, codes = Bank(assignment, "secret"), mistaken(assignment)
    made: Counter[tuple[object, ...]] = Counter()
    perform = suspects_module.Suspect._performed

    def counted(self, place):
        if len(self.misconceptions) == 1:
            case = self._exam.cases[place]
            made[case.function, case.place, self.misconceptions[0].id] += 1
        return perform(self, place)

    monkeypatch.setattr(suspects_module.Suspect, "_performed", counted)
    results(assignment, bank, codes, [str(number) for number in range(30)])
    assert len(made) > 100
    assert set(made.values()) == {1}
    made.clear()
    monkeypatch.setattr(bank_module, "_MOST_OF_MISTAKES", 0)
    results(assignment, bank, codes[:5], ["ada", "bob"])
    assert max(made.values()) > 1


def test_what_mistakes_leave_behind_is_counted_and_bounded(tmp_path, monkeypatch):
    assignment = small_assignment(tmp_path)
    bank, codes = Bank(assignment, "secret"), mistaken(assignment)
    students = [str(number) for number in range(60)]
    results(assignment, bank, [notebook(assignment)], students)
    results(assignment, bank, codes, students[:2])  # compiles mistakes, goes up the ladders
    before = bank.mistaken.size
    most = 3 * before
    monkeypatch.setattr(bank_module, "_MOST_OF_MISTAKES", most)
    gc.collect()
    tracemalloc.start()
    try:
        count = len(results(assignment, bank, codes, students[2:]))
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert most - 20_000 < bank.mistaken.size <= most
    assert left < bank.mistaken.size + 100 * count


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
