"""Text that students wrote, made safe to look at.

Names, exception messages and printed lines come from submissions. Escaping for HTML or XML is the
renderers' business; what is done here comes before it and is the same for all of them: nothing
invisible may stay invisible, reorder the line, or move a terminal's cursor.
"""

import re

# CSI and OSC sequences and two-character escapes, as terminals understand them.
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]"
)
# Controls, bidirectional controls and separators, invisible tags, lone surrogates, noncharacters.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
# At most this many combining marks on one letter: more only serve to smear over other lines.
_SMEAR = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]+"
)

# What CI services take for a command when it is printed.
_COMMAND = re.compile(r"(^|\n)([ \t]*):(?=:)|##(?=\[)")


def visible(text: str, limit: int = 4000) -> str:
    r"""Clean a text for people's eyes.

    Terminal colours vanish, hidden characters are spelled out as Python would, and a text longer
    than ``limit`` characters loses its middle.

    Examples
    --------
    >>> visible("\x1b[31mred\x1b[0m")
    'red'
    >>> visible("a\x00b \u202egnp.exe")
    'a\\x00b \\u202egnp.exe'
    >>> visible("abcdefghij", limit=4)
    'ab … (6 characters left out) … ij'
    """
    if len(text) > limit:
        half = limit // 2
        left_out = len(text) - 2 * half
        text = f"{text[:half]} … ({left_out:,} characters left out) … {text[-half:]}"
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    if "\x1b" in text or "\x9b" in text:
        text = _ANSI.sub("", text)
    return _SMEAR.sub(r"\1", _HIDDEN.sub(_spelled, text))


def one_line(text: str, limit: int = 600) -> str:
    """Clean a text and put it on one line."""
    return " ".join(visible(text, limit).split())


def inert(text: str) -> str:
    """The text so that no CI service finds a command: ``::`` at a line's start, ``##[`` anywhere.

    Examples
    --------
    >>> inert("::error::x ##[group]")
    ': :error::x # #[group]'
    """
    return _COMMAND.sub(lambda found: found.group().replace(":", ": ").replace("##", "# #"), text)


def log_line(text: str) -> str:
    """What students wrote or named, on one line of a terminal or a log."""
    return inert(one_line(text))


def _spelled(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def marks(number: float) -> str:
    """Marks without needless digits.

    Examples
    --------
    >>> marks(31.0), marks(6.25), marks(1 / 3), marks(-0.0)
    ('31', '6.25', '0.33', '0')
    """
    return f"{round(number, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
