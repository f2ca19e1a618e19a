import pytest

from autograder.report.cleaning import one_line, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("windows\r\nline", "windows\nline"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b", r"\x1b"),
        ("a\x00b\rc\x7f", r"a\x00b\x0dc\x7f"),
        ("\u202etxt.exe\u2069", r"\u202etxt.exe\u2069"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("李小明 é 🙂", "李小明 é 🙂"),
        ("z" + "\u0301" * 50, "z" + "\u0301" * 3),
    ],
)
def test_nothing_stays_hidden(text, shown):
    assert visible(text) == shown


def test_long_text_keeps_both_ends():
    short = visible("a" * 500 + "b" * 500, limit=10)
    assert short == "aaaaa … (990 characters left out) … bbbbb"


def test_one_line():
    assert one_line(" a\n\n b\t c ") == "a b c"
