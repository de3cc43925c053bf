"""The Statuspage API: its shapes, its states, and real clients that read it from loopback."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import missing
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.render.statuspage import LISTED, stable_id, statuspage
from playwright.sync_api import sync_playwright
from publishing import incident_text, publication, served, yaml_text

NODE_MODULES = Path(__file__).parent / "browser/node_modules"
SITE = "https://status.example.org/sub/"
NAMES = (
    "summary status components incidents incidents/unresolved scheduled-maintenances "
    "scheduled-maintenances/upcoming scheduled-maintenances/active"
).split()

# Written from documents that Statuspage itself serves; nothing is missing and nothing added.
ID = {"type": "string", "pattern": "^[0-9a-z]{12}$"}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
TEXT = {"type": "string", "minLength": 1}
URL = {"type": "string", "pattern": "^https?://[^\\s]+$"}
FLAG = {"type": "boolean"}
NULL = {"type": "null"}
Serve = Callable[..., str]
LEVELS = "operational degraded_performance partial_outage major_outage under_maintenance".split()


def maybe(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, NULL]}


def exactly(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def listing(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


PAGE = exactly(id=ID, name=TEXT, url=URL, time_zone=TEXT, updated_at=TIME)
STATUS = exactly(
    indicator={"enum": ["none", "minor", "major", "critical", "maintenance"]}, description=TEXT
)
COMPONENT = exactly(
    id=ID,
    name=TEXT,
    status={"enum": LEVELS},
    created_at=TIME,
    updated_at=TIME,
    position={"type": "integer", "minimum": 1},
    description=maybe(TEXT),
    showcase=FLAG,
    start_date=maybe({"type": "string"}),
    group_id=maybe(ID),
    page_id=ID,
    group=FLAG,
    only_show_if_degraded=FLAG,
)
AFFECTED = exactly(code=ID, name=TEXT, old_status={"enum": LEVELS}, new_status={"enum": LEVELS})


def told(stages: str, impacts: str, **more: Any) -> dict[str, Any]:
    """The schema of an incident or of planned maintenance."""
    update = exactly(
        id=ID,
        status={"enum": stages.split()},
        body=TEXT,
        incident_id=ID,
        created_at=TIME,
        updated_at=TIME,
        display_at=TIME,
        affected_components=maybe({**listing(AFFECTED), "minItems": 1}),
        deliver_notifications=FLAG,
        custom_tweet=NULL,
        tweet_id=NULL,
    )
    return exactly(
        id=ID,
        name=TEXT,
        status={"enum": stages.split()},
        created_at=TIME,
        updated_at=TIME,
        monitoring_at=maybe(TIME),
        resolved_at=maybe(TIME),
        impact={"enum": impacts.split()},
        shortlink=URL,
        started_at=TIME,
        page_id=ID,
        incident_updates={**listing(update), "minItems": 1},
        components=listing(COMPONENT),
        **more,
    )


INCIDENTS = listing(
    told(
        "investigating identified monitoring resolved postmortem",
        "none minor major critical maintenance",
        reminder_intervals=NULL,
    )
)
MAINTENANCES = listing(
    told(
        "scheduled in_progress verifying completed",
        "maintenance",
        scheduled_for=TIME,
        scheduled_until=TIME,
    )
)
SCHEMAS = {
    "summary": exactly(
        page=PAGE,
        components=listing(COMPONENT),
        incidents=INCIDENTS,
        scheduled_maintenances=MAINTENANCES,
        status=STATUS,
    ),
    "status": exactly(page=PAGE, status=STATUS),
    "components": exactly(page=PAGE, components=listing(COMPONENT)),
    "incidents": exactly(page=PAGE, incidents=INCIDENTS),
    "incidents/unresolved": exactly(page=PAGE, incidents=INCIDENTS),
    "scheduled-maintenances": exactly(page=PAGE, scheduled_maintenances=MAINTENANCES),
    "scheduled-maintenances/upcoming": exactly(page=PAGE, scheduled_maintenances=MAINTENANCES),
    "scheduled-maintenances/active": exactly(page=PAGE, scheduled_maintenances=MAINTENANCES),
}

OPEN = incident_text(
    "Goes on",
    "status: open",
    published="2024-02-25 18:10",
    rows="  - 18:03 started: It fails.\n  - 18:40 identified: We know why.",
)
PLANNED = """---
title: New disks
visibility: public
published: 2024-02-22
kind: maintenance
scheduled: {{from: 2024-03-01 22:00, to: 2024-03-01 23:30}}
{front}components: [web]
summary: We change the disks.
timeline:
  - 2024-02-22 09:00 announced: We announce it.
{rows}---
"""


def planned(front: str = "", *rows: str) -> str:
    return PLANNED.format(front=front, rows="".join(f"  - {row}\n" for row in rows))


SEVERAL = {
    "2024-02-20-api": incident_text(),
    "2024-02-22-disks": planned(),
    "2024-02-23-gone": incident_text("Gone", "withdrawn: {date: 2024-04-01, reason: Private.}"),
    "2024-02-25-open": OPEN,
}
NOW = {"as_of": "2024-02-26", "components": ["api", "web"]}


def documents(
    files: dict[str, str] | None = None, options: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """The documents by their names, each held against its schema."""
    made = statuspage(publication(SEVERAL if files is None else files, options or NOW, **more))
    assert list(made) == [f"api/v2/{name}.json" for name in NAMES]
    found = {name: json.loads(made[f"api/v2/{name}.json"]) for name in NAMES}
    for name, document in found.items():
        jsonschema.validate(document, SCHEMAS[name])
    return found


def only(files: dict[str, str], options: dict[str, Any] | None = None) -> dict[str, Any]:
    (incident,) = documents(files, options)["incidents"]["incidents"]
    return dict(incident)


def going_on(*rows: str, front: str = "", published: str = "2024-02-20 18:05") -> dict[str, str]:
    text = incident_text(
        front=f"status: open\n{front}",
        published=published,
        rows="\n".join(f"  - {r}" for r in rows),
    )
    return {"2024-02-20-api": text}


def test_the_documents_agree() -> None:
    found = documents()
    summary = found["summary"]
    assert {json.dumps(document["page"]) for document in found.values()} == {
        json.dumps(
            {
                "id": stable_id("page", "status.example.org,2024"),
                "name": "Example status",
                "url": SITE.rstrip("/"),
                "time_zone": "Etc/UTC",
                # The newest change is the withdrawal.
                "updated_at": "2024-04-01T00:00:00.000Z",
            }
        )
    }
    assert summary["status"] == found["status"]["status"]
    assert summary["components"] == found["components"]["components"]
    assert summary["incidents"] == found["incidents/unresolved"]["incidents"]
    assert [one["name"] for one in summary["incidents"]] == ["Goes on"]
    assert [one["name"] for one in found["incidents"]["incidents"]] == ["Goes on", "API errors"]
    planned_ones = found["scheduled-maintenances/upcoming"]["scheduled_maintenances"]
    assert [one["name"] for one in planned_ones] == ["New disks"]
    assert summary["scheduled_maintenances"] == planned_ones
    assert found["scheduled-maintenances"]["scheduled_maintenances"] == planned_ones
    assert found["scheduled-maintenances/active"]["scheduled_maintenances"] == []


def test_an_incident_after_its_postmortem() -> None:
    api = stable_id("component", "api")
    incident = only({"2024-02-20-api": incident_text()})
    updates = incident.pop("incident_updates")
    (component,) = incident.pop("components")
    assert (component["id"], component["status"]) == (api, "operational")
    assert incident == {
        "id": stable_id("incident", "2024-02-20-api"),
        "name": "API errors",
        "status": "postmortem",
        "created_at": "2024-02-20T18:03:00.000Z",
        "updated_at": "2024-02-22T00:00:00.000Z",
        "monitoring_at": None,
        "resolved_at": "2024-02-20T18:18:00.000Z",
        "impact": "major",
        "shortlink": f"{SITE}incidents/2024-02-20-api/",
        "started_at": "2024-02-20T18:03:00.000Z",
        "page_id": stable_id("page", "status.example.org,2024"),
        "reminder_intervals": None,
    }
    assert [(one["status"], one["display_at"][:16], one["body"]) for one in updates] == [
        ("postmortem", "2024-02-22T00:00", f"The API failed. {incident['shortlink']}"),
        ("resolved", "2024-02-20T18:18", "Requests succeed again."),
        ("investigating", "2024-02-20T18:04", "Alerts fire."),
        ("investigating", "2024-02-20T18:03", "The deploy lands."),
    ]
    changes = [
        (one["code"], one["old_status"], one["new_status"])
        for update in updates
        for one in update["affected_components"]
    ]
    assert changes == [
        (api, "operational", "operational"),
        (api, "partial_outage", "operational"),
        (api, "partial_outage", "partial_outage"),
        (api, "operational", "partial_outage"),
    ]


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        (["18:03 started: A"], "investigating"),
        (["18:03 started: A", "18:10 detected, acknowledged, declared: B"], "investigating"),
        (["18:03 started: A", "18:10 identified: B"], "identified"),
        (["18:03 started: A", "18:10 mitigating: B"], "identified"),
        (["18:03 started: A", "18:10 mitigated: B"], "monitoring"),
        # The cause is found when the impact is over.
        (["18:03 started: A", "18:10 mitigated: B", "18:20 identified: C"], "monitoring"),
        # Resolved, as it was thought, but the incident is still open.
        (["18:03 started: A", "18:10 resolved: B"], "monitoring"),
        # A relapse, before and after it was resolved.
        (["18:03 started: A", "18:10 mitigated: B", "18:20 started: C"], "investigating"),
        (["18:03 started: A", "18:10 resolved: B", "18:20 started: C"], "investigating"),
    ],
)
def test_the_milestones_say_where_an_open_incident_stands(rows: list[str], status: str) -> None:
    found = documents(going_on(*rows))
    (incident,) = found["incidents/unresolved"]["incidents"]
    assert incident["status"] == incident["incident_updates"][0]["status"] == status
    assert incident["resolved_at"] is None
    assert found["incidents"]["incidents"] == [incident]


def test_closed_incidents_are_resolved_until_they_are_published() -> None:
    text = incident_text().replace("visibility: public\npublished: 2024-02-22", "visibility: draft")
    found = publication({"2024-02-20-api": text}, NOW, audience=Audience.DRAFTS)
    made = json.loads(statuspage(found)["api/v2/incidents.json"])
    assert [one["status"] for one in made["incidents"]] == ["resolved"]


def test_a_relapse_is_told_in_order() -> None:
    rows = """
  - 18:03 started: A
  - 18:10 resolved: B
  - {at: 18:12, event: C, update: true}
  - 18:19 detected: D
  - 18:20 started: E
  - 18:30 resolved: F
