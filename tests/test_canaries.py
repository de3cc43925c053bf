"""A word in everything that is not public, looked for in every byte of every kind of site."""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attacking import EXTENSIONS, LONG
from building import Built, build, short, write_site
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Audience, Options

PARTS = """---
title: Public with internal parts
visibility: public
published: 2024-06-01
severity: sev3
components: [api]
summary: Shown.
internal: {ticket: CANARY, notes: [CANARY, {deep: CANARY}]}
x-notes: CANARY
silence: [{code: PM402, reason: CANARY}]
claims: {time_to_resolve: 15m}
related: [2024-05-01-CANARY, 2024-05-02-CANARY]
# CANARY
causes:
  - {id: shown, text: Shown.}
  - {id: canary9001x, text: CANARY, internal: true}
action_items:
  - {title: Shown action, owner: team, due: 2024-07-01, done: 2024-06-30, cause: canary9001x}
  - {title: CANARY, id: CANARY, owner: CANARY, kind: detect, priority: CANARY, due: in CANARY,
     link: "https://CANARY.example", cause: canary9001x, internal: true}
timeline:
  - 18:03 started: Shown.
  - {at: 18:05, until: 18:06, event: CANARY, internal: true, by: CANARY, component: CANARY,
     evidence: "https://CANARY.example", outcome: failed, severity: sev1, update: true}
  - {at: 18:06, milestone: identified, event: "CANARY ![](2024-05-04-d/CANARY.png)", internal: true,
     by: CANARY, component: CANARY, evidence: "https://CANARY.example"}
  - {milestone: mitigating, event: CANARY words, internal: true, component: CANARY}
  - 18:10: See [it](2024-05-09-elsewhere.md).
  - 18:18 resolved: Shown too.  # CANARY
corrections: [{date: 2024-06-02, text: Shown.}]
---
## Impact

Shown. <!-- CANARY --> [it](2024-05-09-elsewhere.md)

<!-- internal -->
## CANARY {#CANARY}

!!! note "CANARY"
    CANARY `CANARY`

[^CANARY]: CANARY
[CANARY]: https://CANARY.example
*[CANARY]: CANARY
<!-- /internal -->

Inline <!-- internal -->CANARY<!-- /internal --> shown.[^1]<!-- internal -->[^2]<!-- /internal -->

[^1]: Shown.
[^2]: CANARY

- a
<!-- internal -->
- CANARY
<!-- /internal -->
- b

<!-- CANARY
over

lines -->

<div>
<!-- CANARY -->
<p title="shown">Shown</p>
</div>
"""
WITHDRAWN = """---
title: Gone
visibility: public
published: 2024-02-22
severity: sev1
components: [CANARY]
tags: [CANARY]
summary: CANARY
reference: CANARY
links: [{name: CANARY, url: "https://CANARY.example"}]
impact: [{component: CANARY, users: CANARY}]
causes: [{id: a, text: CANARY}]
action_items: [{title: CANARY, owner: CANARY, due: 2024-03-01, cause: a}]
corrections: [{date: 2024-02-23, text: CANARY}]
description: CANARY
timeline:
  - {at: 18:03, milestone: started, event: CANARY, by: CANARY}
  - {at: 18:18, milestone: resolved, event: CANARY}
withdrawn: {date: 2024-03-01, reason: It named a customer.}
---
## CANARY

CANARY
"""
INSIDE = short("CANARY", "internal", summary="CANARY").replace("[api]", "[CANARY]")
INSIDE = INSIDE.replace("severity:", "tags: [CANARY]\nreference: CANARY\nseverity:")


def numbered(files: dict[str, str]) -> tuple[dict[str, str], int]:
    """The files with a number behind each canary, and how many there are."""
    count = itertools.count(1)
    made = {}
    for path, text in files.items():
        made[path] = re.sub("CANARY", lambda _: f"canary{next(count)}x", text)
    return made, next(count) - 1


