"""Wrong and curious submissions under every policy: no artifact gives a hidden case away."""

import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from secrets_of import Secrets, secrets_of

from autograder.bank import Bank
from autograder.cases import Seed
from autograder.course import Course, open_course
from autograder.course_run import Options, grade_course, renew_pages
from autograder.grade import grade_notebook
from autograder.init import init_course
from autograder.library import find_assignment
from autograder.paste import paste_code
from autograder.release import release_assignment
from autograder.report.page import render_feedback
from autograder.report.record_file import read_record
from autograder.runner.wire import Channel
from autograder.runner.worker import Worker
from autograder.source_notebook import build_source

NAME = "rnn-cell"

# A plain mistake, and ways to carry the inputs of hidden calls to the page.
CURIOUS = {
    "wrong": "def softmax(z):\n    e = np.exp(z - np.max(z, axis=1, keepdims=True))\n"
    "    return e / np.sum(e, axis=1, keepdims=True)",
    "raises-it": "def sigmoid(z):\n    raise ValueError(repr(z.tolist()))",
    "raises-first": "seen = []\ndef sigmoid(z):\n    seen.append(z)\n"
    "    raise ValueError(repr(seen[0].tolist()))",
    "returns-first": "seen = []\ndef sigmoid(z):\n    seen.append(z)\n"
    "    return np.full(np.shape(z), seen[0].ravel()[0])",
    "prints-it": "import sys, warnings\ndef sigmoid(z):\n    print(z.tolist())\n"
    "    print(repr(z), file=sys.stderr)\n    warnings.warn(repr(z.tolist()))\n    return z",
    "in-a-line": "import linecache\ndef sigmoid(z):\n"
    "    text = 'raise ValueError # %r' % z.tolist()\n"
    "    name = '<ipython-input-x>'\n"
    "    linecache.cache[name] = (len(text), None, [text], name)\n"
    "    exec(compile(text, name, 'exec'))",
    "in-a-syntax-error": "def sigmoid(z):\n    error = SyntaxError('x')\n    error.lineno = 1\n"
    "    error.text = repr(z.tolist())\n    raise error",
    "in-a-type": "def sigmoid(z):\n    raise type('E%r' % z.ravel()[0], (ValueError,), {})()",
    "in-a-name": "def sigmoid(z):\n    return eval('x%r' % (z.ravel()[0],))",
    "in-keys": "def sigmoid(z):\n    return {repr(z.tolist()): 1}",
    "in-a-shape": "def sigmoid(z):\n    return np.zeros((int(abs(z.ravel()[0]) * 1e10), 0))",
    "in-a-text": "def sigmoid(z):\n    return repr(z.tolist())",
    "in-a-file": "def sigmoid(z):\n    try:\n        text = open('seen').read()\n"
    "    except OSError:\n        text = repr(z.tolist())\n        open('seen', 'w').write(text)\n"
    "    raise ValueError(text)",
    "in-a-neighbour": "def sigmoid(z):\n    np.seen = z\n    return z\n"
    "def softmax(z):\n    raise ValueError(repr(getattr(np, 'seen', z).tolist()))",
    "by-a-served-function": "def rnn_forward(x, a0, parameters):\n"
    "    raise ValueError(repr(rnn_cell_forward(x[:, :, 0], a0, parameters)))\n"
    "def rnn_cell_forward(xt, a_prev, parameters):\n    return xt, a_prev, parameters",
    "in-the-cache": "def rnn_cell_forward(xt, a_prev, parameters):\n"
    "    return xt, xt, repr(xt.tolist())",
}
STUDENTS = (*CURIOUS, "right", "stub")


def notebook(source: str | None, student: str) -> str:
    """A solved notebook, or the stubs, with some functions replaced by a student's."""
    document = json.loads(json.dumps(build_source(find_assignment(NAME))))
    for cell in document["cells"]:
        label = cell["metadata"].get("nbgrader", {})
        if label.get("solution") and source is not None:
            cell["source"] = "raise NotImplementedError"
    own = f"{source or ''}\n# only {mark(student)} knows this\nprint('{mark(student)}')"
    cell = {"cell_type": "code", "id": "own", "metadata": {}, "source": own}
    document["cells"].append({**cell, "outputs": [], "execution_count": None})
    return json.dumps(document)


