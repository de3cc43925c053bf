"""The times and claims of 42 real postmortems, said in the format.

`facts/` holds what each source states: its times as it writes them, what each row is, and the
durations it claims; none of its text. Where a row needs its author, the file has the `day` that
stands elsewhere in the source, `next_day` where midnight passes unsaid, the `time` or the
`milestones`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from mkdocs_postmortem.claims import find_claims
from mkdocs_postmortem.incident import Outcome, Row
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.moment import Precision
from mkdocs_postmortem.options import load_options
from mkdocs_postmortem.reading.reader import Reading

Fact = dict[str, Any]
Interval = tuple[datetime | None, datetime | None]

FACTS: list[Fact] = [
    yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "facts").glob("*.yaml"))
]
MILESTONES = {
    "start": "started",
    "page": "detected",
    "detect": "detected",
    "acknowledge": "acknowledged",
    "declare": "declared",
    "communicate": "announced",
    "cause": "introduced",
    "identify": "identified",
    "mitigation_start": "mitigating",
    "mitigate": "mitigated",
    "resolve": "resolved",
}
REGIONS = {
    "UTC": "UTC",
    "AEDT": "Australia/Melbourne",
    "CET": "Europe/Berlin",
    "CST": "America/Chicago",
    "EDT": "America/New_York",
    "EST": "America/New_York",
    "PST": "America/Los_Angeles",
    "Pacific": "America/Los_Angeles",
}
WORDS = {
    "time_to_detect": "Time to detect",
    "time_to_declare": "Time to declare",
    "time_to_identify": "Time to identify",
    "time_to_start_mitigation": "Time to start mitigation",
    "time_to_mitigate": "Time to mitigate",
    "time_to_resolve": "Time to resolve",
    "impact_duration": "Impact duration",
}
# Claims of which the checks say nothing although the source's timeline could tell: the reasons
# stand in the files.
EXCEPTIONS = {
    ("034-optimism-2022-05-31", "several hours"),
}
# Rows whose milestones are not those of their role, because the source counts otherwise.
JUDGED = {"005": 1, "023": 2, "025": 1, "026": 2, "076": 1, "098": 6, "111": 1, "113": 1, "120": 1}
# Sources whose impact is not what the milestones give, or has several windows.
STATED_IMPACT = {"004", "005", "062", "116", "124"}

ABOUT = timedelta(minutes=5)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
DATE = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)|"
    rf"(?:\b(?P<before>\d\d?)(?:st|nd|rd|th)?\.? )?\b(?P<month>{'|'.join(MONTHS)})[a-z]*"
    r"(?: (?P<after>\d\d?)(?:st|nd|rd|th)?\b)?,?(?: (?P<year>\d{4})\b)?"
)
CLOCK = re.compile(
    r"(?P<about>(?<!\d)~|\babout )?"
    r"(?P<hour>\d\d?)(?P<joint>[:.]?)(?P<minute>\d\d|\?\?)(?::(?P<second>\d\d))?"
    rf"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?:\s?(?P<zone>{'|'.join(REGIONS)}))?",
    re.IGNORECASE,
)
LATER = re.compile(r"(?P<about>Approximately )?(?P<minutes>\d+) minutes later")


def day_of(match: re.Match[str], year: str) -> date:
    if match["iso"]:
        return date.fromisoformat(match["iso"])
    month = MONTHS.index(match["month"]) + 1
    return date(int(match["year"] or year), month, int(match["before"] or match["after"]))


def stated_day(fact: Fact, row: Fact) -> date | None:
    """The day that the source gives with the row, in its time or elsewhere."""
    if "day" in row:
        return date.fromisoformat(row["day"])
    match = DATE.search(row["written"] or "")
    return day_of(match, fact["date"][:4]) if match else None


def clocks_in(written: str | None) -> list[re.Match[str]]:
    """The clocks of a source's time; nothing in it that has a digit is passed over."""
    rest = DATE.sub(lambda match: " " * len(match[0]), written or "")
    assert LATER.search(rest) or not re.search(r"\d", CLOCK.sub("", rest)), written
    return list(CLOCK.finditer(rest))


def zone_of(match: re.Match[str] | None, zone: str) -> ZoneInfo:
    """The zone beside a clock, else the source's."""
    return ZoneInfo(REGIONS.get(match["zone"] or "", zone) if match else zone)


def is_same_moment(written: str, clocks: list[re.Match[str]]) -> bool:
    """Whether the second clock is the first one in another zone: 13:14 EDT (17:14 UTC)."""
    return len(clocks) == 2 and written[clocks[1].start() - 1] == "("


def our_clock(match: re.Match[str]) -> str:
    about = "~" if match["about"] else ""
    second = f":{match['second']}" if match["second"] else ""
    half = f" {match['half'].upper()}M" if match["half"] else ""
    zone = f" {REGIONS[match['zone']]}" if match["zone"] else ""
    return f"{about}{match['hour']}:{match['minute']}{second}{half}{zone}"


