"""``python -m benchmarks [EXPERIMENT ...]``: measure, print tables, and keep the figures.

Experiments: compare (3 min), alone (1 min), start (1 min), limit (2 min), growth (5 min),
cluster (10 min); all of them when none is named. The times are those of two quiet cores.
"""

import argparse
import json
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from benchmarks import experiments
from benchmarks.table import Table, render

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
_FIGURES = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)

EXPERIMENTS: dict[str, Callable[[Path, int], list[Table]]] = {
    "compare": experiments.compare,
    "alone": experiments.alone,
    "start": experiments.start,
    "limit": experiments.limit,
    "growth": experiments.growth,
    "cluster": experiments.cluster,
}


def main() -> int:
    """Run what was asked for; status 1 when a promise does not hold."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("experiment", nargs="*", choices=[*EXPERIMENTS, []], metavar="EXPERIMENT")
    parser.add_argument("--rounds", type=int, default=3, help="of each experiment (default: 3)")
    parser.add_argument("--json", type=Path, help="put the figures into this file, too")
    parser.add_argument(
        "--write", action="store_true", help=f"renew the figures in docs/{PAGE.name}"
    )
    options = parser.parse_args()
    tables: list[Table] = []
    for name in options.experiment or EXPERIMENTS:
        began = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix=f"benchmark-{name}-") as folder:
            found = EXPERIMENTS[name](Path(folder), options.rounds)
        print("\n".join(map(render, found)), flush=True)
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        tables += found
        if options.json:
            data = {"machine": machine(), "tables": [asdict(table) for table in tables]}
            options.json.write_text(json.dumps(data, indent=1), encoding="utf-8")
    if options.write:
        text = f"{machine()}\n\n" + "\n".join(map(render, tables))
        page = PAGE.read_text(encoding="utf-8")
        page = _FIGURES.sub(lambda match: f"{match[1]}{text}{match[2]}", page)
        PAGE.write_text(page, encoding="utf-8")
    return 0 if all(promise.holds for table in tables for promise in table.promises) else 1


def machine() -> str:
    """What it was measured on, in a sentence."""
    return (
        f"{date.today().isoformat()}, {experiments.cores()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    sys.exit(main())
