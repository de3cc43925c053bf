"""What has been published is kept: every address and every feed entry's id."""

from __future__ import annotations

import http.server
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mkdocs_postmortem import published_addresses
from mkdocs_postmortem.published_addresses import PublishedError, lost, published_incidents
from mkdocs_postmortem.render.files import data_files
from mkdocs_postmortem.render.redirects import redirects
from publishing import incident_text, publication

A, B, C = "2024-02-20-a", "2024-02-21-b", "2024-02-22-c"


def with_aliases(*aliases: str) -> str:
    return incident_text(front=f"aliases: {json.dumps(aliases)}")


def site(folder: Path, incidents: dict[str, str], **changes: Any) -> Path:
    """The built site of `incidents`, as far as addresses go."""
    made = publication(incidents, **changes)
    contents = {**dict(data_files(made)), **redirects(made)}
    contents |= {f"incidents/{id}/index.html": b"<h1>page</h1>" for id in incidents}
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def old(tmp_path: Path) -> str:
    """The published `incidents.json`."""
    folder = site(tmp_path / "old", {A: with_aliases("old/a/"), B: incident_text()})
    return str(folder / "incidents.json")


CASES: dict[str, tuple[dict[str, str], dict[str, Any], list[tuple[str, str]]]] = {
    "nothing changed": ({A: with_aliases("old/a/"), B: incident_text()}, {}, []),
    "one more": ({A: with_aliases("old/a/"), B: incident_text(), C: incident_text()}, {}, []),
    "withdrawn": (
        {
            A: incident_text(front="aliases: [old/a/]\nwithdrawn: {date: 2025-01-01, reason: x}"),
            B: incident_text(),
        },
        {},
        [],
    ),
    "one gone": (
        {A: with_aliases("old/a/")},
        {},
        [
            (B, f"nothing of an incident answers at incidents/{B}/ any more"),
            (B, f"no feed entry has the id tag:status.example.org,2024:incident/{B} any more"),
        ],
    ),
    "an alias gone": (
        {A: incident_text(), B: incident_text()},
        {},
        [(A, "nothing of an incident answers at old/a/ any more")],
    ),
    "an alias that belongs to another": (
        {A: incident_text(), B: with_aliases("old/a/")},
        {},
        [(A, f"old/a/ now belongs to {B}")],
    ),
    "renamed with a redirect keeps the address, not the entry": (
        {A: with_aliases("old/a/"), C: with_aliases(f"incidents/{B}/")},
        {},
        [(B, f"no feed entry has the id tag:status.example.org,2024:incident/{B} any more")],
    ),
    "new ids for everything": (
        {A: with_aliases("old/a/"), B: incident_text()},
        {"options": {"feed_id_base": "example.org,2024"}},
        [
            (id, f"no feed entry has the id tag:status.example.org,2024:incident/{id} any more")
            for id in (B, A)
        ],
    ),
    "the site moved, its paths did not": (
        {A: with_aliases("old/a/"), B: incident_text()},
        {"site_url": "https://other.example/"},
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lost(name: str, old: str, tmp_path: Path) -> None:
    incidents, changes, expected = CASES[name]
    new = site(tmp_path / "new", incidents, **changes)
    found = lost(published_incidents(old), new)
    assert [(loss.id, loss.message) for loss in found] == expected
    assert lost(published_incidents(old), new, forgotten=[A, B]) == []


def test_the_pages_themselves_must_be_there(old: str, tmp_path: Path) -> None:
    new = site(tmp_path / "new", {A: with_aliases("old/a/"), B: incident_text()})
    (new / f"incidents/{B}/index.html").unlink()
    (new / "old/a/index.html").write_text("<h1>An ordinary page</h1>", encoding="utf-8")
    assert [loss.message.split(" at ")[1] for loss in lost(published_incidents(old), new)] == [
        f"incidents/{B}/ any more",
        "old/a/ any more",
    ]


@pytest.mark.parametrize(
    "path", ["../outside/", "/etc/passwd", "a\0b/", "%2e%2e/outside/", "x" * 5000, "\ud800/"]
)
def test_what_is_published_leads_nowhere_else(path: str, tmp_path: Path) -> None:
    new = site(tmp_path / "new", {A: incident_text()})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/index.html").write_text(
        f'<meta http-equiv="refresh" content="0; url=/incidents/{A}/">', encoding="utf-8"
    )
    found = lost([{"id": A, "path": path}], new)
    assert [loss.message for loss in found] == [
        f"nothing of an incident answers at {path} any more"
    ]


def test_redirects_of_others_count_and_loops_end(tmp_path: Path) -> None:
    new = site(tmp_path / "new", {A: incident_text()})
    for name, target in (("one", f"../two/?x#{A}"), ("two", f"../incidents/{A}/"), ("me", "./")):
        (new / name).mkdir()
        (new / name / "index.html").write_text(
            f"<META HTTP-EQUIV=Refresh CONTENT='0;URL={target}'>", encoding="utf-8"
        )
    assert lost([{"id": A, "path": "one/"}], new) == []
    assert len(lost([{"id": A, "path": "me/"}], new)) == 1


@contextmanager
def server(answer: Any) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()


def say(handler: Any, status: int, body: bytes = b"", **headers: str) -> None:
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def test_addresses_are_read(old: str) -> None:
    data = Path(old).read_bytes()

    def answer(handler: Any) -> None:
        if handler.path == "/moved":
            say(handler, 302, Location="/incidents.json")
        elif handler.path == "/elsewhere":
            say(handler, 302, Location="file:///etc/passwd")
        elif handler.path == "/incidents.json":
            say(handler, 200, data)
        else:
            say(handler, 404)

    with server(answer) as address:
        assert len(published_incidents(f"{address}/incidents.json")) == 2
        assert len(published_incidents(f"{address}/moved")) == 2
        with pytest.raises(PublishedError, match="404") as caught:
            published_incidents(f"{address}/gone")
        assert caught.value.missing
        with pytest.raises(PublishedError) as caught:
            published_incidents(f"{address}/elsewhere")
        assert not caught.value.missing


def test_addresses_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_addresses, "LARGEST", 1 << 20)
    monkeypatch.setattr(published_addresses, "SECONDS", 0.3)

    def answer(handler: Any) -> None:
        if handler.path == "/endless":
            handler.send_response(200)
            handler.end_headers()
            try:
                for _ in range(1000):
                    handler.wfile.write(b" " * (1 << 16))
            except OSError:
                return
        # `/silent`: the answer never begins, until the asker has gone.
        handler.connection.settimeout(10)
        handler.rfile.read(1)

    with server(answer) as address:
        with pytest.raises(PublishedError, match="more than 1 MiB"):
            published_incidents(f"{address}/endless")
        with pytest.raises(PublishedError, match="timed out"):
            published_incidents(f"{address}/silent")


