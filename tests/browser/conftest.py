"""One Jupyter server and one browser for all: a home folder with a course in it."""

import getpass
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tiny import released_course

from autograder.course import Course

COURSE_ID = "rnn"
TOKEN = "a-token-of-this-test"
ONLY_HERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"
PATIENCE = 60_000  # milliseconds; only a failure waits so long

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = {course_id!r}
c.CourseDirectory.root = {root!r}
c.Exchange.root = {exchange!r}
"""


@dataclass(frozen=True)
class Home:
    """Where the server runs: an instructor's course below it, and the exchange beside it."""

    path: Path
    course: Course
    student: str  # the name that nbgrader gives to whoever submits

    def environment(self) -> dict[str, str]:
        programs = Path(sys.executable).parent
        settings = self.path.parent / "settings"
        return {
            **os.environ,
            "HOME": str(self.path),
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONWARNINGS": "ignore",
            "JUPYTER_CONFIG_DIR": str(settings),
            "JUPYTER_DATA_DIR": str(settings / "data"),
            "JUPYTER_RUNTIME_DIR": str(settings / "run"),
        }


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("jupyter") / "home"
    path.mkdir()
    course = released_course(path)
    exchange = path.parent / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)  # as nbgrader asks for
    config = CONFIG.format(course_id=COURSE_ID, root=str(course.path), exchange=str(exchange))
    (path / "nbgrader_config.py").write_text(config, encoding="utf-8")
    return Home(path=path, course=course, student=getpass.getuser())


@pytest.fixture(scope="session")
def server(home: Home) -> Iterator[str]:
    """The address of JupyterLab with nbgrader's extensions."""
    pytest.importorskip("playwright", reason="pip install 'rnn-autograder[dev]'")
    if shutil.which("chromium") is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    environment = home.environment()
    settings = Path(environment["JUPYTER_CONFIG_DIR"])
    (settings / "labconfig").mkdir(parents=True)
    news = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (settings / "labconfig" / "page_config.json").write_text(json.dumps(news))
    log = settings / "server.log"
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    options = ["--ServerApp.port=0", f"--IdentityProvider.token={TOKEN}"]
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, *options], cwd=home.path, env=environment, stdout=out, stderr=out
        )
        try:
            yield _address(process, settings / "run", log)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    for _ in range(PATIENCE // 100):
        for path in runtime.glob(f"jpserver-{process.pid}.json"):
            try:
                return str(json.loads(path.read_text())["url"])
            except ValueError:
                continue  # not written to its end yet
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's chromium. Closed with the module, for until then this thread has an event loop."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra 'dev'")
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=program, args=["--no-sandbox", ONLY_HERE])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, server: str) -> Iterator[Any]:
    """A page of somebody who is logged in."""
    with browser.new_context(viewport={"width": 1300, "height": 900}) as context:
        context.set_default_timeout(PATIENCE)
        context.request.get(f"{server}lab?token={TOKEN}")
        yield context.new_page()
