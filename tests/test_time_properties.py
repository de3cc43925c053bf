"""Properties of times: bounds are sound, and zones and days agree with the library `whenever`."""

from __future__ import annotations

import contextlib
import os
from datetime import UTC, datetime, timedelta

import pytest
import whenever
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mkdocs_postmortem import zones
from mkdocs_postmortem.duration import iso_duration, parse_duration
from mkdocs_postmortem.incident import Incident, Outcome
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.measure.impact import union_length
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.written_time import TimeError, parse

# Both sides read the zone rules of the `tzdata` package, whatever the machine has.
whenever.reset_tzpath([])
LONG = os.environ.get("POSTMORTEM_TEST_LONG") == "1"
settings.register_profile("suite", max_examples=5000 if LONG else 150, deadline=None)
settings.load_profile("suite")

OPTIONS = Options(as_of="2999-01-01")
INSTANTS = st.datetimes(datetime(1975, 1, 1), datetime(2024, 12, 31)).map(
    lambda value: value.replace(microsecond=0, tzinfo=UTC)
)
ZONES = st.sampled_from(sorted(zones.names()))
COMMON_ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
)
SOON = st.integers(0, 10 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def incident(rows: list[str], front: str = "") -> Incident:
    listed = "".join(f"  - {row}\n" for row in rows)
    text = f"---\ntitle: T\n{front}timeline:\n{listed}---\n"
    reading = read_incident_text("2024-01-01-case.md", text.encode(), OPTIONS)
    errors = [d.headline for d in reading.diagnostics if d.severity == "error"]
    assert reading.incident is not None
    assert not errors, errors
    return reading.incident


def written(instant: datetime, form: str, margin: int, after: int) -> str:
    """`instant` as an author could write it; what the form leaves out is lost."""
    if form == "second":
        return f"{instant:%Y-%m-%d %H:%M:%S}"
    if form == "minute":
        return f"{instant:%Y-%m-%d %H:%M}"
    if form == "hour":
        return f"{instant:%Y-%m-%d %H}h"
    if form == "day":
        return f"{instant:%Y-%m-%d}"
    if form == "approximate":
        # The author is off by less than the margin.
        shifted = instant + timedelta(minutes=after % (margin + 1))
        return f"{shifted:%Y-%m-%d} ~{shifted:%H:%M} ±{margin}m"
    early, late = instant - timedelta(minutes=margin), instant + timedelta(minutes=after)
    return f"{early:%Y-%m-%d %H:%M}..{late:%Y-%m-%d %H:%M}"


FORMS = st.tuples(
    st.sampled_from(["second", "minute", "hour", "day", "approximate", "range"]),
    st.integers(1, 40),
    st.integers(0, 40),
)


@given(INSTANTS, SOON, FORMS, FORMS)
def test_the_true_difference_lies_within_the_bounds(
    start: datetime, later: timedelta, first: tuple[str, int, int], second: tuple[str, int, int]
) -> None:
    end = start + later
    found = incident(
        [f"{written(start, *first)} started: a", f"{written(end, *second)} resolved: b"]
    )
    time = found.response_time("time_to_resolve")
    assert time is not None
    assert time.outcome is Outcome.RECORDED
    assert time.span.lower is not None
    assert time.span.upper is not None
    assert time.span.nominal is not None
    assert time.span.lower <= later <= time.span.upper
    assert time.span.lower <= time.span.nominal <= time.span.upper
    for row, instant in zip(found.rows, (start, end), strict=True):
        assert row.moment.earliest is not None
        assert row.moment.latest is not None
        assert row.moment.earliest <= instant < row.moment.latest


@given(st.lists(st.tuples(INSTANTS, SOON, FORMS, FORMS), min_size=1, max_size=5))
def test_the_true_union_of_impact_lies_within_the_bounds(
    windows: list[tuple[datetime, timedelta, tuple[str, int, int], tuple[str, int, int]]],
) -> None:
    entries, true = [], set()
    day = min(start for start, *_ in windows)
    for start, length, first, second in windows:
        # Near each other, so that they overlap.
        begin = day + (start - datetime(1975, 1, 1, tzinfo=UTC)) % timedelta(hours=20)
        end = begin + length
        entries.append(f'  - {{from: "{written(begin, *first)}", to: "{written(end, *second)}"}}\n')
        true.add((begin, end))
    rows = [f"{day:%Y-%m-%d} started: a"]
    found = incident(rows, f"impact:\n{''.join(entries)}")
    span = union_length(found.windows)
    total, reached = timedelta(0), None
    for begin, end in sorted(true):
        first_new = begin if reached is None else max(begin, reached)
        total += max(end - first_new, timedelta(0))
        reached = end if reached is None else max(reached, end)
    assert span.lower is not None
    assert span.upper is not None
    assert span.lower <= total <= span.upper


@given(st.datetimes(datetime(1975, 1, 1), datetime(2024, 12, 31)), ZONES)
def test_local_times_agree_with_whenever(local: datetime, name: str) -> None:
    local = local.replace(microsecond=0)
    parts = (local.year, local.month, local.day, local.hour, local.minute, local.second)
    plain = whenever.PlainDateTime(*parts)
    place = zones.zone(name)
    try:
        expected = plain.assume_tz(name, disambiguation="raise").timestamp()
    except whenever.SkippedTime:
        with pytest.raises(zones.LocalTimeError) as error:
            zones.to_utc(local.date(), local.time(), place)
        assert not error.value.exists
    except whenever.RepeatedTime:
        with pytest.raises(zones.LocalTimeError) as error:
            zones.to_utc(local.date(), local.time(), place)
        assert error.value.exists
    else:
        assert zones.to_utc(local.date(), local.time(), place).timestamp() == expected


@given(st.dates(datetime(1975, 1, 1).date(), datetime(2024, 12, 30).date()), ZONES)
def test_days_begin_where_whenever_says(day: object, name: str) -> None:
    assert hasattr(day, "year")
    place = zones.zone(name)
    begin, end = zones.day_bounds(day, place)  # type: ignore[arg-type]
    first = whenever.Date(day.year, day.month, day.day).at(whenever.Time(12))  # type: ignore[attr-defined]
    expected = first.assume_tz(name).start_of("day")
    # A day that a zone skipped altogether, as Samoa did in 2011, has no start of its own.
    assume(expected.date() == whenever.Date(day.year, day.month, day.day))  # type: ignore[attr-defined]
    assert begin.timestamp() == expected.timestamp()
    assert begin < end


@given(INSTANTS, st.lists(st.tuples(SOON, COMMON_ZONES), min_size=1, max_size=12), COMMON_ZONES)
def test_clock_times_keep_their_day_over_midnights_and_zones(
    start: datetime, steps: list[tuple[timedelta, str]], home: str
) -> None:
    instants: list[datetime] = []
    texts: list[str] = []
    instant = start
    for step, name in steps:
        instant += step
        exact = whenever.Instant.from_timestamp(int(instant.timestamp())).to_tz(name)
        shown = f"{exact.hour:02}:{exact.minute:02}:{exact.second:02} {name}"
        plain = exact.to_plain()
        try:
            plain.assume_tz(name, disambiguation="raise")
        except whenever.RepeatedTime:
            assume(False)
        if not texts:
            shown = f"{exact.date()} {shown}"
        instants.append(instant)
        texts.append(f"{shown}: a")
    found = incident(texts, f"timezone: {home}\n")
    assert [row.moment.earliest for row in found.rows] == instants


@given(st.text(max_size=60) | st.from_regex(r"[~+.\-0-9:T ZAPMhX?/±m]{1,30}", fullmatch=True))
def test_whatever_is_written_is_read_or_explained(text: str) -> None:
    with contextlib.suppress(TimeError):
        parse(text)


@given(st.integers(0, 60 * 60 * 24 * 300))
def test_durations_are_read_as_they_are_written(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    days, rest = divmod(seconds, 86400)
    text = f"{days}d {rest // 3600}h {rest % 3600 // 60}m {rest % 60}s"
    assert parse_duration(text) == length
    days_part, _, time_part = iso_duration(length).removeprefix("P").partition("T")
    assert parse_duration(f"{days_part} {time_part}".lower()) == length
