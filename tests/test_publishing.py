"""Publication is whole or not at all, whenever it is killed; two at once are refused."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from building import short, write_site

COMMAND = [sys.executable, "-m", "mkdocs_postmortem", "publish", "www/status"]
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
SILENT: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
KILLS = 50 if os.environ.get("POSTMORTEM_TEST_LONG") else 5
QUIET = {"postmortem": {"rules": {"PM601": "off"}, "as_of": "2025-01-01"}}
FIRST, SECOND = "2024-02-20-first", "2024-02-21-second"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = {f"docs/incidents/{FIRST}.md": short("Colour red")}
    settings = {"plugins": ["search", QUIET], "theme": {"name": "mkdocs"}, "site_url": ""}
    write_site(tmp_path, files, settings)
    (tmp_path / "www").mkdir()
    return tmp_path


def publish(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )


def content(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def write(folder: Path, title: str) -> None:
    (folder / f"docs/incidents/{FIRST}.md").write_text(short(title), encoding="utf-8")


def versions(folder: Path) -> list[str]:
    names = (path.name for path in (folder / "www/.status.versions").iterdir())
    return sorted(name for name in names if name.startswith(("building-", "version-")))


def test_killed_at_any_moment_one_whole_version_is_served(folder: Path) -> None:
    served = folder / "www/status"
    whole: dict[str, dict[str, bytes]] = {}
    longest = 0.0
    for title in ("Colour red", "Colour blue"):
        write(folder, title)
        begun = time.monotonic()
        done = publish(folder)
        longest = max(longest, time.monotonic() - begun)
        assert done.returncode == 0, done.stderr
        whole[title] = content(served)
    assert whole["Colour red"] != whole["Colour blue"]
    dice = random.Random(20240220)
    survived = 0
    for number in range(KILLS):
        write(folder, ("Colour red", "Colour blue")[number % 2])
        process = subprocess.Popen(
            COMMAND,
            cwd=folder,
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            # Now and then it is done before it is killed, which is a moment as well.
            process.wait(dice.uniform(0.3, 1.05) * longest)
            survived += 1
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert content(served) in whole.values(), number
    assert survived < KILLS
    # The next one clears up, and two versions are left: this one and the one before.
    write(folder, "Colour blue")
    assert publish(folder).returncode == 0
    assert content(served) == whole["Colour blue"]
    assert len(versions(folder)) == 2
    assert all(name.startswith("version-") for name in versions(folder))


EVERY_LINE = """
import os, signal, sys
from pathlib import Path
from mkdocs_postmortem import publishing

target = Path("www/status")

def publish(word, kill_at=0):
    lines = 0

    def trace(frame, event, arg):
        nonlocal lines
        if frame.f_code.co_filename != publishing.__file__:
            return None
        if event == "line":
            lines += 1
            if lines == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    def build(into, served):
        for name in ("one", "two"):
            (into / name).write_text(word)

    sys.settrace(trace)
    publishing.publish(target, build)
    sys.settrace(None)
    return lines

def served():
    assert sorted(path.name for path in target.iterdir()) == ["one", "two"]
    one, two = ((target / name).read_text() for name in ("one", "two"))
    assert one == two
    return one

publish("first"), publish("second")
lines, before, swapped = publish("third"), "third", 0
for line in range(1, lines + 1):
    child = os.fork()
    if not child:
        publish(f"word {line}", line)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, line
    now = served()
    assert now in (before, f"word {line}"), line
    swapped += now != before
    before = now
    if line % 10 == 0:
        publish(before := f"whole {line}")
        assert served() == before
        assert len(list(Path("www/.status.versions").glob("*-*"))) == 2
print(lines, swapped)
"""


def test_killed_at_every_line_one_whole_version_is_served(tmp_path: Path) -> None:
    (tmp_path / "www").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", EVERY_LINE],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines, swapped = map(int, done.stdout.split())
    assert lines > 50
    assert 0 < swapped < lines


def test_what_cannot_be_published_changes_nothing(folder: Path) -> None:
    write(folder, "Colour red")
    second = folder / f"docs/incidents/{SECOND}.md"
    second.write_text(short("Another"), encoding="utf-8")
    assert publish(folder).returncode == 0
    before, kept = content(folder / "www/status"), versions(folder)

    second.write_text(short("Another").replace("severity", "severityy"), encoding="utf-8")
    done = publish(folder)
    assert done.returncode == 1
    assert f"docs/incidents/{SECOND}.md:5:1: error PM116" in done.stderr
    assert "the build failed; nothing was changed" in done.stderr

    second.unlink()
    done = publish(folder)
    assert done.returncode == 1
    assert f"{SECOND}: nothing of an incident answers at incidents/{SECOND}/" in done.stderr

    with (folder / "www/.status.versions/lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = publish(folder, "--forget", SECOND)
        assert done.returncode == 1
        assert "another publication to this place is under way" in done.stderr
    assert (content(folder / "www/status"), versions(folder)) == (before, kept)

    assert publish(folder, "--forget", SECOND, "--engine", "properdocs").returncode == 0
    assert not (folder / f"www/status/incidents/{SECOND}").exists()


def test_a_first_publication_that_fails_leaves_nothing(folder: Path) -> None:
    page = folder / f"docs/incidents/{SECOND}.md"
    page.write_text(short("Another").replace("severity", "severityy"), encoding="utf-8")
    assert publish(folder).returncode == 1
    assert list((folder / "www").iterdir()) == []
    page.unlink()
    assert publish(folder).returncode == 0


def test_what_others_made_is_left_alone(folder: Path) -> None:
    target = folder / "www/status"
    target.mkdir()
    (target / "precious.html").write_text("mine", encoding="utf-8")
    done = publish(folder)
    assert done.returncode == 1
    assert "is no link of this command" in done.stderr
    assert (target / "precious.html").read_text(encoding="utf-8") == "mine"
    target.rename(folder / "www/elsewhere")
    target.symlink_to("elsewhere")
    done = publish(folder)
    assert done.returncode == 1
    assert "which is not of this command" in done.stderr
    assert [path.name for path in (folder / "www/elsewhere").iterdir()] == ["precious.html"]


def test_readers_never_miss_a_page(folder: Path) -> None:
    """Somebody who reads all the while always finds the page of one version or the other."""
    assert publish(folder).returncode == 0
    page = folder / f"www/status/incidents/{FIRST}/index.html"
    first = page.read_bytes()
    write(folder, "Colour blue")
    process = subprocess.Popen(COMMAND, cwd=folder, env=ENVIRONMENT, **SILENT)
    seen = {first}
    while process.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.001)
        seen.add(page.read_bytes())
    seen.add(page.read_bytes())
    assert process.returncode == 0
    assert len(seen) == 2
