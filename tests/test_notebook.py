import json
import os
import random
from pathlib import Path

import pytest

from autograder import notebook, notebook_file
from autograder.errors import NotebookError
from autograder.notebook import PRELUDE, executable_cells, mentioned, read_notebook


def code(source, grade_id=None, **flags):
    metadata = {} if grade_id is None else {"nbgrader": {"grade_id": grade_id, **flags}}
    return {"cell_type": "code", "metadata": metadata, "source": source, "outputs": []}


def markdown(source):
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def pack(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more})


def read(*cells):
    return read_notebook(pack(*cells).encode())


TYPICAL = (
    markdown("# Title"),
    code("import numpy as np\nfrom autograder import check", "setup", locked=True),
    code("def double(x):\n    return 2 * x", "double", solution=True),
    code('check("double")', "test_double", grade=True, locked=True),
    code("plot()", "demo-plot", locked=True),
    code("helper = 1"),
)


def test_kinds_and_order():
    submission = read(*TYPICAL)
    assert [cell.kind for cell in submission.cells] == [
        "text", "setup", "solution", "test", "demo", "plain",
    ]  # fmt: skip
    assert [cell.index for cell in submission.code_cells] == [1, 2, 3, 4, 5]
    assert submission.grade_ids == {"setup", "double", "test_double", "demo-plot"}
    assert submission.defined_names == {"double", "helper"}
    assert submission.notes == ()


def test_runs_everything_but_tests_and_demos():
    cells = executable_cells(read(*TYPICAL))
    assert [cell.index for cell in cells] == [-1, 1, 2, 5]
    assert cells[0].source == PRELUDE


def test_the_prelude_makes_the_setup_cell_and_a_stray_check_harmless():
    namespace: dict[str, object] = {}
    import sys

    real = sys.modules["autograder"]
    try:
        exec(PRELUDE, namespace)
        exec("from autograder import check\ncheck('double')", namespace)
    finally:
        sys.modules["autograder"] = real
    assert "np" in namespace
    assert "sys" not in namespace


def test_lost_metadata_costs_nothing():
    bare = [{**cell, "metadata": {}} for cell in TYPICAL]
    sources = [cell.source for cell in executable_cells(read(*bare))]
    assert "def double(x):\n    return 2 * x" in sources
    assert 'check("double")' not in sources


def test_of_two_test_cells_the_rewritten_one_is_ordinary_code():
    rewritten = code("def helper(x):\n    return x", "test_double", grade=True, locked=True)
    submission = read(rewritten, *TYPICAL)
    assert submission.cells[0].copy_of == "test_double"
    assert [cell.source for cell in executable_cells(submission)][1].startswith("def helper")
    assert submission.cells[4].grade_id == "test_double"
    assert "'test_double' is there 2 times" in submission.notes[0]


def test_a_copied_solution_cell_still_runs():
    submission = read(*TYPICAL, code("def double(x):\n    return x + x", "double", solution=True))
    assert executable_cells(submission)[-1].source == "def double(x):\n    return x + x"
    assert submission.cells[-1].grade_id is None


def test_source_as_lines():
    assert read(code(["a = 1\n", "b = 2", 3])).cells[0].source == "a = 1\nb = 2"


def test_nbformat_3():
    cells = [
        {"cell_type": "heading", "level": 1, "source": "Title"},
        {"cell_type": "code", "language": "python", "input": ["x = 1"], "outputs": []},
    ]
    data = json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}).encode()
    submission = read_notebook(data)
    assert [(cell.cell_type, cell.source) for cell in submission.cells] == [
        ("markdown", "Title"),
        ("code", "x = 1"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_encodings(encoding):
    text = json.dumps({"cells": [code("s = '梯度'")]}, ensure_ascii=False)
    assert read_notebook(text.encode(encoding)).cells[0].source == "s = '梯度'"


def test_wrong_bytes_in_a_comment_are_read_with_a_note():
    data = pack(code("x = 1  # QUX")).encode().replace(b"QUX", b"d\xe9j\xe0")
    submission = read_notebook(data)
    assert submission.cells[0].source.startswith("x = 1")
    assert "not valid UTF-8" in submission.notes[0]


def test_half_a_surrogate_pair_can_be_written_again():
    read_notebook(rb'{"cells": [{"cell_type": "code", "source": "\ud800"}]}').cells[
        0
    ].source.encode()


@pytest.mark.parametrize(
    "cell",
    [
        {"cell_type": "code", "metadata": [], "source": "x"},
        {"cell_type": "code", "metadata": {"nbgrader": "?"}, "source": "x"},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": ["a"]}}, "source": "x"},
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "a b<"}}, "source": "x"},
        {"cell_type": "code", "metadata": None, "source": "x", "outputs": {"a": 1}},
        {"cell_type": ["code"], "source": {"x": 1}},
        {"source": None},
        {},
    ],
)
def test_wrong_types_are_taken_as_absent(cell):
    (found,) = read(cell).cells
    assert found.grade_id is None
    assert found.outputs == ()


