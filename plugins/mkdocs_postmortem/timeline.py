"""The rows of a timeline placed in time: the day rule, zones, ranges, relative and open times.

Local times come in here and only instants in UTC go out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache, partial

from mkdocs_postmortem import zones
from mkdocs_postmortem.diagnostics import Edit, Fix, Place
from mkdocs_postmortem.incident import Row
from mkdocs_postmortem.moment import UNTIMED, Moment, Precision
from mkdocs_postmortem.readable_times import readable_forms
from mkdocs_postmortem.reading.front_matter import RowFields
from mkdocs_postmortem.rules import times as rules
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.written_time import (
    IN_TIMELINE,
    OUTSIDE_TIMELINE,
    Point,
    Range,
    Relative,
    TimeError,
    Written,
    parse,
)

_NEW_DAY = timedelta(hours=12)


# Where a time stands in its file.
Where = Callable[[], Place]


@dataclass(slots=True)
class Clockwork:
    """Turns written times of one incident into moments, and gathers what is wrong with them.

    It asks where a time stands only to say that something is wrong with it.
    """

    zone: tzinfo
    approximate: timedelta
    findings: list[Finding] = field(default_factory=list)

    def read(self, text: str, where: Where, forms: str = IN_TIMELINE) -> Written | None:
        """`text` parsed, or ``None`` after saying what is wrong with it.

        `forms` is what to write where nothing is known of what was meant.
        """
        try:
            return parse(text)
        except TimeError as error:
            rule = {
                "dash": rules.dash_between_times,
                "zone": rules.unknown_zone,
                "unfilled": rules.unfilled_time,
            }.get(error.kind, rules.unreadable_time)
            meant = readable_forms(text)
            help = f"write {' or '.join(meant)}" if meant else error.help or forms
            fixes = (Fix((Edit(where(), form, text),)) for form in meant)
            self.findings.append(rule(where(), error.message, help).mended_by(*fixes))
            return None

    def resolve(self, point: Point, day: date, where: Where) -> tuple[Moment, datetime]:
        """`point` on `day` (its own day counts first), and the instant at which it was written."""
        day = point.day or day
        zone = point.zone or self.zone
        if point.clock is None:
            earliest, latest = zones.day_bounds(day, zone)
            moment = Moment.between(earliest, latest, Precision.DAY)
            return moment._replace(day=day), earliest
        try:
            start = zones.to_utc(day, point.clock.time, zone)
        except zones.LocalTimeError as error:
            rule = rules.repeated_local_time if error.exists else rules.skipped_local_time
            offsets = " or ".join(zones.offsets(error.local, zone))
            self.findings.append(rule(where(), f"{error.local:%Y-%m-%d %H:%M}", str(zone), offsets))
            start = error.local.replace(tzinfo=zone).astimezone(UTC)
        end = start + point.clock.step
        if point.approximate:
            margin = self.approximate if point.margin is None else point.margin
            return (
                Moment.between(start - margin, end + margin, Precision.APPROXIMATE, start),
                start,
            )
        exact = point.clock.precision in (Precision.SECOND, Precision.MINUTE)
        nominal = start if exact else None
        return Moment.between(start, end, point.clock.precision, nominal), start

    def first_at_or_after(
        self, point: Point, start: datetime, where: Where
    ) -> tuple[Moment, datetime]:
        """The first time that reads as `point` and does not end at or before `start`."""
        if point.day is not None:
            return self.resolve(point, point.day, where)
        day = start.astimezone(point.zone or self.zone).date()
        quiet = Clockwork(self.zone, self.approximate)
        moment, _ = quiet.resolve(point, day, where)
        if moment.latest is not None and moment.latest <= start:
            day += timedelta(days=1)
        return self.resolve(point, day, where)

    def moment_of(
        self,
        text: str,
        where: Where,
        after: datetime | None,
        day: date,
        forms: str = OUTSIDE_TIMELINE,
    ) -> Moment | None:
        """A time outside the timeline, such as ``published`` or the end of an impact.

        A clock without a date is the first at or after `after`, or lies on `day`.
        """
        written = self.read(text, where, forms)
        if isinstance(written, Relative):
            self.findings.append(
                rules.relative_to_nothing(where(), "a relative time is only read in the timeline")
            )
            return None
        if isinstance(written, Range):
            moment, _ = self.range(written, day, after, where)
            return moment
        if written is None:
            return None
        if after is not None:
            return self.first_at_or_after(written, after, where)[0]
        return self.resolve(written, day, where)[0]

    def range(
        self, written: Range, day: date, after: datetime | None, where: Where
    ) -> tuple[Moment, datetime | None]:
        """A range as one moment, and the instant at which its left side was written."""
        start = begin = None
        if written.start is not None:
            if after is not None:
                start, begin = self.first_at_or_after(written.start, after, where)
            else:
                start, begin = self.resolve(written.start, day, where)
        if written.end is None:
            assert start is not None
            return Moment(start.earliest, None, None, Precision.NOT_BEFORE), begin
        if begin is not None:
            end, finish = self.first_at_or_after(written.end, begin, where)
        elif after is not None:
            end, finish = self.first_at_or_after(written.end, after, where)
        else:
            end, finish = self.resolve(written.end, day, where)
        if start is None:
            return Moment(None, end.latest, None, Precision.NOT_AFTER), None
        assert begin is not None
        assert start.earliest is not None
        assert end.latest is not None
        if end.latest <= begin:
            zone = self.zone
            self.findings.append(
                rules.ends_before_it_begins(where(), _show(finish, zone), _show(begin, zone))
            )
            return start, begin
        return Moment.between(start.earliest, end.latest, Precision.RANGE), begin


@dataclass(frozen=True, slots=True)
class Timeline:
    """The rows in time.

    ``undated`` are the numbers of those whose clock has no date of its own, ``unsure`` of those
    whose time, or the one it is relative to, is wrong by itself: of its order nothing is said.
    """

    rows: tuple[Row, ...]
    undated: frozenset[int]
    unsure: frozenset[int]


def resolve_timeline(
    fields: Sequence[RowFields],
    day: date,
    clockwork: Clockwork,
    place_of: Callable[[int, str], Place],
) -> Timeline:
    """Place every row in time.

    `day` is the day of the first clock time; `place_of` gives the place of a row's ``at`` or
    ``until``. Problems are added to the clockwork's findings.
    """
    episodes = _episodes(fields)
    moments: list[Moment] = []
    starts: list[datetime | None] = []
    undated: set[int] = set()
    unsure: set[int] = set()
    relative: dict[int, timedelta] = {}
    # The last clock time above, as written, or nothing where a row has set the day alone.
    previous: tuple[datetime, str] | None = None

    for index, row in enumerate(fields):
        moment, start = UNTIMED, None
        where = partial(place_of, index, "at")
        written = clockwork.read(row.at, where) if row.at else None
        if row.at and written is None:
            unsure.add(index + 1)
        if isinstance(written, Relative):
            relative[index] = written.offset
        elif written is not None:
            first = _first_point(written)
            if first.day is not None:
                day = first.day
            else:
                undated.add(index + 1)
                if previous is not None:
                    clocks, begins = _day_by_rule(first, previous[0], clockwork.zone)
                    if begins:
                        assert row.at is not None
                        finding = rules.new_day(where(), row.at, previous[1], clocks)
                        dated = Fix((Edit(where(), with_day(row.at, clocks), row.at),))
                        clockwork.findings.append(finding.mended_by(dated))
                    day = clocks
            known = len(clockwork.findings)
            if isinstance(written, Range):
                moment, start = clockwork.range(written, day, None, where)
            else:
                moment, start = clockwork.resolve(written, day, where)
            if len(clockwork.findings) > known:
                unsure.add(index + 1)
            moment = moment.tied_to(index)
            assert row.at is not None
            if first.clock is None:
                previous = None
            elif start is not None:
                previous = (start, row.at)
        moments.append(moment)
        starts.append(start)

    _place_relative(fields, episodes, moments, relative, unsure, clockwork, place_of)
    lasting = [
        _until(index, row, moments[index], starts[index], day, clockwork, place_of)
        for index, row in enumerate(fields)
    ]
    moments = _bounded_by_neighbours(moments)
    anchors = _anchors(fields, moments)
    rows = tuple(
        Row(
            number=index + 1,
            written=row.at,
            moment=moments[index],
            until=lasting[index],
            milestones=tuple(dict.fromkeys(row.milestone)),
            episode=episodes[index],
            text=row.event,
            anchor=anchors[index],
            outcome=row.outcome,
            components=row.component,
            by=row.by,
            severity=row.severity,
            internal=row.internal,
            evidence=row.evidence,
            update=row.update,
        )
        for index, row in enumerate(fields)
    )
    return Timeline(rows, frozenset(undated), frozenset(unsure))


def with_day(written: str, day: date) -> str:
    """A time without a day, with `day` written before its clock."""
    return f"..{day} {written[2:].lstrip()}" if written.startswith("..") else f"{day} {written}"


def _first_point(written: Point | Range) -> Point:
    if isinstance(written, Point):
        return written
    point = written.start or written.end
    assert point is not None
    return point


def _day_by_rule(point: Point, previous: datetime, zone: tzinfo) -> tuple[date, bool]:
    """The day of a clock time below `previous`, and whether it begins a new one."""
    assert point.clock is not None
    local, clock = previous.astimezone(point.zone or zone), point.clock.time
    day = local.date()
    # No clock that shows more steps back.
    if (
        local.time() > clock
        and local.replace(tzinfo=None) - datetime.combine(day, clock) > _NEW_DAY
    ):
        return day + timedelta(days=1), True
    return day, False


def _episodes(fields: Sequence[RowFields]) -> list[int]:
    """The episode of each row: one ends at the last ``resolved`` before another ``started``."""
    ends = set()
    pending: int | None = None
    for index, row in enumerate(fields):
        if "started" in row.milestone and pending is not None:
            ends.add(pending)
            pending = None
        if "resolved" in row.milestone:
            pending = index
    episode, result = 1, []
    for index in range(len(fields)):
        result.append(episode)
        episode += index in ends
    return result


def _place_relative(
    fields: Sequence[RowFields],
    episodes: list[int],
    moments: list[Moment],
    relative: dict[int, timedelta],
    unsure: set[int],
    clockwork: Clockwork,
    place_of: Callable[[int, str], Place],
) -> None:
    for index, offset in relative.items():
        base = next(
            (
                other
                for other, row in enumerate(fields)
                if "started" in row.milestone and episodes[other] == episodes[index]
            ),
            None,
        )
        place = place_of(index, "at")
        is_placed = base is not None and None not in (moments[base].origin, moments[base].width)
        if base is not None and is_placed:
            moments[index] = moments[base].shifted(offset)
        elif base is None:
            reason = f"{fields[index].at} is relative to `started`, and no row has it"
            clockwork.findings.append(rules.relative_to_nothing(place, reason))
        elif base + 1 not in unsure:
            reason = f"{fields[index].at} is relative to `started`, which has no time of its own"
            clockwork.findings.append(rules.relative_to_nothing(place, reason))
        if not is_placed or (base is not None and base + 1 in unsure):
            unsure.add(index + 1)


def _until(
    index: int,
    row: RowFields,
    moment: Moment,
    start: datetime | None,
    day: date,
    clockwork: Clockwork,
    place_of: Callable[[int, str], Place],
) -> Moment | None:
    if row.until is None:
        return None
    where = partial(place_of, index, "until")
    start = start or moment.nominal or moment.earliest or moment.latest
    end = clockwork.moment_of(row.until, where, start, day)
    if end is not None and start is not None and end.latest is not None and end.latest <= start:
        zone = clockwork.zone
        shown = end.nominal or end.latest
        clockwork.findings.append(
            rules.ends_before_it_begins(where(), _show(shown, zone), _show(start, zone))
        )
        return None
    return end


def _bounded_by_neighbours(moments: list[Moment]) -> list[Moment]:
    """Open sides closed by the rows above and below, which the author put in order."""
    floors: list[datetime | None] = []
    floor: datetime | None = None
    for moment in moments:
        floors.append(floor)
        if moment.earliest is not None and (floor is None or moment.earliest > floor):
            floor = moment.earliest
    ceiling: datetime | None = None
    bounded: list[Moment] = []
    for moment, lower in zip(reversed(moments), reversed(floors), strict=True):
        result = moment
        if moment.earliest is None or moment.latest is None:
            earliest = lower if moment.earliest is None else moment.earliest
            latest = ceiling if moment.latest is None else moment.latest
            # Rows out of order have been reported; they bound nothing.
            if earliest is None or latest is None or earliest < latest:
                between = Moment.between(earliest, latest, moment.precision)
                result = between._replace(origin=moment.origin)
        bounded.append(result)
        if moment.latest is not None and (ceiling is None or moment.latest < ceiling):
            ceiling = moment.latest
    bounded.reverse()
    return bounded


_NO_WORD = re.compile(r"[^\w]+")


@lru_cache(maxsize=4096)
def slug(text: str) -> str:
    """`text` as lower-case words joined by hyphens, for ids and anchors."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return _NO_WORD.sub("-", folded).strip("-_")


