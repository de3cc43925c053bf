"""Publications made of the texts of incident files, and a server for what is made of them."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mkdocs_postmortem.archive import Archive
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Audience, load_options
from mkdocs_postmortem.publication import Publication

ROWS = """
  - 18:03 started: The deploy lands.
  - 18:04 detected: Alerts fire.
  - 18:18 resolved: Requests succeed again.
"""


def incident_text(
    title: str = "API errors",
    front: str = "",
    *,
    published: str = "2024-02-22",
    components: str = "[api]",
    summary: str = "The API failed.",
    rows: str = ROWS,
) -> str:
    """A public incident file; `front` is more front matter."""
    return (
        f"---\ntitle: {title}\nvisibility: public\npublished: {published}\nseverity: sev2\n"
        f"components: {components}\nsummary: {summary}\n{front.rstrip()}\n"
        f"timeline:\n{rows.strip(chr(10))}\n---\n## Impact\n\nText.\n"
    )


def yaml_text(text: str) -> str:
    """Any text as one YAML scalar."""
    return json.dumps(text, ensure_ascii=False)


def publication(
    files: Mapping[str, str],
    options: Mapping[str, Any] | None = None,
    *,
    audience: Audience = Audience.PUBLIC,
    site_url: str = "https://status.example.org/sub/",
    site_name: str = "Example status",
    contents: Mapping[str, str] | None = None,
) -> Publication:
    """What `audience` sees of the incident `files`, by their id, none of which has an error."""
    raw = {"as_of": "2026-01-01", "feed_id_base": "status.example.org,2024", **(options or {})}
    loaded, errors = load_options(raw)
    assert loaded is not None, errors
    shown = []
    for id, text in files.items():
        reading = read_incident_text(f"{id}.md", text.encode(), loaded)
        found = [d.headline for d in reading.diagnostics if d.severity is Severity.ERROR]
        assert found == []
        assert reading.incident is not None
        incident = for_audience(reading.incident, audience)
        if incident is not None:
            shown.append(incident)
    given = contents or {}

    def content_of(id: str) -> str:
        return given.get(id, f'<p>All of <a href="https://x.example/">{id}</a></p>')

    def path_of(id: str) -> str:
        return f"incidents/{id}/"

    return Publication(
        incidents=Archive.of(shown).incidents,
        options=loaded,
        audience=audience,
        site_name=site_name,
        site_url=site_url,
        path_of=path_of,
        content_of=content_of,
    )


@contextmanager
def served(files: Mapping[str, bytes], folder: Path) -> Iterator[str]:
    """The address, on loopback, at which `files` are served from `folder`."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    with serving(folder) as address:
        yield address


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address, on loopback, at which what is in `folder` is served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
