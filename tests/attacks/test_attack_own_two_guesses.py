"""Own: answer one way after other functions were called and another way alone, and keep both."""

from tiny import RIGHT

GUESSES = [
    "seen = []",
    "def double(x):\n    seen.append(1)\n    return 2 * x",
    "def shift(x):\n    return x - 1 if seen else {}",
]


def test_the_better_guess_counts_and_is_told(arena):
    result = arena.grade(RIGHT["halve"], *GUESSES[:2], GUESSES[2].format("x + 1"))
    assert result.score == 5
    (note,) = result.notes
    assert note.startswith("shift earned its marks in a process of its own")


def test_two_wrong_guesses_stay_wrong(arena):
    result = arena.grade(RIGHT["halve"], *GUESSES[:2], GUESSES[2].format("x + 2"))
    assert (result.score, result.notes) == (3, ())


def test_who_keeps_to_one_guess_has_no_note(arena):
    for shift in (RIGHT["shift"], "def shift(x):\n    return x - 1"):
        assert arena.grade(RIGHT["halve"], RIGHT["double"], shift).notes == ()
