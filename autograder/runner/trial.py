"""Try an isolation: run a notebook that attempts what it must not be able to do."""

import tempfile
from dataclasses import dataclass

from autograder.errors import AutograderError
from autograder.runner.worker import Worker

# Prints the name of everything that succeeds; `secret` is a file that this process can read.
_CELL = """
import os, socket
def attempt(name, action):
    try:
        action()
    except OSError:
        return
    if os.getpid() != me:
        os._exit(0)
    print(name)
me = os.getpid()
attempt("reads files", lambda: open({secret!r}).read())
attempt("lists processes", lambda: os.listdir("/proc"))
attempt("writes outside its folder", lambda: open({secret!r} + "x", "w"))
attempt("starts processes", os.fork)
attempt("opens connections", lambda: socket.socket().close())
attempt("signals others", lambda: os.kill(os.getppid(), 0))
open("own", "w").write("1")
print("done")
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How an isolation did; `problem` is empty when it held."""

    isolation: str
    problem: str


def try_isolation(isolation: str) -> Trial:
    """Run a notebook under an isolation and see what it can reach."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as secret:
        secret.write("a secret")
        secret.flush()
        try:
            with Worker(isolation) as worker, worker.session() as session:
                (outcome,) = session.run_cells([_CELL.format(secret=secret.name)], seconds=5)
        except AutograderError as error:
            return Trial(isolation=isolation, problem=str(error))
    lines = outcome.output.split("\n")[:-1]
    if outcome.status != "ok" or lines[-1:] != ["done"]:
        return Trial(isolation=isolation, problem=f"a notebook did not run: {outcome.error}")
    return Trial(isolation=isolation, problem=", ".join(lines[:-1]))
