"""What was corrected or withdrawn says so wherever it is read, with the day."""

from __future__ import annotations

import json
import re

import feedparser  # type: ignore[import-untyped]
import pytest
from building import Built, build, short, write_site

KEPT, GONE = "2024-02-20-kept", "2024-03-01-gone"
CORRECTIONS = """corrections:
  - {date: 2024-05-06, text: "Recovery was at **18:18**, not 18:17."}
  - {date: 2024-04-05, text: The owner of the item.}
timeline:"""
WITHDRAWN = """status: open
withdrawn: {date: 2024-07-08, reason: It named a customer.}
aliases: [old/gone/]
timeline:"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    plugin = {"rules": {"PM601": "off"}, "as_of": "2025-01-01", "feed_id_base": "example.org,2024"}
    files = {
        f"docs/incidents/{KEPT}.md": short("Kept").replace("timeline:", CORRECTIONS),
        f"docs/incidents/{GONE}.md": short("Gone", published="2024-03-02").replace(
            "timeline:", WITHDRAWN
        ),
    }
    settings = {
        "plugins": ["search", {"postmortem": plugin}],
        "site_url": "https://example.org/sub/",
        "theme": {"name": "mkdocs"},
    }
    made = build(write_site(tmp_path_factory.mktemp("site"), files, settings))
    assert made.code == 0, made.output
    return made


def test_corrections_stand_on_the_page(built: Built) -> None:
    page = built.text(f"incidents/{KEPT}/index.html")
    top, _, bottom = page.partition('id="corrections"')
    assert '<a href="#corrections"><time datetime="2024-05-06">6 May 2024</time></a>' in top
    newest, older = re.findall(r'<li><time datetime="([\d-]+)">[^<]*</time>: ', bottom)
    assert (newest, older) == ("2024-05-06", "2024-04-05")
    assert "Recovery was at <strong>18:18</strong>, not 18:17." in bottom
    assert '"dateModified": "2024-05-06"' in page


@pytest.mark.parametrize("path", ["feed.xml", "feed.rss"])
def test_feeds_say_when(built: Built, path: str) -> None:
    entries = {entry.title: entry for entry in feedparser.parse(built.text(path)).entries}
    assert entries["Kept"].updated.startswith("2024-05-06T00:00:00")
    assert "not 18:17" in str(entries["Kept"].content)
    assert entries["Gone"].updated.startswith("2024-07-08T00:00:00")
    assert "withdrawn on 8 July 2024. It named a customer." in entries["Gone"].summary
    assert "Alerts fire" not in str(entries["Gone"])
    ids = [entry.id for entry in entries.values()]
    assert sorted(ids) == [f"tag:example.org,2024:incident/{id}" for id in (KEPT, GONE)]


def test_data_says_when(built: Built) -> None:
    gone, kept = json.loads(built.text("incidents.json"))["incidents"]
    assert [entry["date"] for entry in kept["corrections"]] == ["2024-05-06", "2024-04-05"]
    assert (kept["updated"], kept["withdrawn"]) == ("2024-05-06T00:00:00Z", None)
    assert gone["withdrawn"] == {"date": "2024-07-08", "reason": "It named a customer."}
    assert gone["updated"] == "2024-07-08T00:00:00Z"
    assert (gone["timeline"], gone["action_items"], gone["ongoing"]) == ([], [], False)
    sitemap = built.text("sitemap.xml")
    for id, day in ((KEPT, "2024-05-06"), (GONE, "2024-07-08")):
        assert re.search(rf"{id}/</loc>\s*<lastmod>{day}</lastmod>", sitemap)


def test_a_withdrawn_incident_leaves_its_address_and_no_news(built: Built) -> None:
    page = built.text(f"incidents/{GONE}/index.html")
    assert "withdrawn on 8 July 2024.</strong> It named a customer." in page
    assert f"../../incidents/{GONE}/" in built.text("old/gone/index.html")
    archive = built.text("incidents/index.html")
    assert "This postmortem was withdrawn on 8 July 2024." in archive
    assert GONE not in built.text("index.html").split('id="latest-incidents"')[0].split("<h1")[1]
    for path in ("incidents.json", "unresolved.json", "summary.json"):
        api = built.site / "api/v2" / path
        assert not api.exists() or "Gone" not in api.read_text(encoding="utf-8")
    for path in (f"incidents/{GONE}/index.html", "incidents/index.html", "incidents.csv"):
        assert "Alerts fire" not in built.text(path)
