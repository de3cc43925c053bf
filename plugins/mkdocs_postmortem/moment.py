"""Moments as intervals in UTC, and the spans between them.

A time that somebody wrote down is never a point: ``18:03`` says that something happened at or
after 18:03:00 and before 18:04:00. Everything computed from such times keeps both bounds.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple

from mkdocs_postmortem.zones import day_bounds

ZERO = timedelta(0)


class Precision(StrEnum):
    """How exactly a time was written."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    APPROXIMATE = "approximate"
    RANGE = "range"
    RELATIVE = "relative"
    NOT_BEFORE = "not_before"
    NOT_AFTER = "not_after"
    UNTIMED = "untimed"


class Moment(NamedTuple):
    """When something happened: at or after ``earliest`` and before ``latest``, both in UTC.

    ``earliest`` or ``latest`` is ``None`` where that side is open. ``nominal`` is the time as
    written, else the middle of the interval, else ``None``. Moments with the same ``origin``
    share one uncertainty: ``+5m`` is exactly five minutes after ``started`` however vaguely
    ``started`` is known, so their difference is the difference of their ``shift``. ``day`` is what
    was written where that was a day alone.
    """

    earliest: datetime | None
    latest: datetime | None
    nominal: datetime | None
    precision: Precision
    origin: int | None = None
    shift: timedelta = ZERO
    day: date | None = None

    @classmethod
    def between(
        cls,
        earliest: datetime | None,
        latest: datetime | None,
        precision: Precision,
        nominal: datetime | None = None,
    ) -> Moment:
        """The interval from `earliest` to `latest`; its nominal value is its middle by default."""
        if nominal is None and earliest is not None and latest is not None:
            nominal = earliest + (latest - earliest) / 2
            nominal = nominal.replace(microsecond=0)
        return cls(earliest, latest, nominal, precision)

    def tied_to(self, origin: int) -> Moment:
        """The moment with the uncertainty that `origin`, a row from 0, has."""
        return self._replace(origin=origin)

    @property
    def width(self) -> timedelta | None:
        """How uncertain the moment is, or ``None`` where a side is open."""
        if self.earliest is None or self.latest is None:
            return None
        return self.latest - self.earliest

    @property
    def is_timed(self) -> bool:
        """Whether the author gave any time at all."""
        return self.precision is not Precision.UNTIMED

    def shifted(self, offset: timedelta) -> Moment:
        """The moment exactly `offset` later, tied to this one's uncertainty."""

        def move(instant: datetime | None) -> datetime | None:
            return None if instant is None else instant + offset

        return self._replace(
            earliest=move(self.earliest),
            latest=move(self.latest),
            nominal=move(self.nominal),
            precision=Precision.RELATIVE,
            shift=self.shift + offset,
            day=None,
        )

    @property
    def at(self) -> datetime | None:
        """Its nominal value, else the bound that is known."""
        return self.nominal or self.earliest or self.latest

    def day_in(self, zone: tzinfo) -> date | None:
        """The day on which it happened in `zone`; a day that was written alone stays that day."""
        if self.day is not None or self.at is None:
            return self.day
        return self.at.astimezone(zone).date()

    def seen_from(self, zone: tzinfo) -> Moment:
        """The moment for readers in `zone`: a day that was written alone is that day there."""
        if self.day is None:
            return self
        return Moment.between(*day_bounds(self.day, zone), self.precision)._replace(day=self.day)

    def certainly_before(self, other: Moment) -> bool:
        """Whether no reading of the two times puts this one at or after `other`."""
        return (
            self.latest is not None and other.earliest is not None and self.latest <= other.earliest
        )


UNTIMED = Moment(None, None, None, Precision.UNTIMED)


class Span(NamedTuple):
    """A length of time with bounds: the true length lies between ``lower`` and ``upper``.

    A bound is ``None`` where that side is open; ``nominal`` is ``None`` where there is no number.
    """

    nominal: timedelta | None
    lower: timedelta | None
    upper: timedelta | None

    @classmethod
    def exactly(cls, length: timedelta) -> Span:
        """A length without uncertainty."""
        return cls(length, length, length)

    @property
    def has_number(self) -> bool:
        """Whether anything is known of the length."""
        return self.nominal is not None or self.lower is not None or self.upper is not None

    def at_least(self, floor: timedelta) -> Span:
        """The same span where something else tells that it cannot be below `floor`."""
        lower = floor if self.lower is None else max(self.lower, floor)
        upper = None if self.upper is None else max(self.upper, floor)
        return Span(self.nominal, lower, upper).within_bounds()

    def at_most(self, ceiling: timedelta) -> Span:
        """The same span where something else tells that it cannot be above `ceiling`."""
        lower = None if self.lower is None else min(self.lower, ceiling)
        upper = ceiling if self.upper is None else min(self.upper, ceiling)
        return Span(self.nominal, lower, upper).within_bounds()

    def within_bounds(self) -> Span:
        """The same span; a nominal length that its bounds rule out becomes their middle."""
        lower, nominal, upper = self.lower, self.nominal, self.upper
        if nominal is None or (
            (lower is None or lower <= nominal) and (upper is None or nominal <= upper)
        ):
            return self
        if lower is None or upper is None:
            return self._replace(nominal=None)
        middle = lower + (upper - lower) / 2
        return self._replace(nominal=middle - timedelta(microseconds=middle.microseconds))


UNKNOWN = Span(None, None, None)


def difference(start: Moment, end: Moment) -> Span:
    """How much later `end` was than `start`, with bounds; negative where it was earlier.

    Two untimed moments have no number between them. Moments that share an origin differ exactly.
    """
    if not start.is_timed and not end.is_timed:
        return UNKNOWN
    if start.origin is not None and start.origin == end.origin:
        return Span.exactly(end.shift - start.shift)

    def subtract(later: datetime | None, earlier: datetime | None) -> timedelta | None:
        return None if later is None or earlier is None else later - earlier

    return Span(
        subtract(end.nominal, start.nominal),
        subtract(end.earliest, start.latest),
        subtract(end.latest, start.earliest),
    )
