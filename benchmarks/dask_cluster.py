"""A Dask scheduler and workers as processes of their own, started before anything is measured."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from benchmarks.measure import environment

_SECONDS = 60.0


@contextmanager
def running(workers: int, *, bound: bool = False) -> Iterator[str]:
    """A scheduler with so many workers; gives its address when all are there.

    Parameters
    ----------
    bound : bool
        Each worker, with all it starts, keeps to one core, as batch systems assign them.
    """
    from distributed import Client  # noqa: PLC0415 - an extra, for this experiment alone

    cores = sorted(os.sched_getaffinity(0))
    started: list[subprocess.Popen[bytes]] = []
    with TemporaryDirectory(prefix="dask-") as folder:

        def begin(*words: str, core: int | None = None) -> None:
            command = [sys.executable, "-m", "distributed.cli." + words[0], *words[1:]]
            if core is not None:
                command = ["taskset", "--cpu-list", str(core), *command]
            started.append(
                subprocess.Popen(
                    command, cwd=folder, env=environment(),
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                )
            )  # fmt: skip

        address = f"tcp://127.0.0.1:{_free_port()}"
        try:
            begin("dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2],
                  "--no-dashboard")  # fmt: skip
            for number in range(workers):
                core = cores[number % len(cores)] if bound else None
                begin("dask_worker", address, "--nthreads", "1", "--no-dashboard", core=core)
            with Client(address, timeout=_SECONDS) as client:
                client.wait_for_workers(workers, timeout=_SECONDS)
            yield address
        finally:
            for process in reversed(started):
                process.terminate()
                process.wait(20)
            time.sleep(0.2)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
