"""What `check` shows, on light and dark grounds, in a page that runs no scripts."""

import pytest

from autograder.check_report import CheckReport, Row

THEMES = {  # ground and text of JupyterLab's and VS Code's themes
    "JupyterLab Light": ("#ffffff", "rgba(0, 0, 0, 0.87)"),
    "JupyterLab Dark": ("#111111", "rgba(255, 255, 255, 0.87)"),
    "VS Code Light": ("#ffffff", "#3b3b3b"),
    "VS Code Dark": ("#1f1f1f", "#cccccc"),
}
WRONG = Row(
    name="one step",
    problem="y: expected 1, got 2, in `return 2 * x`.",
    code="double(np.ones(1))",
    expected="[«1.00» 2.00]",
    actual="[«2.00» 2.00]",
)
REPORTS = {
    "passed": CheckReport(function="double", title="Twice", rows=(Row(name="one step"),)),
    "wrong": CheckReport(
        function="double", title="Twice", rows=(WRONG, Row(name="a note", note="n"))
    ),
    "manners": CheckReport(
        function="double", title="Twice", rows=(Row(name="m", warning="dtype"),)
    ),
    "open": CheckReport(function="double", title="Twice", problem="Not yet.", attempted=False),
}
# The lowest contrast of text with its ground, by WCAG's formula, and that of the bar at the side.
CONTRAST = """() => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3]));
  const light = rgb => {
    const [r, g, b] = rgb.map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    const below = element === document.body ? [255, 255, 255] : ground(element.parentElement);
    return over(parse(getComputedStyle(element).backgroundColor), below);
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const texts = [...document.querySelectorAll('body *')].filter(
    e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()));
  const text = Math.min(...texts.map(e => {
    const below = ground(e);
    return contrast(over(parse(getComputedStyle(e).color), below), below);
  }));
  const box = document.querySelector('body > div');
  const bar = contrast(
    over(parse(getComputedStyle(box).borderLeftColor), ground(document.body)),
    ground(document.body));
  return {text, bar, count: texts.length};
}"""


@pytest.fixture(scope="module")
def silent(browser):
    """A page that loads nothing from anywhere."""
    with browser.new_context(offline=True, viewport={"width": 900, "height": 500}) as context:
        yield context.new_page()


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", REPORTS)
def test_it_can_be_read(silent, kind, theme):
    ground, text = THEMES[theme]
    style = f"body{{background:{ground};color:{text};font:14px sans-serif}}"
    silent.set_content(f"<style>{style}</style><body>{REPORTS[kind]._repr_html_()}</body>")
    found = silent.evaluate(CONTRAST)
    assert found["count"] >= 3
    assert found["text"] >= 4.5  # WCAG AA for text
    assert found["bar"] >= 3  # and for what is no text