def mark(student: str) -> str:
    return f"MARK{STUDENTS.index(student):03}OF{student.upper().replace('-', '')}"


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A released course with all the submissions, not graded."""
    folder = tmp_path_factory.mktemp("leaks") / "course"
    init_course(folder)
    course = open_course(folder)
    release_assignment(course, find_assignment(NAME))
    for student in STUDENTS:
        source = {"right": None, "stub": ""}.get(student, CURIOUS.get(student))
        place = course.submitted(NAME, student)
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(notebook(source, student))
    return course


def with_policy(handed_in: Course, folder: Path, policy: str) -> Course:
    """A copy whose own assignment has a policy."""
    shutil.copytree(handed_in.path, folder / "course")
    course = open_course(folder / "course")
    own = course.path / "assignments" / NAME
    shutil.copytree(find_assignment(NAME).folder, own)
    spec = own / "assignment.yaml"
    spec.write_text(f"counterexample: {policy}\n{spec.read_text()}")
    return course


def grade(course: Course):
    return grade_course(course, find_assignment(NAME, course.path), Options(processes=1))


def set_due(course: Course, moment: datetime | None) -> None:
    connection = sqlite3.connect(course.path / "gradebook.db")
    text = None if moment is None else moment.strftime("%Y-%m-%d %H:%M:%S.000000")
    connection.execute("update assignment set duedate = ?", (text,))
    connection.commit()
    connection.close()


def page(course: Course, student: str) -> str:
    return (course.feedback(NAME, student) / f"{NAME}.html").read_text()


@pytest.fixture(scope="module", params=["always", "after-deadline", "never"])
def graded(request, handed_in, tmp_path_factory):
    """A graded course, its policy, and what the command said."""
    course = with_policy(handed_in, tmp_path_factory.mktemp(request.param), request.param)
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.path)]
    summary = course.path / "summary.md"
    more = ["--jobs", "1", "--markdown", str(summary), "--annotate"]
    done = subprocess.run([*command, *more], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return course, request.param, done.stdout + done.stderr + summary.read_text()


def secrets(course: Course, student: str) -> Secrets:
    assignment = find_assignment(NAME, course.path)
    released = course.release(NAME).read_text()
    own = (course.submitted(NAME, student) / f"{NAME}.ipynb").read_text()
    public = "\n".join(
        [released, own, *("".join(cell["source"]) for cell in json.loads(own)["cells"]),
         *("".join(cell["source"]) for cell in json.loads(released)["cells"])]
    )  # fmt: skip
    others = [mark(other) for other in STUDENTS if other != student]
    return secrets_of(assignment, course.secret(), (student,), public, *others)


def comments(course: Course, student: str) -> str:
    connection = sqlite3.connect(course.path / "gradebook.db")
    found = connection.execute(
        "select auto_comment from comment "
        "join submitted_notebook on submitted_notebook.id = comment.notebook_id "
        "join submitted_assignment on submitted_assignment.id = submitted_notebook.assignment_id "
        "where student_id = ?",
        (student,),
    ).fetchall()
    connection.close()
    return "\n".join(text or "" for (text,) in found)


def test_the_search_finds_what_is_there(handed_in):
    """The control: each way of telling a secret is seen."""
    found = secrets(handed_in, "wrong")
    number = max(found.inputs, key=lambda n: len(repr(n)))
    assert len(found.inputs) > 300
    assert len(found.answers) > 300
    assert len(found.lines) > 10
    for text in (
        f"ValueError: [[{number!r}]]",
        f"<td>{number:.8f}</td>",
        repr(number).replace(".", "_"),
        repr(number).replace(".", ", "),
        f"a{number.hex()}b",
        " ".join(f"{n:.6f}" for n in list(found.answers)[:9]),
        f"<pre>{sorted(found.lines)[0]}</pre>",
        handed_in.secret(),
        f"<b>{mark('right')}</b>",
    ):
        assert found.found_in(text), text
    assert not found.found_in("nothing of it 0.731059 1.5 [[0.5, -1.0]]")


@pytest.mark.parametrize("student", STUDENTS)
def test_no_artifact_of_a_student_tells_a_secret(graded, student):
    course, _, _ = graded
    found = secrets(course, student)
    copy = json.loads((course.autograded(NAME, student) / f"{NAME}.ipynb").read_text())
    written = "\n".join(
        json.dumps(output, ensure_ascii=False) for cell in copy["cells"]
        for output in cell.get("outputs", ())
    )  # fmt: skip
    assert found.found_in(page(course, student)) == []
    assert found.found_in(written) == []
    assert found.found_in("\n".join("".join(cell["source"]) for cell in copy["cells"])) == []
    assert found.found_in(comments(course, student)) == []


def test_no_log_or_class_page_tells_a_secret(graded):
    course, _, said = graded
    for student in STUDENTS:
        found = secrets(course, student)
        assert found.found_in(said.replace(mark(student), "")) == []
        class_page = course.path / "feedback" / f"{NAME}-class.html"
        assert found.found_in(class_page.read_text()) == []


@pytest.mark.parametrize("form", ["csv", "junit", "gradescope", "canvas"])
def test_no_export_tells_a_secret(graded, form, tmp_path):
    course, _, _ = graded
    target = tmp_path / "out"
    command = [sys.executable, "-m", "autograder", "export", NAME, "--course", str(course.path)]
    done = subprocess.run(
        [*command, "--to", form, "--output", str(target)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    files = [target] if target.is_file() else [p for p in target.rglob("*") if p.is_file()]
    assert files
    everyone = secrets_of(
        find_assignment(NAME, course.path), course.secret(), STUDENTS,
        course.release(NAME).read_text() + "".join(CURIOUS.values()),
    )  # fmt: skip
    for path in files:
        assert everyone.found_in(path.read_text()) == [], path


@pytest.mark.parametrize("json_too", [False, True])
def test_grading_one_notebook_tells_no_secret(graded, json_too, tmp_path):
    """What CI prints and keeps for a student."""
    course, policy, _ = graded
    path = course.submitted(NAME, "returns-first") / f"{NAME}.ipynb"
    command = [
        sys.executable, "-m", "autograder", "grade", NAME, "--course", str(course.path),
        "--notebook", str(path), "--student", "returns-first",
        *(["--json", "-"] if json_too else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert secrets(course, "returns-first").found_in(done.stdout + done.stderr) == []
    shown = "The smallest case that fails" in done.stdout or '"code": ' in done.stdout
    assert shown == (policy == "always")


class TestPolicy:
    """When the smallest failing case is shown, and its numbers with it."""

    def cases(self, course, student="wrong"):
        record = read_record(course.result(NAME, student))
        return [q.counterexample for q in record.questions if q.counterexample]

    def test_what_is_shown(self, graded):
        course, policy, _ = graded
        shown = "The smallest case that fails" in page(course, "wrong")
        assert shown == (policy == "always")
        assert bool(self.cases(course)) == (policy != "never")

    def test_hidden_cases_take_their_numbers_along(self, graded):
        """A sentence with numbers of the small case goes with it, in comments as well."""
        course, policy, _ = graded
        told = page(course, "wrong") + comments(course, "wrong")
        assert ("expected 0." in told) == (policy == "always")
        assert "entries differ" in told

    @pytest.fixture
    def course(self, graded, tmp_path):
        if graded[1] != "after-deadline":
            pytest.skip("about one policy")
        shutil.copytree(graded[0].path, tmp_path / "course")
        return open_course(tmp_path / "course")

    def is_shown(self, course, student="wrong") -> bool:
        return "The smallest case that fails" in page(course, student)

    def renew(self, course, how):
        if how == "grade":
            run = grade(course)
            assert len(run.unchanged) == len(STUDENTS)
        else:
            renew_pages(course, find_assignment(NAME, course.path))

    @pytest.mark.parametrize("how", ["grade", "report"])
    def test_the_deadline_passes(self, course, how):
        now = datetime.now(UTC)
        set_due(course, now + timedelta(hours=1))
        self.renew(course, how)
        assert not self.is_shown(course)
        set_due(course, now - timedelta(minutes=1))
        self.renew(course, how)
        assert self.is_shown(course)
        assert self.cases(course)[0].code in page(course, "wrong").replace("&#34;", '"')
        assert not self.is_shown(course, "right")
        set_due(course, now + timedelta(hours=1))  # it was put off: the case goes again
        self.renew(course, how)
        assert not self.is_shown(course)

    def test_without_a_due_date_it_stays_hidden(self, course):
        set_due(course, None)
        self.renew(course, "grade")
        assert not self.is_shown(course)

    def test_an_extension_counts_for_its_student(self, course):
        from nbgrader.api import Gradebook

        set_due(course, datetime.now(UTC) - timedelta(hours=1))
        with Gradebook(course.gradebook_url) as book:
            book.grant_extension(NAME, "wrong", hours=5)
        self.renew(course, "report")
        assert not self.is_shown(course, "wrong")
        assert self.is_shown(course, "returns-first")

    def test_after_the_deadline_no_secret_is_told_either(self, course):
        set_due(course, datetime.now(UTC) - timedelta(hours=1))
        self.renew(course, "grade")
        for student in STUDENTS:
            assert secrets(course, student).found_in(page(course, student)) == []


class TestWire:
    """What the grader sends to a student's process."""

    def sent(self, monkeypatch, source: str) -> tuple[bytes, object]:
        sent: list[bytes] = []
        original = Channel.send_encoded

        def recorded(self, buffers):
            sent.extend(bytes(part) for part in buffers)
            return original(self, buffers)

        monkeypatch.setattr(Channel, "send_encoded", recorded)
        assignment = find_assignment(NAME)
        with Worker() as worker:
            result = grade_notebook(
                assignment, notebook(source, "right").encode(), worker=worker,
                student="eve", secret="s" * 32, bank=Bank(assignment, "s" * 32),
            )  # fmt: skip
        assert result.status == "graded"
        return b"".join(sent), result

    def test_inputs_only(self, monkeypatch):
        functions = [question.function for question in find_assignment(NAME).questions]
        wrong = "\n".join(f"def {name}(*a): return 1.0" for name in functions)
        data, _ = self.sent(monkeypatch, wrong)
        found = secrets_of(find_assignment(NAME), "s" * 32, ("eve",), "")
        given = [n for n in found.inputs if np.float64(n).tobytes() in data]
        assert len(given) > 100  # the control: inputs do go there
        assert found.bytes_in(data) == []
        text = data.decode("latin-1")
        assert [line for line in found.lines if line in text] == []
        assert "s" * 32 not in text

    def test_no_student_can_reach_a_frame_with_answers(self, monkeypatch):
        """The reference is not in the process, under any name."""
        spy = (
            "import gc, sys\n"
            "def sigmoid(z):\n"
            "    modules = [m for m in sys.modules if m.startswith(('reference', 'autograder.'))]\n"
            "    codes = [o for o in gc.get_objects() if hasattr(o, '__code__')]\n"
            "    files = [f.__code__.co_filename for f in codes if 'reference' in "
            "f.__code__.co_filename or 'assignments' in f.__code__.co_filename]\n"
            "    raise ValueError(repr((modules, files)))\n"
        )
        _, result = self.sent(monkeypatch, spy)
        assert "ValueError" in result.questions[0].message
        assert ": ([], [])" in result.questions[0].message


