"""The example site as a whole: every number recomputed from its own JSON, every link followed."""

from __future__ import annotations

import csv
import html.parser
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import icalendar
import pytest
from building import Built, build, short, write_site
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.measure.history import WEIGHTS, Stretch, weighted_outage
from mkdocs_postmortem.wording import uptime

ROOT = Path(__file__).parent.parent
BASE = "https://status.example.org/"
TODAY = date(2026, 7, 2)
NOW = datetime(2026, 7, 2, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "incidents", folder / "incidents")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    built = build(folder, "--strict")
    assert built.code == 0, built.output
    return built


class Addresses(html.parser.HTMLParser):
    """The ids, links and things that a page asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("href", "xlink:href", "src") and value and (tag, name) != ("base", "href"):
                self.links.append(value)


def pages(built: Built) -> Iterator[tuple[str, Addresses]]:
    for path in sorted(built.site.rglob("*.html")):
        found = Addresses()
        found.feed(path.read_text(encoding="utf-8"))
        relative = path.relative_to(built.site).as_posix()
        yield BASE + relative.removesuffix("index.html"), found


def test_every_link_and_fragment_leads_somewhere(example: Built) -> None:
    found = dict(pages(example))
    broken = []
    for address, page in found.items():
        if address.endswith("404.html"):
            continue
        assert len(page.ids) == len(set(page.ids)), address
        for link in page.links:
            target, fragment = urldefrag(urljoin(address, link))
            if not target.startswith(BASE):
                continue
            path = unquote(urlsplit(target).path).lstrip("/")
            file = example.site / (path + "index.html" if path.endswith("/") or not path else path)
            if not file.is_file():
                broken.append(f"{address}: {link}")
            elif fragment and target in found and unquote(fragment) not in found[target].ids:
                broken.append(f"{address}: {link} (fragment)")
    assert broken == []


def test_no_page_asks_anybody_else(example: Built) -> None:
    for path in example.site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        asked = re.findall(
            r"<(?:script|img|iframe|link)[^>]*?(?:src|href)=\"?(https?://[^\s\">]+)", text
        )
        assert [url for url in asked if not url.startswith(BASE)] == []


def data(example: Built) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = json.loads(example.text("incidents.json"))["incidents"]
    return listed


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def windows(example: Built, component: str) -> Iterator[tuple[datetime, datetime, str]]:
    for incident in data(example):
        for window in incident["impact"]:
            if window["component"] == component:
                end = NOW if window["ongoing"] else window["to"] and window["to"]["at"]
                if end:
                    stop = end if isinstance(end, datetime) else instant(end)
                    start = window["from"]["at"] or window["from"]["latest"]
                    yield instant(start), stop, window["level"]


def test_uptime_on_the_home_page_is_that_of_the_json(example: Built) -> None:
    shown = re.findall(
        r'pm-history__name" href="[^"]*">([^<]+)</a>.*?pm-history__uptime">([^<]+)<',
        example.text("index.html"),
    )
    components = sorted({name for found in data(example) for name in found["components"]})
    assert [name for name, _ in shown] == components
    first = datetime.combine(TODAY - timedelta(days=89), datetime.min.time(), UTC)
    last = datetime.combine(TODAY + timedelta(days=1), datetime.min.time(), UTC)
    impaired = 0
    for name, text in shown:
        lost = 0.0
        minute = first
        known = [window for window in windows(example, name) if window[1] > first]
        while minute < last and known:
            open_now = [WEIGHTS.get(level, 0) for a, b, level in known if a <= minute < b]
            lost += max(open_now, default=0)
            minute += timedelta(minutes=1)
        impaired += lost > 0
        assert text == uptime(1 - lost / (90 * 24 * 60)), name
    assert impaired == 1


def test_the_register_is_that_of_the_json(example: Built) -> None:
    items = [item for incident in data(example) for item in incident["action_items"]]
    listed = json.loads(example.text("action-items.json"))["action_items"]
    assert len(listed) == len(items)
    text = example.text("action-items/index.html")
    overdue = [
        item
        for item in items
        if item["status"] in ("open", "in_progress")
        and re.fullmatch(r"\d{4}-\d\d-\d\d", item["due"] or "")
        and date.fromisoformat(item["due"]) < TODAY
    ]
    assert f"Overdue: {len(overdue)}<" in text
    done = [item for item in listed if item["done"]]
    assert f"Done: {sum(item['status'] == 'done' for item in items)}<" in text
    days = [
        (date.fromisoformat(item["done"]) - date.fromisoformat(item["incident"][:10])).days
        for item in done
    ]
    assert f"half of them within {median(days):g} days" in text
    rows = list(csv.reader(io.StringIO(example.text("action-items.csv"))))
    assert [row[0] for row in rows[1:]] == [item["uid"] for item in listed]


def test_the_calendar_is_read_back(example: Built) -> None:
    listed = json.loads(example.text("action-items.json"))["action_items"]
    due = {
        f"{item['uid']}@mkdocs-postmortem": item["due"]
        for item in listed
        if item["status"] in ("open", "in_progress") and re.fullmatch(r"[\d-]{10}", item["due"])
    }
    found = icalendar.Calendar.from_ical((example.site / "action-items.ics").read_bytes())
    walked: list[Any] = found.walk("VEVENT")
    events = {str(event["uid"]): event["dtstart"].dt.isoformat() for event in walked}
    assert events == due
    assert events


def test_the_archive_lists_everything_newest_first(example: Built) -> None:
    listed = re.findall(r'pm-entry__title" href="([^"]+)"', example.text("incidents/index.html"))
    assert [link.strip("/").split("/")[-1] for link in listed] == [
        incident["id"] for incident in data(example)
    ]
    starts = [incident["id"][:10] for incident in data(example)]
    assert starts == sorted(starts, reverse=True)


def test_the_head_says_what_the_page_is(example: Built) -> None:
    page = example.text("incidents/2024-02-20-billing-change-stops-authentication/index.html")
    script = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert script is not None
    article = json.loads(script[1])
    assert article["@type"] == "TechArticle"
    assert article["datePublished"].startswith("2024-02-22")
    assert article["url"] == f"{BASE}incidents/{article['identifier']}/"
    assert '<link rel="canonical"' in page
    assert 'property="og:title" content="A billing change stops authentication"' in page
    assert 'type="application/atom+xml"' in page


# What Material's own templates do, which are not ours to mend.
OF_THE_THEME = ("md-toggle", "md-nav__title")


def test_the_html_is_valid(example: Built, vnu: list[str]) -> None:
    files = [str(path) for path in sorted(example.site.rglob("*.html"))]
    command = [*vnu, "--errors-only", "--format", "json", "--exit-zero-always", *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    messages = json.loads(done.stderr)["messages"]
    ours = [
        f"{message['url']}: {message['message']} {message.get('extract')}"
        for message in messages
        if not any(part in message.get("extract", "") for part in OF_THE_THEME)
    ]
    assert ours == []


def test_text_is_right_in_every_format(tmp_path: Path) -> None:
    title = '“Quotes” "&" <b>tags</b> 🚨 مرحبا =1+1'
    text = short(title="'" + title.replace("'", "''") + "'", summary="'=cmd() <i>&'")
    text = text.replace("title: Test it", "title: '=HYPERLINK(\"x\")'")
    text = text.replace("done: 2024-02-28", "status: open")
    options = {"as_of": "2025-01-01", "feed_id_base": "example.org,2024", "rules": {"PM601": "off"}}
    settings = {"site_url": BASE, "plugins": ["search", {"postmortem": options}]}
    built = build(write_site(tmp_path, {"docs/incidents/2024-02-20-x.md": text}, settings))
    assert built.code == 0, built.output
    assert json.loads(built.text("incidents.json"))["incidents"][0]["title"] == title
    page = built.text("incidents/2024-02-20-x/index.html")
    assert "&lt;b&gt;tags&lt;/b&gt; 🚨 مرحبا" in page
    assert "<b>tags" not in page
    rows = list(csv.reader(io.StringIO(built.text("incidents.csv"))))
    assert rows[1][1] == title
    items = list(csv.reader(io.StringIO(built.text("action-items.csv"))))
    assert '\'=HYPERLINK("x")' in items[1]
    assert not [cell for row in items for cell in row if cell.startswith(("=", "@"))]
    calendar: Any = icalendar.Calendar.from_ical((built.site / "action-items.ics").read_bytes())
    assert [str(event["summary"]) for event in calendar.walk("VEVENT")] == ['=HYPERLINK("x")']
    assert calendar.walk("VEVENT")[0]["description"].endswith(title)
    badge = built.text("badges/site.svg")
    assert "Works" in badge


def test_a_site_that_writes_nothing_itself_gets_every_page(tmp_path: Path) -> None:
    built = build(write_site(tmp_path, {"docs/incidents/2024-02-20-x.md": short()}))
    for path in ("index.html", "incidents/index.html", "action-items/index.html"):
        assert built.text(path)
    assert built.text("components/api/index.html").count("pm-entry__title") == 1
    said = "the option feed_id_base: write `feed_id_base: status.example.org,2024`, a domain of"
    assert f"no feeds are made without {said} yours and a year" in built.output


def test_a_long_archive_is_paged(tmp_path: Path) -> None:
    files = {
        f"docs/incidents/{year}-{month:02}-{day:02}-x.md": short(
            f"Incident {year}-{month}-{day}", published="2025-01-01"
        )
        for year in (2023, 2024)
        for month in range(1, 6)
        for day in range(1, 12)
    }
    plugin = {"postmortem": {"rules": {"PM601": "off"}}}
    built = build(write_site(tmp_path, files, {"plugins": ["search", plugin]}))
    first, second = built.text("incidents/index.html"), built.text("incidents/page-2/index.html")
    assert first.count("pm-entry__title") == 100
    assert second.count("pm-entry__title") == 10
    assert 'href="page-2/"' in first
    assert 'href="../"' in second


INSTANTS = st.integers(0, 2000).map(
    lambda n: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=n)
)
LEVELS = st.sampled_from(["major_outage", "partial_outage", "degraded_performance", None])


@given(st.lists(st.tuples(INSTANTS, INSTANTS, LEVELS), max_size=6), INSTANTS, INSTANTS)
def test_weighted_outage_is_that_of_every_single_minute(
    drawn: list[tuple[datetime, datetime, str | None]], one: datetime, other: datetime
) -> None:
    first, last = min(one, other), max(one, other)
    incident: Any = Incident.__new__(Incident)
    stretches = [Stretch(min(a, b), max(a, b), level, incident) for a, b, level in drawn]
    expected, minute = 0.0, first
    while minute < last:
        weights = [WEIGHTS.get(s.level or "", 0) for s in stretches if s.start <= minute < s.end]
        expected += max(weights, default=0)
        minute += timedelta(minutes=1)
    lost = weighted_outage(stretches, first, last)
    assert lost.total_seconds() / 60 == pytest.approx(expected, abs=0.01)


def test_planned_maintenance_is_announced_and_is_no_outage(tmp_path: Path) -> None:
    text = """---
