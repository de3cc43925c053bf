"""Tools that some tests need: skipped without them on a developer's machine, failed under CI."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from planting import Proved

# What tests compute is kept apart from what the user of this machine has.
_CACHE = TemporaryDirectory()
os.environ["POSTMORTEM_CACHE"] = _CACHE.name
UNDER_CI = os.environ.get("CI", "") not in ("", "0", "false")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "attacks(what, number=1): the test tries so many attacks of a kind"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("attacks"):
            item.user_properties.append(("attacks", [*mark.args, 1][:2]))


@pytest.fixture
def tried(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Says of what kind of attack a test has tried how many, for the end of the run."""
    return lambda what, number: request.node.user_properties.append(("attacks", [what, number]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many attacks the tests that have passed did try."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", ()):
        for name, value in report.user_properties:
            if name == "attacks":
                counts[value[0]] += value[1]
    if counts:
        terminalreporter.write_sep("=", "attacks that came to nothing")
        for what, number in sorted(counts.items()):
            terminalreporter.write_line(f"{number:>9,}  {what}")


@pytest.fixture
def alone() -> Iterator[None]:
    """Nothing of the sessions of a test is left when it ends."""
    from sessions import no_sessions_left

    with no_sessions_left():
        yield


@pytest.fixture(scope="session")
def clean_site(tmp_path_factory: pytest.TempPathFactory) -> Proved:
    """A site that is clean although its sources hold secrets. Nobody changes it."""
    from planting import built_with_secrets

    return built_with_secrets(tmp_path_factory.mktemp("secrets"))


@pytest.fixture
def site_copy(clean_site: Proved, tmp_path: Path) -> Proved:
    """A copy of it in which to plant them."""
    copy = tmp_path / "site"
    shutil.copytree(clean_site.site, copy)
    return replace(clean_site, site=copy)


def missing(tool: str, install: str) -> None:
    """Skip the test, or under CI fail it, because `tool` is not there."""
    message = f"needs {tool}: {install}"
    if UNDER_CI:
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the system's Chromium."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        missing("Chromium", "apt-get install chromium")
    return str(found)


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe, which finds barriers in pages."""
    path = Path(__file__).parent / "browser/node_modules/axe-core/axe.min.js"
    if not path.is_file():
        missing("axe-core", "make test")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def vnu() -> list[str]:
    """The command of the Nu HTML checker."""
    path = Path(__file__).parent / "browser/node_modules/vnu-jar/build/dist/vnu.jar"
    java = shutil.which("java")
    if java is None:
        missing("Java", "apt-get install default-jre-headless")
    if not path.is_file():
        missing("vnu-jar", "make test")
    return [str(java), "-jar", str(path)]
