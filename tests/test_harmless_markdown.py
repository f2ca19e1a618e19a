import random
import re
from html.parser import HTMLParser

import pytest

from autograder.harmless_markdown import harmless

filters = pytest.importorskip("nbconvert.filters")
ORDINARY = re.compile(r"(https?:|mailto:|#|attachment:|[\w./-]+$)")
TAGS = {"script", "svg", "iframe", "object", "embed", "style", "form", "base", "meta", "link"}


class Dangers(HTMLParser):
    """What in a page a browser would run or load, read as a browser reads it."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            unsafe_link = name in ("href", "src") and not ORDINARY.match((value or "").strip())
            if name.startswith("on") or unsafe_link:
                self.found.append((tag, name, value))
        if tag in TAGS:
            self.found.append(tag)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<IMG SRC=x>",
    "<svg/onload=alert(1)>",
    "<!-- x --><script>alert(1)</script>",
    "</div><script>alert(1)</script>",
    "<\nscript>",
    "[x](javascript:alert(1))",
    "[x]( javascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](java\tscript:alert(1))",
    "[x](javascript&#58;alert(1))",
    "[x](javascript&colon;alert(1))",
    r"[x](javascript\:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "![x](javascript:alert(1))",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x][y]\n\n  [y]: <javascript:alert(1)>",
    "> [x]\n>\n> [x]: javascript:alert(1)",
    "- [x]\n\n  [x]: javascript:alert(1)",
    "[x]\n\n1) [x]: javascript:alert(1)",
    "[z]\n\n-\t[z]: javascript:alert(1)",
    "[x]\n\n" + "> " * 8 + "[x]: javascript:alert(1)",
    "[w]\n\n[w\n]: javascript:alert(1)",
    "[a\\]b]\n\n[a\\]b]: javascript:alert(1)",
    "[x]\n\na\r[x]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<https://a.org/\"onmouseover='alert(1)'>",
    "[x](https://a.org 'a\" onmouseover=alert(1) b')",
    '[x](https://a.org"onmouseover="alert(1))',
]


def shown(markdown):
    return filters.markdown2html(harmless(markdown))


@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_that_runs(markdown):
    assert Dangers(shown(markdown)).found == []


def test_the_danger_is_real():
    caught = sum(bool(Dangers(filters.markdown2html(markdown)).found) for markdown in HOSTILE)
    assert caught > len(HOSTILE) // 2


def test_nor_do_random_mixtures():
    generator = random.Random(3)
    pieces = [*HOSTILE, "`", "```\n", "\\", "$", "\n\n", "    ", "[", "](", "<", ">", "*", "&lt;"]
    for _ in range(400):
        markdown = "".join(generator.choices(pieces, k=generator.randint(2, 6)))
        assert Dangers(shown(markdown)).found == [], markdown


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# *Title*", "<em>Title</em>"),
        ("[a](https://a.org/b?c=1)", 'href="https://a.org/b?c=1"'),
        ("[a](other.ipynb)", 'href="other.ipynb"'),
        ("![a](plot.png)", 'src="plot.png"'),
        ("$a < b$ and $x_1$", "$x_1$"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<table>"),
    ],
)
def test_ordinary_text_stays(markdown, html):
    assert html in shown(markdown)