title: New database version
kind: maintenance
scheduled: {from: 2026-07-10 22:00, to: 2026-07-11 01:00}
status: open
visibility: public
published: 2026-07-01
components: [api]
timeline:
  - 2026-07-01 09:00 announced: We tell that the database gets a new version.
---
"""
    options = {"as_of": "2026-07-02"}
    settings = {"plugins": ["search", {"postmortem": options}], "site_url": BASE}
    built = build(write_site(tmp_path, {"docs/incidents/2026-07-10-db.md": text}, settings))
    assert built.code == 0, built.output
    home = built.text("index.html")
    assert "All systems work" in home
    assert "10 July 2026, 22:00 to 11 July 2026, 01:00 UTC" in home
    upcoming = json.loads(built.text("api/v2/scheduled-maintenances/upcoming.json"))
    assert [entry["name"] for entry in upcoming["scheduled_maintenances"]] == [
        "New database version"
    ]
    page = built.text("incidents/2026-07-10-db/index.html")
    assert "10 July 2026, 22:00 to 11 July 2026, 01:00 UTC" in page


def seconds(iso: str) -> float:
    """The length that an ISO 8601 duration of a page says."""
    parts = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", iso)
    assert parts is not None
    days, hours, minutes, rest = (int(part or 0) for part in parts.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def test_medians_and_quartiles_are_those_of_the_json(example: Built) -> None:
    page = example.text("response-times/index.html")
    values: dict[str, list[float]] = {}
    for incident in data(example):
        for time in incident["response_times"]:
            if time["outcome"] == "recorded" and time["seconds"] is not None:
                values.setdefault(time["key"], []).append(time["seconds"])
    checked = 0
    for key, numbers in values.items():
        section = page[page.index(f'aria-labelledby="{key.replace("_", "-")}"') :]
        section = section[: section.index("</section>")]
        facts = dict(re.findall(r'<dt>([^<]+)</dt><dd>(?:<time datetime="([^"]+)")?', section))
        if len(numbers) < 8:
            assert "Median" not in facts
            continue
        numbers.sort()
        lower, middle, upper = quantiles(numbers, n=4, method="inclusive")
        expected = {
            "Median": middle,
            "Lower quartile": lower,
            "Upper quartile": upper,
            "Shortest": numbers[0],
            "Longest": numbers[-1],
        }
        for name, value in expected.items():
            assert seconds(facts[name]) == pytest.approx(value, abs=1), (key, name)
        assert f"<dt>n</dt><dd>{len(numbers)}</dd>" in section
        checked += 1
    assert checked > 3


def test_component_pages_are_those_of_the_json(example: Built) -> None:
    keys = ("time_to_detect", "time_to_mitigate", "time_to_resolve", "impact_duration")
    names = {name for incident in data(example) for name in incident["components"]}
    for name in names:
        page = example.text(f"components/{name}/index.html")
        rows = re.findall(r'<tr><th scope="row"><a href="[^"]*/([^"/]+)/">.*?</tr>', page)
        cells = re.findall(r"<td>([^<]*)</td>", page)
        own = [incident for incident in data(example) if name in incident["components"]]
        assert rows == [incident["id"] for incident in own]
        assert cells == [
            " · ".join(time["text"] for time in incident["response_times"] if time["key"] == key)
            for incident in own
            for key in keys
        ]