_IN_NO_ANCHOR = str.maketrans("T", "t", "-:")


def _anchors(fields: Sequence[RowFields], moments: Sequence[Moment]) -> list[str]:
    """The rows' anchors from their times and milestones; equal ones add their first words."""
    taken: set[str] = set()
    last: dict[str, int] = {}
    result = []
    for row, moment in zip(fields, moments, strict=True):
        nominal = moment.nominal or moment.earliest or moment.latest
        stamp = ""
        if nominal is not None and moment.is_timed:
            # 2024-02-20T18:03:00+00:00
            stamp = nominal.isoformat().translate(_IN_NO_ANCHOR)
            stamp = stamp[: 15 if moment.precision is Precision.SECOND else 13]
        parts = (stamp or _first_words(row), *dict.fromkeys(row.milestone))
        base = "-".join(part for part in parts if part) or "row"
        anchor = f"at-{base}" if stamp else f"row-{base}"
        if anchor in taken and (words := _first_words(row)):
            anchor = f"{anchor}-{words}"
        unique = anchor
        while unique in taken:
            last[anchor] = last.get(anchor, 1) + 1
            unique = f"{anchor}-{last[anchor]}"
        taken.add(unique)
        result.append(unique)
    return result


def _first_words(row: RowFields) -> str:
    # An anchor is public, so none is made from the words of an internal row.
    text = "" if row.internal else row.event
    return "-".join(slug(re.sub(r"[\W_]+", " ", text)).split("-")[:4])


def _show(instant: datetime, zone: tzinfo) -> str:
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"
