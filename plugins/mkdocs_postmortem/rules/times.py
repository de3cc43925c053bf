"""PM2xx: times and their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from mkdocs_postmortem.diagnostics import Severity
from mkdocs_postmortem.moment import Moment, Precision
from mkdocs_postmortem.rules.registry import Remark, Words, check, problem

if TYPE_CHECKING:
    from mkdocs_postmortem.reading.reader import Reading


@problem("PM201", "unreadable-time")
def unreadable_time(message: str, help: str | None = None) -> Words:
    """A time is in no form that can be read.

    Days are written `2024-02-20`, clocks `18:03`, `18:03:30` or `6:03 PM`; `~18:05` is about,
    `18:05..18:10` somewhere in between, `18:??` some minute of that hour, `+5m` that much after
    `started`. Other ways to write a day or a clock are read differently in different countries.

    Real timelines have `5.03AM` with a full stop ([npm, 4 June
    2014](https://status.npmjs.org/incidents/8f606wk49gq4)) and `1915`, which is as good a year as a
    time ([Optimism, 26 April
    2023](https://github.com/ethereum-optimism/optimism/blob/develop/technical-documents/postmortems/2023-04-26-transaction-delays.md)).

    ## Example

    ```yaml
    timeline:
      - 18.03 started: Requests fail. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(message, help)


@problem("PM202", "dash-between-times")
def dash_between_times(message: str, help: str | None = None) -> Words:
    """A dash stands between two times.

    Real timelines mean either of two things by it: something lasted from the one to the other,
    or it happened once, somewhere in between. The durations come out differently, so the author
    says which: `at` with `until`, or `18:05..18:10`.

    In Railway's report of [2 July
    2026](https://blog.railway.com/p/incident-report-july-2-2026-us-east-services-outage) a row is
    at `07:44~08:32`, in others the same sign means “about”.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:05-18:10: We restart the proxies. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:05
        until: 18:10
        event: We restart the proxies.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(message, help)


@problem("PM203", "unknown-zone")
def unknown_zone(message: str, help: str | None = None) -> Words:
    """A time zone is unknown, or an abbreviation that names several.

    PST written in summer means PDT, an hour off; BST is British or Bangladeshi; CST is American
    or Chinese. Write the region, `Europe/Berlin`, or the offset, `+02:00`. UTC, GMT and Z stand
    for themselves.

    The postmortem of Optimism's [first
    drop](https://github.com/ethereum-optimism/optimism/blob/develop/technical-documents/postmortems/2022-05-31-drop-1.md)
    has PST in May, and Fly.io's log of [14 April 2025](https://fly.io/infra-log/2025-04-19) EST in
    April. Taken at their word, both are an hour off.

    ## Example

    ```yaml
    timeline:
      - at: 18:03 EST ◀
        milestone: started
        event: Requests fail.
      - 18:18 EST: We roll back. ◀
      - 23:25 UTC resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timezone: America/New_York
    timeline:
      - at: 18:03
        milestone: started
        event: Requests fail.
      - 18:18: We roll back.
      - 23:25 UTC resolved: Requests succeed again.
    ```
    """
    return Words(message, help)


@problem("PM204", "skipped-local-time")
def skipped_local_time(local: str, zone: str, offsets: str) -> Words:
    """A local time that never was: the clocks were put forward over it.

    Write the offset that was meant, or correct the time.

    A milestone at an hour that never was makes every response time from it wrong by an hour, on the
    one night of the year when nobody notices.

    ## Example

    ```yaml
    date: 2024-03-31
    timezone: Europe/Berlin
    timeline:
      - 02:15 started: Requests fail. ◀
      - 03:30 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    date: 2024-03-31
    timezone: Europe/Berlin
    timeline:
      - 03:15 started: Requests fail.
      - 03:30 resolved: Requests succeed again.
    ```
    """
    return Words(
        f"the clocks of {zone} never showed {local}: they were put forward",
        f"correct the time, or write the offset that was meant ({offsets})",
    )


@problem("PM205", "repeated-local-time")
def repeated_local_time(local: str, zone: str, offsets: str) -> Words:
    """A local time that came twice: the clocks were put back.

    The two are an hour apart. Write the offset, so that there is only one.

    ## Example

    ```yaml
    date: 2023-10-29
    timezone: Europe/Berlin
    timeline:
      - 02:15 started: Requests fail. ◀
      - 03:30 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    date: 2023-10-29
    timezone: Europe/Berlin
    timeline:
      - 02:15 +02:00 started: Requests fail.
      - 03:30 resolved: Requests succeed again.
    ```
    """
    return Words(
        f"the clocks of {zone} showed {local} twice: they were put back",
        f"write the offset ({offsets})",
    )


@check("PM206", "row-out-of-order")
def row_out_of_order(reading: Reading) -> Iterator[Remark]:
    """A row certainly happened before a row above it.

    Readers and computations go down the timeline, so its rows stand in the order in which things
    happened. A mistyped clock, a missing date after midnight and two rows swapped while editing
    all look like this; 40 of 126 public postmortems contradict their own timeline. Nothing is
    sorted in silence: move the row, correct its time, or write the date. A run of such rows is
    reported once.

    MyBinder's report of [18 April
    2018](https://github.com/jupyterhub/mybinder.org-deploy/blob/main/docs/source/incident-reports/2018-04-18-cull-flood.md)
    goes from 14:49 back to 14:43, and DFDS's of [14 February
    2023](https://github.com/dfds/postmortems/blob/master/PM2023-001%20-%20Total%20node%20failure.md)
    raises a ticket at 11:07, below a mail of 11:08.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:14: We roll back.
      - 18:06 identified: The logs point at the deploy. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:06 identified: The logs point at the deploy.
      - 18:14: We roll back.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    greatest: tuple[datetime, int] | None = None
    run: list[int] = []
    rows = reading.rows

    def remark() -> Remark:
        row = rows[run[0]]
        assert greatest is not None
        above = rows[greatest[1]]
        more = f", and so do the {len(run) - 1} rows below it" if len(run) > 1 else ""
        if len(run) == 2:
            more = ", and so does the row below it"
        message = f"{row.written} lies before {above.written} of row {above.number} above it{more}"
        back = (
            above.moment.nominal - row.moment.nominal
            if above.moment.nominal and row.moment.nominal
            else timedelta(0)
        )
        help = "correct the time, or move the row up"
        half = re.search(r"[AaPp]\.?\s?[Mm]\b", above.written or "")
        if half and not re.search(r"[AaPp]\.?\s?[Mm]\b", row.written or ""):
            help = f"write AM or PM here too, {row.written} {half[0]}; else {help}"
        if timedelta(hours=8) <= back <= timedelta(hours=12) and row.number in reading.undated:
            day = (row.moment.nominal or greatest[0]).astimezone(reading.zone).date()
            tomorrow = day + timedelta(days=1)
            help = f"if it was the next day write {tomorrow} {row.written}; else {help}"
        return Remark(reading.place_of_time(run[0]), message, help, row.number)

    for index, row in enumerate(rows):
        moment = row.moment
        if not moment.is_timed or (moment.earliest is None and moment.latest is None):
            continue
        if row.number in reading.unsure:
            continue
        late = greatest and moment.latest is not None and moment.latest <= greatest[0]
        if late:
            run.append(index)
            continue
        if run:
            yield remark()
            run = []
        if moment.earliest is not None and (greatest is None or moment.earliest > greatest[0]):
            greatest = (moment.earliest, index)
    if run:
        yield remark()


@problem("PM207", "new-day", Severity.NOTE)
def new_day(written: str, previous: str, day: date) -> Words:
    """The clock stepped back over midnight, so a new day begins here.

    Where a clock time without a date is more than 12 hours earlier than the one above it, it is
    taken to be on the next day. The note says which day that is; write the date to make it plain.

    The list in crates.io's account of [15 October
    2018](https://blog.rust-lang.org/2018/10/19/Update-on-crates.io-incident.html) has no dates, and
    its last row is after midnight.

    ## Example

    ```yaml
    timeline:
      - 23:50 started: Requests fail.
      - 00:20 resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml
    timeline:
      - 23:50 started: Requests fail.
      - 2024-02-21 00:20 resolved: Requests succeed again.
    ```
    """
    return Words(
        f"{written} after {previous} begins a new day: {day}",
        f"write {day} {written} to say so",
    )


@problem("PM208", "ends-before-it-begins")
def ends_before_it_begins(end: str, start: str) -> Words:
    """Something ends before it begins.

    An `until`, the right side of a range or the `to` of an impact lies before its start. Without
    a date it is the first such clock time after the start, so this takes a wrong date.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:05
        until: 2024-02-19 18:10 ◀
        event: We restart the proxies.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:05
        until: 2024-02-20 18:10
        event: We restart the proxies.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(f"{end} lies before {start}, where it begins", "correct one of the two")


@check("PM209", "in-the-future")
def in_the_future(reading: Reading) -> Iterator[Remark]:
    """A time lies in the future.

    A timeline tells what has happened. Mostly a year, a month or a zone is mistyped. Builds are
    held against `as_of`, by default today.

    ## Example

    ```yaml
    timeline:
      - 2024-12-02 18:03 started: Requests fail. ◀
      - 18:18 resolved: Requests succeed again. ◀
    ```

    ## Fixed

    ```yaml
    timeline:
      - 2024-02-12 18:03 started: Requests fail.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    options = reading.options
    for index, row in enumerate(reading.rows):
        for key, moment in (("at", row.moment), ("until", row.until)):
            if moment is None or not moment.is_timed or moment.earliest is None:
                continue
            if moment.earliest >= options.today and moment.precision is not Precision.RELATIVE:
                yield Remark(
                    reading.place_of_time(index, key),
                    f"this is in the future: {_day(moment, reading)} is after "
                    f"{_last_day(options.today, reading)}",
                    "correct the date",
                    row.number,
                )
    published = reading.published
    if published is not None and published.earliest and published.earliest >= options.today:
        yield Remark(
            reading.places.value("published"),
            f"this is in the future: {_day(published, reading)} is after "
            f"{_last_day(options.today, reading)}",
            "write the day on which it was published",
        )


def _day(moment: Moment, reading: Reading) -> date:
    assert moment.earliest is not None
    return moment.earliest.astimezone(reading.zone).date()


def _last_day(today: datetime, reading: Reading) -> date:
    return (today - timedelta(seconds=1)).astimezone(reading.options.zone).date()


@problem("PM210", "relative-to-nothing")
def relative_to_nothing(reason: str) -> Words:
    """A relative time has nothing to be relative to.

    `+5m` is five minutes after the `started` of its episode, so there must be one, and it must
    have a time of its own.

    PagerDuty's report of [18 October 2017](https://pagerduty.statuspage.io/incidents/84sncwnwpmmw)
    has its response begin “approximately 10 minutes later” than something. What it is later than
    must be a row with a time.

    ## Example

    ```yaml
    timeline:
      - ..18:03 started: Requests fail.
      - +10m: The response begins. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - +10m: The response begins.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(reason, "give the row with `started` a time, or write the time here")


@problem("PM211", "unfilled-time")
def unfilled_time(message: str, help: str | None = None) -> Words:
    """A time is still the template's.

    One public postmortem went out with `HH:mm` in its first row, another as “6 minutes” because
    its template rows were never filled in; it had been 17 hours.

    The row is still there: it is the first one of DFDS's postmortem of [13 March
    2024](https://github.com/dfds/postmortems/blob/master/PM2024-001%20-%20Two%20Kubernetes%20nodes%20went%20into%20NotReady%20state.md).

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - HH:mm: Alerts fire. ◀
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - 18:04: Alerts fire.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    return Words(message, help)


@check("PM212", "most-of-a-day", Severity.WARNING)
def most_of_a_day(reading: Reading) -> Iterator[Remark]:
    """Something lasts or is uncertain for more than 12 hours, up to a clock time of the next day.

    An `until`, or the right side of a range, without a date is the first such clock time after the
    start. `at: 18:03` with `until: 18:01` is nearly a whole day, and mostly a slip of the pen.

    ## Example

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:05
        until: 18:01 ◀
        event: We restart the proxies.
      - 18:18 resolved: Requests succeed again.
    ```

    ## Fixed

    ```yaml
    timeline:
      - 18:03 started: Requests fail.
      - at: 18:05
        until: 18:10
        event: We restart the proxies.
      - 18:18 resolved: Requests succeed again.
    ```
    """
    fields = reading.fields
    if fields is None:
        return
    for index, (row, written) in enumerate(zip(reading.rows, fields.timeline, strict=True)):
        if row.number in reading.unsure:
            continue
        begin = row.moment.earliest
        until, is_range = written.until or "", row.moment.precision is Precision.RANGE
        if is_range and row.number in reading.undated and _is_long(row.moment):
            yield Remark(
                reading.place_of_time(index),
                f"{row.written} ends on the next day, {_hours(row.moment.width)} later",
                "correct one of the two times, or write both dates",
                row.number,
            )
        if row.until is None or begin is None or row.until.latest is None or "-" in until[:8]:
            continue
        if row.until.latest - begin > _HALF_A_DAY:
            yield Remark(
                reading.place_of_time(index, "until"),
                f"until {until} is on the next day, {_hours(row.until.latest - begin)} later",
                "correct the time, or write its date",
                row.number,
            )


_HALF_A_DAY = timedelta(hours=12)


def _is_long(moment: Moment) -> bool:
    return moment.width is not None and moment.width > _HALF_A_DAY


def _hours(length: timedelta | None) -> str:
    return f"{round((length or timedelta(0)) / timedelta(hours=1))} hours"


@check("PM213", "published-before-it-began", Severity.WARNING)
def published_before_it_began(reading: Reading) -> Iterator[Remark]:
    """The incident was published before it began.

    Mostly the year is mistyped. The day of publication orders feeds and cannot be corrected later
    without readers noticing.

    ## Example

    ```yaml
    published: 2023-02-22 ◀
    ```

    ## Fixed

    ```yaml
    published: 2024-02-22
    ```
    """
    starts = [row.moment.earliest for row in reading.rows if row.moment.earliest is not None]
    published = reading.published
    fields = reading.fields
    if published is None or published.latest is None or not starts or fields is None:
        return
    if published.latest <= min(starts) and fields.kind == "incident":
        yield Remark(
            reading.places.value("published"),
            f"{fields.published} is before the incident began",
            "write the day on which it was first published",
        )


@check("PM214", "update-overdue", Severity.WARNING)
def update_overdue(reading: Reading) -> Iterator[Remark]:
    """An update was promised for a day that has passed.

    The incident is open, and readers wait for what was announced. Write the update as a row and
    say when the next one comes, or close the incident.

    ## Example

    ```yaml
    status: open
    timeline:
      - 18:03 started: Requests fail.
    next_update: 2024-02-20 19:00 ◀
    ```

    ## Fixed

    ```yaml
    status: open
    timeline:
      - 18:03 started: Requests fail.
      - 19:00 identified: A disk is full.
    next_update: 2024-06-01 19:00
    ```
    """
    incident, options = reading.incident, reading.options
    if incident is None or not incident.ongoing or incident.next_update is None:
        return
    day = incident.next_update.day_in(options.zone)
    if day is not None and day < _last_day(options.today, reading):
        yield Remark(
            reading.places.value("next_update"),
            f"the next update was due on {day}",
            "write it and say when the next one comes, or say `status: closed`",
        )
