"""The plugin, built for real: over engines, themes and settings, broken and hostile files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from building import build, short, write_site

FILES = {
    "docs/index.md": "# Home\n\n<!-- postmortem:latest -->\n\n`<!-- postmortem:latest -->`\n",
    "docs/incidents/2024/2024-02-20-api-errors.md": short("API <errors> & “more”"),
    "docs/incidents/2024/2024-02-20-api-errors/graph.png": "not really a picture",
    "docs/incidents/2024/2024-03-01-slow.md": short("Slow answers", published="2024-03-02").replace(
        "action_items", "related: [2024-02-20-api-errors]\naction_items"
    ),
    "docs/incidents/2023-12-31-older.md": short("An older one", published="2024-01-02").replace(
        "The deploy lands.", "See [the other](2024/2024-02-20-api-errors.md)."
    ),
}
QUIET = {"postmortem": {"rules": {"PM601": "off"}}}


def config(**changes: Any) -> dict[str, Any]:
    return {"plugins": ["search", QUIET], **changes}


@pytest.mark.parametrize("engine", ["mkdocs", "properdocs"])
@pytest.mark.parametrize("theme", ["material", "mkdocs"])
@pytest.mark.parametrize("directory_urls", [True, False])
def test_matrix(tmp_path: Path, engine: str, theme: str, directory_urls: bool) -> None:
    settings = config(
        theme={"name": theme},
        use_directory_urls=directory_urls,
        site_url="https://example.org/status/",
        validation={"anchors": "warn"},
    )
    files = dict(FILES)
    files["docs/index.md"] += (
        "\n[row](incidents/2024/2024-02-20-api-errors.md#at-20240220t1803-started)\n"
    )
    built = build(write_site(tmp_path, files, settings), "--strict", engine=engine)
    assert built.code == 0, built.output
    tail = "/index.html" if directory_urls else ".html"
    page = built.text(f"incidents/2024-02-20-api-errors{tail}")
    # Everything stands once, in the order of the design.
    parts = (
        "<h1",
        "pm-facts",
        "pm-summary",
        'id="response-times"',
        "<svg",
        "<table",
        'id="impact"',
    )
    body = page[page.index('class="pm-header"') :]
    places = [body.index(part) for part in (*parts, 'id="action-items"', 'id="related"')]
    assert places == sorted(places)
    assert "API &lt;errors&gt; &amp; “more”" in page
    assert "<errors>" not in page
    assert '<time class="pm-time__length" datetime="PT15M">15 min</time>' in page
    assert 'id="at-20240220t1803-started"' in page
    assert not re.search(r"PM[0-9a-f]{24}PM", page)
    asset = "incidents/2024-02-20-api-errors/graph.png"
    assert built.text(asset) == "not really a picture"
    home = built.text("index.html")
    assert home.count('class="pm-entry__title"') == 3
    assert "&lt;!-- postmortem:latest --&gt;" in home
    archive = built.text("incidents/index.html")
    years = re.findall(r'id="year-(\d+)"', archive)
    assert years == ["2024", "2023"]
    # Links lead to where the pages are, under whatever path the site is.
    older = built.text(f"incidents/2023-12-31-older{tail}")
    link = "../2024-02-20-api-errors/" if directory_urls else "2024-02-20-api-errors.html"
    assert f'<a href="{link}">the other</a>' in older
    slow = built.text(f"incidents/2024-03-01-slow{tail}")
    assert f'<a href="{link}">API &lt;errors&gt;' in slow
    # Related is said in both directions.
    assert "Slow answers</a>, 1 March 2024" in page
    index = json.loads(built.text("search/search_index.json"))
    found = [entry for entry in index["docs"] if "api-errors" in entry["location"]]
    assert any("Alerts fire" in entry["text"] for entry in found)
    assert any("Test it" in entry["text"] for entry in found)
    assert "title: API" not in page


@pytest.mark.parametrize(
    ("docs_dir", "incidents", "place"),
    [
        ("docs", "incidents", "docs/incidents"),
        ("docs", "incidents", "incidents"),
        ("incidents", "incidents", "incidents"),
        ("docs", "post/mortems", "docs/post/mortems"),
    ],
)
def test_where_the_folder_may_lie(
    tmp_path: Path, docs_dir: str, incidents: str, place: str
) -> None:
    files = {
        f"{docs_dir}/index.md": "# Home\n",
        f"{place}/2024/2024-02-20-a.md": short(),
        f"{place}/2024/2024-02-20-a/x.txt": "asset",
        f"{place}/2024/2024-03-20-b.md": short("Hidden", visibility="draft"),
        f"{place}/2024/2024-03-20-b/secret.txt": "secret asset",
        f"{place}/2024/2024-02-20-a.md~": "a backup, secret asset",
    }
    options: dict[str, Any] = {"incidents_dir": incidents, "rules": {"PM601": "off"}}
    plugin = {"postmortem": options}
    settings = {
        "docs_dir": docs_dir,
        "plugins": ["search", plugin],
        "repo_url": "https://example.org/repo",
        "edit_uri": f"edit/main/{docs_dir}/",
    }
    built = build(write_site(tmp_path, files, settings))
    assert built.code == 0, built.output
    assert built.text("incidents/2024-02-20-a/x.txt") == "asset"
    assert b"secret asset" not in built.everything()
    assert "1 draft not published: 2024-03-20-b" in built.output
    assert "edit/main" not in built.text("incidents/2024-02-20-a/index.html")
    # In public only where the site wants it; then it points at the file.
    options["public_edit_links"] = True
    built = build(write_site(tmp_path, files, settings | {"theme": {"name": "mkdocs"}}))
    path = Path(place, "2024/2024-02-20-a.md").as_posix()
    edit = re.search(
        r'href="(https://example.org/repo/[^"]*)"', built.text("incidents/2024-02-20-a/index.html")
    )
    assert edit is not None
    resolved = Path("/", edit[1].removeprefix("https://example.org/repo/edit/main/")).as_posix()
    parts: list[str] = []
    for part in resolved.strip("/").split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    assert "/".join(parts) == path


BROKEN = """---
title: A broken one
visibility: public
published: 2024-02-22
timeline:
  - 18:03 started: The deploy lands, brokencanary.
  - 18:01 detectd: Alerts: fire.
  - 18:18-18:20 resolved: Over.
