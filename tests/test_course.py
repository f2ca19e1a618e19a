import os
import stat
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from autograder.cli import main
from autograder.course import CONFIG_FILE, SECRET_FILE, Course, open_course
from autograder.errors import CourseError, UsageError
from autograder.files import new_folder, write_file
from autograder.init import init_course
from autograder.submissions import copy_receipt, find_submission, list_submissions


@pytest.fixture
def course(tmp_path: Path) -> Course:
    init_course(tmp_path / "course")
    return open_course(tmp_path / "course")


def submit(course: Course, student: str, *names: str, assignment: str = "a1") -> Path:
    folder = course.submitted(assignment, student)
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return folder


class TestInit:
    def test_a_new_course(self, course):
        names = {path.name for path in course.path.iterdir()}
        assert names == {
            "source", "release", "submitted", "autograded", "feedback", "results",
            CONFIG_FILE, SECRET_FILE, ".gitignore", ".gitlab-ci.yml", ".github",
            "requirements.txt", "student-repository",
        }  # fmt: skip
        assert stat.S_IMODE((course.path / SECRET_FILE).stat().st_mode) == 0o600
        assert len(course.secret()) == 64
        assert SECRET_FILE in (course.path / ".gitignore").read_text()

    def test_it_is_closed_to_others_whatever_the_umask(self, tmp_path):
        before = os.umask(0)
        try:
            made = init_course(tmp_path / "above" / "course")
        finally:
            os.umask(before)
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
        assert not made.open_to_others

    def test_a_folder_that_was_there_keeps_its_rights(self, capsys):
        with TemporaryDirectory(dir="/tmp") as folder:  # pytest's own folder is closed
            os.chmod(folder, 0o755)
            assert init_course(folder).open_to_others
            assert stat.S_IMODE(os.stat(folder).st_mode) == 0o755
            assert main(["init", folder]) == 0
            assert f"chmod 700 {folder}\n" in capsys.readouterr().out
            os.chmod(folder, 0o700)
            assert not init_course(folder).open_to_others

    def test_again_changes_nothing(self, course):
        before = course.secret()
        again = init_course(course.path)
        assert (again.written, again.kept, again.backups) == ((), (), ())
        assert course.secret() == before

    def test_an_edited_file_is_kept(self, course):
        (course.path / CONFIG_FILE).write_text("c = get_config()\n# mine\n")
        assert init_course(course.path).kept == (CONFIG_FILE,)
        assert "# mine" in (course.path / CONFIG_FILE).read_text()

    def test_force_keeps_the_old_one_beside(self, course):
        secret = course.secret()
        (course.path / CONFIG_FILE).write_text("# mine\n")
        forced = init_course(course.path, force=True)
        assert forced.written == (CONFIG_FILE,)
        assert (course.path / forced.backups[0]).read_text() == "# mine\n"
        assert course.secret() == secret

    def test_ci_files_hold_no_secret(self, course):
        for name in (".github/workflows/grade.yml", ".gitlab-ci.yml", "requirements.txt"):
            assert course.secret() not in (course.path / name).read_text()

    def test_where_nothing_can_be_written(self, tmp_path):
        (tmp_path / "file").write_text("")
        with pytest.raises(CourseError, match="cannot be written"):
            init_course(tmp_path / "file")


