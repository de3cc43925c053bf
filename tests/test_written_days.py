"""A day that was written alone is that day, whatever zone the incident and the site have."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from building import build, write_site
from mkdocs_postmortem import computed
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.body_values import values_of
from mkdocs_postmortem.comparison.values import Key
from mkdocs_postmortem.comparison.values import values_of as compared_values
from mkdocs_postmortem.measure.history import histories
from mkdocs_postmortem.render.archive_index import _entry
from mkdocs_postmortem.render.feeds import published_at
from mkdocs_postmortem.render.files import data_files
from mkdocs_postmortem.render.head import head
from mkdocs_postmortem.render.statuspage import statuspage
from publishing import incident_text, publication

# The incident's zone and the site's: as far apart as zones are, both ways.
ZONES = [
    ("Europe/Berlin", "UTC"),
    ("Asia/Tokyo", "UTC"),
    ("Pacific/Auckland", "America/Los_Angeles"),
    ("America/Los_Angeles", "Pacific/Auckland"),
]
DAYS = "  - 2024-02-20 started: It fails.\n  - 2024-02-22 resolved: It works."


def published(incident: str, site: str, rows: str = DAYS) -> Any:
    text = incident_text(front=f"timezone: {incident}", published="2024-02-23", rows=rows)
    return publication({"2024-02-20-t": text}, {"timezone": site, "as_of": "2024-02-25"})


@pytest.mark.parametrize(("incident_zone", "site_zone"), ZONES)
def test_a_day_is_that_day(incident_zone: str, site_zone: str) -> None:
    shown = published(incident_zone, site_zone)
    (incident,) = shown.incidents
    zone = shown.options.zone
    assert str(began_on(incident, zone)) == "2024-02-20"
    assert shown.years == (2024,)
    assert _entry(incident, shown)["day"] == ["2024-02-20", "20 February 2024"]
    values = values_of(incident, shown.options)
    assert [values[name] for name in ("started", "resolved", "published")] == [
        "20 February 2024",
        "22 February 2024",
        "23 February 2024",
    ]
    compared = compared_values(incident, zone)
    assert compared[Key("milestone", "started", 1)].words == "2024-02-20"
    assert compared[Key("fact", "published")].words == "2024-02-23"
    assert compared[Key("impact", "api")].words == "Partial outage, 2024-02-20 to 2024-02-22"
    article = head(shown, incident, "T", str, open_graph=False)
    assert '"datePublished": "2024-02-23"' in article
    assert '"dateModified": "2024-02-23"' in article
    assert f"{published_at(incident, shown).astimezone(zone):%Y-%m-%d %H:%M}" == "2024-02-23 00:00"
    (history,) = histories(shown)
    hit = [str(day.day) for day in history.days if day.incidents]
    assert hit == ["2024-02-20", "2024-02-21", "2024-02-22"]


@pytest.mark.parametrize(("incident_zone", "site_zone"), ZONES)
def test_a_day_in_the_api_is_that_day_where_the_site_is(incident_zone: str, site_zone: str) -> None:
    def told(zone: str) -> Any:
        documents = statuspage(published(zone, site_zone))
        (incident,) = json.loads(documents["api/v2/incidents.json"])["incidents"]
        # What an update is known by comes from its instant, and never changes.
        for update in incident["incident_updates"]:
            del update["id"]
        return incident

    assert told(incident_zone) == told(site_zone)


def test_bounds_in_json_stay_those_of_the_incidents_zone() -> None:
    (incident,) = published("Asia/Tokyo", "UTC").incidents
    row = computed.as_json(incident)["timeline"][0]
    assert (row["earliest"], row["latest"]) == ("2024-02-19T15:00:00Z", "2024-02-20T15:00:00Z")


def test_clocks_are_still_of_the_sites_day() -> None:
    shown = published("Asia/Tokyo", "UTC", "  - 08:00 started: a\n  - 10:00 resolved: b")
    assert str(began_on(shown.incidents[0], shown.options.zone)) == "2024-02-19"


def test_pages_say_the_day_as_it_is_written(tmp_path: Path) -> None:
    def text(zone: str, rows: str) -> str:
        front = f"timezone: {zone}\nlinks: []"
        body = incident_text(front=front, published="2024-02-23", rows=rows)
        return body.replace("Text.", "Since {{ incident.started }}, {{ incident.published }}.")

    clocks = "  - 10:00 started: a\n  - 10:10 resolved: b"
    files = {
        "docs/incidents/2024-02-20-days.md": text("Asia/Tokyo", DAYS),
        "docs/incidents/2024-02-20-clocks.md": text("Europe/Berlin", clocks),
    }
    built = build(write_site(tmp_path, files, {"site_url": "https://status.example.org/"}))
    assert built.code == 0, built.output
    days = built.text("incidents/2024-02-20-days/index.html")
    assert '<time datetime="2024-02-20">Tuesday, 20 February 2024</time>' in days
    assert "<figcaption>20 February 2024 to 22 February 2024</figcaption>" in days
    assert "Since 20 February 2024, 23 February 2024." in days
    for page in (days, built.text("incidents/2024-02-20-clocks/index.html")):
        assert '<time datetime="2024-02-23">23 February 2024</time>' in page
        assert '"datePublished": "2024-02-23"' in page
    for path in ("index.html", "incidents/index.html", "components/api/index.html"):
        listed = re.findall(r'pm-entry__facts"><time datetime="([^"]*)"', built.text(path))
        assert listed == ["2024-02-20", "2024-02-20"], path
    dates = [row["date"] for row in csv.DictReader(io.StringIO(built.text("incidents.csv")))]
    assert dates == ["2024-02-20", "2024-02-20"]


def test_the_table_has_the_bounds_of_what_it_says() -> None:
    files = {
        "2024-02-20-days": incident_text(rows=DAYS),
        "2024-02-19-open": incident_text(
            front="status: open", rows="  - 18:?? started: It fails.", published="2024-02-19"
        ),
    }
    table = dict(data_files(publication(files)))["incidents.csv"].decode()
    days, still_open = csv.DictReader(io.StringIO(table))
    assert list(days.items())[-6:] == [
        ("started_earliest", "2024-02-20T00:00:00Z"),
        ("started_latest", "2024-02-21T00:00:00Z"),
        ("resolved_earliest", "2024-02-22T00:00:00Z"),
        ("resolved_latest", "2024-02-23T00:00:00Z"),
        ("impact_earliest_seconds", "86400"),
        ("impact_latest_seconds", "259200"),
    ]
    assert still_open["started_earliest"] == "2024-02-19T18:00:00Z"
    assert still_open["started_latest"] == "2024-02-19T19:00:00Z"
    assert still_open["resolved_latest"] == still_open["impact_latest_seconds"] == ""
