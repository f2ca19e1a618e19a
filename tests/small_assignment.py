"""An assignment of two functions with a few misconceptions, small enough to be read in a test."""

from pathlib import Path

from local_session import write_assignment

from autograder.spec import Assignment

REFERENCE = '''
def mix(x, w):
    """Tell what it does, in words that no change should touch: h = np.tanh(z)."""
    z = np.dot(w, x)
    h = np.tanh(z)
    total = np.sum(h, axis=1, keepdims=True) / x.shape[1]
    return h, total


def pool(x, w, k=1):
    if k < 1:
        raise ValueError("k must be at least 1")
    h, total = mix(x, w)
    return total * k
'''

QUESTIONS = """
dims: {n_x: [2, 5], n_a: [2, 5], m: [2, 5], n_y: 2, T_x: 2}
questions:
- function: mix
  title: Mix
  points: 6
  arguments: {x: "normal(n_x, m)", w: "normal(n_a, n_x)"}
  returns: {h: [n_a, m], total: [n_a, 1]}
  groups:
  - {name: ordinary, points: 3, cases: 3}
  - {name: one example, points: 1, dims: {m: 1}}
  - {name: arguments left alone, points: 1, check: purity}
  - {name: form, points: 1, check: manners}
- function: pool
  title: Pool
  points: 4
  needs: [mix]
  arguments: {x: "normal(n_x, m)", w: "normal(n_a, n_x)", k: "integers(2, 3)"}
  returns: {total: [n_a, 1]}
  groups:
  - {name: ordinary, points: 3, cases: 3}
  - {name: refuses 0, points: 1, raises: ValueError, arguments: {k: "0"}}
"""


def entry(name: str, old: str, new: str, function: str = "mix", more: str = "") -> str:
    """One misconception as YAML."""
    return (
        f"- id: {name}\n  function: {function}\n"
        f"  hint: {{en: 'look at {name}', zh: '看 {name}'}}\n"
        f"  change:\n  - old: {old!r}\n    new: {new!r}\n"
        f"  evidence: [experience]\n{more}"
    )


MISCONCEPTIONS = "".join(
    [
        entry("no-tanh", "np.tanh(z)", "z"),
        entry("no-mean", " / x.shape[1]", ""),
        entry("divides-by-units", "x.shape[1]", "x.shape[0]"),
        entry("transposed-product", "np.dot(w, x)", "np.dot(w.T, x)"),
        entry("x-scaled-in-place", "z = np.dot(w, x)", "z = np.dot(w, x); x *= 2"),
        entry("float32", "return h, total", "return h.astype(np.float32), total"),
        entry("k-ignored", "total * k", "total", "pool"),
        entry("k-unchecked", "k < 1", "k < 0", "pool"),
    ]
)


def small_assignment(folder: Path, misconceptions: str = MISCONCEPTIONS) -> Assignment:
    """The assignment, read from files in that folder."""
    return write_assignment(
        folder, reference=REFERENCE, questions=QUESTIONS, misconceptions=misconceptions
    )
