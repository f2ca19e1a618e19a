"""Pages of the documentation as their readers use them: files written, commands run, outputs compared.

A fence under a line such as **`path`** is a file's content. A fence of ``text`` below a command is
what the command prints; ``…`` stands for whatever differs from run to run. A comment above a fence
says what is not plain:

* ``<!-- not run: reason -->`` for what needs another machine or a screen;
* ``<!-- exit status 1 -->`` for a command that is meant to fail;
* ``<!-- run: name -->`` in the README, for commands that CI runs as they stand.
"""  # noqa: E501

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
SHELLS = ("bash", "sh", "shell", "console", "powershell")

_FENCE = re.compile(
    r"(?:^<!-- (?P<remark>[^\n]+) -->\n+)?"
    r"(?:^\*\*`(?P<file>[^`\n]+)`\*\*\n\n)?"
    r"^(?P<ticks>`{3,4})(?P<language>\w*)[^\n]*\n(?P<body>.*?)^(?P=ticks)$",
    re.M | re.S,
)
_INLINE = re.compile(r"(?<!`)`(autograder [a-z][^`]*)`(?!`)")
_MARK = "@@ block {} @@"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fence of a page."""

    page: str
    line: int
    language: str
    body: str
    file: str
    remark: str

    @property
    def is_command(self) -> bool:
        return self.language in SHELLS

    @property
    def is_run(self) -> bool:
        """Whether it has a part when the page is followed."""
        marked = self.remark.startswith(("not run: ", "run: "))
        return not marked and (self.language == "bash" or bool(self.file))

    @property
    def status(self) -> int:
        """The exit status of the commands."""
        found = re.fullmatch(r"exit status (\d+)", self.remark)
        return int(found[1]) if found else 0

    def __str__(self) -> str:
        return f"{self.page}, line {self.line}"


def read_blocks(page: Path) -> tuple[Block, ...]:
    """All fences of a page, in their order."""
    text = page.read_text("utf-8")
    return tuple(
        Block(
            page=page.name,
            line=text.count("\n", 0, found.start("ticks")) + 1,
            language=found["language"],
            body=found["body"],
            file=found["file"] or "",
            remark=found["remark"] or "",
        )
        for found in _FENCE.finditer(text)
    )


def inline_commands(page: Path) -> tuple[str, ...]:
    """Commands named in the text."""
    return tuple(_INLINE.findall(_FENCE.sub("", page.read_text("utf-8"))))


def follow(page: Path, run: Callable[[str], CompletedProcess[str]]) -> None:
    """Do what a page says, all of it in one shell; every output it shows must come.

    Parameters
    ----------
    page : pathlib.Path
    run : callable
        Runs a script in bash where the reader would.
    """
    blocks = read_blocks(page)
    done = run(_script(block for block in blocks if block.is_run))
    said = done.stdout
    assert done.returncode == 0, said[-6000:]
    for block, shown in pairwise(blocks):
        if block.is_run and block.is_command and shown.language == "text" and not shown.file:
            _, _, output = said.partition(_MARK.format(block.line) + "\n")
            output = output.partition("@@ block ")[0]
            assert _pattern(shown.body).search(output), f"{shown}: the command said\n{output}"


def _script(blocks: Iterator[Block]) -> str:
    lines = ["exec 2>&1 </dev/null", "set -eo pipefail"]
    for block in blocks:
        lines.append(f"echo; echo '{_MARK.format(block.line)}'")
        if block.file:
            name = shlex.quote(block.file)
            lines += [f'mkdir -p "$(dirname {name})"', f"cat > {name} <<'END OF THE FILE'"]
            lines += [block.body + "END OF THE FILE"]
        elif block.status:
            lines += ["set +e", block.body, f"[ $? = {block.status} ] || exit 99", "set -e"]
        else:
            lines.append(block.body)
    return "\n".join(lines)


def _pattern(shown: str) -> re.Pattern[str]:
    """What is shown, line by line; `…` is anything, and alone on its line any lines."""
    lines = []
    for line in shown.rstrip("\n").split("\n"):
        if line.strip() == "…":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*?".join(map(re.escape, line.split("…"))) + r"[ \t]*\n")
    return re.compile("^" + "".join(lines), re.M)