def files(folder: str) -> dict[str, str]:
    made, _ = numbered(
        {
            f"{folder}/2024-05-04-d.md": PARTS,
            f"{folder}/2024-02-21-gone.md": WITHDRAWN,
            f"{folder}/2024-05-01-hidden.md": INSIDE,
            f"{folder}/2024-05-02-hidden.md": INSIDE.replace("visibility: internal", ""),
            f"{folder}/2024-05-03-hidden.md": INSIDE.replace("internal", "draft"),
            f"{folder}/2024-05-01-hidden/image.png": "CANARY",
            f"{folder}/2024-05-03-hidden/deep/log.txt": "CANARY",
            f"{folder}/2024-05-03-hidden.md.bak": "CANARY",
            f"{folder}/.2024-05-03-hidden.md.swp": "CANARY",
        }
    )
    made[f"{folder}/2024-02-20-a.md"] = short()
    made["docs/index.md"] = "# Home\n\n<!-- postmortem:latest -->\n"
    return made


def everything(built: Built) -> str:
    """Every byte of the site as text: names too, and what is packed."""
    parts = []
    for path in sorted(built.site.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            packed = gzip.decompress(data) if path.suffix == ".gz" else b""
            parts += [path.relative_to(built.site).as_posix().encode(), data, packed]
    return b"\n".join(parts).decode("utf-8", errors="replace")


COMBINATIONS = list(
    itertools.product(
        ("material", "mkdocs"),
        (True, False),
        ("docs/incidents", "incidents"),
        (True, False),
    )
)


@pytest.mark.parametrize(
    ("theme", "directory_urls", "folder", "trusted"),
    COMBINATIONS if LONG else [COMBINATIONS[0], COMBINATIONS[11], COMBINATIONS[6]],
)
def test_no_canary_leaves(
    tmp_path: Path,
    theme: str,
    directory_urls: bool,
    folder: str,
    trusted: bool,
    tried: Callable[[str, int], None],
) -> None:
    sources = files(folder)
    canaries = set(re.findall(r"canary\d+x", "".join(sources.values())))
    plugin: dict[str, Any] = {
        "feed_id_base": "example.org,2024",
        "trusted_bodies": trusted,
        "content_security_policy": directory_urls,
        "public_edit_links": not trusted,
    }
    settings = {
        "site_url": "https://example.org/status/",
        "repo_url": "https://example.org/repo",
        "use_directory_urls": directory_urls,
        "theme": {"name": theme},
        "markdown_extensions": EXTENSIONS,
        "plugins": ["search", *(["tags"] if theme == "material" else []), {"postmortem": plugin}],
    }
    built = build(write_site(tmp_path, sources, settings))
    assert built.code == 0, built.output
    seen = everything(built)
    assert sorted(canary for canary in canaries if canary in seen) == []
    assert re.findall(r"2024-05-0\d-hidden", seen) == []
    assert len(canaries) > 80
    tried("canaries looked for in every byte of a site", len(canaries))
    # What stands beside them is there, with every number.
    page = built.text(f"incidents/2024-05-04-d{'/index.html' if directory_urls else '.html'}")
    for part in ("Shown too.", "Inline  shown.", "Shown action", 'title="shown"'):
        assert part in page, part
    # A link to an incident that is not there does not say its name.
    assert ("2024-05-09-elsewhere" in page) == trusted
    internal = build(tmp_path, env={"POSTMORTEM_AUDIENCE": "internal"})
    shown = internal.text(f"incidents/2024-05-04-d{'/index.html' if directory_urls else '.html'}")
    lengths = r'<time class="pm-time__length" datetime="[^"]*">[^<]*</time>'
    assert re.findall(lengths, page) == re.findall(lengths, shown)
    # The canaries are where somebody who may see them sees them.
    assert len(set(re.findall(r"canary\d+x", everything(internal)))) > 30
    assert "<!-- canary" not in shown


def test_nothing_is_left_of_a_withdrawn_incident_but_its_notice() -> None:
    options = Options(as_of="2026-01-01")
    reading = read_incident_text("2024-02-21-gone.md", WITHDRAWN.encode(), options)
    assert reading.incident is not None
    assert repr(reading.incident).count("CANARY") > 10
    text = repr(for_audience(reading.incident, Audience.PUBLIC))
    assert "CANARY" not in text
    assert "It named a customer." in text