class TestCourse:
    def test_paths(self, course):
        assert course.source("a1") == course.path / "source/a1/a1.ipynb"
        assert course.release("a1") == course.path / "release/a1/a1.ipynb"
        assert course.submitted("a1", "s") == course.path / "submitted/s/a1"
        assert course.result("a1", "s") == course.path / "results/a1/s.json"
        assert course.gradebook_url == f"sqlite:///{course.path}/gradebook.db"
        assert course.course_id == ""

    def test_the_configuration_is_followed_and_read_again_when_changed(self, course):
        path = course.path / CONFIG_FILE
        path.write_text(
            "c = get_config()\n"
            "c.CourseDirectory.db_url = 'postgresql://host/db'\n"
            "c.CourseDirectory.course_id = 'rnn'\n"
            "c.CourseDirectory.submitted_directory = 'handed-in'\n"
        )
        os.utime(path, ns=(1, 1))
        assert course.gradebook_url == "postgresql://host/db"
        assert course.course_id == "rnn"
        assert course.submitted("a1", "s") == course.path / "handed-in/s/a1"
        path.write_text("c = get_config()\n")
        os.utime(path, ns=(2, 2))
        assert course.submitted("a1", "s") == course.path / "submitted/s/a1"

    def test_a_broken_configuration(self, course):
        (course.path / CONFIG_FILE).write_text("c = get_config(\n")
        with pytest.raises(CourseError, match=r"cannot be run \(SyntaxError"):
            open_course(course.path)

    def test_another_folder_structure(self, course):
        (course.path / CONFIG_FILE).write_text(
            "get_config().CourseDirectory.directory_structure = 'x'\n"
        )
        with pytest.raises(CourseError, match="directory_structure"):
            open_course(course.path)

    def test_not_a_course(self, tmp_path):
        with pytest.raises(UsageError, match="autograder init"):
            open_course(tmp_path)
        with pytest.raises(UsageError, match="not a folder"):
            open_course(tmp_path / "missing")

    def test_the_secret_may_come_from_the_environment(self, course, monkeypatch):
        (course.path / SECRET_FILE).unlink()
        with pytest.raises(CourseError, match="AUTOGRADER_SECRET"):
            course.secret()
        monkeypatch.setenv("AUTOGRADER_SECRET", "0123456789abcdef")
        assert course.secret() == "0123456789abcdef"

    def test_an_empty_secret(self, course):
        (course.path / SECRET_FILE).write_text("\n")
        with pytest.raises(CourseError, match="shorter than 16"):
            course.secret()
        assert SECRET_FILE in init_course(course.path).written