def test_an_entry_that_is_no_cell_is_noted():
    submission = read(code("x = 1"), 7, None)
    assert len(submission.cells) == 1
    assert len(submission.notes) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"PK\x03\x04junk", "zip archive"),
        (b"%PDF-1.7", "a PDF"),
        (b"<!doctype html><html>", "web page"),
        (b"import numpy as np\n", "begins with a brace"),
        (pack(code("x = 1")).encode()[:-20], "cut off"),
        (b'{"cells": ["x', r"line 1 \(Unterminated string\)\. The file is cut off"),
        (b'{"cells": [}, "nbformat": 4}', "Open it in Jupyter"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells": [' + b"9" * 5000 + b"]}", "damaged"),
        (b"[1, 2]", "not a notebook"),
        (b"{}", "no cells"),
        (b'{"cells": 3}', "no cells"),
        (b'{"worksheets": 3}', "no cells"),
    ],
)
def test_unreadable_content_is_explained(data, words):
    with pytest.raises(NotebookError, match=words):
        read_notebook(data)


def test_limits(monkeypatch):
    monkeypatch.setattr(notebook, "MAX_CELLS", 3)
    with pytest.raises(NotebookError, match="4 cells; at most 3"):
        read(*[code("x")] * 4)
    monkeypatch.setattr(notebook, "MAX_CODE", 10)
    with pytest.raises(NotebookError, match="code is longer"):
        read(code("x = '" + "1" * 20 + "'"))
    monkeypatch.setattr(notebook_file, "MAX_BYTES", 10)
    with pytest.raises(NotebookError, match="Clear its outputs"):
        read(code("x"))


def test_files_that_are_not_files(tmp_path: Path):
    good = tmp_path / "good.ipynb"
    good.write_text(pack(code("x = 1")))
    assert read_notebook(good).cells[0].source == "x = 1"
    link = tmp_path / "link.ipynb"
    link.symlink_to(good)
    pipe = tmp_path / "pipe.ipynb"
    os.mkfifo(pipe)
    folder = tmp_path / "folder.ipynb"
    folder.mkdir()
    for path, words in [
        (link, "symbolic link"),
        (pipe, "not an ordinary file"),
        (folder, "not an ordinary file|cannot be opened"),
        (tmp_path / "missing.ipynb", "cannot be opened"),
        (Path("/dev/zero"), "not an ordinary file"),
        (tmp_path / "nul\0.ipynb", "cannot be opened"),
    ]:
        with pytest.raises(NotebookError, match=words):
            read_notebook(path)


def mutate(data: bytes, generator: random.Random) -> bytes:
    """A few random edits: bytes, cuts, repeats, and JSON values of the wrong type."""
    for _ in range(generator.randint(1, 4)):
        place = generator.randrange(len(data) + 1)
        other = generator.randrange(len(data) + 1)
        low, high = min(place, other), max(place, other)
        match generator.randrange(6):
            case 0:
                data = data[:place] + generator.randbytes(generator.randint(1, 4)) + data[place:]
            case 1:
                data = data[:low] + data[min(high, low + 40) :]
            case 2:
                data = data[:place]
            case 3:
                data = data[:high] + data[low:]
            case 4:
                values = [b"null", b"[]", b"{}", b"-1e999", b'"\\ud800"', b"true", b'"\\u0000"']
                marks = [i for i, byte in enumerate(data) if byte == ord(":")] or [0]
                at = generator.choice(marks) + 1
                data = data[:at] + generator.choice(values) + b"," + data[at:]
            case 5:
                values = [b"null", b"[3]", b'{"a":[]}', b"0", b'"code"', b'["code"]']
                wanted = generator.choice([b'"code"', b"[]", b"{}", b"true", b'"double"', b"4"])
                data = data.replace(wanted, generator.choice(values), generator.randint(1, 3))
    return data


def fuzz(rounds: int) -> int:
    generator = random.Random(20)
    original = pack(*TYPICAL).encode()
    readable, sentences = 0, set()
    for _ in range(rounds):
        data = mutate(original, generator)
        try:
            submission = read_notebook(data)
        except NotebookError as error:
            sentences.add(str(error)[-1])
        else:
            readable += 1
            for cell in executable_cells(submission):
                cell.source.encode()
            assert None not in submission.grade_ids
    assert sentences == {"."}
    return readable


def test_only_our_own_error_comes_out():
    assert 100 < fuzz(2000) < 1900


@pytest.mark.slow
def test_only_our_own_error_comes_out_of_very_many_mutations():
    assert fuzz(100_000) > 1000


def test_names_that_a_function_may_call():
    sources = [
        "def early(x):\n    return x",
        "def late(x):\n    return early(x) + helper(x)",
        "def helper(x):\n    return other(x)",
        "last = lambda x: late(x) + earlyish",
    ]
    graded = ["early", "other", "late", "last"]
    names = ["early", "other", "late", "x.y"]
    assert mentioned([*names[:2], "x.y"], "late", sources, graded) == ("early", "other")
    assert mentioned(names, "last", sources, graded) == ("other", "late")
    assert mentioned(names, "early", [], graded) == ()