@pytest.mark.parametrize("source", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data://x"])
def test_only_the_web_is_read(source: str) -> None:
    with pytest.raises(PublishedError, match="only http and https"):
        published_incidents(source)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"incidents": [1]}', '{"incidents": [{"id": 1}]}']
)
def test_something_else_is_said_to_be_something_else(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(PublishedError, match=r"no incidents\.json"):
        published_incidents(str(tmp_path / "x.json"))


def test_the_command(old: str, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "mkdocs_postmortem", "verify", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    new = str(site(tmp_path / "new", {A: with_aliases("old/a/")}))
    code, output = run(new, "--published", old)
    assert (code, f"{B}: nothing of an incident answers" in output) == (1, True)
    code, output = run(new, "--published", old, "--forget", B)
    assert (code, "2 published incidents" in output) == (0, True)
    absent = str(tmp_path / "absent.json")
    assert "no published incident has this id" not in output
    code, output = run(new, "--published", old, "--forget", B, "--forget", "typo")
    assert (code, "--forget typo: no published incident has this id" in output) == (0, True)
    code, output = run(new, "--published", absent)
    assert (code, "--first says that nothing is published yet" in output) == (1, True)
    code, output = run(new, "--published", absent, "--first")
    said = f"nothing is published yet ({absent}: there is no such file)\n"
    assert (code, output.endswith(said)) == (0, True)
    assert run(str(tmp_path / "nowhere"), "--published", old)[0] == 2
    # They would look like a proof that no address is lost.
    for option in (["--first"], ["--forget", B]):
        code, output = run(new, *option)
        assert (code, f"{option[0]} is for --published" in output) == (2, True)
    code, output = run(new, "--published", "")
    assert (code, "--published is empty" in output) == (2, True)
