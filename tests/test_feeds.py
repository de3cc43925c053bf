"""Atom, RSS and JSON Feed: read by a feed reader, held against their specifications."""

from __future__ import annotations

import json
import re
from calendar import timegm
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import feedparser  # type: ignore[import-untyped]
import jsonschema
import pytest
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.feeds import ENTRIES, feeds
from publishing import incident_text, publication, yaml_text

SITE = "https://status.example.org/sub/"
ATOM = "{http://www.w3.org/2005/Atom}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
TAG = re.compile(r"tag:[\w.@-]+,\d{4}(-\d\d){0,2}:[\w./%~:@!$&'()*+,;=-]+", re.ASCII)
PATHS = ("feed.xml", "feed.rss", "feed.json")
URL = {"type": "string", "pattern": '^https://[^\\s<>"]+$'}
DATE = {"type": "string", "pattern": f"^{RFC_3339.pattern}$"}
TEXT = {"type": "string", "minLength": 1}
# Written from the text of https://www.jsonfeed.org/version/1.1/.
JSON_FEED: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["version", "title", "items", "home_page_url", "feed_url"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "home_page_url": URL,
        "feed_url": URL,
        "description": TEXT,
        "language": {"type": "string", "pattern": "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"},
        "authors": {
            "type": "array",
            "items": {
                "type": "object",
                "minProperties": 1,
                "additionalProperties": False,
                "properties": {"name": TEXT, "url": URL, "avatar": URL},
            },
        },
        "items": {
            "type": "array",
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["id", "url", "title", "date_published", "date_modified"],
                "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": "^tag:"},
                    "url": URL,
                    "title": TEXT,
                    "content_html": TEXT,
                    "content_text": TEXT,
                    "summary": TEXT,
                    "date_published": DATE,
                    "date_modified": DATE,
                    "tags": {"type": "array", "items": TEXT, "minItems": 1},
                    "language": TEXT,
                },
            },
        },
    },
}
SEVERAL = {
    # Written up weeks later than the other, though it happened first.
    "2024-01-10-old": incident_text("Old", published="2024-03-01 09:30", components="[web]"),
    "2024-02-20-new": incident_text("New", "tags: [deploy]", components="[api, web]"),
    "2024-02-25-open": incident_text(
        "Goes on",
        "status: open",
        published="2024-02-25 18:10",
        rows="  - 18:03 started: It fails.\n  - 18:40 identified: We know why.",
    ),
    "2024-02-26-gone": incident_text(
        "Gone", "withdrawn: {date: 2024-04-01, reason: It named a customer & more.}"
    ),
    "2024-02-27-mended": incident_text(
        "Mended",
        "corrections:\n  - {date: 2024-03-05, text: A}\n  - {date: 2024-03-02, text: B}",
        published="2024-02-28",
    ),
}
NEWEST_FIRST = ["Old", "Mended", "Goes on", "Gone", "New"]


def atom(made: dict[str, bytes], path: str = "feed.xml") -> ET.Element:
    return ET.fromstring(made[path])


def parsed(content: bytes) -> Any:
    result = feedparser.parse(content)
    assert result.bozo == 0, result.get("bozo_exception")
    return result


def entry(made: dict[str, bytes], title: str) -> dict[str, Any]:
    items = json.loads(made["feed.json"])["items"]
    return next(item for item in items if item["title"] == title)


@pytest.mark.parametrize("folder", ["", "components/api/", "components/web/"])
def test_a_feed_reader_reads_all_three(folder: str) -> None:
    made = feeds(publication(SEVERAL))
    as_json = json.loads(made[f"{folder}feed.json"])
    jsonschema.validate(as_json, JSON_FEED)
    for path, version in (("feed.xml", "atom10"), ("feed.rss", "rss20")):
        found = parsed(made[folder + path])
        assert found.version == version
        assert found.feed.title == as_json["title"]
        assert found.feed.link == as_json["home_page_url"]
        assert found.feed.language == "en"
        alone = [link.href for link in found.feed.links if link.rel == "self"]
        assert alone == [f"{SITE}{folder}{path}"]
        assert len(found.entries) == len(as_json["items"]) > 0
        for one, item in zip(found.entries, as_json["items"], strict=True):
            assert (one.id, one.link, one.title) == (item["id"], item["url"], item["title"])
            dates = (one.published_parsed, one.updated_parsed)
            keys = ("date_published", "date_modified")
            for value, key in zip(dates, keys, strict=True):
                assert timegm(value) == datetime.fromisoformat(item[key]).timestamp()
            assert [tag.term for tag in one.get("tags", ())] == item.get("tags", [])
            whole = one.content[0].value if "content" in one else None
            assert whole == item.get("content_html")


