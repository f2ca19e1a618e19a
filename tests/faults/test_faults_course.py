"""A full disk, a locked or damaged gradebook, a read-only folder, two graders at once."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from harness import differences, finish, litter, snapshot
from tiny import NAME, RIGHT, released_course, submit

from autograder import class_run, course_run
from autograder.class_run import Setup, grade_class
from autograder.course import CONFIG_FILE, Course, open_course
from autograder.course_lock import only_run
from autograder.course_run import Options, grade_course
from autograder.errors import AutograderError, CourseError, GradebookError, IsolationError
from autograder.grade import refused
from autograder.gradebook import Gradebook, database
from autograder.graded import Graded
from autograder.library import find_assignment
from autograder.report.record_file import read_record
from autograder.submissions import Submitted

WRONG = {**RIGHT, "double": "def double(x):\n    return 3 * x"}


def grade(course: Course, **options):
    return grade_course(course, find_assignment(NAME, course.path), Options(processes=1, **options))


@pytest.fixture(scope="module")
def class_of_three(tmp_path_factory):
    """The class, ungraded; graded; and what the graded course holds."""
    course = released_course(tmp_path_factory.mktemp("class"))
    submit(course, "ada", RIGHT)
    submit(course, "bob", WRONG)
    submit(course, "dee", RIGHT).write_text("{")
    ungraded = course.path.with_name("ungraded")
    shutil.copytree(course.path, ungraded)
    grade(course)
    return ungraded, course.path, snapshot(course, NAME)


@pytest.fixture
def ungraded(class_of_three, tmp_path):
    shutil.copytree(class_of_three[0], tmp_path / "course")
    return open_course(tmp_path / "course")


@pytest.fixture
def graded(class_of_three, tmp_path):
    shutil.copytree(class_of_three[1], tmp_path / "course")
    return open_course(tmp_path / "course")


@pytest.fixture
def expected(class_of_three):
    return class_of_three[2]


def check_as_undisturbed(course, expected):
    assert differences(expected, snapshot(course, NAME)) == []
    assert litter(course) == []


@contextlib.contextmanager
def mounted(*words: str, target: Path):
    """Something mounted at a folder; skips where that is not allowed."""
    target.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *words, str(target)], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(target)], check=True)


class TestDisk:
    @pytest.mark.parametrize("free", [0, 8, 24, 40, 60])  # KB
    def test_a_full_disk(self, class_of_three, expected, tmp_path, free):
        place = tmp_path / "small"
        with mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", target=place):
            shutil.copytree(class_of_three[0], place / "course")
            course = open_course(place / "course")
            left = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
            (place / "ballast").write_bytes(bytes(left - free * 1024))
            with pytest.raises((CourseError, GradebookError), match=r"No space left|full"):
                grade(course)
            (place / "ballast").unlink()
            grade(course)
            check_as_undisturbed(course, expected)

    def test_a_read_only_folder(self, ungraded, expected, tmp_path):
        place = tmp_path / "fixed"
        with mounted("--bind", str(ungraded.path), target=place):
            subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
            with pytest.raises(CourseError, match="cannot be written: Read-only file system"):
                grade(open_course(place))
            done = finish(open_course(place), NAME)
            assert done.returncode == 1
            assert done.stderr.startswith("autograder grade: ")
        grade(ungraded)
        check_as_undisturbed(ungraded, expected)

    @pytest.mark.parametrize("step", ["results", "feedback", "autograded"])
    def test_a_file_where_a_folder_should_be(self, ungraded, expected, step):
        shutil.rmtree(ungraded.path / step)
        (ungraded.path / step).write_text("")
        with pytest.raises(CourseError, match="cannot be written or read"):
            grade(ungraded)
        (ungraded.path / step).unlink()
        grade(ungraded)
        check_as_undisturbed(ungraded, expected)

    def test_a_writers_error_reaches_the_operator_once(self, ungraded, monkeypatch):
        (ungraded.path / "gradebook.db").unlink()
        done = finish(ungraded, NAME, "--jobs", "2")
        assert done.returncode == 1
        assert done.stderr.startswith("autograder grade: There is no gradebook at ")
        assert len(done.stderr.splitlines()) == 1


class TestGradebook:
    def test_locked(self, ungraded, expected, monkeypatch):
        monkeypatch.setattr(database, "LOCK_SECONDS", 0)
        holder = sqlite3.connect(ungraded.path / "gradebook.db", isolation_level=None)
        try:
            holder.execute("begin exclusive")
            with pytest.raises(GradebookError, match=r"locked\. Another program"):
                grade(ungraded)
        finally:
            holder.close()
        grade(ungraded)
        check_as_undisturbed(ungraded, expected)

    def test_locked_half_way(self, ungraded, expected, monkeypatch):
        monkeypatch.setattr(database, "LOCK_SECONDS", 0)
        holder = sqlite3.connect(ungraded.path / "gradebook.db", isolation_level=None)
        record = Gradebook.record_results
        written = []

        def locked_later(self, results):
            if written:
                holder.execute("begin exclusive")
            written.extend(result.student for result in results)
            return record(self, results)

        monkeypatch.setattr(Gradebook, "record_results", locked_later)
        try:
            with pytest.raises(GradebookError, match="locked"):
                grade(ungraded)
        finally:
            holder.close()
        monkeypatch.undo()
        assert {path.stem for path in ungraded.results(NAME).iterdir()} == {written[0]}
        run = grade(ungraded)
        assert [result.student for result in run.unchanged] == [written[0]]
        check_as_undisturbed(ungraded, expected)

    def test_another_process_holds_the_lock_from_the_start(self, ungraded, expected):
        with (ungraded.path / CONFIG_FILE).open("a") as file:
            url = f"sqlite:///{ungraded.path}/gradebook.db?timeout=0.2"
            file.write(f"c.CourseDirectory.db_url = {url!r}\n")
        hold = (
            "import sqlite3, sys\n"
            "db = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
            "db.execute('begin exclusive'); print('held', flush=True); sys.stdin.read()"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", hold, str(ungraded.path / "gradebook.db")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert holder.stdout.readline() == b"held\n"
        done = finish(ungraded, NAME)
        holder.communicate()
        assert done.returncode == 1
        assert "locked. Another program" in done.stderr
        assert finish(ungraded, NAME).returncode == 1  # for dee's notebook
        check_as_undisturbed(ungraded, expected)

    @pytest.mark.parametrize("damage", ["words", "cut", "page", "empty page"])
    def test_damaged(self, graded, expected, damage):
        path = graded.path / "gradebook.db"
        sound = path.read_bytes()
        broken = bytearray(sound)
        if damage == "words":
            broken = bytearray(b"no database" * 500)
        elif damage == "cut":
            del broken[len(broken) // 2 :]
        else:
            size = int.from_bytes(sound[16:18], "big")
            middle = len(sound) // size // 2 * size
            filling = b"\xa5" if damage == "page" else b"\0"
            broken[middle : middle + size] = filling * size
        path.write_bytes(broken)
        for force in (False, True):
            with pytest.raises(GradebookError, match="damaged: restore it from a copy"):
                grade(graded, force=force)
        assert path.read_bytes() == broken  # nothing was made worse
        path.write_bytes(sound)
        grade(graded)
        check_as_undisturbed(graded, expected)

    def test_flipped_bits_give_marks_or_a_sentence(self, graded):
        """Whatever the damage, an error is one of ours; and where none is seen, marks are kept."""
        path = graded.path / "gradebook.db"
        sound, chance = path.read_bytes(), random.Random(4)
        sentences = []
        for _ in range(25):
            broken = bytearray(sound)
            for _ in range(chance.choice([1, 20, 400])):
                broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
            path.write_bytes(broken)
            try:
                grade(graded)
            except AutograderError as error:
                sentences.append(str(error))
        assert len(sentences) > 5
        assert all(sentence.endswith(".") for sentence in sentences)

    def test_what_a_restored_gradebook_lacks_is_written_again(
        self, class_of_three, graded, expected, monkeypatch
    ):
        shutil.copy(class_of_three[0] / "gradebook.db", graded.path)
        monkeypatch.setattr(course_run, "grade_class", None)  # no notebook runs again
        run = grade(graded)
        assert len(run.unchanged) == 3
        check_as_undisturbed(graded, expected)

    def test_changed_marks_are_set_right(self, graded, expected):
        with contextlib.closing(sqlite3.connect(graded.path / "gradebook.db")) as database_:
            database_.execute("update grade set auto_score = 0.5 where auto_score is not null")
            database_.commit()
        grade(graded)
        check_as_undisturbed(graded, expected)

    def test_what_a_person_wrote_stays(self, graded):
        with contextlib.closing(sqlite3.connect(graded.path / "gradebook.db")) as database_:
            database_.execute("update grade set auto_score = null, manual_score = 1.5")
            database_.commit()
        grade(graded)
        rows = snapshot(graded, NAME)["marks"]
        assert {row[3] for row in rows} == {1.5}
        assert {row[2] for row in rows if row[0] == "ada"} == {3.0, 2.0}


class TestFiles:
    @pytest.mark.parametrize("step", ["feedback", "autograded"])
    def test_what_was_deleted_is_written_again(self, graded, expected, step, monkeypatch):
        shutil.rmtree(graded.path / step)
        monkeypatch.setattr(course_run, "grade_class", None)
        grade(graded)
        check_as_undisturbed(graded, expected)

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", '{"questions": 3}', "\ud800", '{"student": "bob"}', "[" * 100_000]
    )
    def test_a_damaged_record_is_made_again(self, graded, expected, text):
        path = graded.result(NAME, "ada")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        run = grade(graded)
        assert [result.student for result in run.graded] == ["ada"]
        check_as_undisturbed(graded, expected)

    def test_a_record_of_somebody_else_is_not_taken(self, graded, expected):
        shutil.copy(graded.result(NAME, "ada"), graded.result(NAME, "bob"))
        shutil.copy(graded.submitted(NAME, "ada") / f"{NAME}.ipynb", graded.submitted(NAME, "bob"))
        grade(graded)
        assert [row[0] for row in snapshot(graded, NAME)["submissions"]] == ["ada", "bob", "dee"]
        assert '"student": "bob"' in graded.result(NAME, "bob").read_text()

    def test_what_killed_writers_left_goes(self, graded, expected):
        left = [
            graded.results(NAME) / ".ada.json-abcd1234.tmp",
            graded.feedback(NAME, "ada") / f".{NAME}.html-abcd_234.tmp",
            graded.autograded(NAME, "ada").parent / f".{NAME}-zyxw9876.tmp" / "new" / "half",
            graded.path / "feedback" / f".{NAME}-class.html-abcd1234.tmp",
        ]
        for path in left:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("half a file")
        mine = graded.results(NAME) / ".my-notes.tmp"
        mine.write_text("not the grader's")
        grade(graded)
        assert litter(graded) == [mine.name]

    def test_a_notebook_that_changes_while_it_is_graded(self, ungraded, expected, monkeypatch):
        """Marks, page and copy are those of what was graded; the next run takes what is new."""
        path = ungraded.submitted(NAME, "ada") / f"{NAME}.ipynb"
        content = path.read_bytes()

        def changing(*args, **kwargs):
            for graded in grade_class(*args, **kwargs):
                path.write_text("{")
                yield graded

        monkeypatch.setattr(course_run, "grade_class", changing)
        grade(ungraded)
        monkeypatch.undo()
        assert not differences(expected, snapshot(ungraded, NAME))
        run = grade(ungraded)
        assert [(one.student, one.status) for one in run.graded] == [("ada", "unreadable")]
        path.write_bytes(content)
        grade(ungraded)
        check_as_undisturbed(ungraded, expected)

    def test_a_notebook_that_changes_before_its_lost_copy_is_made_again(
        self, graded, expected, monkeypatch
    ):
        path = graded.submitted(NAME, "ada") / f"{NAME}.ipynb"
        content = path.read_bytes()
        shutil.rmtree(graded.autograded(NAME, "ada"))
        complete = course_run.complete

        def changing(*args):
            path.write_text("{")
            complete(*args)

        monkeypatch.setattr(course_run, "complete", changing)
        grade(graded)
        monkeypatch.undo()
        ada = read_record(graded.result(NAME, "ada"))
        assert ada.status == "grader_error"
        assert "changed after it was graded" in ada.message
        path.write_bytes(content)
        grade(graded)
        check_as_undisturbed(graded, expected)

    def test_names_that_no_file_can_have(self, ungraded, expected):
        for name in ("ä" * 120, "x" * 255, "a\nb", "*?[0]", "-rf", "a.json", "$(id)"):
            submit(ungraded, name, RIGHT)
        os.makedirs(os.fsencode(ungraded.submissions) + b"/\xff\xfe/" + NAME.encode())
        run = grade(ungraded)
        status = {result.student: result.status for result in run.graded}
        assert [status[name] for name in ("a\nb", "*?[0]", "-rf", "a.json", "$(id)")] == [
            "graded"
        ] * 5
        assert list(status.values()).count("missing") == 3
        assert len(run.graded) == 3 + 8


class TestTwoAtOnce:
    def test_the_second_is_refused(self, ungraded, expected):
        with only_run(ungraded, NAME):
            done = finish(ungraded, NAME)
        assert done.returncode == 1
        assert "is being graded by another process" in done.stderr
        assert not ungraded.results(NAME).exists()

    def test_both_started_together(self, ungraded, expected):
        from harness import start

        both = [start(ungraded, NAME, "--jobs", "2") for _ in range(2)]
        errors = [running.communicate(timeout=600)[1] for running in both]
        assert [running.returncode for running in both] == [1, 1]  # dee's is broken
        refused = ["another process" in text for text in errors]
        assert refused.count(True) <= 1
        assert not any("Traceback" in text for text in errors)
        check_as_undisturbed(ungraded, expected)

    def test_two_shards_together(self, ungraded, expected):
        from harness import start

        both = [start(ungraded, NAME, "--jobs", "1", "--shard", f"{k}/2") for k in (1, 2)]
        errors = [running.communicate(timeout=600)[1] for running in both]
        assert not any("another process" in text or "Traceback" in text for text in errors)
        grade(ungraded)
        check_as_undisturbed(ungraded, expected)

    def test_a_shard_keeps_the_whole_and_itself_out(self, ungraded):
        with only_run(ungraded, NAME, (1, 2)):
            with only_run(ungraded, NAME, (2, 2)):
                pass
            for shard in ((1, 1), (1, 2)):
                with (
                    pytest.raises(CourseError, match="another process"),
                    only_run(ungraded, NAME, shard),
                ):
                    pass


class TestPool:
    """What goes wrong in worker processes."""

    @pytest.fixture
    def setup(self, ungraded):
        folder = find_assignment(NAME, ungraded.path).folder
        return Setup(assignment_folder=folder, secret="x" * 32)

    def jobs(self, course, *students):
        return [
            Submitted(student=name, notebook=course.submitted(NAME, name) / f"{NAME}.ipynb")
            for name in students
        ]

    def test_no_isolation_is_said_once_and_not_blamed_on_memory(self, ungraded, setup, monkeypatch):
        """The workers cannot start: their reason comes through."""
        monkeypatch.setattr(class_run, "_start", _start_without_isolation)
        records = grade_class(setup, self.jobs(ungraded, "ada", "bob"), processes=2)
        with pytest.raises(IsolationError, match="cannot be confined"):
            list(records)

    def test_a_worker_that_always_dies_costs_its_own_submission_only(
        self, ungraded, setup, monkeypatch
    ):
        monkeypatch.setattr(class_run, "_grade", _die_of_bob)
        jobs = self.jobs(ungraded, "ada", "bob", "cyd", "eve", "fay")
        graded = [graded.result for graded in grade_class(setup, jobs, processes=2)]
        found = {result.student: result for result in graded}
        assert found.keys() == {"ada", "bob", "cyd", "eve", "fay"}
        assert found["bob"].status == "grader_error"
        assert "died twice" in found["bob"].message
        assert {found[name].message for name in ("ada", "cyd", "eve", "fay")} == {"well"}


def _start_without_isolation(*_):
    class_run._grader = IsolationError("student code cannot be confined")


def _die_of_bob(job):
    if job.student == "bob":
        os._exit(1)
    assert isinstance(class_run._grader, class_run.Grader)
    return Graded(result=refused(class_run._grader.assignment, job.student, "missing", "well"))
