r"""A student's markdown for the instructor's browser: words, mathematics and pictures, no HTML.

The formgrader renders markdown cells as they are, HTML and all, in a page that may change marks.
So the start of every tag is broken by a zero-width space, which also leaves code and formulas as
they look, and links lead to ordinary addresses only.
"""

import re

_BREAK = "\u200b"
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LINK = re.compile(r"\](?=\()")
# A destination that is safe whatever entities and escapes mean: an address with a known scheme,
# a place in the page, an attached picture, or a plain relative path.
_ORDINARY = re.compile(r"\]\(\s*(?:https?://|mailto:|#|attachment:|[\w./-]+[\s)])")


def harmless(markdown: str) -> str:
    r"""The markdown without a tag or link that a browser could be harmed by.

    Examples
    --------
    >>> harmless("$a<b$ and <b>c</b>").replace("\u200b", "|")
    '$a<|b$ and <|b>c<|/b>'
    >>> harmless("[x](javascript:y) [z](https://z.org)").replace("\u200b", "|")
    '[x]|(javascript:y) [z](https://z.org)'
    """
    text = _TAG.sub(f"<{_BREAK}", markdown)
    text = text.replace("]:", f"]{_BREAK}:")  # wherever it stands: it may define a link's address
    return _LINK.sub(lambda at: "]" if _ORDINARY.match(text, at.start()) else f"]{_BREAK}", text)