@pytest.mark.parametrize("name", ["site", "empty"])
def test_atom_meets_rfc_4287(name: str) -> None:
    made = feeds(publication(SEVERAL if name == "site" else {}, {"components": ["api", "web"]}))
    paths = [path for path in made if path.endswith(".xml")]
    assert len(paths) == 3
    for path in paths:
        feed = atom(made, path)
        assert feed.tag == f"{ATOM}feed"
        # 4.1.1: exactly one id, title and updated, an author for all entries, one self link.
        for element in ("id", "title", "updated", "author"):
            assert len(feed.findall(ATOM + element)) == 1, element
        assert feed.findtext(f"{ATOM}author/{ATOM}name")
        relations = [link.get("rel") for link in feed.findall(f"{ATOM}link")]
        assert sorted(map(str, relations)) == ["alternate", "self"]
        entries = feed.findall(f"{ATOM}entry")
        ids = [element.findtext(f"{ATOM}id") or "" for element in (feed, *entries)]
        assert len(set(ids)) == len(ids)
        for found in entries:
            # 4.1.2: the same for entries, with at most one published, summary and content.
            for element in ("id", "title", "updated", "published"):
                assert len(found.findall(ATOM + element)) == 1, element
            for element in ("summary", "content"):
                assert len(found.findall(ATOM + element)) <= 1
            (link,) = found.findall(f"{ATOM}link")
            assert link.get("rel") == "alternate"
            assert found.get(XML_LANG) == "en"
            content = found.find(f"{ATOM}content")
            assert content is None or content.get("type") == "html"
            assert found.findtext(f"{ATOM}published", "") <= found.findtext(f"{ATOM}updated", "")
        for found in feed.iter():
            if found.tag in (f"{ATOM}updated", f"{ATOM}published"):
                assert RFC_3339.fullmatch(found.text or "")
            if found.tag == f"{ATOM}id":
                assert TAG.fullmatch(found.text or "")
            if found.tag == f"{ATOM}link":
                assert urlsplit(found.get("href", "")).netloc == "status.example.org"
        newest = max((e.findtext(f"{ATOM}updated", "") for e in entries), default=None)
        assert feed.findtext(f"{ATOM}updated") == (newest or "1970-01-01T00:00:00+00:00")


def test_rss_names_no_address_as_id_and_has_every_required_element() -> None:
    channel = ET.fromstring(feeds(publication(SEVERAL))["feed.rss"]).find("channel")
    assert channel is not None
    for element in ("title", "link", "description", "lastBuildDate"):
        assert channel.findtext(element)
    for item in channel.findall("item"):
        guid = item.find("guid")
        assert guid is not None
        assert guid.get("isPermaLink") == "false"
        assert item.findtext("title")
        assert item.findtext("link", "").startswith(SITE)


def test_newest_published_first() -> None:
    made = feeds(publication(SEVERAL))
    for path in PATHS[:2]:
        assert [found.title for found in parsed(made[path]).entries] == NEWEST_FIRST
    assert [item["title"] for item in json.loads(made["feed.json"])["items"]] == NEWEST_FIRST


def test_published_is_the_publication_and_updated_the_last_correction() -> None:
    made = feeds(publication(SEVERAL, {"timezone": "Europe/Berlin"}))

    def dates(title: str) -> tuple[str, str]:
        found = entry(made, title)
        return found["date_published"], found["date_modified"]

    # A day begins where the site is.
    assert dates("New") == ("2024-02-21T23:00:00Z", "2024-02-21T23:00:00Z")
    assert dates("Old") == ("2024-03-01T08:30:00Z", "2024-03-01T08:30:00Z")
    assert dates("Mended") == ("2024-02-27T23:00:00Z", "2024-03-04T23:00:00Z")
    assert dates("Gone") == ("2024-02-21T23:00:00Z", "2024-03-31T22:00:00Z")
    # It was published while it went on, and has been added to.
    assert dates("Goes on") == ("2024-02-25T17:10:00Z", "2024-02-25T17:40:00Z")


def test_the_day_is_the_authors_and_its_start_the_sites() -> None:
    text = incident_text(front="timezone: Pacific/Auckland")
    made = feeds(publication({"2024-02-20-far": text}, {"timezone": "America/New_York"}))
    assert entry(made, "API errors")["date_published"] == "2024-02-22T05:00:00Z"


def test_ids_outlive_the_title_and_the_address() -> None:
    def ids(title: str, site_url: str) -> list[str]:
        files = {"2024-02-20-api": incident_text(title)}
        made = feeds(publication(files, site_url=site_url))
        return [
            *(element.text or "" for element in atom(made).iter(f"{ATOM}id")),
            *(found.id for found in parsed(made["feed.rss"]).entries),
            *(item["id"] for item in json.loads(made["feed.json"])["items"]),
            *(
                element.text or ""
                for element in atom(made, "components/api/feed.xml").iter(f"{ATOM}id")
            ),
        ]

    first = ids("API errors", SITE)
    assert first == ids("Something else", "https://elsewhere.example/")
    tag = "tag:status.example.org,2024:"
    one = f"{tag}incident/2024-02-20-api"
    assert first == [f"{tag}incidents", one, one, one, f"{tag}component/api", one]


