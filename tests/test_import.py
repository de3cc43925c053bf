"""Existing postmortems as incident files: shapes, times, losses, hostile input, the command."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from costs import least_seconds
from hypothesis import given, settings
from hypothesis import strategies as st
from mkdocs_postmortem.importing.document import MAX_IMPORT, UnimportableError
from mkdocs_postmortem.importing.draft import Draft
from mkdocs_postmortem.importing.markdown_document import import_markdown
from mkdocs_postmortem.importing.statuspage_document import import_statuspage
from mkdocs_postmortem.incident import Row
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.incident_yaml import flow_list, scalar, value
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.reading.source import CONTROL
from mkdocs_postmortem.reading.yaml_nodes import Mapping, Scalar, Sequence, compose
from test_cli import run

LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
FEW = settings(max_examples=2000 if LONG else 60, deadline=None)
MANY = settings(max_examples=5000 if LONG else 250, deadline=None)
FOLDER = Path(__file__).parent / "import"
OPTIONS = Options(as_of="2999-01-01")
EXPECTED: dict[str, dict[str, Any]] = yaml.safe_load(
    (FOLDER / "expected.yaml").read_text(encoding="utf-8")
)


def imported(name: str, text: str) -> tuple[Draft, Reading]:
    draft = import_markdown(name, text.encode(), OPTIONS)
    return draft, read_incident_text(draft.name, draft.text().encode(), OPTIONS)


def instant(row: Row) -> str:
    moment = row.moment
    if not moment.is_timed:
        return "null"
    exact = moment.precision in ("minute", "second", "approximate")
    at = moment.nominal if exact else moment.earliest
    if moment.precision == "not_after":
        at = moment.latest
    return f"{at:%Y-%m-%d %H:%M:%S}"


def shown(row: Row) -> str:
    until = f"{row.until.nominal:%H:%M}" if row.until else "-"
    words = " ".join(row.text.split())[:32].strip()
    return f"{instant(row)} | {until} | {', '.join(row.milestones) or '-'} | {words}"


def words(text: str) -> set[str]:
    """The words of a text; the numbers of ordered lists and HTML tags are marks, not words."""
    text = re.sub(r"(?m)^\s*\d+\.\s", "", text)
    text = re.sub(r"</?[a-z]+>|&amp;|\[[ x]\]", " ", text)
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_document(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    expected = EXPECTED[name]
    draft, reading = imported(name, text)
    assert [shown(row) for row in reading.rows] == expected["rows"].strip().split("\n")
    assert draft.name == expected["name"]
    assert draft.claims == expected.get("claims", {})
    promises = [f"{p.status} | {p.owner} | {p.due} | {p.title}" for p in draft.promises]
    assert "\n".join(promises).replace("None", "-") == expected.get("action_items", "").strip()
    errors = {d.code for d in reading.diagnostics if d.severity == "error"}
    assert errors == set(expected.get("errors", ()))
    assert reading.visibility == "draft"
    # A status is read as one of ours, the only words that are not kept.
    assert words(text) - words(draft.text()) <= {"In", "progress", "Done"}


def test_every_document_has_its_expectations() -> None:
    assert {path.name for path in FOLDER.glob("*.md")} == set(EXPECTED)


def test_an_incident_file_is_none_to_import(tmp_path: Path) -> None:
    text = "---\ntitle: T\ntimeline:\n  - 18:03 started: A\n  - 18:18 resolved: B\n---\n## Impact\n"
    (tmp_path / "2024-02-20-a.md").write_text(text, encoding="utf-8")
    done = run("import", "2024-02-20-a.md", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "2024-02-20-a.md: this is an incident file already" in done.stderr
    # A timeline of somebody else is kept beside ours.
    other = text.replace("- 18:03 started: A", "- {when: 18:03, what: A}")
    draft, _ = imported("2024-02-20-a.md", other)
    assert "x-timeline" in draft.others


def test_brackets_in_an_address_belong_to_it() -> None:
    draft, _ = imported(
        "2024-02-20-a.md",
        "# T\n\n## Timeline\n\n- 10:00 down\n- 10:10 resolved\n\n## Action items\n\n"
        "- Read [this](https://example.org/wiki/Lock_(database))\n"
        "- Ask (see https://example.org/a)\n",
    )
    assert [promise.link for promise in draft.promises] == [
        "https://example.org/wiki/Lock_(database)",
        "https://example.org/a",
    ]


def test_a_due_day_is_not_the_day_of_the_incident() -> None:
    text = "# Outage\n\n## Timeline\n\n- 10:00 down\n- 10:10 resolved\n\n## Action items\n\n"
    draft, _ = imported("outage.md", f"{text}- Test it (due 2024-04-01)\n")
    assert draft.day is None
    assert (None, "no day is stated; give the file its day as a name or as `date`") in draft.notes
    draft, _ = imported("outage.md", f"{text}- Test it\n\n## Notes\n\nWritten 2024-02-21.\n")
    assert str(draft.day) == "2024-02-21"


def test_what_stays_in_the_body_is_unchanged() -> None:
    text = (FOLDER / "torn-table.md").read_text(encoding="utf-8")
    draft, _ = imported("torn-table.md", text)
    overview = text[text.index("## Overview") : text.index("## Timeline")]
    causes = text[text.index("## Causes") :]
    assert draft.body == f"{overview}{causes}".strip()


def test_guesses_and_decisions_are_marked_where_they_are_made() -> None:
    name = "winter-zone-in-summer.md"
    draft, _ = imported(name, (FOLDER / name).read_text(encoding="utf-8"))
    text = draft.text()
    assert "# guessed: detected (“Alert”)\n  - 07:38 detected: " in text
    assert "# decide: PST is not what clocks in America/Los_Angeles show on 2022-05-31" in text
    assert [line for line, _ in draft.notes] == [8, 10, 5]


@pytest.mark.parametrize(
    ("written", "at", "noted"),
    [
        ("09:00 PDT", "16:00", False),
        ("09:00 PST", "16:00", True),
        ("09:00 ET", "13:00", False),
        ("09:00 CEST", "07:00", False),
        ("09:00 CET", "07:00", True),
        ("09:00 BST", "08:00", False),
        ("09:00 IST", "03:30", True),
        ("09:00 UTC+3", "06:00", False),
        ("09:00 -0300", "12:00", False),
        ("09:00 Asia/Tokyo", "00:00", False),
        ("9:00 AM Pacific Time", "16:00", False),
    ],
)
def test_zones_beside_clocks(written: str, at: str, noted: bool) -> None:
    text = f"# Outage of 2024-07-09\n\n## Timeline\n\n- {written}: errors\n- {written}: over\n"
    draft, reading = imported("x.md", text)
    assert [instant(row)[11:16] for row in reading.rows] == [at, at]
    assert bool(draft.notes) == noted


@pytest.mark.parametrize(
    ("clocks", "days"),
    [
        (("23:50", "00:10"), (9, 10)),
        (("18:31", "06:30"), (9, 10)),
        # Twelve hours back and less is a mistake in the order, and no night.
        (("18:30", "06:30"), (9, 9)),
        (("20:00", "04:00", "21:00", "03:00"), (9, 10, 10, 11)),
    ],
)
def test_midnight_without_a_day(clocks: tuple[str, ...], days: tuple[int, ...]) -> None:
    rows = "".join(f"- {clock} x\n" for clock in clocks)
    _, reading = imported("x.md", f"# Outage of 2024-07-09\n\n## Timeline (UTC)\n\n{rows}")
    expected = [f"2024-07-{day:02} {at}:00" for day, at in zip(days, clocks, strict=True)]
    assert [instant(row) for row in reading.rows] == expected


# Random timelines in many shapes.


@dataclass(frozen=True)
class Timeline:
    times: list[datetime]
    events: list[str]


WORDS = st.lists(
    st.sampled_from(
        "relay queue pods quiet `a|b` **node** seventy (left) café x_y cluster".split()
    ),
    min_size=1,
    max_size=5,
).map(" ".join)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    at = draw(st.datetimes(datetime(2015, 1, 1), datetime(2025, 12, 1))).replace(
        second=0, microsecond=0, tzinfo=UTC
    )
    times = [at]
    # A clock without a day tells of a midnight only where it steps back by more than 12 hours.
    for step in draw(st.lists(st.integers(0, 11 * 60), min_size=1, max_size=7)):
        times.append(times[-1] + timedelta(minutes=step))
    events = [f"{draw(WORDS)} number{index}" for index in range(len(times))]
    return Timeline(times, events)


CLOCKS = {
    "minute": lambda at: f"{at:%H:%M}",
    "zone": lambda at: f"{at:%H:%M} UTC",
    "half": lambda at: f"{at:%I:%M %p}",
    "glued": lambda at: f"{at.hour % 12 or 12}:{at:%M}{'pm' if at.hour > 11 else 'am'}",
    "seconds": lambda at: f"{at:%H:%M:%S}",
    "iso": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "dated": lambda at: f"{at:%Y-%m-%d %H:%M}",
    "month": lambda at: f"{at:%b} {at.day}, {at.year} {at:%H:%M}",
    "day first": lambda at: f"{at.day} {at:%B %Y}, {at:%H:%M} UTC",
    "weekday": lambda at: f"{at:%a %b} {at.day} {at.year} {at:%H:%M}",
    "bracketed day": lambda at: f"{at:%H:%M} UTC ({at:%b} {at.day})",
    "two zones": lambda at: f"{at + timedelta(hours=9):%H:%M} JST ({at:%H:%M} UTC)",
}
SHAPES = {
    "table": lambda rows: (
        "| Time (UTC) | Event |\n|---|---|\n"
        + "".join(f"| {at} | {event.replace('|', chr(92) + '|')} |\n" for at, event in rows)
    ),
    "table without a rule": lambda rows: (
        "| Time (UTC) | Event |\n" + "".join(f"| {at} | {event} |\n" for at, event in rows)
    ),
    "table of three": lambda rows: (
        "Who | When (UTC) | What happened\n--|--|--\n"
        + "".join(f"Ann | {at} | {event}\n" for at, event in rows)
    ),
    "table torn by blank lines": lambda rows: (
        "| Time (UTC) | Event |\n|---|---|\n"
        + "\n".join(f"| {at} | {event} |\n" for at, event in rows)
    ),
    "html": lambda rows: (
        "<table>\n<tr><th>Time (UTC)</th><th>Event</th></tr>\n"
        + "".join(f"<tr><td>{at}</td><td>{event}</td></tr>\n" for at, event in rows)
        + "</table>\n"
    ),
    "bullets": lambda rows: "".join(f"- {at}: {event}\n" for at, event in rows),
    "bold bullets": lambda rows: "".join(f"* **{at}** - {event}\n" for at, event in rows),
    "code bullets": lambda rows: "".join(f"* `{at}` {event}\n" for at, event in rows),
    "bold to the end": lambda rows: "".join(f"- **{at}: {event}**\n" for at, event in rows),
    "numbered": lambda rows: "".join(
        f"{number}. {at} – {event}\n" for number, (at, event) in enumerate(rows, 1)
    ),
    "headings": lambda rows: "".join(f"### {at}\n\n{event}\n\n" for at, event in rows),
    "paragraphs": lambda rows: "".join(f"{at} — {event}\n\n" for at, event in rows),
    "lines": lambda rows: "".join(f"{at} {event}\n" for at, event in rows),
    "brackets": lambda rows: "".join(f"[{at}] {event}\n\n" for at, event in rows),
    "chat": lambda rows: "```\n" + "".join(f"[{at}] ann: {e}\n" for at, e in rows) + "```\n",
}


@pytest.mark.parametrize("shape", sorted(SHAPES))
@given(timeline=timelines(), clock=st.sampled_from(sorted(CLOCKS)))
@FEW
def test_times_come_back(shape: str, timeline: Timeline, clock: str) -> None:
    rows = [
        (CLOCKS[clock](at), event)
        for at, event in zip(timeline.times, timeline.events, strict=True)
    ]
    # The day that the title names is that of the first clock.
    first = timeline.times[0] + timedelta(hours=9 if clock == "two zones" else 0)
    text = (
        f"# Outage of {first:%Y-%m-%d}\n\nBefore it all was well.\n\n## Timeline (UTC)\n\n"
        f"{SHAPES[shape](rows)}\n## Causes\n\nNone *known*.\n"
    )
    draft, reading = imported("x.md", text)
    told = [row for row in reading.rows if row.moment.is_timed]
    assert [row.moment.nominal for row in told] == timeline.times, draft.text()
    for row, event in zip(told, timeline.events, strict=True):
        assert event.split()[-1] in row.text
    assert words(text) - words(draft.text()) == set()
    assert draft.body.endswith("## Causes\n\nNone *known*.")


# YAML that our reader reads back.

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TRICKY = st.lists(
    st.sampled_from(
        [
            *(
                ": ",
                " #",
                "-",
                "'",
                '"',
                "\\",
                "{",
                "]",
                "%",
                "@",
                "~",
                "null",
                "\n",
                "\t",
                "---",
                "<<",
            ),
            *("?", "!", "|", ">", "&a", "*a", "\u2028", "\x85", "\xa0", "\ufeff", " ", "x", ","),
        ]
    ),
    max_size=8,
).map("".join)


@given(TEXT | TRICKY)
@MANY
def test_scalars_are_read_back(text: str) -> None:
    source = (
        f"a: {scalar(text)}\nb: {value(text, 2)}\nc: {flow_list([text, text])}\nd:\n"
        f"  - 18:03 started: {value(text, 6)}\n"
    )
    root, findings = compose(source, 1)
    # A control character is refused, however it is written.
    assert {found.rule.code for found in findings} == ({"PM102"} if CONTROL.search(text) else set())
    if findings:
        return
    assert isinstance(root, Mapping)
    first, second, third, fourth = (node for _, node in root.entries)
    assert isinstance(first, Scalar)
    assert isinstance(second, Scalar)
    assert isinstance(third, Sequence)
    assert isinstance(fourth, Sequence)
    row = fourth.items[0]
    assert isinstance(row, Mapping)
    inner = row.entries[0][1]
    assert isinstance(inner, Scalar)
    assert [first.text, second.text, inner.text] == [text, text, text]
    assert [item.text for item in third.items if isinstance(item, Scalar)] == [text, text]
    assert not first.is_null
    assert first.cut is None


# Hostile documents.

PIECES = st.sampled_from(
    [
        *(
            "# ",
            "## Timeline\n\n",
            "10:04",
            "2024-02-20",
            "- ",
            "* ",
            "\n",
            "\n\n",
            "```\n",
            "<table>",
        ),
        *(
            "<tr>",
            "<td>",
            "</table>",
            "UTC",
            "EDT",
            "(",
            ")",
            "[",
            "]",
            "**",
            "`",
            "~",
            "..",
            "–",
            "pm",
        ),
        *(
            "&#x7c;",
            "99:99",
            "0000-00-00",
            "\x00",
            "\x1b[31m",
            "\u202e",
            "---\n",
            "---",
            ": ",
            " #",
        ),
        *(
            "x",
            "é",
            "1. ",
            "- [ ] ",
            "Action items\n",
            "Duration: ",
            "103 minutes",
            "> ",
            "\t",
            "|",
        ),
        *(
            "{{ x }}",
            "<!-- internal -->",
            "31/31/9999",
            "Feb 30",
            "24:00",
            "T+99999:00",
            "Day 99999",
        ),
        *("5 minutes later", "+99999999h", "next day ", "| 10:04 | x |\n", "|-|-|\n"),
        *("2999-12-31 23:59", "1970-01-01 00:00 UTC+14 "),
    ]
)


@given(st.lists(PIECES | TEXT, max_size=40).map("".join))
@MANY
def test_no_document_breaks_it(text: str) -> None:
    draft = import_markdown("x.md", text.encode(), OPTIONS)
    reading = read_incident_text(draft.name, draft.text().encode(), OPTIONS)
    codes = {d.code for d in reading.diagnostics if d.severity == "error"}
    # What the author must decide: order, local times, days out of range, no timeline at all.
    assert not {code for code in codes if code.startswith("PM1")} - {"PM119"}, draft.text()
    assert reading.fields is not None or not draft.rows


@pytest.mark.parametrize(
    "unit",
    [
        *("| 10:04 | x ", "- 10:04 x\n", "# 10:04\n\n", "` | ", "<td>", "10:04 - ", "**", "UTC ("),
        *(
            "> ",
            "## Timeline\n\n10:04 x\n\n",
            "- [ ] x\n",
            "march 1 ",
            "<!--",
            "Duration: (",
            "[a](",
        ),
    ],
)
def test_time_grows_with_the_document_and_no_faster(unit: str) -> None:
    def seconds(size: int) -> float:
        text = "# T 2024-02-20\n\n## Timeline\n\n" + unit * (size // len(unit))
        return least_seconds(lambda: import_markdown("x.md", text.encode(), OPTIONS).text())

    small, large = seconds(8_000), seconds(64_000)
    # Eight times as much; a quadratic step would take 64 times as long.
    assert large < 24 * max(small, 0.02)


def test_a_document_that_is_too_large_is_refused() -> None:
    with pytest.raises(UnimportableError, match=f"larger than {MAX_IMPORT // 1024} KiB"):
        import_markdown("x.md", b"x" * (MAX_IMPORT + 1), OPTIONS)


# Statuspage.

STATUSPAGE = {
    "page": {"id": "p"},
    "incidents": [
        {
            "id": "abc",
            "name": "API: errors #1",
            "status": "resolved",
            "impact": "major",
            "created_at": "2024-02-20T18:03:00.000Z",
            "started_at": "2024-02-20T17:50:00.000Z",
            "shortlink": "https://stspg.io/abc",
            "components": [{"name": "API"}],
            "incident_updates": [
                {
                    "status": "resolved",
                    "body": "All is well.",
                    "display_at": "2024-02-21T00:40:00.000+01:00",
                },
                {
                    "status": "monitoring",
                    "body": "A fix is <b>out</b>.<br/>We watch.",
                    "display_at": "2024-02-20T15:10:30.123-08:00",
                    "affected_components": [
                        {"name": "API", "old_status": "major_outage", "new_status": "operational"}
                    ],
                },
                {"status": "investigating", "body": "Still.", "display_at": "2024-02-20T18:30:00Z"},
                {
                    "status": "investigating",
                    "body": "We look: errors.",
                    "display_at": "2024-02-20T18:03:00Z",
                },
            ],
        },
        {
            "id": "def",
            "name": "Later",
            "status": "investigating",
            "impact": "critical",
            "incident_updates": [
                {"status": "investigating", "body": "?", "created_at": "2024-03-01T00:00:00Z"}
            ],
        },
    ],
}


def test_statuspage() -> None:
    drafts = import_statuspage(json.dumps(STATUSPAGE).encode(), "abc", OPTIONS)
    assert [draft.reference for draft in drafts] == ["abc"]
    reading = read_incident_text(drafts[0].name, drafts[0].text().encode(), OPTIONS)
    assert not reading.has_errors
    incident = reading.incident
    assert incident is not None
    assert incident.id == "2024-02-20-api-errors-1"
    assert (incident.severity, incident.components) == ("sev2", ("API",))
    assert [(instant(row), row.milestones) for row in incident.rows] == [
        ("2024-02-20 17:50:00", ("started",)),
        ("2024-02-20 18:03:00", ("announced",)),
        ("2024-02-20 18:30:00", ()),
        ("2024-02-20 23:10:30", ("mitigated",)),
        ("2024-02-20 23:40:00", ("resolved",)),
    ]
    assert incident.rows[3].text == "A fix is out.\nWe watch. API: operational."
    both = import_statuspage(json.dumps(STATUSPAGE).encode(), None, OPTIONS)
    assert [draft.status for draft in both] == [None, "open"]


def changed(time: str, status: str, *changes: tuple[str, str, str]) -> dict[str, Any]:
    """An update of a status page, with components and their old and new status."""
    return {
        "status": status,
        "body": "News",
        "display_at": f"2024-02-20T{time}:00Z",
        "affected_components": [
            {"name": name, "old_status": old, "new_status": new} for name, old, new in changes
        ],
    }


UP, SLOW, PARTLY, DOWN = "operational degraded_performance partial_outage major_outage".split()


@pytest.mark.parametrize(
    ("updates", "windows"),
    [
        (
            # It gets worse, then better, then well.
            [
                changed("18:00", "investigating", ("API", UP, SLOW)),
                changed("18:10", "identified", ("API", SLOW, DOWN), ("Web", UP, SLOW)),
                changed("18:30", "monitoring", ("API", DOWN, SLOW), ("Web", SLOW, UP)),
                changed("18:40", "resolved", ("API", SLOW, UP)),
            ],
            [
                ("API", SLOW, "17:50", "18:10"),
                ("Web", SLOW, "18:10", "18:30"),
                ("API", DOWN, "18:10", "18:30"),
                ("API", SLOW, "18:30", "18:40"),
            ],
        ),
        (
            # Nobody says that it is well again before the incident is over.
            [
                changed("18:00", "investigating"),
                changed("18:10", "identified", ("API", UP, PARTLY)),
                changed("18:30", "monitoring", ("API", PARTLY, PARTLY)),
                changed("18:40", "resolved"),
            ],
            [("API", PARTLY, "18:10", "18:40")],
        ),
        (
            # Nobody says since when it is down; it comes back twice.
            [
                changed("18:00", "investigating"),
                changed("18:10", "identified", ("API", DOWN, UP)),
                changed("18:20", "identified", ("API", UP, DOWN)),
                changed("18:20", "identified", ("API", DOWN, SLOW)),
                changed("18:30", "resolved", ("API", SLOW, UP), ("Web", UP, "weird")),
            ],
            [("API", DOWN, "17:50", "18:10"), ("API", SLOW, "18:20", "18:30")],
        ),
        (
            [changed("18:00", "investigating"), changed("18:40", "resolved", ("API", UP, DOWN))],
            None,
        ),
    ],
)
def test_what_a_status_page_says_of_components_is_their_impact(
    updates: list[dict[str, Any]], windows: list[tuple[str, str, str, str]] | None
) -> None:
    incident = {
        "name": "API errors",
        "status": "resolved",
        "impact": "critical",
        "started_at": "2024-02-20T17:50:00Z",
        "incident_updates": updates[::-1],
    }
    (draft,) = import_statuspage(json.dumps(incident).encode(), None, OPTIONS)
    reading = read_incident_text(draft.name, draft.text().encode(), OPTIONS)
    assert not reading.has_errors
    assert reading.incident is not None
    assert ("\nimpact:" in draft.text()) == (windows is not None)
    found = [
        (window.component, window.level, f"{window.start.at:%H:%M}", f"{window.end.at:%H:%M}")
        for window in reading.incident.windows
        if window.start.at and window.end and window.end.at
    ]
    assert sorted(found) == sorted(windows or [("API", DOWN, "17:50", "18:40")])


def test_an_incident_without_a_name_is_there() -> None:
    update = changed("18:00", "investigating")
    drafts = import_statuspage(
        json.dumps({"incidents": [{"name": None, "incident_updates": [update]}, {}, 1]}).encode(),
        None,
        OPTIONS,
    )
    assert [(draft.title, len(draft.rows)) for draft in drafts] == [("Incident", 1)]


def test_a_component_that_is_still_down_has_an_open_window() -> None:
    incident = {
        "name": "API errors",
        "status": "identified",
        "impact": "critical",
        "incident_updates": [changed("18:00", "investigating", ("API", UP, DOWN))],
    }
    (draft,) = import_statuspage(json.dumps(incident).encode(), None, OPTIONS)
    reading = read_incident_text(draft.name, draft.text().encode(), OPTIONS)
    assert reading.incident is not None
    assert reading.incident.rows[0].text == "News. API: major outage."
    (window,) = reading.incident.windows
    assert (window.component, window.level, window.ongoing) == ("API", DOWN, True)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT
    | st.sampled_from(
        ["2024-02-20T18:03:00Z", "0001-01-01T00:00:00+14:00", "resolved", "major_outage"]
    ),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            "name id status impact incident_updates body display_at components started_at "
            "scheduled_for scheduled_until affected_components incidents incident "
            "old_status new_status".split()
        ),
        inner,
        max_size=6,
    ),
    max_leaves=20,
)  # fmt: skip


@given(JSON)
@MANY
def test_no_statuspage_document_breaks_it(content: Any) -> None:
    try:
        drafts = import_statuspage(json.dumps(content).encode(), None, OPTIONS)
    except UnimportableError:
        return
    for draft in drafts:
        reading = read_incident_text(draft.name, draft.text().encode(), OPTIONS)
        assert reading.fields is not None or not draft.rows


def test_json_that_is_none_is_refused() -> None:
    for data in (b"{", b"[" * 100_000, b'{"incidents": []}', b"\xff{}"):
        with pytest.raises(UnimportableError):
            import_statuspage(data, None, OPTIONS)


# The command.


def test_the_command_writes_to_standard_output_and_notes_to_standard_error(tmp_path: Path) -> None:
    path = FOLDER / "winter-zone-in-summer.md"
    done = run("import", str(path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith('---\ntitle: "Postmortem: node outage (31 May 2022)"\n')
    assert "winter-zone-in-summer.md:10: look: this has no time" in done.stderr
    saved = tmp_path / "2022-05-31-a.md"
    saved.write_text(done.stdout, encoding="utf-8")
    assert run("check", str(saved), cwd=tmp_path).returncode == 0


def test_the_command_writes_every_incident_of_a_statuspage(tmp_path: Path) -> None:
    # The last fifty incidents of a busy page are larger than any document.
    updates = [{"status": "resolved", "body": "Requests fail. " * 200, "display_at": day} for day in
               ("2024-02-20T10:00:00Z", "2024-02-20T11:00:00Z")]  # fmt: skip
    incidents = [
        {"id": f"i{number}", "name": name, "incident_updates": updates}
        for number, name in enumerate(["Errors", "Errors", "Errors!", *["Slow"] * 47])
    ]
    text = json.dumps({"incidents": incidents})
    assert len(text) > MAX_IMPORT
    (tmp_path / "incidents.json").write_text(text, encoding="utf-8")
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "2024-02-20-errors.md").write_text("mine", encoding="utf-8")
    done = run("import", "incidents.json", "--to", "docs", cwd=tmp_path)
    assert done.returncode == 1
    assert "docs/2024-02-20-errors.md is there already" in done.stderr
    assert (folder / "2024-02-20-errors.md").read_text(encoding="utf-8") == "mine"
    assert "reference: i1" in (folder / "2024-02-20-errors-2.md").read_text(encoding="utf-8")
    assert "reference: i2" in (folder / "2024-02-20-errors-3.md").read_text(encoding="utf-8")
    assert len(list(folder.iterdir())) == 50


def test_the_command_gives_every_incident_a_name_of_its_own(tmp_path: Path) -> None:
    updates = [{"status": "resolved", "body": "x", "display_at": "2024-02-20T10:00:00Z"}]
    names = ["Errors", "Errors", "Errors 2", "Errors", "Errors 2"]
    incidents = [{"id": name, "name": name, "incident_updates": updates} for name in names]
    (tmp_path / "incidents.json").write_text(json.dumps({"incidents": incidents}), encoding="utf-8")
    done = run("import", "incidents.json", "--to", "docs", cwd=tmp_path)
    assert "is there already" not in done.stderr
    assert sorted(
        path.name.removeprefix("2024-02-20-") for path in (tmp_path / "docs").iterdir()
    ) == [*("errors-2-2.md", "errors-2-3.md", "errors-2.md", "errors-3.md", "errors.md")]


def test_the_command_never_overwrites(tmp_path: Path) -> None:
    path = str(FOLDER / "bracketed.md")
    first = run("import", path, "--to", "incidents", cwd=tmp_path)
    target = tmp_path / "incidents/2025-02-03-incident-report-february-3rd-2025.md"
    assert first.returncode == 0, first.stderr
    assert target.is_file()
    target.write_text("mine", encoding="utf-8")
    for option in (("--to", "incidents"), ("--output", str(target))):
        again = run("import", path, *option, cwd=tmp_path)
        assert again.returncode == 1
        assert "is there already" in again.stderr
    assert target.read_text(encoding="utf-8") == "mine"


def test_the_command_exits_with_1_where_its_author_must_decide(tmp_path: Path) -> None:
    done = run("import", str(FOLDER / "2018-04-18-heading-per-entry.md"), cwd=tmp_path)
    assert done.returncode == 1
    assert "error PM206 14:43 lies before 14:49 of row 4 above it" in done.stderr
    (tmp_path / "undated.md").write_text("# Oops\n\n- 10:04 a\n- 10:05 b\n", encoding="utf-8")
    done = run("import", "undated.md", cwd=tmp_path)
    assert done.returncode == 1
    assert "no day is stated" in done.stderr
    (tmp_path / "none.md").write_text("# Nothing\n\nNo times.\n", encoding="utf-8")
    done = run("import", "none.md", cwd=tmp_path)
    assert done.returncode == 1
    assert "No times." in done.stdout
    assert "no timeline was found" in done.stderr


def test_the_command_asks_which_incident(tmp_path: Path) -> None:
    path = tmp_path / "incidents.json"
    path.write_text(json.dumps(STATUSPAGE), encoding="utf-8")
    done = run("import", "incidents.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "abc  API: errors #1" in done.stderr
    assert run("import", "incidents.json", "--id", "abc", cwd=tmp_path).returncode == 0
    assert run("import", "incidents.json", "--to", "all", cwd=tmp_path).returncode == 0
    assert len(list((tmp_path / "all").iterdir())) == 2