---
"""


def test_one_broken_incident_stops_the_build(tmp_path: Path) -> None:
    files = {**FILES, "docs/incidents/2024-04-01-broken.md": BROKEN}
    built = build(write_site(tmp_path, files, config()))
    assert built.code == 1
    path = "docs/incidents/2024-04-01-broken.md"
    for place, code in (("7:5", "PM206"), ("7:11", "PM119"), ("7:26", "PM109"), ("8:5", "PM202")):
        assert f"{path}:{place}: error {code}" in built.output
    assert "did you mean detected?" in built.output
    assert "errors in the incidents; nothing was built" in built.output
    assert "Traceback" not in built.output
    assert not built.site.exists() or b"brokencanary" not in built.everything()


def test_a_misnamed_draft_is_withheld(tmp_path: Path) -> None:
    files = {**FILES, "docs/incidents/2024-4-1-draft.md": short("misnamedcanary", "draft")}
    built = build(write_site(tmp_path, files, config()))
    assert built.code == 1
    assert "2024-4-1-draft.md:3:1: error PM121" in built.output
    assert not built.site.exists() or b"misnamedcanary" not in built.everything()


def test_two_files_cannot_claim_one_address(tmp_path: Path) -> None:
    files = {**FILES, "docs/incidents/2024-02-20-api-errors.md": short("Another")}
    built = build(write_site(tmp_path, files, config()))
    assert built.code == 1
    assert "error PM801" in built.output


def test_two_components_cannot_claim_one_address(tmp_path: Path) -> None:
    files = {
        "docs/incidents/2024-02-20-a.md": short(),
        "docs/incidents/2024-02-21-b.md": short().replace("[api]", "[API]"),
    }
    built = build(write_site(tmp_path, files, config()))
    assert built.code == 1
    assert "2024-02-21-b.md:6:13: error PM805" in built.output


def test_options_are_checked_with_their_place(tmp_path: Path) -> None:
    folder = write_site(tmp_path, FILES)
    (folder / "mkdocs.yml").write_text(
        "site_name: T\nplugins:\n  - search\n  - postmortem:\n      timezone: PST\n"
        "      severity: []\n      targets:\n        time_to_detct: 5m\n",
        encoding="utf-8",
    )
    built = build(folder)
    assert built.code == 1
    assert (
        f"{folder / 'mkdocs.yml'}:5:7: error PM800 timezone: PST is not one time zone"
        in built.output
    )
    assert "mkdocs.yml:6:7: error PM800 severity: this option does not exist" in built.output
    built = build(
        write_site(
            tmp_path, FILES, {"plugins": [{"postmortem": {"targets": {"time_to_detct": "5m"}}}]}
        )
    )
    assert "did you mean time_to_detect?" in built.output
    wrong = {"severities": ["sev1"], "sections": "Summary", "targets": {"time_to_detct": "5m"}}
    built = build(write_site(tmp_path, FILES, {"plugins": [{"postmortem": wrong}]}))
    assert "error PM800 severities.0: a mapping of fields is expected here" in built.output
    assert "error PM800 sections: a list is expected here" in built.output
    assert "None" not in built.output


CANARIES = {
    "draft title": ("docs/incidents/2024-05-01-a.md", short("canary01", "draft")),
    "missing visibility": (
        "docs/incidents/2024-05-02-b.md",
        short("canary02").replace("visibility: public\n", ""),
    ),
    "internal incident": ("docs/incidents/2024-05-03-c.md", short("canary03", "internal")),
    "internal parts": (
        "docs/incidents/2024-05-04-d.md",
        """---