def test_the_same_incidents_give_the_same_bytes_on_any_day() -> None:
    first = feeds(publication(SEVERAL))
    assert first == feeds(publication(SEVERAL))
    assert first == feeds(publication(SEVERAL, {"as_of": "2031-07-07"}))
    assert first == feeds(publication(dict(reversed(SEVERAL.items()))))


def test_withdrawn_incidents_leave_a_notice() -> None:
    def never(id: str) -> str:
        assert id != "2024-02-26-gone"
        return "<p>Text</p>"

    for audience in (Audience.PUBLIC, Audience.DRAFTS):
        made = feeds(replace(publication(SEVERAL, audience=audience), content_of=never))
        notice = "This postmortem was withdrawn on 1 April 2024. It named a customer & more."
        assert entry(made, "Gone")["content_text"] == notice
        for path in PATHS[:2]:
            found = next(one for one in parsed(made[path]).entries if one.title == "Gone")
            assert found.summary == notice.replace("&", "&amp;")
            assert "content" not in found


TITLES = (
    "\"Quotes\" and 'apostrophes'",
    "a < b & c > d",
    "<script>alert(1)</script> & co",
    "&amp; is an entity, ]]> an end",
    "🔥 Feuer in 東京",
    "تعطل واجهة البرمجة",
)


@pytest.mark.parametrize("title", TITLES)
def test_titles_come_back_as_they_were(title: str) -> None:
    files = {"2024-02-20-api": incident_text(yaml_text(title), summary=yaml_text(title))}
    found = publication(files, {"components": ["api", "Ü & <b>"]}, site_name=title)
    made = feeds(found)
    feed = atom(made)
    assert feed.findtext(f"{ATOM}title") == title
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == title
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == title
    item = ET.fromstring(made["feed.rss"]).find("channel/item")
    assert item is not None
    assert item.findtext("title") == title
    assert entry(made, title)["title"] == title
    for path in made:
        if path.endswith(".json"):
            jsonschema.validate(json.loads(made[path]), JSON_FEED)
        else:
            parsed(made[path])
    assert "components/ü-b/feed.rss" in made
    link = atom(made, "components/ü-b/feed.xml").find(f"{ATOM}link[@rel='self']")
    assert link is not None
    assert link.get("href") == f"{SITE}components/%C3%BC-b/feed.xml"


def test_whole_content_comes_through_unchanged() -> None:
    html = '<p title="&quot;x&quot;">a &lt; b ]]> 🔥\n<img src="https://s.example/a.png"></p>\x0b'
    files = {"2024-02-20-api": incident_text()}
    made = feeds(publication(files, contents={"2024-02-20-api": html}))
    wanted = html.removesuffix("\x0b")
    assert atom(made).findtext(f"{ATOM}entry/{ATOM}content") == wanted
    encoded = "{http://purl.org/rss/1.0/modules/content/}encoded"
    assert ET.fromstring(made["feed.rss"]).findtext(f"channel/item/{encoded}") == wanted
    assert entry(made, "API errors")["content_html"] == wanted


def test_each_entry_says_its_language() -> None:
    files = {
        "2024-02-20-api": incident_text("Fehler", "lang: de"),
        "2024-02-21-api": incident_text("خطأ", "lang: ar"),
    }
    mixed = feeds(publication(files))
    assert atom(mixed).get(XML_LANG) == "en"
    assert [e.get(XML_LANG) for e in atom(mixed).findall(f"{ATOM}entry")] == ["ar", "de"]
    german = feeds(publication({"2024-02-20-api": files["2024-02-20-api"]}))
    assert parsed(german["feed.rss"]).feed.language == "de"
    assert json.loads(german["feed.json"])["language"] == "de"


def test_components_have_their_own_incidents() -> None:
    made = feeds(publication(SEVERAL))
    assert {path.rpartition("/")[0] for path in made} == {"", "components/api", "components/web"}
    titles = [found.title for found in parsed(made["components/web/feed.rss"]).entries]
    assert titles == ["Old", "New"]
    assert parsed(made["components/web/feed.xml"]).feed.link == f"{SITE}components/web/"


def test_long_archives_are_cut_at_the_newest() -> None:
    text = incident_text(published="2024-02-22 10:00")
    files = {f"2024-02-20-n{number:03}": text for number in range(ENTRIES + 5)}
    items = json.loads(feeds(publication(files))["feed.json"])["items"]
    assert len(items) == ENTRIES
    assert items[0]["id"].endswith(f"n{ENTRIES + 4:03}")


@pytest.mark.parametrize(
    ("site_url", "base"), [("", "status.example.org,2024"), (SITE, None), ("", None)]
)
def test_without_address_or_id_base_there_are_none(site_url: str, base: str | None) -> None:
    found: Publication = publication(SEVERAL, {"feed_id_base": base}, site_url=site_url)
    assert not found.has_feeds
    assert feeds(found) == {}