"""
    updates = only({"2024-02-20-api": incident_text(rows=rows)})["incident_updates"]
    assert [(update["body"], update["status"]) for update in updates[:0:-1]] == [
        ("A", "investigating"),
        ("B", "resolved"),
        ("C", "resolved"),
        ("D", "investigating"),
        ("E", "investigating"),
        ("F", "resolved"),
    ]


def test_the_postmortem_comes_last_though_its_day_began_before() -> None:
    incident = only({"2024-02-20-api": incident_text(published="2024-02-20")})
    stages = [update["status"] for update in incident["incident_updates"]]
    assert stages == ["postmortem", "resolved", "investigating", "investigating"]
    assert incident["created_at"] == "2024-02-20T18:03:00.000Z"
    assert incident["updated_at"] == "2024-02-20T18:18:00.000Z"


def test_an_unknown_end_lies_before_the_postmortem() -> None:
    rows = "  - 18:03 started: A\n  - 18:10 identified: B"
    incident = only({"2024-02-20-api": incident_text(rows=rows)})
    states = [u["affected_components"][0]["new_status"] for u in incident["incident_updates"]]
    assert states == ["operational", "partial_outage", "partial_outage"]
    assert incident["resolved_at"] is None


def test_rows_become_updates_by_a_milestone_or_because_they_say_so() -> None:
    rows = """
  - 18:03 started: Told.
  - 18:05: Not told.
  - {at: 18:06, event: "Told **too**, see [x](https://x.example/).", update: true}
  - {at: 18:07, event: Secret, update: true, internal: true}
  - {at: 18:08, event: Secret, milestone: [mitigated], internal: true}
  - 18:18 resolved: Told as well.
