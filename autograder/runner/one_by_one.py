"""For what stands in for a session and can make one call at a time."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

from autograder.runner.outcome import Outcome
from autograder.runner.served import Served

LEAST_SECONDS = 0.05  # for a call after others that took nearly all there was


class OneByOne:
    """Gives `Session.call_all` to a class that has `Session.call`."""

    call: Any

    def call_all(
        self,
        name: str,
        cases: Sequence[Mapping[str, object]],
        *,
        seconds: float,
        memory_mb: int | None = None,
        served: Served | None = None,
    ) -> Generator[Outcome, None, None]:
        """Call a function on the arguments of many cases; the outcomes come one by one."""
        left = seconds
        for arguments in cases:
            outcome: Outcome = self.call(
                name, arguments, seconds=left, memory_mb=memory_mb, served=served
            )
            yield outcome
            dead = outcome.status in ("timeout", "crashed")
            left = seconds if dead else max(LEAST_SECONDS, left - outcome.cpu_s)
