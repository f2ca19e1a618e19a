"""One worker a tier for all attacks; after each attack the ground is inspected."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from arena import Arena
from nbgrader_attacks import ATTACKS
from stock import stock_scores
from tiny import YAML, make_assignment
from world import World

from autograder import grade
from autograder.runner import probe, process
from autograder.runner.worker import Worker

TIERS = [probe.WALLED, probe.CONFINED]


@pytest.fixture(scope="session")
def arenas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Arena]]:
    """The tiers that this machine offers."""
    # What a hostile function may burn, again and again; honest ones need a hundredth of it.
    yaml = YAML.replace("  groups:", "  limits: {seconds: 0.2}\n  groups:")
    assignment = make_assignment(tmp_path_factory.mktemp("assignments"), yaml=yaml)
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRADER_SECRET", "f1nd-me-if-y0u-can")  # as where a CI service grades
            made = {
                tier: Arena(stack.enter_context(Worker(tier)), assignment)
                for tier in probe.probe().possible
            }
        yield made


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What nbgrader as it comes makes of each attack on it: points out of 3, or "failed"."""
    return stock_scores(tmp_path_factory.mktemp("stock"), ATTACKS)


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest) -> str:
    """A tier that this machine offers."""
    found = probe.probe()
    if request.param not in found.possible:
        pytest.skip(f"{request.param} is not possible here: {' '.join(map(str, found.remedies))}")
    return str(request.param)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grader's own environment holds something worth stealing."""
    monkeypatch.setenv("AUTOGRADER_SECRET", "f1nd-me-if-y0u-can")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Fresh targets."""
    made = World(tmp_path / "course")
    yield made
    made.close()


@pytest.fixture
def arena(
    arenas: dict[str, Arena], tier: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Arena]:
    """A tier; when the attack is over, nothing may have changed and nothing may run on."""
    monkeypatch.setattr(grade, "CELL_SECONDS", 0.5)
    monkeypatch.setattr(process, "MOST_IDLE", 0.5)
    found = arenas[tier]
    yield found
    found.check()
    assert world.is_untouched()