"""
    made = statuspage(publication({"2024-02-20-api": incident_text(rows=rows)}, NOW))
    assert b"Secret" not in b"".join(made.values())
    incident = only({"2024-02-20-api": incident_text(rows=rows)})
    bodies = [update["body"] for update in incident["incident_updates"]][:0:-1]
    assert bodies == ["Told.", "Told too, see x.", "Mitigated", "Told as well."]
    assert incident["monitoring_at"] == "2024-02-20T18:08:00.000Z"


STATES = [
    ("sev1", "major_outage", "critical", "Major System Outage", "critical"),
    ("sev2", "partial_outage", "major", "Partial System Outage", "major"),
    ("sev3", "degraded_performance", "minor", "Partially Degraded Service", "minor"),
    # Impact goes on, but the severity stands for no level.
    ("sev4", "degraded_performance", "minor", "Partially Degraded Service", "none"),
]


@pytest.mark.parametrize(("severity", "level", "indicator", "words", "impact"), STATES)
def test_the_state_is_that_of_open_incidents(
    severity: str, level: str, indicator: str, words: str, impact: str
) -> None:
    files = going_on("18:03 started: A")
    files = {id: text.replace("sev2", severity) for id, text in files.items()}
    summary = documents(files)["summary"]
    assert summary["status"] == {"indicator": indicator, "description": words}
    assert [one["status"] for one in summary["components"]] == [level, "operational"]
    assert summary["incidents"][0]["impact"] == impact
    assert summary["incidents"][0]["components"] == summary["components"][:1]


def test_what_has_ended_is_no_state() -> None:
    works = {"indicator": "none", "description": "All Systems Operational"}
    for files in (
        {},
        {"2024-02-20-api": incident_text()},
        going_on("18:03 started: A", "18:10 mitigated: B"),
        # Its end is not known, but it is closed.
        {"2024-02-20-api": incident_text(rows="  - 18:03 started: A")},
    ):
        found = documents(files)
        assert found["status"]["status"] == works
        assert {one["status"] for one in found["components"]["components"]} == {"operational"}


def test_impact_on_no_component_is_the_sites() -> None:
    files = going_on("18:03 started: A")
    text = files["2024-02-20-api"].replace("components: [api]\n", "")
    found = documents({"2024-02-20-api": text}, {"as_of": "2024-02-26"})
    assert found["components"]["components"] == []
    assert found["status"]["status"]["indicator"] == "major"
    assert found["incidents"]["incidents"][0]["incident_updates"][0]["affected_components"] is None
    # On a site with components it is on all of them.
    everywhere = documents({"2024-02-20-api": text})["components"]["components"]
    assert {one["status"] for one in everywhere} == {"partial_outage"}


@pytest.mark.parametrize(
    ("as_of", "text", "status"),
    [
        ("2024-02-25", planned(), "scheduled"),
        # A build that knows only the day does not say that it is over, nor that it began.
        ("2024-03-01", planned(), "scheduled"),
        ("2024-03-02", planned(), "completed"),
        ("2024-03-01 21:59", planned(), "scheduled"),
        ("2024-03-01 22:00", planned(), "in_progress"),
        ("2024-03-01 23:30", planned(), "completed"),
        # It takes longer.
        ("2024-03-02", planned("status: open\n"), "in_progress"),
        ("2024-03-01", planned("", "2024-03-01 22:01 started: A"), "in_progress"),
        (
            "2024-03-01",
            planned("", "2024-03-01 22:01 started: A", "23:00 mitigated: B"),
            "verifying",
        ),
        (
            "2024-03-01",
            planned("", "2024-03-01 22:01 started: A", "23:00 resolved: B"),
            "completed",
        ),
    ],
)
def test_maintenance(as_of: str, text: str, status: str) -> None:
    found = documents({"2024-02-22-disks": text}, {"as_of": as_of, "components": ["api", "web"]})
    (one,) = found["scheduled-maintenances"]["scheduled_maintenances"]
    assert one["status"] == status
    assert one["scheduled_for"] == "2024-03-01T22:00:00.000Z"
    assert one["scheduled_until"] == "2024-03-01T23:30:00.000Z"
    assert (one["resolved_at"] is None) == (status != "completed")
    upcoming = found["scheduled-maintenances/upcoming"]["scheduled_maintenances"]
    active = found["scheduled-maintenances/active"]["scheduled_maintenances"]
    assert upcoming == ([one] if status == "scheduled" else [])
    goes_on = status in ("in_progress", "verifying")
    assert active == ([one] if goes_on else [])
    assert found["incidents"]["incidents"] == []
    level = "under_maintenance" if goes_on else "operational"
    assert [c["status"] for c in found["components"]["components"]] == ["operational", level]
    assert found["status"]["status"]["indicator"] == ("maintenance" if goes_on else "none")
    assert one["created_at"] <= one["updated_at"] <= f"{as_of[:10]}T23:59:59.999Z"


def test_ids_are_stable_and_of_twelve_characters() -> None:
    before = documents()
    renamed = {id: text.replace("API errors", "Other") for id, text in SEVERAL.items()}
    after = documents(renamed, {**NOW, "timezone": "Europe/Berlin"}, site_name="Other")

    def ids(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            yield from (value[key] for key in ("id", "code", "incident_id") if key in value)
            for inner in value.values():
                yield from ids(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from ids(inner)

    def of_objects(found: dict[str, Any]) -> list[str]:
        return [found["page"]["id"], *(one["id"] for one in found["incidents"])]

    assert of_objects(before["incidents"]) == of_objects(after["incidents"])
    assert before["components"]["components"][0]["id"] == after["components"]["components"][0]["id"]
    everything = set(ids(before))
    # A page, two components, two incidents with six updates, and maintenance with two.
    assert len(everything) == 14
    assert all(re.fullmatch("[0-9a-z]{12}", id) for id in everything)
    assert stable_id("incident", "a") != stable_id("incidenta")


def test_no_clock_but_that_of_the_incidents() -> None:
    closed = {id: text for id, text in SEVERAL.items() if id != "2024-02-22-disks"}
    first = statuspage(publication(closed, NOW))
    assert first == statuspage(publication(closed, {**NOW, "as_of": "2030-01-01"}))
    assert json.loads(statuspage(publication({}))["api/v2/status.json"])["page"]["updated_at"] == (
        "1970-01-01T00:00:00.000Z"
    )


def test_the_fifty_newest() -> None:
    files = {f"2024-01-{day:02}-n{n}": incident_text() for day in range(1, 32) for n in (1, 2)}
    assert len(files) > LISTED
    found = documents(files)["incidents"]["incidents"]
    assert len(found) == LISTED
    assert found[0]["started_at"] == "2024-01-31T18:03:00.000Z"


@pytest.mark.parametrize(
    "title", ["\"Quotes\" 'n' & <b>", "🔥 in 東京", "تعطل واجهة البرمجة", "</script>"]
)
def test_special_characters(title: str) -> None:
    text = incident_text(yaml_text(title), components=f"[{yaml_text(title)}]")
    found = documents({"2024-02-20-api": text}, {"as_of": "2024-02-26"}, site_name=title)
    assert found["incidents"]["incidents"][0]["name"] == title
    assert found["components"]["components"][0]["name"] == title
    assert found["status"]["page"]["name"] == title


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Serve]:
    """Serves the documents of open incidents, and more files, below a path."""
    with ExitStack() as stack:

        def serve(below: str, more: Mapping[str, bytes] | None = None) -> str:
            found = publication({**SEVERAL, **going_on("18:03 started: A & <B>")}, NOW)
            files = {f"{below}{path}": text for path, text in statuspage(found).items()}
            base = stack.enter_context(served({**files, **(more or {})}, tmp_path / "served"))
            return f"{base}/{below}".rstrip("/")

        yield serve


def environment(**more: str) -> dict[str, str]:
    """The environment of a client, which finds loopback without a proxy."""
    kept = {key: value for key, value in os.environ.items() if "proxy" not in key.lower()}
    return {**kept, **more}


NODE_CLIENT = """
const {Statuspage} = require("statuspage.io");
const client = new Statuspage("any");
client.setApiUrl(process.argv[1]);
const {api} = client;
Promise.all([
    api.getSummary(), api.getStatus(), api.getComponents(), api.incidents.getAll(),
    api.incidents.getUnresolved(), api.scheduledMaintenances.getUpcoming(),
]).then(answers => console.log(JSON.stringify(answers)));
"""


def test_the_node_client_reads_it(api: Serve) -> None:
    node = shutil.which("node")
    if node is None or not (NODE_MODULES / "statuspage.io").is_dir():
        missing("node and statuspage.io", "make test")
    done = subprocess.run(
        [str(node), "-e", NODE_CLIENT, api("sub/")],
        cwd=NODE_MODULES.parent,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary, status, components, incidents, unresolved, upcoming = json.loads(done.stdout)
    assert summary["status"] == status["status"]
    assert status["status"]["indicator"] == "major"
    assert [one["status"] for one in components["components"]] == ["partial_outage", "operational"]
    assert [one["status"] for one in incidents["incidents"]] == ["identified", "investigating"]
    assert unresolved["incidents"] == summary["incidents"]
    assert [one["name"] for one in upcoming["scheduled_maintenances"]] == ["New disks"]


def test_the_prometheus_exporter_reads_it(api: Serve, tmp_path: Path) -> None:
    if find_spec("statuspage_prometheus_exporter") is None:
        missing("statuspage-prometheus-exporter", "make test")
    services = tmp_path / "services.json"
    url = f"{api('sub/')}/api/v2/summary.json"
    services.write_text(json.dumps({"site": {"name": "Site", "url": url}}), encoding="utf-8")
    metrics = tmp_path / "metrics.prom"
    done = subprocess.run(
        [sys.executable, "-m", "statuspage_prometheus_exporter.status_monitoring"],
        cwd=tmp_path,
        env=environment(
            SERVICES_JSON_PATH=str(services),
            METRICS_TEXTFILE_PATH=str(metrics),
            RUN_MODE="once",
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = metrics.read_text(encoding="utf-8")
    lines = [line for line in found.splitlines() if not line.startswith("#")]

    def value(*parts: str) -> float:
        (line,) = [line for line in lines if all(part in line for part in parts)]
        return float(line.rpartition(" ")[2])

    assert value("statuspage_probe_check") == 1
    assert value("statuspage_service_status") == 0
    assert value("statuspage_component_status", 'component_name="api"') == 0
    assert value("statuspage_component_status", 'component_name="web"') == 1
    link = f'shortlink="{SITE}incidents/2024-02-25-open/"'
    # It writes times in its own way.
    started = 'started_at="2024-02-25T18:03:00Z"'
    assert value("statuspage_incident_info", link, started, 'impact="major"') == 1
    begin = 'scheduled_start="2024-03-01T22:00:00Z"'
    assert value("statuspage_maintenance_info", begin, 'affected_components="web"') == 1


# The script as it is published declares its own global only outside strict mode, in which it runs.
WIDGET = """<!doctype html><title>Elsewhere</title>
<script>var parcelRequire;</script><script src="widget.js"></script>
<statuspage-widget></statuspage-widget>
<statuspage-widget appearance="badge" title="API"></statuspage-widget>
"""


def test_the_status_widget_shows_it(api: Serve, chromium: str) -> None:
    script = NODE_MODULES / "@statuspage/status-widget/dist/index.js"
    if not script.is_file():
        missing("@statuspage/status-widget", "make test")
    # It asks at the root of the domain, whatever path it is given.
    base = api("", {"widget.js": script.read_bytes()})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        page.route(
            "**/page.html",
            lambda route: route.fulfill(
                body=WIDGET.replace("<statuspage-widget", f'<statuspage-widget src="{base}"'),
                content_type="text/html",
            ),
        )
        page.goto(f"{base}/page.html")
        plain, badge = page.locator("statuspage-widget").all()
        plain.locator(".status-text").wait_for()
        assert plain.locator(".status-text").inner_text() == "Partial System Outage"
        assert plain.locator(".status-indicator.major").count() == 1
        badge.locator(".status-text").wait_for()
        assert badge.locator(".status-text").inner_text() == "API"
        assert badge.locator(".status-indicator.major").inner_text() == "partial system outage"
        assert plain.locator("a").get_attribute("href") == base
        browser.close()
