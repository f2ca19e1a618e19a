"""A tiny assignment and a released course with it, for tests of everything around the grading."""

import atexit
import json
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from autograder.assignment_file import load_assignment
from autograder.course import Course, open_course
from autograder.init import init_course
from autograder.release import release_assignment
from autograder.spec import Assignment

YAML = """\
title: Doubling
reference: answers.py
carried: [halve]
questions:
- function: double
  title: Twice
  points: 3
  arguments: {x: "normal(n_x)"}
  returns: {y: [n_x]}
  groups: [{name: values, points: 3, cases: 2}]
- function: shift
  title: Shift
  points: 2
  needs: [double, halve]
  arguments: {x: "normal(n_x)"}
  returns: {y: [n_x]}
  groups: [{name: values, points: 2, cases: 2}]
"""

ANSWERS = '''\
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def halve(x: Array) -> Array:
    """Half of it."""
    return x / 2


def double(x: Array, *, times: int = 2) -> Array:
    """Twice the number.

    >>> double(2)
    4
    """
    # Nothing but a product.
    return x * times


def shift(x: Array) -> Array:
    """One more than itself."""
    return halve(double(x)) + 1
'''

NOTEBOOK = """\
# Doubling

Words, $x^2$ and more words.

```python name="setup"
import numpy as np
from autograder import check
```

```python carried="halve"
```

## Twice

```python solution="double"
```

```python name="demo-double"
double(np.ones(2))
```

```python solution="shift"
```

```python
shift(np.zeros(2))
```
"""

RIGHT = {
    "halve": "def halve(x):\n    return x / 2",
    "double": "def double(x):\n    return x + x",
    "shift": "def shift(x):\n    return halve(double(x)) + 1",
}
NAME = "doubling"


def write_assignment(
    root: Path, *, yaml: str = YAML, answers: str = ANSWERS, notebook: str = NOTEBOOK
) -> Path:
    """The assignment's folder below ``root``."""
    folder = root / NAME
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "assignment.yaml").write_text(yaml)
    (folder / "answers.py").write_text(answers)
    (folder / "notebook.md").write_text(notebook)
    (folder / "data" / "words.txt").write_text("one two\n")
    return folder


def make_assignment(root: Path, **changes: str) -> Assignment:
    return load_assignment(write_assignment(root, **changes))


@cache
def _released() -> Path:
    """One released course for the whole test session: nbgrader needs seconds for it."""
    root = Path(mkdtemp(prefix="released-course-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    init_course(root / "course")
    course = open_course(root / "course")
    release_assignment(course, make_assignment(course.path / "assignments"))
    return course.path


def released_course(folder: Path) -> Course:
    """A fresh copy of a course in which the assignment is released."""
    shutil.copytree(_released(), folder / "course")
    return open_course(folder / "course")


def submit(course: Course, student: str, sources: dict[str, str], **edits: Any) -> Path:
    """Hand in the released notebook with these solutions; ``name`` is the notebook's file name."""
    document = json.loads(course.release(NAME).read_text())
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        source = sources.get(label.removeprefix("carried-"))
        if source is not None and not label.startswith("test_"):
            cell["source"] = source
    change = edits.get("change")
    if change is not None:
        change(document)
    folder = course.submitted(NAME, student)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / edits.get("name", f"{NAME}.ipynb")
    path.write_text(json.dumps(document))
    return path
