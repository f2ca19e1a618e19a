"""The one template environment of a process, and what all pages share.

Templates are compiled once; every value they print is cleaned of hidden characters and escaped. A
page's policy forbids it to load anything and to run any script but its own, known by its hash.
"""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from autograder.report.cleaning import marks, one_line, visible
from autograder.report.words import say

_FOLDER = Path(__file__).parent / "templates"
_DIFFERS = re.compile("«([^«»\n]*)»")


@dataclass(frozen=True, slots=True)
class PageStream:
    """A page in pieces, made anew whenever one goes through it: it need not be whole in memory."""

    template: str
    words: Mapping[str, Any]

    def __iter__(self) -> Iterator[str]:
        return template(self.template).generate(self.words)


@cache
def template(name: str) -> jinja2.Template:
    """A compiled template of this package."""
    return _environment().get_template(name)


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        auto_reload=False,
        undefined=jinja2.StrictUndefined,
        finalize=_cleaned,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=say, script=script, policy=policy, style=style)
    environment.filters.update(marks=marks, one_line=one_line, differing=differing)
    return environment


def _cleaned(value: Any) -> Any:
    return visible(value) if type(value) is str else value


@cache
def script(name: str) -> Markup:
    """A page's script, after the one that all pages have; trusted because the files are ours."""
    files = (_FOLDER / file for file in ("base.js", name))
    return Markup("\n".join(file.read_text(encoding="utf-8").strip() for file in files))


@cache
def style() -> Markup:
    """The style sheet on few lines."""
    text = (_FOLDER / "page.css").read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return Markup(re.sub(r"\s*\n\s*", "", text))


@cache
def policy(script_name: str) -> str:
    """The page's content security policy: no network, no script but the named one."""
    digest = hashlib.sha256(script(script_name).encode()).digest()
    allowed = base64.b64encode(digest).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'; "
        "base-uri 'none'; form-action 'none'"
    )


def differing(text: str) -> Markup:
    """Preformatted text whose entries between ``«`` and ``»`` are marked as differing.

    The two signs stay: they keep columns aligned and tell without colour.
    """
    safe = str(escape(visible(text, 20_000)))
    return Markup(_DIFFERS.sub(r"<mark><i>«</i>\1<i>»</i></mark>", safe))  # escaped above
