"""`postmortem check` says the same however it came to it, and reads only what it has to."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import short, write_site
from mkdocs_postmortem import checked_files, forked
from mkdocs_postmortem.cache import open_cache
from mkdocs_postmortem.checked_files import FEW, File
from mkdocs_postmortem.files_on_disk import incident_paths
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.site_settings import SiteSettings, site_settings

CASES = Path(__file__).parent / "cases"
# What the warm way must not import: whatever reads options, incidents or Markdown.
HEAVY = {"pydantic", "yaml", "markdown_it", "markdown", "jinja2", "mkdocs"}


def run(site: Path, *arguments: str, cache: Path | str, program: str = "") -> tuple[int, str, str]:
    """Exit code, output and errors of `postmortem check`, run in the folder `site`."""
    program = program or "from mkdocs_postmortem.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "check", *arguments],
        cwd=site,
        env={**os.environ, "POSTMORTEM_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def imported(site: Path, *arguments: str, cache: Path) -> set[str]:
    """The packages that a run imports."""
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('!', *sys.modules, file=sys.stderr))\n"
        "from mkdocs_postmortem.cli import main; main()"
    )
    _, _, errors = run(site, *arguments, cache=cache, program=program)
    modules = errors.splitlines()[-1].removeprefix("! ").split()
    return {name.partition(".")[0] for name in modules}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site of files with everything wrong with them, alone and together."""
    files: dict[str, Any] = {"docs/page.md": "---\ntimeline: []\n---\n"}
    number = 0
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            text = case.get("file")
            if text is None:
                rows = "".join(f"  {line}\n" for line in case["rows"].splitlines())
                front = case.get("front", "")
                text = f"---\ntitle: T\n{front}timeline:\n{rows}---\n{case.get('body', '')}"
            number += 1
            day = f"{2010 + number % 12}-{1 + number % 11:02}-{1 + number % 28:02}"
            name = "same" if number % 20 == 0 else f"case-{number}"
            data = text if isinstance(text, bytes) else text.encode()
            if number % 15 == 0:
                more = b"related: [2012-03-04-nothing]\nsilence: [{code: PM804, reason: r}]\n"
                data = data.replace(b"---\n", b"---\n" + more, 1)
            files[f"docs/incidents/{day[:4]}/{day}-{name}.md"] = data
    folder = tmp_path_factory.mktemp("site")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    copy = folder / "docs/incidents/2012/2012-01-01-copy.md~"
    copy.write_text("a copy", encoding="utf-8")
    options = {"as_of": "2026-01-01", "components": ["api", "API", "web"]}
    write_site(folder, {}, {"plugins": [{"postmortem": options}]})
    return folder


@pytest.mark.parametrize("output", ["text", "json", "sarif"])
def test_it_says_the_same_with_and_without_a_cache(site: Path, tmp_path: Path, output: str) -> None:
    arguments = ("--format", output)
    plain = run(site, *arguments, cache="off")
    assert plain[0] == 1
    assert not plain[2]
    assert len(plain[1]) > 10_000
    cold = run(site, *arguments, cache=tmp_path / "cache")
    warm = run(site, *arguments, cache=tmp_path / "cache")
    assert cold == plain
    assert warm == plain


def test_single_files_and_folders_share_what_is_kept(site: Path, tmp_path: Path) -> None:
    paths = incident_paths(site / "docs/incidents")
    some = [f"docs/incidents/{path}" for path in paths[::60]]
    run(site, cache=tmp_path / "cache")
    for arguments in ([*some, some[0]], ["docs/incidents/2012"]):
        plain = run(site, *arguments, cache="off")
        assert run(site, *arguments, cache=tmp_path / "cache") == plain
    assert not HEAVY & imported(site, *some, cache=tmp_path / "cache")


def settings_of(site: Path) -> SiteSettings:
    with open_cache(None, "check") as nothing:
        return site_settings(site / "mkdocs.yml", site, nothing)


def files_of(site: Path) -> list[File]:
    root = site / "docs/incidents"
    return [File(root, path, path) for path in incident_paths(root)]


@pytest.mark.skipif(forked.processors() == 1 and sys.platform == "win32", reason="no forks")
def test_it_says_the_same_with_one_and_with_several_processes(site: Path) -> None:
    settings, files = settings_of(site), files_of(site)
    assert len(files) > FEW
    found = []
    for processes in (1, 2, 3, 7):
        with open_cache(None, "check") as cache:
            options, stamp = settings.options, settings.stamp
            found.append(checked_files.checked_files(files, options, stamp, cache, processes))
    assert all(other == found[0] for other in found)
    assert sum(len(one.diagnostics) for one in found[0] if one) > 200


class _Counted:
    """Counts how often options are asked for, which is where a file has to be read."""

    def __init__(self, settings: SiteSettings) -> None:
        self.settings = settings
        self.asked = 0

    def __call__(self) -> Options:
        self.asked += 1
        return self.settings.options()


def read_again(site: Path, folder: Path) -> bool:
    """Whether a run over `site` with the cache in `folder` reads any file."""
    with open_cache(folder, "check", "stamp") as cache:
        settings = site_settings(site / "mkdocs.yml", site, cache)
        counted = _Counted(settings)
        checked_files.checked_files(files_of(site), counted, settings.stamp, cache)
        cache.save()
    return counted.asked > 0