def test_a_graders_own_error_is_not_told_to_students(handed_in, tmp_path, monkeypatch):
    """What went wrong inside may quote the reference; only the record says it."""
    from autograder import grade as grading
    from autograder.errors import RunnerError

    course = with_policy(handed_in, tmp_path, "always")
    quoted = "e = np.exp(z - np.max(z, axis=0, keepdims=True))"

    def fail(*args, **kwargs):
        raise RunnerError(f"the line {quoted} failed")

    monkeypatch.setattr(grading, "judge_question", fail)
    run = grade_course(
        course, find_assignment(NAME, course.path), Options(processes=1, students=("right",))
    )
    assert run.graded[0].status == "grader_error"
    assert quoted in run.graded[0].message
    assert quoted not in page(course, "right").replace("&#39;", "'")
    assert "np.exp" not in comments(course, "right")
    assert "Not graded: the grader failed" in comments(course, "right")


def test_a_forged_token_or_seed_tells_nothing(handed_in):
    """What pages show of the seed is a fingerprint."""
    seed = Seed(secret=handed_in.secret(), student="wrong")
    assert handed_in.secret()[:8] not in seed.fingerprint()
    assert len(seed.fingerprint()) == 16


def test_paste_code_is_made_of_ladder_cases_only(graded):
    course, policy, _ = graded
    if policy == "never":
        pytest.skip("no case is looked for")
    assignment = find_assignment(NAME, course.path)
    bank = Bank(assignment, course.secret())
    ladders = {
        paste_code(case.function, case.arguments)
        for question in assignment.questions
        for number, group in enumerate(question.groups)
        if group.has_cases
        for case in bank.ladder(question, number)
    }
    shown = [
        question.counterexample.code
        for student in STUDENTS
        for question in read_record(course.result(NAME, student)).questions
        if question.counterexample
    ]
    assert shown
    assert set(shown) <= ladders


def test_the_page_of_a_record_hides_by_itself(graded):
    """Rendering a record as it is shows everything: the policy is applied before."""
    course, policy, _ = graded
    record = read_record(course.result(NAME, "wrong"))
    whole = render_feedback(record)
    assert ("The smallest case that fails" in whole) == (policy != "never")
