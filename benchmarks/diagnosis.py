"""How often the diagnosis names mistakes that it does not know, how rightly, and at what cost.

``python benchmarks/diagnosis.py`` takes the mistakes in ``tests/unlisted`` and then every entry of
the catalogue, which is taken out while it is diagnosed; about three minutes. Names were judged by
hand, see ``tests/unlisted/judged.py``. The cost by function is that of a worker which has met other
wrong functions before; what it works out once for the class stands beside it.
"""

import statistics
import sys
from collections.abc import Iterable
from pathlib import Path

from autograder.bank import Bank
from autograder.library import find_assignment

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from unlisted.judged import (  # noqa: E402
    ASSIGNMENTS,
    Judged,
    Mistake,
    in_catalogue,
    judge,
    unlisted,
)


def _told(title: str, judged: Iterable[Judged]) -> None:
    found = list(judged)
    named = [item for item in found if item.named]
    known = [item for item in named if not item.said[0].id.startswith(("pattern-", "error"))]
    wrong = [item for item in named if item.wrong]
    placed = sum(any(s.id.startswith("only-some-") for s in item.said) for item in found)
    milliseconds = sorted(1e3 * item.cpu_s for item in found)
    print(f"{title}: {len(found)} mistakes")
    print(f"  named {len(named)}, of these {len(known)} by the catalogue; {placed} more located")
    print(f"  coverage {len(named) / len(found):.3f}, {(len(named) + placed) / len(found):.3f}")
    if named:
        print(f"  precision {1 - len(wrong) / len(named):.3f}")
    print(
        f"  CPU ms: median {statistics.median(milliseconds):.1f}, "
        f"95 % below {milliseconds[int(0.95 * len(found))]:.1f}, most {milliseconds[-1]:.1f}"
    )
    for item in wrong:
        print(f"  wrong: {item.mistake.label} is called {', '.join(item.wrong)}")


def _cost(name: str) -> None:
    """Print what a wrong function costs, function by function."""
    mistakes: dict[str, list[tuple[Mistake, frozenset[str]]]] = {}
    for mistake in unlisted(name):
        mistakes.setdefault(mistake.function, []).append((mistake, frozenset()))
    for mistake, same in in_catalogue(name):
        mistakes.setdefault(mistake.function, []).append((mistake, same))
    bank = Bank(find_assignment(name), "s")
    for function, items in mistakes.items():
        first, again = (
            [1e3 * judge(mistake, without=same, bank=bank).cpu_s for mistake, same in items]
            for _ in range(2)
        )
        print(
            f"  {function:24} mean {statistics.mean(again):5.1f}, most {max(again):5.1f}; "
            f"for the class {max(0.0, sum(first) - sum(again)):4.0f}"
        )


def main() -> None:
    """Print the figures of both kinds."""
    judged = [judge(mistake) for mistake in unlisted()]
    _told("All written mistakes", judged)
    known = {entry.label for name in ASSIGNMENTS for entry, _ in in_catalogue(name)}
    outside = [item for item in judged if len(item.said) != 1 or item.said[0].id not in known]
    _told("Those that no single entry of the catalogue explains", outside)
    for name in ASSIGNMENTS:
        _told(
            f"{name}, one entry left out",
            (judge(mistake, without=same) for mistake, same in in_catalogue(name)),
        )
    print("CPU ms of a wrong function, where the class's part is known")
    for name in ASSIGNMENTS:
        _cost(name)


if __name__ == "__main__":
    main()