@pytest.fixture
def small(tmp_path: Path) -> Path:
    files = {f"docs/incidents/2024-02-2{day}-{day}.md": short(f"No. {day}") for day in range(4)}
    return write_site(tmp_path / "small", files, {"plugins": [{"postmortem": {}}]})


def test_a_file_is_read_again_when_something_changes_that_counts(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, root = tmp_path / "cache", small / "docs/incidents"
    config = small / "mkdocs.yml"
    written = config.read_text(encoding="utf-8")
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)

    def changes(what: str) -> None:
        assert read_again(small, cache), what
        assert not read_again(small, cache), f"after {what}"

    changes("nothing was kept")
    (root / "2024-02-20-0.md").write_text(short("Another"), encoding="utf-8")
    changes("a file")
    (root / "2024-02-20-0").mkdir()
    (root / "2024-02-20-0/a.png").write_bytes(b"x")
    changes("an image")
    os.utime(root / "2024-02-20-0/a.png", (1, 1))
    changes("the time of an image")
    (root / "2024-02-29-new.md").write_text(short("New"), encoding="utf-8")
    changes("a new file")
    config.write_text(written.replace("postmortem: {}", "postmortem: {timezone: Europe/Berlin}"))
    changes("an option")
    config.write_text(f"{written}# A comment\n")
    changes("the option again")
    (root / ".template.md").write_text("---\n---\nSay here what happened to whom.\n")
    changes("the template")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1704067200")
    changes("the day")
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    changes("the day again")


def test_no_file_is_read_again_when_nothing_changes_that_counts(
    small: Path, tmp_path: Path
) -> None:
    cache, root = tmp_path / "cache", small / "docs/incidents"
    config = small / "mkdocs.yml"
    assert read_again(small, cache)
    os.utime(root / "2024-02-20-0.md", (1, 1))
    (root / "notes.txt").write_text("text", encoding="utf-8")
    config.write_text(config.read_text() + "copyright: Somebody\n", encoding="utf-8")
    assert not read_again(small, cache)
    (root / "2024-02-20-0.md").unlink()
    assert not read_again(small, cache)


def test_the_variables_of_a_configuration_count(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, config = tmp_path / "cache", small / "mkdocs.yml"
    written = config.read_text(encoding="utf-8")
    asks = "postmortem: {timezone: !ENV [OUR_ZONE, UTC]}"
    config.write_text(written.replace("postmortem: {}", asks), encoding="utf-8")
    monkeypatch.delenv("OUR_ZONE", raising=False)
    assert read_again(small, cache)
    assert not read_again(small, cache)
    monkeypatch.setenv("OUR_ZONE", "Europe/Berlin")
    assert read_again(small, cache)
    assert not read_again(small, cache)
    monkeypatch.setenv("ANOTHER", "Europe/Paris")
    assert not read_again(small, cache)


def test_an_inherited_configuration_counts(small: Path, tmp_path: Path) -> None:
    cache, config = tmp_path / "cache", small / "mkdocs.yml"
    base = small / "base.yml"
    base.write_text("plugins: {postmortem: {timezone: UTC}}\n", encoding="utf-8")
    config.write_text("INHERIT: base.yml\nsite_name: S\n", encoding="utf-8")
    assert read_again(small, cache)
    assert not read_again(small, cache)
    base.write_text("plugins: {postmortem: {timezone: Europe/Berlin}}\n", encoding="utf-8")
    assert read_again(small, cache)
    base.unlink()
    assert run(small, cache=cache)[0] == 2


def test_a_folder_that_comes_counts(tmp_path: Path) -> None:
    files = {"incidents/2024-02-20-a.md": short("A"), "docs/index.md": "# S\n"}
    site = write_site(tmp_path / "site", files, {"plugins": [{"postmortem": {}}]})
    cache = tmp_path / "cache"
    assert "1 incident checked" in run(site, cache=cache)[1]
    (site / "docs/incidents").mkdir()
    for day in (21, 22):
        (site / f"docs/incidents/2024-02-{day}-b.md").write_text(short("B"), encoding="utf-8")
    assert "2 incidents checked" in run(site, cache=cache)[1]


def test_settings_hold_for_a_day(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    with open_cache(None, "check") as cache:
        first = site_settings(small / "mkdocs.yml", small, cache)
        assert site_settings(small / "mkdocs.yml", small, cache).stamp == first.stamp
        later = datetime.now(UTC) + timedelta(days=1)
        monkeypatch.setattr(time, "time", later.timestamp)
        assert not cache_holds(small, cache)


def cache_holds(site: Path, cache: Any) -> bool:
    from mkdocs_postmortem import site_settings as module

    kept = cache.get("site", "\0".join((str(Path.cwd()), str(site / "mkdocs.yml"), str(site))))
    assert kept is not None
    return module._holds(kept)


def test_the_warm_way_imports_nothing_that_reads(site: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    assert imported(site, cache=cache) >= {"pydantic", "yaml"}
    assert not HEAVY & imported(site, cache=cache)


def test_a_damaged_cache_changes_nothing(small: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    plain = run(small, cache="off")
    assert run(small, cache=cache) == plain
    (kept,) = cache.rglob("*.sqlite3")
    content = kept.read_bytes()
    for damaged in (content[: len(content) // 2], content.replace(b"PM", b"XX")):
        kept.write_bytes(damaged)
        assert run(small, cache=cache) == plain
