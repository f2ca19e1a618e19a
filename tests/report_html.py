"""Look at a page as a browser does: which elements and attributes it has, and what it says."""

import re
from html.parser import HTMLParser

VOID = {"meta", "input", "wbr"}
LOADING = {"src", "srcset", "href", "action", "data", "poster", "background"}


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.words = []
        self.open = []
        self.languages = []
        self.unbalanced = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.languages.append(dict(attrs).get("lang"))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)
        if self.languages:
            self.languages.pop()

    def handle_data(self, data):
        hidden = {"style", "script"} & set(self.open[-1:]) or "zh" in self.languages
        if not hidden:
            self.words.append(data)

    @property
    def text(self):
        """What an English reader sees."""
        return " ".join("".join(self.words).split())

    def tags(self):
        return {tag for tag, _ in self.elements}

    def with_tag(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def without_style_and_script(html):
    """The page without what is the same in all of them, for golden files."""
    html = re.sub(r"<style>.*?</style>", "<style></style>", html, flags=re.DOTALL)
    html = re.sub(r"<script>.*?</script>", "<script></script>", html, flags=re.DOTALL)
    return re.sub(r"sha256-[\w+/=]*", "sha256-", html)


def assert_sound(html):
    """Balanced, unique ids, loads nothing, runs no script but its own."""
    page = Page(html)
    assert not page.unbalanced
    assert not page.open
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in LOADING & set(attributes):
            assert tag == "a", (tag, attributes)
            assert attributes[name].startswith(("#", "./")), attributes
    assert len(page.with_tag("script")) == 1
    assert not page.tags() & {"img", "iframe", "object", "embed", "form", "link", "base"}
    html.encode("utf-8")  # no lone surrogate
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", html)
    return page