def our_form(fact: Fact, row: Fact) -> tuple[str | None, str | None]:
    """A source's time as `at` and `until`."""
    if "time" in row:
        return row["time"], None
    written, clocks = row["written"] or "", clocks_in(row["written"])
    day = stated_day(fact, row)
    if later := LATER.search(written):
        return f"+{later['minutes']}m", None
    if not clocks:
        return day.isoformat() if day else None, None
    first = our_clock(clocks[0])
    if written.startswith("until"):
        return f"..{first}", None
    lasts = len(clocks) == 2 and not is_same_moment(written, clocks)
    at = f"{day} {first}" if day else first
    return at, our_clock(clocks[1]) if lasts else None


def milestones(row: Fact) -> list[str]:
    role = MILESTONES.get(row["role"])
    given: list[str] = row.get("milestones", [role] if role else [])
    return given


def rows_of(fact: Fact, *, short: bool) -> Iterator[str]:
    for row in fact["rows"]:
        at, until = our_form(fact, row)
        names = milestones(row)
        if short and not until and (at or names):
            head = f"{at or ''} {', '.join(names)}".strip()
            yield f"  - {head}: {row['role']}"
            continue
        yield f"  - event: {row['role']}"
        if at:
            yield f"    at: {at}"
        if until:
            yield f"    until: {until}"
        yield f"    milestone: {json.dumps(names)}"


def read(fact: Fact, *, short: bool = True, claims: str = "", body: str = "") -> Reading:
    raw = {"as_of": "2030-01-01", "response_times": fact.get("response_times", {})}
    options, errors = load_options(raw)
    assert options is not None, errors
    lines = ["title: T", f"date: {fact['date']}", f"timezone: {fact['timezone']}", claims]
    lines += [f"impact: {json.dumps(fact['impact'])}"] if "impact" in fact else []
    text = "\n".join(["---", *lines, "timeline:", *rows_of(fact, short=short), "---", body])
    return read_incident_text(f"{fact['date']}-case.md", text.encode(), options)


def interval(match: re.Match[str], day: date, zone: str, *, about: bool = False) -> Interval:
    """What a source's clock says on `day`, computed without the product."""
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] in "pP" else 0)
    known = match["minute"] != "??"
    clock = time(hour, int(match["minute"]) if known else 0, int(match["second"] or 0))
    start = datetime.combine(day, clock, zone_of(match, zone)).astimezone(UTC)
    step = timedelta(seconds=1) if match["second"] else timedelta(minutes=1 if known else 60)
    margin = ABOUT if about or match["about"] else timedelta(0)
    return start - margin, start + step + margin


def expected(fact: Fact) -> Iterator[list[Interval]]:
    """When each row happened by its source: an interval, and another where it lasted."""
    day, zone = date.fromisoformat(fact["date"]), fact["timezone"]
    above: Interval = (None, None)
    for row in fact["rows"]:
        stated, written = stated_day(fact, row), row["written"] or ""
        day = stated or day + timedelta(days=row.get("next_day", False))
        clocks = clocks_in(row["written"])
        about = written.startswith("~")
        found = [interval(clock, day, zone, about=about) for clock in clocks]
        if later := LATER.search(written):
            assert above[0] is not None
            assert above[1] is not None
            offset = timedelta(minutes=int(later["minutes"]))
            margin = ABOUT if later["about"] else timedelta(0)
            found = [(above[0] + offset - margin, above[1] + offset + margin)]
        elif not found and stated:
            bounds = [datetime.combine(stated + timedelta(days=n), time()) for n in (0, 1)]
            start, end = (bound.replace(tzinfo=ZoneInfo(zone)) for bound in bounds)
            found = [(start.astimezone(UTC), end.astimezone(UTC))]
        elif is_same_moment(written, clocks):
            (one, _), (other, _) = found
            assert one is not None
            assert other is not None
            assert one - other in (timedelta(0), timedelta(days=1)), written
            found = found[:1]
        elif written.startswith("until"):
            found = [(None, found[0][1])]
        elif ".." in row.get("time", ""):
            found = [(found[0][0], found[1][1])]
        above = found[0] if found else above
        yield found


def computed(row: Row) -> list[Interval]:
    moment = row.moment
    if not moment.is_timed:
        return []
    open_below = moment.precision is Precision.NOT_AFTER
    found: list[Interval] = [(None if open_below else moment.earliest, moment.latest)]
    return found + ([(row.until.earliest, row.until.latest)] if row.until else [])


def digits(match: re.Match[str]) -> str:
    """The clock as its source shows it: 18:03, 1915, 5.03 a, 14:??."""
    parts = match["hour"], match["joint"], match["minute"], match["second"], match["half"]
    return " ".join(part.lower() for part in parts if part)


