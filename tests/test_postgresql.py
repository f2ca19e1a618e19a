"""PostgreSQL as gradebook: a real server, through nbgrader's own `db_url`."""

import gc
import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from tiny import NAME, RIGHT, submit, write_assignment

from autograder.cli import main
from autograder.course import CONFIG_FILE, open_course
from autograder.gradebook import Gradebook
from autograder.init import init_course

pytest.importorskip("psycopg", reason='pip install ".[postgresql]"')
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/absent"))
pytestmark = [
    pytest.mark.skipif(not (PROGRAMS / "initdb").exists(), reason="PostgreSQL is not installed"),
    # nbgrader leaves connections to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
WRONG = {**RIGHT, "double": "def double(x):\n    return x * 3"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a database on a server of our own, reached through a socket."""
    folder = Path("/tmp") / f"pg-{os.getpid()}"  # a socket's path may be 100 characters long
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        entry = pwd.getpwnam("postgres")
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        as_user = {"user": entry.pw_uid, "group": entry.pw_gid}

    def run(program: str, *words: str) -> None:
        command = [str(PROGRAMS / program), *words]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
            **as_user,  # type: ignore[call-overload]
        )  # fmt: skip

    data = str(folder / "data")
    run("initdb", "--pgdata", data, "--username", "course", "--auth", "trust")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "--pgdata", data, "--options", options, "--wait", "start")
    try:
        run("createdb", "--host", str(folder), "--username", "course", "gradebook")
        yield f"postgresql+psycopg://course@/gradebook?host={folder}"
    finally:
        run("pg_ctl", "--pgdata", data, "--mode", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_course_on_a_server(server, tmp_path, capsys):
    init_course(tmp_path / "course")
    write_assignment(tmp_path / "course" / "assignments")
    config = tmp_path / "course" / CONFIG_FILE
    config.write_text(config.read_text() + f'\nc.CourseDirectory.db_url = "{server}"\n')
    assert main(["release", NAME, "--course", str(config.parent)]) == 1
    assert "course_id" in capsys.readouterr().err
    config.write_text(config.read_text() + 'c.CourseDirectory.course_id = "rnn"\n')
    course = open_course(tmp_path / "course")
    where = ("--course", str(course.path))
    assert main(["release", NAME, *where]) == 0
    for number in range(4):
        submit(course, f"s{number}", WRONG if number == 2 else RIGHT)
    assert main(["grade", NAME, *where, "--jobs", "2", "--shard", "1/2"]) == 0
    assert main(["grade", NAME, *where, "--jobs", "1", "--shard", "2/2"]) == 0
    assert not (course.path / "gradebook.db").exists()
    with Gradebook(course) as gradebook:
        scores = [gradebook.adjustments(NAME, f"s{number}")["score"] for number in range(4)]
    assert scores == [5.0, 5.0, 2.0, 5.0]
    submit(course, "s2", RIGHT)
    assert main(["grade", NAME, *where, "--jobs", "1"]) == 0
    capsys.readouterr()
    gc.collect()
    assert main(["export", NAME, *where, "--to", "csv"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row.split(",")[6] for row in rows[1:]] == ["5", "5", "5", "5"]


def test_a_server_that_is_away_is_named_without_its_password(tmp_path, capsys):
    init_course(tmp_path / "course")
    config = tmp_path / "course" / CONFIG_FILE
    url = "postgresql+psycopg://course:hush@/gradebook?host=/nowhere"
    config.write_text(config.read_text() + f'\nc.CourseDirectory.db_url = "{url}"\n')
    config.write_text(config.read_text() + 'c.CourseDirectory.course_id = "rnn"\n')
    course = open_course(tmp_path / "course")
    write_assignment(course.path / "assignments")
    assert main(["release", NAME, "--course", str(course.path)]) == 1
    said = capsys.readouterr().err
    assert "gradebook" in said
    assert "hush" not in said
    assert "Traceback" not in said
    gc.collect()
