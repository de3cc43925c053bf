"""Entries placed on days and in zones, and written as incident files write times.

The rules are the reader's own: a clock without a day goes on from the one above it, and a new day
begins where it steps back by more than twelve hours.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from mkdocs_postmortem import zones
from mkdocs_postmortem.importing.entry import Entry
from mkdocs_postmortem.importing.spelled_time import SpelledDay, SpelledPoint
from mkdocs_postmortem.importing.zone_words import ZoneReading, read_zone

# Between two times these words leave no doubt that it lasted, a dash does.
_LASTING = re.compile(r"\b(?:to|until|till|through)\b", re.IGNORECASE)
_NEW_DAY = timedelta(hours=12)
# Stands for the first day of a document that names none.
_NO_DAY = date(2000, 1, 3)


@dataclass(slots=True)
class Placed:
    """An entry with the times of its row. ``start`` is the instant of its clock."""

    entry: Entry
    at: str | None = None
    until: str | None = None
    start: datetime | None = None
    day: date | None = None
    zone: ZoneReading | None = None
    clock: str | None = None
    about: bool = False
    end: SpelledPoint | None = None
    end_zone: ZoneReading | None = None
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Placement:
    """All rows, the day of the first clock, the zone that most rows are in, and doubts."""

    rows: list[Placed]
    date: date | None
    timezone: str | None
    notes: list[tuple[int, str]]


def place(
    entries: list[Entry], first: date | None, stated_zone: str | None, site_zone: str
) -> Placement:
    """Place `entries`; `first` is the day that the document names, if it names one."""
    placer = _Placer(first, stated_zone, site_zone)
    rows = [placer.row(entry) for entry in entries]
    return placer.written(rows)


class _Placer:
    def __init__(self, first: date | None, stated_zone: str | None, site_zone: str) -> None:
        self.first = first
        self.stated_zone = stated_zone
        self.site_zone = site_zone
        self.day: date | None = first
        self.day_line = -1
        self.previous: tuple[datetime, tzinfo] | None = None
        self.notes: list[tuple[int, str]] = []
        self.doubts: set[str] = set()
        self.last_zone = ZoneReading(site_zone, zones.zone(site_zone))

    def row(self, entry: Entry) -> Placed:
        placed = Placed(entry)
        spelled = entry.time
        if entry.day is not None and entry.day_line != self.day_line:
            found = entry.day.on(self.day, self.first)
            if found is not None:
                self._set_day(found, entry.day, entry.line)
                self.previous = None
            self.day_line = entry.day_line
        if spelled is None:
            return placed
        if spelled.kind == "elapsed":
            placed.at = spelled.elapsed
            return placed
        if spelled.kind == "later":
            assert spelled.later is not None
            if self.previous is None:
                placed.notes.append("it is so much later than an entry without a clock")
                return placed
            start = self.previous[0] + spelled.later
            zone = placed.zone = self.last_zone
            placed.start, placed.day = start, start.astimezone(zone.zone).date()
            placed.clock, placed.about = f"{start.astimezone(zone.zone):%H:%M}", True
            self.previous = (start, zone.zone)
            self.day = placed.day
            return placed
        point = spelled.point
        own = point.day.on(self.day, self.first) if point.day is not None else None
        if point.day is not None and own is None:
            placed.notes.append("its day cannot be told")
            return placed
        if own is not None:
            assert point.day is not None
            self._set_day(own, point.day, entry.line)
        if point.clock is None:
            placed.at = own.isoformat() if own else None
            placed.day, self.previous = own, None
            return placed
        near = self.day or _NO_DAY
        zone = self._zone(point.zone or entry.zone or self.stated_zone, near, entry.line)
        clock = _time(point.clock)
        day = near
        if own is None and self.previous is not None:
            local = self.previous[0].astimezone(zone.zone)
            day = local.date()
            if local.replace(tzinfo=None) - datetime.combine(day, clock) > _NEW_DAY:
                day += timedelta(days=1)
        start = _instant(day, clock, zone.zone)
        placed.clock, placed.zone, placed.start, placed.day = point.clock, zone, start, day
        placed.about = point.about
        placed.end, placed.end_zone = spelled.until, zone
        if entry.until is not None:
            placed.end = entry.until.point
        self._second_reading(placed, entry, day)
        assert placed.start is not None
        self.previous = (placed.start, zone.zone)
        self.last_zone = zone
        self.day = day
        return placed

    def _set_day(self, day: date, spelled: SpelledDay, line: int) -> None:
        if self.first is None and spelled.day is not None:
            self.first = day
        if spelled.swapped:
            self._doubt(line, f"{day} may be the other way round, day and month")
        self.day = day

    def _zone(self, words: str | None, day: date, line: int) -> ZoneReading:
        if words is None:
            self._doubt(line, f"no zone is stated; read in the site's, {self.site_zone}")
            return ZoneReading(self.site_zone, zones.zone(self.site_zone))
        reading = read_zone(words, day)
        if reading is None:
            self._doubt(line, f"“{words}” is no zone; read in the site's, {self.site_zone}")
            return ZoneReading(self.site_zone, zones.zone(self.site_zone))
        if reading.doubt:
            self._doubt(line, reading.doubt)
        return reading

    def _doubt(self, line: int, doubt: str) -> None:
        key = doubt.partition(" show on ")[0]
        if key not in self.doubts:
            self.doubts.add(key)
            self.notes.append((line, doubt))

    def _second_reading(self, placed: Placed, entry: Entry, day: date) -> None:
        """The same instant in a second zone: in UTC it counts, where the two agree."""
        assert entry.time is not None
        point, words = entry.time.other, None
        if entry.other is not None:
            point, words = entry.other.point, entry.other_zone
        if point is None or point.clock is None or placed.start is None:
            return
        words = point.zone or words
        reading = read_zone(words, day) if words else None
        if reading is None:
            return
        clock = _time(point.clock)
        local = placed.start.astimezone(reading.zone)
        nearest = min(
            (
                _instant(local.date() + timedelta(days=shift), clock, reading.zone)
                for shift in (-1, 0, 1)
            ),
            key=lambda instant: abs(instant - placed.start),  # type: ignore[operator]
        )
        is_utc = reading.name == "UTC"
        if nearest != placed.start:
            message = (
                f"{placed.clock} {placed.zone.name if placed.zone else ''} and {point.clock} "
                f"{words} are not the same instant"
            )
            placed.notes.append(
                f"{message}; {'the one in UTC' if is_utc else 'the first'} was taken"
            )
        if is_utc:
            placed.start, placed.zone, placed.clock = nearest, reading, point.clock
            placed.day = nearest.date()
            if entry.other is not None and entry.other.until is not None:
                placed.end, placed.end_zone = entry.other.until, reading

    def written(self, rows: list[Placed]) -> Placement:
        counted = Counter(row.zone.name for row in rows if row.zone is not None)
        main = next((name for name, _ in counted.most_common()), self.stated_name())
        first_day: date | None = None
        if self.first is not None:
            first_day = next((row.day for row in rows if row.day is not None), self.first)
            if main and rows and (row := next((r for r in rows if r.start), None)) and row.day:
                first_day = row.day
        before: Placed | None = None
        for row in rows:
            if row.clock is None:
                if row.at is not None and row.day is not None:
                    before = row
                continue
            row.at = self._at(row, before, first_day, main)
            self._range(row, main)
            before = row
        return Placement(rows, first_day, main, self.notes)

    def stated_name(self) -> str | None:
        if self.stated_zone is None:
            return None
        reading = read_zone(self.stated_zone, self.first or _NO_DAY)
        return reading.name if reading else None

    def _at(self, row: Placed, before: Placed | None, first: date | None, main: str | None) -> str:
        assert row.zone is not None
        assert row.clock is not None
        with_day = first is not None and (
            row.day != first
            if before is None
            else before.start is None
            or before.zone is None
            or before.zone.name != row.zone.name
            or row.day != before.day
            or _steps_back(before.clock, row.clock)
        )
        text = f"{row.day} {row.clock}" if with_day else row.clock
        if row.zone.name != main:
            text = f"{text} {row.zone.name}"
        return f"~{text}" if row.about else text

    def _range(self, row: Placed, main: str | None) -> None:
        spelled = row.entry.time
        assert spelled is not None
        assert row.at is not None
        assert row.zone is not None
        end = row.end
        if spelled.kind == "not_after":
            row.at = f"..{row.at.removeprefix('~')}"
        elif spelled.kind == "not_before":
            row.at = f"{row.at.removeprefix('~')}.."
        if end is None or end.clock is None or spelled.kind in ("not_after", "not_before"):
            return
        shown = self._end(row, end, main)
        if spelled.kind == "between":
            row.at = f"{row.at}..{shown}"
        else:
            row.until = shown
            if row.entry.until is None and not _LASTING.search(row.entry.written):
                row.notes.append(
                    f"“{row.entry.written}” is read as lasting; for something that happened once "
                    f"in between write {row.at}..{shown}"
                )

    def _end(self, row: Placed, end: SpelledPoint, main: str | None) -> str:
        assert row.zone is not None
        day = end.day.on(row.day, self.first) if end.day else None
        text = f"{day} {end.clock}" if day and day != row.day and self.first else str(end.clock)
        zone = read_zone(end.zone, row.day or _NO_DAY) if end.zone else row.end_zone
        if zone is not None and zone.name != main:
            text = f"{text} {zone.name}"
        return text


def _steps_back(before: str | None, clock: str) -> bool:
    """Whether a clock on the same day would be taken for the next day's."""
    if before is None:
        return True
    one, two = _time(before), _time(clock)
    return datetime.combine(_NO_DAY, one) - datetime.combine(_NO_DAY, two) > _NEW_DAY


def _time(clock: str) -> time:
    return time.fromisoformat(clock.replace("??", "00"))


def _instant(day: date, clock: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