def digits_of(instant: datetime, match: re.Match[str], row: Row, zone: str) -> str:
    """What a clock in the notation of `match` showed at `instant`."""
    local = instant.astimezone(zone_of(match, zone))
    hour = (local.hour % 12 or 12) if match["half"] else local.hour
    minute = "??" if row.moment.precision is Precision.HOUR else f"{local:%M}"
    second = f"{local:%S}" if row.moment.precision is Precision.SECOND else ""
    half = ("p" if local.hour >= 12 else "a") if match["half"] else ""
    parts = f"{hour:0{len(match['hour'])}}", match["joint"], minute, second, half
    return " ".join(part for part in parts if part)


def read_back(fact: Fact, source: Fact, row: Row) -> tuple[date | None, list[str]]:
    """The day and the clocks of the computed row, in the source's notation."""
    written, zone = source["written"] or "", fact["timezone"]
    clocks, day = clocks_in(written), None
    if not row.moment.is_timed or LATER.search(written):
        return day, []
    earliest, latest = row.moment.earliest, (row.until or row.moment).latest
    assert earliest is not None
    assert latest is not None
    if stated_day(fact, source):
        day = earliest.astimezone(zone_of(clocks[0] if clocks else None, zone)).date()
    shown = []
    for number, clock in enumerate(clocks):
        margin = ABOUT if clock["about"] or written.startswith("~") else timedelta(0)
        at_end = written.startswith("until") or (number and not is_same_moment(written, clocks))
        instant = latest - timedelta(minutes=1) - margin if at_end else earliest + margin
        shown.append(digits_of(instant, clock, row, zone))
    return day, shown


@pytest.mark.parametrize("short", [True, False], ids=["short", "long"])
@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["id"])
def test_every_time_of_a_source_can_be_said_and_comes_back(fact: Fact, short: bool) -> None:
    reading = read(fact, short=short)
    errors = [d.headline for d in reading.diagnostics if d.severity == "error"]
    misplaced = [f.row for f in reading.findings if f.rule.code == "PM206"]
    assert misplaced == fact.get("out_of_order", [])
    assert len(errors) == len(misplaced), errors
    assert reading.incident is not None
    rows = reading.incident.rows
    assert [row.text for row in rows] == [row["role"] for row in fact["rows"]]
    assert [list(row.milestones) for row in rows] == [milestones(row) for row in fact["rows"]]
    assert [computed(row) for row in rows] == list(expected(fact))
    for source, row in zip(fact["rows"], rows, strict=True):
        there = [digits(clock) for clock in clocks_in(source["written"])]
        day = stated_day(fact, source)
        assert read_back(fact, source, row) == (day, there), source


def checked_claims() -> list[Any]:
    return [
        pytest.param(fact, claim, id=f"{fact['id']}-{claim['what']}".replace(" ", "-"))
        for fact in FACTS
        for claim in fact["claims"]
        if claim["key"] and claim["consistent"] != "cannot tell"
    ]


@pytest.mark.parametrize(("fact", "claim"), checked_claims())
def test_a_claim_warns_exactly_where_it_contradicts_the_timeline(fact: Fact, claim: Fact) -> None:
    key: str = claim["key"]
    says = str(claim.get("says", claim["value"]))
    warns = claim["consistent"] == "no" and "exception" not in claim
    if key in MILESTONES.values():
        if clocks := clocks_in(says):
            day = DATE.search(says)
            says = f"{day[0] if day else ''} {our_clock(clocks[0])}".strip()
        words, codes = "", ["PM401"]
    else:
        own = fact.get("response_times", {}).get(key)
        name = f"Time to {own['name']}" if own else WORDS[key]
        words = f"{name} was {says}.\n"
        codes = ["PM401", "PM402"]
        names = {key: own["name"]} if own else {}
        (claimed,) = find_claims(words, names)
        assert key in claimed.keys
    reading = read(fact, claims=f"claims:\n  {key}: {json.dumps(says)}", body=words)
    found = [d.code for d in reading.diagnostics if d.code.startswith("PM4")]
    assert found == (codes if warns else []), [d.headline for d in reading.diagnostics]
    assert reading.incident is not None
    # A claim about something that is not measured would pass without having been held to it.
    times = [time for time in reading.incident.response_times if time.key == key]
    rows = [row for row in reading.incident.rows if key in row.milestones]
    assert rows or any(t.outcome is Outcome.RECORDED and t.span.has_number for t in times)


def test_the_exceptions_are_these_and_no_others() -> None:
    claims = [(fact, claim) for fact in FACTS for claim in fact["claims"]]
    assert {(fact["id"], claim["value"]) for fact, claim in claims if "exception" in claim} == (
        EXCEPTIONS
    )
    for _, claim in claims:
        left_out = claim["key"] is None and "exception" not in claim
        assert left_out == (claim["consistent"] == "cannot tell"), claim
    judged = [fact["id"][:3] for fact in FACTS for row in fact["rows"] if "milestones" in row]
    assert {id: judged.count(id) for id in judged} == JUDGED
    assert {fact["id"][:3] for fact in FACTS if "impact" in fact} == STATED_IMPACT
    assert len(FACTS) == 42