title: Public with internal parts
visibility: public
published: 2024-06-01
summary: Shown.
internal: {ticket: canary04, notes: [canary05]}
causes:
  - {id: shown, text: Shown.}
  - {id: canary06, text: canary07, internal: true}
action_items:
  - {title: Shown action, owner: team, due: 2024-07-01, done: 2024-06-30, cause: shown}
  - {title: canary08, owner: canary09, due: 2024-07-01, cause: canary06, internal: true}
timeline:
  - 18:03 started: Shown.
  - {at: 18:05, event: canary10, internal: true, by: canary11, evidence: "https://canary12.example"}
  - {at: 18:06, milestone: identified, event: canary13, internal: true, by: canary14}
  - {at: 18:07, milestone: declared, event: canary13, internal: true, component: canary15}
  - {milestone: mitigating, event: canary22 words, internal: true, component: canary23}
  - 18:18 resolved: Shown too.  # canary16
---
## Impact

Shown. <!-- canary17 -->

<!-- internal -->
## canary18

canary19
<!-- /internal -->

## Only internal

<!-- internal -->
canary20
<!-- /internal -->

## Last

<!-- postmortem:canary21
over lines -->
Text.
""",
    ),
}
EXPECTED = [f"canary{number:02}" for number in range(1, 24)]


@pytest.mark.parametrize("theme", ["material", "mkdocs"])
def test_nothing_that_is_not_public_leaves(tmp_path: Path, theme: str) -> None:
    files = {**FILES, **dict(CANARIES.values())}
    # The public one names the internal one, which must not show.
    settings = config(theme={"name": theme}, site_url="https://example.org/")
    folder = write_site(tmp_path, files, settings)
    built = build(folder)
    assert built.code == 0, built.output
    everything = built.everything().decode("utf-8", errors="replace")
    assert [canary for canary in EXPECTED if canary in everything] == []
    for name in ("2024-05-01-a", "2024-05-02-b", "2024-05-03-c"):
        assert name not in everything
    page = built.text("incidents/2024-05-04-d/index.html")
    assert "Only internal" not in page
    assert 'id="last"' in page
    # The milestone and its time stay, and so does every number.
    assert 'id="at-20240504t1806-identified"' in page
    assert "Time to identify" in page
    internal = build(folder, env={"POSTMORTEM_AUDIENCE": "internal"})
    shown = internal.everything().decode("utf-8", errors="replace")
    seen = {canary for canary in EXPECTED if canary in shown}
    assert {"canary03", "canary07", "canary08", "canary10", "canary13", "canary19"} <= seen
    assert not {"canary01", "canary02"} & seen
    times = r'<time class="pm-time__length" datetime="[^"]*">[^<]*</time>'
    assert re.findall(times, page) == re.findall(
        times, internal.text("incidents/2024-05-04-d/index.html")
    )
    drafts = build(folder, env={"POSTMORTEM_AUDIENCE": "drafts"})
    assert "canary01" in drafts.text("incidents/2024-05-01-a/index.html")
    assert "A public build leaves this page out" in drafts.text("incidents/2024-05-01-a/index.html")
    wrong = build(folder, env={"POSTMORTEM_AUDIENCE": "everyone"})
    assert wrong.code == 1
    assert "POSTMORTEM_AUDIENCE is “everyone”" in wrong.output


def test_incident_text_is_no_program(tmp_path: Path) -> None:
    hostile = short(summary="'{{ 7*7 }} {% raw %} <script>alert(1)</script> --8<-- \"index.md\"'")
    hostile = hostile.replace(
        "The deploy lands.",
        "'<img src=x onerror=alert(1)> [a](javascript:alert(1)) ![b](data:text/html,x) **bold**'",
    )
    files = {**FILES, "docs/incidents/2024-06-01-hostile.md": hostile}
    # Nothing of it runs even where the site does not want to be told.
    quiet = {"postmortem": {"rules": {"PM601": "off", "PM612": "off"}}}
    settings = config(
        plugins=["search", quiet],
        markdown_extensions=["attr_list", "md_in_html", "pymdownx.snippets", "abbr", "admonition"],
    )
    built = build(write_site(tmp_path, files, settings))
    assert built.code == 0, built.output
    page = built.text("incidents/2024-06-01-hostile/index.html")
    article = page[page.index('class="pm-header"') : page.index('id="impact"')]
    assert "{{ 7*7 }}" in article
    assert "<script" not in article
    assert "<img" not in article
    assert 'href="javascript' not in article
    assert "<strong>bold</strong>" in article
    assert "--8&lt;--" in article


def test_withdrawn_keeps_its_address_and_a_notice(tmp_path: Path) -> None:
    gone = short("Withdrawn one").replace(
        "timeline:", "withdrawn: {date: 2025-01-01, reason: It named a customer.}\ntimeline:"
    )
    files = {**FILES, "docs/incidents/2024-07-01-gone.md": gone}
    built = build(write_site(tmp_path, files, config()))
    page = built.text("incidents/2024-07-01-gone/index.html")
    assert "withdrawn on 1 January 2025" in page
    assert "It named a customer." in page
    assert "The deploy lands" not in page
    index = built.text("search/search_index.json")
    entries = [e for e in json.loads(index)["docs"] if "2024-07-01-gone" in e["location"]]
    assert not any("Alerts fire" in entry["text"] for entry in entries)


def test_builds_are_the_same_whatever_the_hash_seed_and_zone(tmp_path: Path) -> None:
    outputs = []
    for seed, zone in (("1", "UTC"), ("2", "Pacific/Auckland")):
        folder = tmp_path / seed
        folder.mkdir()
        plugin = {"postmortem": {"as_of": "2025-01-01", "rules": {"PM601": "off"}}}
        write_site(folder, FILES, {"plugins": ["search", plugin]})
        env = {"PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": "1735689600"}
        built = build(folder, env=env)
        pages = sorted(built.site.rglob("*.html"))
        outputs.append({p.relative_to(built.site): p.read_bytes() for p in pages})
    assert outputs[0] == outputs[1]


def test_a_promise_that_was_not_kept_is_not_made_again(tmp_path: Path) -> None:
    again = short("Again").replace("done: 2024-02-28", "status: open")
    files = {
        "docs/incidents/2024-02-20-first.md": again,
        "docs/incidents/2024-03-20-second.md": again.replace("2024-02-22", "2024-04-22"),
    }
    built = build(write_site(tmp_path, files, config()))
    assert "2024-03-20-second.md:13:13: warning PM804" in built.output
    assert "2024-02-20-first.md:13:13: warning PM804" not in built.output


def test_tags_of_the_theme(tmp_path: Path) -> None:
    tagged = short().replace("severity:", "tags: [deploy, database]\nseverity:")
    page = "# Tags\n\n<!-- material/tags -->\n"
    files = {"docs/incidents/2024-02-20-a.md": tagged, "docs/tags.md": page}
    settings = {"plugins": ["search", "tags", QUIET]}
    built = build(write_site(tmp_path, files, settings))
    assert built.code == 0, built.output
    assert "incidents/2024-02-20-a/" in built.text("tags/index.html")
    assert "deploy" in built.text("incidents/2024-02-20-a/index.html")


def test_a_wrong_folder_publishes_no_draft(tmp_path: Path) -> None:
    draft = short("straycanary", "draft")
    for name, options in (
        ("docs/incidents/2024-02-20-a.md", {"incidents_dir": "incident"}),
        ("docs/postmortems/2024-02-20-a.md", {}),
        ("docs/2024-02-20-a.md", {}),
        ("docs/notes.md", {}),
    ):
        folder = tmp_path / name.replace("/", "-")
        folder.mkdir()
        built = build(write_site(folder, {name: draft}, {"plugins": [{"postmortem": options}]}))
        assert built.code == 1, name
        assert f"{name}:8:1: error PM807" in built.output
        assert not built.site.exists() or b"straycanary" not in built.everything()


def test_links_publish_nothing_that_is_not_public(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {**FILES, **dict(CANARIES.values())}, config())
    (tmp_path / "outside.txt").write_text("linkcanary", encoding="utf-8")
    own = folder / "docs/incidents/2024/2024-02-20-api-errors"
    drafts = folder / "docs/incidents/2024-05-01-a"
    drafts.mkdir()
    (drafts / "x.txt").write_text("linkcanary", encoding="utf-8")
    (own / "a.txt").symlink_to(folder / "docs/incidents/2024-05-01-a.md")
    (own / "b.txt").symlink_to(tmp_path / "outside.txt")
    (own / "c").symlink_to(drafts)
    (folder / "docs/incidents/notes.txt").symlink_to(folder / "docs/incidents/2024-05-01-a.md")
    built = build(folder)
    assert built.code == 0, built.output
    assert b"linkcanary" not in built.everything()
    assert b"canary01" not in built.everything()
    assert "a.txt is a link that leads elsewhere" in built.output
    assert built.text("incidents/2024-02-20-api-errors/graph.png")


def test_ids_and_severities_of_what_is_internal_stay_inside(tmp_path: Path) -> None:
    text = short().replace("severity:", "related: [2024-05-01-a, 2024-03-01-slow]\nseverity:")
    text = text.replace(
        "  - 18:18", "  - {at: 18:05, internal: true, severity: sev1, event: X}\n  - 18:18"
    )
    files = {**FILES, **dict(CANARIES.values()), "docs/incidents/2024-08-01-r.md": text}
    built = build(write_site(tmp_path, files, config()))
    assert built.code == 0, built.output
    assert b"2024-05-01-a" not in built.everything()
    found = json.loads(built.text("incidents.json"))["incidents"]
    own = next(incident for incident in found if incident["id"] == "2024-08-01-r")
    assert own["related"] == ["2024-03-01-slow"]
    assert [row["at"][11:16] for row in own["timeline"]] == ["18:03", "18:04", "18:18"]
    assert own["severity"] == "sev1"
    assert "2024-08-01-r,API errors" in built.text("incidents.csv")
    assert "2024-08-01T18:18:00Z" in built.text("incidents.csv")


def test_one_note_is_one(tmp_path: Path) -> None:
    text = short().replace("  - 18:18 resolved", "  - 18:18")
    built = build(write_site(tmp_path, {"docs/incidents/2024-02-20-a.md": text}, config()))
    assert "1 note, which `postmortem check` shows" in built.output
