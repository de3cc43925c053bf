"""`mkdocs serve` with a real server: problems are on the page, and nothing kills or hangs it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from building import short, write_site

PATH = "docs/incidents/2024/2024-02-20-a.md"
URL = "incidents/2024-02-20-a/"


class Served:
    """A running server, and its output line by line."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}/"
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "mkdocs", "serve", "-a", f"127.0.0.1:{port}"],
            cwd=folder,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        self.lines: IO[str] = self.process.stdout
        self.output = self.wait_for("Serving on")

    def wait_for(self, text: str) -> str:
        """Read on until a line holds `text`; return what was read."""
        read = []
        for line in self.lines:
            read.append(line)
            if text in line:
                return "".join(read)
        pytest.fail("the server has ended:\n" + "".join(read))

    def edit(self, path: str, content: bytes | None) -> str:
        """Write or delete a file, wait for the rebuild, and return what was printed."""
        file = self.folder / path
        if content is None:
            file.unlink()
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return self.wait_for("Reloading browsers")

    def get(self, url: str) -> str:
        """A page of the site."""
        with urllib.request.urlopen(self.address + url) as answer:
            return str(answer.read().decode())

    def status(self, url: str) -> int:
        """The status with which the server answers."""
        try:
            with urllib.request.urlopen(self.address + url) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            with error:
                return error.code


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = write_site(
        tmp_path_factory.mktemp("served"),
        {"docs/index.md": "# Home\n\n<!-- postmortem:latest -->\n", PATH: short()},
    )
    server = Served(folder)
    yield server
    server.process.terminate()
    server.process.wait()
    server.lines.close()


def test_drafts_are_served_with_a_banner(served: Served) -> None:
    served.edit(PATH, short(visibility="draft").encode())
    page = served.get(URL)
    assert "A public build leaves this page out" in page
    assert "Nothing else is missing" in page
    assert "API errors" in served.get("")


def test_a_draft_says_what_stands_between_it_and_publication(served: Served) -> None:
    draft = short(visibility="draft").replace("published: 2024-02-22\n", "")
    served.edit(PATH, draft.replace("Text.", "TODO").replace("18:18 r", "18:01 r").encode())
    page = served.get(URL)
    banner = page.split('class="pm-banner"')[1].split("</div>")[0]
    words = "mend 3 of the problems below, which are errors in public, and:"
    assert f"Before it can be published, {words}" in banner
    assert "published is missing, and public incidents need it" in banner.replace("“", "").replace(
        "”", ""
    ).replace("`", "")
    assert banner.count("<li>") == 1
    assert "PM206" not in banner
    served.edit(PATH, short().encode())


def test_a_mistake_is_on_the_page_and_in_the_terminal_once(served: Served) -> None:
    broken = short().replace("18:18 resolved", "18:01 resolved")
    printed = served.edit(PATH, broken.encode())
    assert "2024-02-20-a.md:11:5: error PM206" in printed
    page = served.get(URL)
    assert "pm-problems" in page
    assert "line 11, column 5" in page
    assert "PM206" in page
    assert "Fix: correct the time, or move the row up" in page
    # A save that changes nothing about it does not say it again.
    printed = served.edit(PATH, broken.replace("Alerts fire", "Alerts fire loudly").encode())
    assert "PM206" not in printed
    assert "Alerts fire loudly" in served.get(URL)
    printed = served.edit(PATH, short().encode())
    assert "PM206" not in served.get(URL)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"---\ntitle: half wri",
        b"---\ntitle: [\n---\n",
        b"---\n- a\n---\n",
        b"\xff\xfe\x00",
        b"---\ntitle: T\ntimeline: []\n---\n",
        b"no front matter {{ nothing }}\n",
        b"---\n" + b"[" * 5000 + b"\n---\n",
    ],
)
def test_no_content_kills_the_server(served: Served, content: bytes) -> None:
    served.edit(PATH, content)
    page = served.get(URL)
    assert "pm-problem--error" in page
    assert "half wri" not in page
    served.edit(PATH, short().encode())
    assert "pm-problem--error" not in served.get(URL)


