"""What several test files share: golden files, and both editions' wheels."""

from collections.abc import Callable
from pathlib import Path

import pytest
from machine import build_wheel

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden",
        action="store_true",
        help="write the golden files from what is rendered now; read the diff before committing",
    )


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with its golden file; a missing file is a failure, not a pass."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--renew-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"{path} is missing: run pytest --renew-golden and look at it"
        expected = path.read_text(encoding="utf-8")
        assert text == expected, f"{name} has changed; pytest --renew-golden accepts it"

    return compare


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both editions' wheels, as instructors build them."""
    return {
        edition: build_wheel(edition, tmp_path_factory.mktemp(edition))
        for edition in ("student", "instructor")
    }
