"""A very small assignment: whatever an audit can find wrong with it is a change of one line."""

from pathlib import Path

from local_session import write_assignment

from autograder.audit import QUICK, AuditResult, audit_assignment
from autograder.audit.records import FunctionResult
from autograder.spec import Assignment

REFERENCE = '''
def shares(x, weight):
    """Weighted columns, each divided by the number of columns."""
    return weight * x / x.shape[1]
'''

QUESTIONS = """
dims: {n_x: [2, 4], m: [2, 4]}
questions:
- function: shares
  title: Shares
  points: 4
  arguments: {x: "normal(n_x, m)", weight: "uniform(1, low=1.5, high=3)[0]"}
  returns: {y: [n_x, m]}
  groups:
  - {name: ordinary, points: 2, cases: 2, dims: {n_x: 3, m: 4}}
  - {name: edges, points: 1, vary: [{m: 1}, {n_x: 1}]}
  - {name: arguments left alone, points: 0.5, check: purity}
  - {name: form, points: 0.5, check: manners}
"""

MISCONCEPTIONS = """
- id: not-divided
  function: shares
  hint: {en: Divide., zh: 要除。}
  change: [{old: " / x.shape[1]", new: ""}]
  evidence: [experience]
- id: divided-by-rows
  function: shares
  hint: {en: Columns., zh: 列。}
  change: [{old: "x.shape[1]", new: "x.shape[0]"}]
  evidence: [experience]
"""

STYLES = {
    "divided_first": "return x / x.shape[1] * weight",
    "multiply": "return np.multiply(x, weight) / x.shape[1]",
    "columns": "return np.stack([weight * c / x.shape[1] for c in x.T], axis=1)",
    "rows": "return np.array([weight * row / len(row) for row in x])",
    "lists": "return [[weight * entry / len(row) for entry in row] for row in x.tolist()]",
    "transposed": "return (weight * x.T / len(x.T)).T",
    "mean": "return weight * np.mean(np.ones_like(x), axis=0) * x / x.shape[1]",
    "fortran": "return np.asfortranarray(weight * x / x.shape[1])",
}


def audited_assignment(
    folder: Path,
    *,
    questions: str = QUESTIONS,
    misconceptions: str = MISCONCEPTIONS,
    styles: dict[str, str] = STYLES,
    audit: str = "",
) -> Assignment:
    """The assignment, read from files in that folder."""
    (folder / "correct").mkdir(parents=True)
    for name, body in styles.items():
        text = f"def shares(x, weight):\n    {body}\n"
        (folder / "correct" / f"{name}.py").write_text(text, "utf-8")
    if audit:
        (folder / "audit.yaml").write_text(audit, "utf-8")
    return write_assignment(
        folder, reference=REFERENCE, questions=questions, misconceptions=misconceptions
    )


def audited(assignment: Assignment) -> tuple[AuditResult, FunctionResult]:
    """A quick audit, right here, and its only function."""
    result = audit_assignment(assignment, QUICK)
    (function,) = result.functions
    return result, function