class TestSubmissions:
    def test_the_ordinary_case(self, course):
        folder = submit(course, "s1", "a1.ipynb", "notes.ipynb")
        (found,) = list_submissions(course, "a1")
        assert found.notebook == folder / "a1.ipynb"
        assert (found.student, found.problem, found.notes) == ("s1", "", ())

    @pytest.mark.parametrize(
        "name", ["a1 (1).ipynb", "A1.IPYNB", "a1/a1.ipynb", "unpacked/deep/er/x.ipynb"]
    )
    def test_the_only_notebook_under_another_name(self, course, name):
        folder = submit(course, "s1", name, ".ipynb_checkpoints/a1-checkpoint.ipynb", "._a1.ipynb")
        (found,) = list_submissions(course, "a1")
        assert found.notebook == folder / name
        assert name in found.notes[0]

    @pytest.mark.parametrize(
        ("names", "words"),
        [
            ((), "no notebook"),
            (("a.txt", "a1.py"), "no notebook"),
            (("x.ipynb", "y.ipynb"), "2 notebooks (x.ipynb, y.ipynb)"),
            (("1/2/3/4/5/a1.ipynb",), "no notebook"),
        ],
    )
    def test_nothing_to_grade(self, course, names, words):
        submit(course, "s1", *names)
        (found,) = list_submissions(course, "a1")
        assert found.notebook is None
        assert found.handed_in
        assert words in found.problem

    def test_students_without_this_assignment(self, course):
        submit(course, "s1", "a2.ipynb", assignment="a2")
        (found,) = list_submissions(course, "a1")
        assert (found.notebook, found.handed_in) == (None, False)

    def test_order_and_what_is_no_student(self, course):
        for student in ("s2", "s10", ".git"):
            submit(course, student, "a1.ipynb")
        (course.submissions / "README.md").write_text("")
        assert [found.student for found in list_submissions(course, "a1")] == ["s10", "s2"]

    def test_links_are_never_followed(self, course):
        submit(course, "s1", "a1.ipynb")
        (course.submissions / "s2").symlink_to(course.submissions / "s1")
        (course.submissions / "s3").mkdir()
        course.submitted("a1", "s3").symlink_to(course.submitted("a1", "s1"))
        folder = submit(course, "s4")
        (folder / "other.ipynb").symlink_to(course.submitted("a1", "s1") / "a1.ipynb")
        found = {entry.student: entry for entry in list_submissions(course, "a1")}
        assert [found[s].notebook for s in ("s2", "s3", "s4")] == [None] * 3
        assert "link" in found["s2"].problem
        assert "link" in found["s3"].problem

    def test_a_name_that_is_no_text(self, course):
        folder = os.fsencode(course.submissions) + b"/\xff/a1"
        os.makedirs(folder)
        (found,) = list_submissions(course, "a1")
        assert found.student.startswith("?…")
        assert "not valid text" in found.problem

    def test_names_that_no_record_can_have_stay_apart(self, course):
        names = [b"\xff", b"\xfe", b"n" * 250, b"n" * 251, b"a1-class.html"]
        for name in (*names, b"?"):
            os.makedirs(os.fsencode(course.submissions) + b"/" + name + b"/a1")
        found = {entry.student: entry.problem for entry in list_submissions(course, "a1")}
        assert len(found) == 6
        assert "a1-class.html" not in found
        assert sum("rename it" in problem for problem in found.values()) == 3
        assert sum("shorten it" in problem for problem in found.values()) == 2

    @pytest.mark.parametrize("more", [(), (b"two.ipynb",)])
    def test_a_notebook_whose_name_is_no_text(self, course, more):
        folder = course.submitted("a1", "s1")
        folder.mkdir(parents=True)
        for name in (b"\xff.ipynb", *more):
            with open(os.fsencode(folder) + b"/" + name, "w") as file:
                file.write("{}")
        found = find_submission(course, "a1", "s1")
        assert r"\udcff.ipynb" in "".join((found.problem, *found.notes))

    def test_no_submissions_at_all(self, course):
        course.submissions.rmdir()
        with pytest.raises(CourseError, match="one folder a student"):
            list_submissions(course, "a1")

    def test_a_student_by_name(self, course):
        assert not find_submission(course, "a1", "nobody").handed_in


class TestFiles:
    def test_an_error_leaves_the_old_file_and_no_litter(self, tmp_path):
        write_file(tmp_path / "sub/a.txt", "old")
        with pytest.raises(TypeError):
            write_file(tmp_path / "sub/a.txt", 3)  # type: ignore[arg-type]
        with pytest.raises(UnicodeEncodeError):
            write_file(tmp_path / "sub/a.txt", "\ud800")
        assert [path.read_text() for path in (tmp_path / "sub").iterdir()] == ["old"]

    def test_a_folder_is_replaced_whole_or_not_at_all(self, tmp_path):
        target = tmp_path / "target"
        for content in ("first", "second"):
            with new_folder(target) as folder:
                (folder / content).write_text(content)
        assert [path.name for path in target.iterdir()] == ["second"]

        def fail():
            with new_folder(target) as folder:
                (folder / "third").write_text("")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert [path.name for path in target.iterdir()] == ["second"]
        assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_what_the_exchange_asks_for_is_copied_and_no_link_is_followed(tmp_path):
    submitted, target, secret = (tmp_path / name for name in ("submitted", "target", "secret"))
    submitted.mkdir()
    secret.write_text("not for students")
    (submitted / "timestamp.txt").write_text("2030-01-02 00:00:00 UTC")
    (submitted / "submission_secret.txt").symlink_to(secret)
    copy_receipt(submitted, target)
    assert [path.name for path in target.iterdir()] == ["timestamp.txt"]
    assert (target / "timestamp.txt").read_text() == "2030-01-02 00:00:00 UTC"
