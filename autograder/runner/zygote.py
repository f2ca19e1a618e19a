"""The warm process that a worker starts and that forks a process for each student.

Started with ``exec`` and a clean environment, so that nothing of the grader is in its memory; it
holds no answers and runs no student code. Usage: ``python -I -S zygote.py CONFIG`` with JSON.
"""

import contextlib
import gc
import importlib.util
import json
import os
import signal
import socket
import sys
import time
import types
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIG = json.loads(sys.argv[1]) if __name__ == "__main__" else {}
LINE = 4096  # bytes of a request or an answer on the control socket
MOST_HANDLES = 4096


def find_siblings() -> None:
    """Make this folder's modules importable by their names without the package around them."""
    package = types.ModuleType("autograder")
    package.__path__ = []
    runner = types.ModuleType("autograder.runner")
    runner.__path__ = [str(HERE)]
    errors = importlib.util.spec_from_file_location("autograder.errors", HERE.parent / "errors.py")
    assert errors is not None
    assert errors.loader is not None
    module = importlib.util.module_from_spec(errors)
    errors.loader.exec_module(module)
    sys.modules |= {
        "autograder": package,
        "autograder.errors": module,
        "autograder.runner": runner,
    }


if __name__ == "__main__":
    gc.disable()  # what is loaded stays; `settle_down` collects once
    sys.argv[:] = sys.orig_argv[:] = [""]
    sys.path += CONFIG["packages"]
    find_siblings()

from autograder.runner import answer, confine, paths, scratch, shell, wire  # noqa: E402


class Zygote:
    """Forks students' processes, ends them properly and removes what they wrote."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._shell = shell.build_shell()
        shell.warm_up(self._shell)
        self._prepared = prepare()
        self._space = confine.address_space()
        self._count = 0
        self._living: set[str] = set()

    def serve(self) -> None:
        """Answer requests until the worker is gone."""
        folder = os.open(CONFIG["scratch"], os.O_RDONLY | os.O_DIRECTORY)
        socket.send_fds(self._control, [b'{"ready": true}'], [folder])
        os.close(folder)
        while True:
            line, handles, _, _ = socket.recv_fds(self._control, LINE, 1)
            if not line:
                return
            request = json.loads(line)
            if "fork" in request:
                self._fork(request["fork"], handles[0])
            elif "preload" in request:
                self._preload()
            else:
                self._reap(**request["reap"])

    def _fork(self, memory: int, handle: int) -> None:
        """Fork, and answer with the process's id, its folder and, on Linux, a pidfd."""
        folder = self._make_folder()
        self._living.add(folder)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_student(memory, handle, folder, parent)
        os.close(handle)
        answer_line = json.dumps({"pid": pid, "folder": folder}).encode()
        if sys.platform == "linux":
            pidfd = os.pidfd_open(pid)
            socket.send_fds(self._control, [answer_line], [pidfd])
            os.close(pidfd)
        else:
            self._control.sendall(answer_line)

    def _make_folder(self) -> str:
        """Make a folder under the next number that no student has taken in advance."""
        while True:
            self._count += 1
            folder = os.path.join(CONFIG["scratch"], str(self._count))
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, 0o700)
                return folder

    def _reap(self, pid: int, folder: str) -> None:
        """Wait for a process that the worker killed, and remove its folder."""
        _, status = os.waitpid(pid, 0)
        self._living.discard(folder)
        scratch.empty(CONFIG["scratch"], keep={os.path.basename(path) for path in self._living})
        line = json.dumps({"status": os.waitstatus_to_exitcode(status)})
        self._control.sendall(line.encode())

    def _preload(self) -> None:
        """Import what the next notebooks need and a bare start would be too slow with.

        Not while a student's process lives, which could lay out configuration for it.
        """
        alone = not self._living
        if alone:
            shell.preload_plots()
            settle_down()
            self._space = confine.address_space()
        self._control.sendall(json.dumps({"preloaded": alone}).encode())

    def _become_student(self, memory: int, handle: int, folder: str, parent: int) -> None:
        """Confine this fork and answer the grader's requests; does not return."""
        try:
            channel = self._settle(memory, handle, folder, parent)
            output = shell.Output()
            output.install()
            gc.enable()
            channel.send("ready")
            answer.Answerer(self._shell, channel, output).serve()
        finally:
            os._exit(70)

    def _settle(self, memory: int, handle: int, folder: str, parent: int) -> wire.Channel:
        confine.die_with_parent()
        if os.getppid() != parent:
            os._exit(70)
        keep = [handle] if self._prepared is None else [handle, self._prepared.ruleset]
        for low, high in pairwise([2, *sorted(keep), MOST_HANDLES]):
            os.closerange(low + 1, high)
        # Opened anew: what is shared with other forks has flags, in which word could be left.
        null = os.open(os.devnull, os.O_RDWR)
        for standard in range(3):
            os.dup2(null, standard)
        os.close(null)
        sock = socket.socket(fileno=handle)
        channel = wire.Channel(sock, wire.until_ready(sock))
        os.chdir(folder)
        sys.path.insert(0, "")  # as in a notebook: modules beside it can be imported
        os.environ.update(HOME=folder, TMPDIR=folder, MPLCONFIGDIR=folder)
        try:
            confine.limit(self._space + memory if self._space else 0)
            if self._prepared is not None:
                confine.confine(self._prepared)
        except OSError as error:
            channel.send(f"cannot be confined: {error}")
            os._exit(70)
        return channel


def prepare() -> confine.Confinement | None:
    """Prepare the confinement of the forks, None where the worker asked for none."""
    if not CONFIG["confined"]:
        return None
    hidden = tuple(CONFIG["hidden"])
    roots = {*CONFIG["roots"], *paths.library_folders()}
    rules = [
        (path, confine.READ if whole else confine.LIST)
        for root in sorted(roots)
        for path, whole in paths.without(root, hidden)
    ]
    rules += [(f"/dev/{name}", confine.READ) for name in ("zero", "random", "urandom")]
    rules += [("/dev/null", confine.USE), (CONFIG["scratch"], confine.USE)]
    return confine.prepare(rules)


def main() -> None:
    """Warm up, then serve."""
    control = socket.socket(fileno=CONFIG["control"])
    control.set_inheritable(False)
    confine.die_first()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    zygote = Zygote(control)
    for name in [name for name in sys.modules if name.startswith("autograder.")]:
        del sys.modules[name]
    sys.modules["autograder"] = answer.stand_in()
    for name in CONFIG.keys() - {"scratch"}:
        del CONFIG[name]
    settle_down()
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    zygote.serve()


def settle_down() -> None:
    """Make sure that a fork copies one thread, and as few pages as possible."""
    threads = Path("/proc/self/task")
    for _ in range(1000):
        if not threads.exists() or len(list(threads.iterdir())) == 1:
            break
        time.sleep(0.005)
    else:
        raise RuntimeError("the zygote has more than one thread and cannot be forked safely")
    gc.collect()
    gc.freeze()
    gc.disable()


if __name__ == "__main__":
    main()
    os._exit(0)
