from dataclasses import replace

import numpy as np
import pytest
from test_assignment_file import GOOD, folder, load  # noqa: F401

from autograder.cases import Seed, build_case, build_cases, build_ladder
from autograder.errors import SpecError
from autograder.expected import answer
from autograder.library import find_assignment
from autograder.runner.codec import Source

SEED = Seed(secret="s", student="ada")


def same(left, right):
    return all(
        np.array_equal(left.arguments[name], right.arguments[name]) for name in left.arguments
    )


def test_cases_are_those_the_file_asks_for(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    scale, split = assignment.questions
    assert [(c.group, c.index) for c in build_cases(assignment, scale, SEED)] == [
        (0, 0),
        (0, 1),
        (0, 2),
    ]
    one_example, square = build_cases(assignment, split, SEED)
    assert one_example.dims["m"] == 1
    assert square.dims["n_x"] == square.dims["m"]
    assert square.arguments["x"].shape == (square.dims["m"], square.dims["m"])


def test_ranges_are_drawn_distinct(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    for number in range(50):
        case = build_cases(
            assignment, assignment.questions[0], Seed(secret=str(number), student="")
        )[0]
        assert case.dims["n_x"] != case.dims["m"]


def test_same_seed_same_cases_other_student_other_cases(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    question = assignment.questions[0]
    first = build_cases(assignment, question, SEED)
    assert all(map(same, first, build_cases(assignment, question, SEED)))
    other = build_cases(assignment, question, Seed(secret="s", student="bob"))
    assert not any(map(same, first, other))
    secret = build_cases(assignment, question, Seed(secret="t", student="ada"))
    assert not any(map(same, first, secret))


def test_one_case_alone_equals_the_one_of_the_whole(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    question = assignment.questions[0]
    whole = build_cases(assignment, question, SEED)
    assert same(whole[2], build_case(assignment, question, SEED, 0, 2))
    assert whole[2].token == "tiny:scale:0.2:ada"


def test_fingerprint_hides_the_secret():
    assert "s" * 8 not in Seed(secret="s" * 8, student="ada").fingerprint()
    assert SEED.fingerprint() != Seed(secret="s", student="bob").fingerprint()


def test_ladder_starts_small_and_keeps_what_the_group_fixes(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    scale, split = assignment.questions
    first = next(build_ladder(assignment, scale, 0))
    assert first.arguments["x"].shape == (1, 1)
    assert all(
        case.dims["m"] in (1, case.dims["n_x"]) for case in build_ladder(assignment, split, 0)
    )
    sizes = [case.arguments["x"].size for case in build_ladder(assignment, scale, 0)]
    assert sizes[0] == min(sizes)


def test_ladder_keeps_what_the_question_fixes(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    scale = replace(assignment.questions[0], dims={**assignment.questions[0].dims, "n_x": 4})
    ladder = list(build_ladder(assignment, scale, 0))
    assert {case.dims["n_x"] for case in ladder} == {4}
    assert len({case.dims["m"] for case in ladder}) > 1


def test_group_may_override_omit_and_pass_a_function(folder):  # noqa: F811
    text = GOOD.replace(
        "  - {name: arguments left alone, points: 1, check: purity}",
        "  - {name: other, points: 1, arguments: {x: 'lambda v: v + 1'}, omit: [factor]}",
    )
    assignment = load(folder, text)
    case = build_cases(assignment, assignment.questions[0], SEED)[-1]
    assert case.arguments == {"x": Source("lambda v: v + 1")}


def test_failing_expression_names_function_group_and_sizes(folder):  # noqa: F811
    assignment = load(folder, GOOD.replace('"normal(n_x, m)"', '"normal(n_x, m)[99]"'))
    with pytest.raises(SpecError, match=r"tiny, scale, group 'ordinary': x = 'x' fails for n_x="):
        build_cases(assignment, assignment.questions[0], SEED)


def test_answer_leaves_the_case_alone_and_names_what_was_raised(folder):  # noqa: F811
    assignment = load(folder, GOOD)
    case = build_cases(assignment, assignment.questions[0], SEED)[0]

    def spoil(x, factor):
        x[:] = 0
        raise KeyError(factor)

    before = case.arguments["x"].copy()
    assert answer(spoil, case).raised == "KeyError"
    assert np.array_equal(case.arguments["x"], before)


def test_small_cases_have_two_classes_where_one_is_never_drawn() -> None:
    assignment = find_assignment("rnn-cell")
    question = assignment.question("rnn_cell_forward")
    assert next(iter(build_ladder(assignment, question, 0))).dims["n_y"] == 2
    tagged = assignment.question("rnn_tag")
    number = next(i for i, group in enumerate(tagged.groups) if group.dims.get("n_y") == 1)
    assert next(iter(build_ladder(assignment, tagged, number))).dims["n_y"] == 1
