"""One worker a tier for all attacks; after each attack the ground is inspected."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from arena import Arena
from tiny import make_assignment
from world import World

from autograder import grade
from autograder.runner import probe, process
from autograder.runner.worker import Worker

TIERS = [probe.WALLED, probe.CONFINED]


@pytest.fixture(scope="session")
def arenas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Arena]]:
    """The tiers that this machine offers."""
    assignment = make_assignment(tmp_path_factory.mktemp("assignments"))
    with ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AUTOGRADER_SECRET", "f1nd-me-if-y0u-can")  # as where a CI service grades
            made = {
                tier: Arena(stack.enter_context(Worker(tier)), assignment)
                for tier in probe.probe().possible
            }
        yield made


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
    monkeypatch.setattr(process, "MOST_IDLE", 1.0)
    found = arenas[tier]
    yield found
    found.check()
    assert world.is_untouched()
