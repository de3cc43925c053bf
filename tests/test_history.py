"""The state now and the last 90 days: nothing is said that nobody knows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from mkdocs_postmortem.measure import history
from mkdocs_postmortem.render.files import data_files
from mkdocs_postmortem.render.overview import Overview
from publishing import incident_text, publication


def shown(text: str, **options: Any) -> Overview:
    return Overview(publication({"2024-02-20-t": text}, {"as_of": "2024-02-22", **options}), str)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize("severity", ["", "severity: harmless\n"])
def test_impact_of_which_nobody_says_how_bad_it_is_has_no_level(severity: str) -> None:
    harmless = {"name": "harmless", "meaning": "Nobody saw it.", "impact": "none"}
    options = {"severities": [harmless]}
    ended = incident_text().replace("severity: sev2\n", severity)
    part = words(shown(ended, **options).history())
    assert "20 February 2024 : Impact, 15 min, API errors" in part
    assert "api Works" in part
    rows = "  - 18:03 started: It fails."
    open_now = incident_text(front="status: open", published="2024-02-20", rows=rows)
    overview = shown(open_now.replace("severity: sev2\n", severity), **options)
    assert "api Incident" in words(overview.history())
    assert words(overview.status()).startswith("An incident is open")
    for text in (part, words(overview.history()), words(overview.status())):
        assert "egraded" not in text.replace("degraded performance not at all", "")
    badge = dict(data_files(overview.publication))["badges/api.svg"].decode()
    assert "api: Incident" in badge
    assert "#5f6368" in badge


def test_a_level_that_somebody_said_counts_above_one_that_nobody_did() -> None:
    assert history.worst(["impact", "degraded_performance"]) == "degraded_performance"
    assert history.worst(["under_maintenance", "impact"]) == "impact"
    assert history.worst([None]) is None


ROWS = "  - 2024-02-20 18:00 started: It fails."
LATER = f"{ROWS}\n  - 2024-02-21 09:00: We still look for the cause."


@pytest.mark.parametrize(
    ("as_of", "rows", "days", "lost"),
    [
        # The day of the build has begun, and nobody knows what has become of it.
        ("2024-02-21", ROWS, ["20 February 2024 6 h", "21 February 2024 goes on"], 6),
        ("2024-02-20", ROWS, ["20 February 2024 goes on"], 0),
        # What the timeline tells has happened.
        ("2024-02-21", LATER, ["20 February 2024 6 h", "21 February 2024 goes on"], 15),
        # This build knows the hour.
        ("2024-02-21 10:59", LATER, ["20 February 2024 6 h", "21 February 2024 goes on"], 17),
        (
            "2024-02-22",
            LATER,
            ["20 February 2024 6 h", "21 February 2024 1 d", "22 February 2024 goes on"],
            30,
        ),
    ],
)
def test_what_goes_on_counts_as_far_as_it_is_known(
    as_of: str, rows: str, days: list[str], lost: int
) -> None:
    text = incident_text(front="status: open", published="2024-02-20", rows=rows)
    overview = shown(text.replace("severity: sev2", "severity: sev1"), as_of=as_of)
    said = re.findall(
        r"([\d]+ February 2024) : Major outage, (.+?), API", words(overview.history())
    )
    assert [" ".join(day) for day in reversed(said)] == days
    (entry,) = history.histories(overview.publication)
    assert entry.uptime == pytest.approx(1 - lost / (90 * 24))


def test_what_began_more_than_ninety_days_ago_goes_on() -> None:
    text = incident_text(front="status: open", published="2024-02-20", rows=ROWS)
    (entry,) = history.histories(shown(text, as_of="2024-12-24").publication)
    assert all(day.incidents for day in entry.days)
    assert [day.goes_on for day in entry.days] == [False] * 89 + [True]


def test_a_day_of_which_nothing_else_is_known_has_no_length() -> None:
    rows = "  - 2024-02-20 started: It fails.\n  - 2024-02-22 resolved: It works."
    said = words(shown(incident_text(rows=rows, published="2024-02-22")).history())
    assert "22 February 2024 : Partial outage, API errors" in said
    assert "21 February 2024 : Partial outage, 1 d, API errors" in said
    assert "20 February 2024 : Partial outage, API errors" in said