def test_deleted_and_renamed_incidents(served: Served) -> None:
    other = "docs/incidents/2024/2024-02-21-b.md"
    served.edit(other, short("Another").encode())
    assert served.status("incidents/2024-02-21-b/") == 200
    (served.folder / other).rename(served.folder / other.replace("-b.md", "-c.md"))
    served.wait_for("Reloading browsers")
    assert served.status("incidents/2024-02-21-b/") == 404
    assert served.status("incidents/2024-02-21-c/") == 200
    served.edit(other.replace("-b.md", "-c.md"), None)
    assert served.status("incidents/2024-02-21-c/") == 404
    assert served.status(URL) == 200


def test_aliases_that_are_taken_are_said_on_the_page(served: Served) -> None:
    aliases = (
        'aliases: [index.html, feed.xml/, ../out/, "2024/", old/, old/, Incidents/]\ntimeline:'
    )
    served.edit(PATH, short().replace("timeline:", aliases).encode())
    page = served.get(URL)
    for words in ("“index.html” is the address of index.md", "“feed.xml/” is the address of what"):
        assert words in page
    assert "“../out/” has the part “..”" in page
    assert "Home" in served.get("")
    assert "refresh" in served.get("old/")
    served.edit(PATH, short().encode())
    assert served.status("old/") == 404


def test_a_save_is_built_once(served: Served) -> None:
    """A build reads every file, which some systems tell of as they tell of changes."""
    served.edit(PATH, short("Once").encode())
    # Whatever the first build had set off would be printed before the second one.
    printed = served.edit(PATH, short("Twice").encode())
    assert printed.count("Detected file changes") == 1
    assert "Twice" in served.get(URL)


def test_a_configuration_that_an_editor_replaces_is_seen(served: Served) -> None:
    config = served.folder / "mkdocs.yml"
    before = config.read_text(encoding="utf-8")
    for text in (before.replace("site_name: ", "site_name: Renamed "), before):
        # As editors save: another file in the place of the old one, twice.
        written = config.with_name(".mkdocs.yml.new")
        written.write_text(text, encoding="utf-8")
        written.replace(config)
        served.wait_for("Reloading browsers")
        assert ("Renamed" in served.get("")) == (text != before)


def test_only_what_was_edited_is_made_again(served: Served) -> None:
    other = "docs/incidents/2024/2024-03-20-other.md"
    served.edit(other, short("Another").encode())
    served.edit(PATH, short("Before").encode())
    printed = served.edit(PATH, short("Before").encode() + b"\nMore in the body.\n")
    assert "2 incidents, 1 unchanged" in printed
    # MkDocs says that of a page without output, and the other one stays as it is.
    assert "Page skipped" not in printed
    assert "More in the body" in served.get(URL)
    served.edit(other, None)


def test_a_problem_that_another_incident_makes_is_seen(served: Served) -> None:
    """Also on the page of an incident that nobody has edited and that is not beside it."""
    promise = "Rotate the keys"
    text = short().replace("Test it, owner: team, due: 2024-03-01, done: 2024-02-28", "{}")
    own = f"{promise}, owner: team, due: 2099-01-01"
    first = "docs/incidents/2024-01-01-first.md"
    served.edit("docs/incidents/2024-06-02-last.md", text.replace("{}", own).encode())
    served.edit("docs/incidents/2024-06-01-between.md", short("Between").encode())
    served.edit(first, text.replace("{}", own.replace("keys", "locks")).encode())
    assert f"“{promise}”" not in served.get("incidents/2024-06-02-last/")
    served.edit(first, text.replace("{}", own).encode())
    assert f"“{promise}”" in served.get("incidents/2024-06-02-last/")
    served.edit(first, None)
    assert f"“{promise}”" not in served.get("incidents/2024-06-02-last/")
    served.edit("docs/incidents/2024-06-01-between.md", None)
    served.edit("docs/incidents/2024-06-02-last.md", None)
