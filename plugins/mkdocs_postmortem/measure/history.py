"""The state of components now, and day by day: from the impact windows of incidents alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from mkdocs_postmortem.incident import Incident, Window
from mkdocs_postmortem.measure.impact import covered
from mkdocs_postmortem.moment import ZERO
from mkdocs_postmortem.options import LEVELS, UNKNOWN_LEVEL
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.zones import day_bounds

DAYS = 90
_RANKED = (LEVELS[0], UNKNOWN_LEVEL, *LEVELS[1:])
# How much of an outage a stretch counts as, as Statuspage weighs it.
WEIGHTS = {"major_outage": 1.0, "partial_outage": 0.3}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Impact of one incident in UTC; the end is exclusive.

    Where it ``goes_on`` that is as far as it is known. ``days`` are those on which it begins or
    ends and nobody knows when.
    """

    start: datetime
    end: datetime
    level: str | None
    incident: Incident
    goes_on: bool = False
    days: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one component: the worst level, how long there was impact, and whose.

    ``impact`` is ``None`` where nobody knows how long, as long as some of it ``goes_on`` too.
    """

    day: date
    level: str | None
    impact: timedelta | None
    incidents: tuple[Incident, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class ComponentHistory:
    """The last days of one component.

    ``level`` is the state now, ``None`` where it works. ``uptime`` is the share of the time
    without outage, from 0 to 1; ``left_out`` counts the windows that are not in it, because their
    end or their level is not known.
    """

    component: str
    level: str | None
    days: tuple[Day, ...]
    uptime: float
    left_out: int


def worst(levels: Iterable[str | None]) -> str | None:
    """The worst of some levels of impact; one that nobody said counts below any outage."""
    known = [level for level in levels if level in _RANKED]
    return max(known, key=_RANKED.index, default=None)


def is_open(window: Window) -> bool:
    """Whether impact goes on in this window."""
    return window.end is None and window.ongoing


def touches(window: Window, incident: Incident, component: str | None) -> bool:
    """Whether a window is on a component.

    One that names none is on all components of its incident, or on everything where the incident
    names none either.
    """
    if component is None:
        return True
    if window.component is not None:
        return window.component == component
    return component in incident.components or not incident.components


def state(publication: Publication, component: str | None = None) -> str | None:
    """The worst level of what goes on now, on one component or on the whole site."""
    return worst(
        "under_maintenance" if incident.kind == "maintenance" else window.level or UNKNOWN_LEVEL
        for incident in publication.incidents
        if incident.ongoing
        for window in incident.windows
        if is_open(window) and touches(window, incident, component)
    )


def histories(publication: Publication, days: int = DAYS) -> tuple[ComponentHistory, ...]:
    """The last `days` days of every component, up to and with today, in the site's zone."""
    publication = publication.here
    zone, today = publication.options.zone, publication.today
    calendar = [today - timedelta(days=back) for back in range(days - 1, -1, -1)]
    bounds = [day_bounds(day, zone) for day in calendar]
    result = []
    for component in publication.components:
        stretches, left_out = _stretches(publication, component, bounds[0][0], bounds[-1][1])
        shown = tuple(
            _day(day, start, end, stretches)
            for day, (start, end) in zip(calendar, bounds, strict=True)
        )
        length = bounds[-1][1] - bounds[0][0]
        lost = weighted_outage(stretches, bounds[0][0], bounds[-1][1])
        now = state(publication, component)
        result.append(ComponentHistory(component, now, shown, 1 - lost / length, left_out))
    return tuple(result)


def _stretches(
    publication: Publication, component: str, first: datetime, last: datetime
) -> tuple[list[Stretch], int]:
    """The impact on a component between two instants, and how many windows cannot be counted."""
    found, left_out = [], 0
    for incident in publication.incidents:
        for window in incident.windows:
            if not touches(window, incident, component):
                continue
            start = window.start.at
            if start is None or start >= last:
                continue
            end = _known_until(incident, publication) if is_open(window) else None
            if window.end is not None:
                end = window.end.nominal or window.end.earliest
            if end is None:
                left_out += start >= first
            elif end > first:
                left_out += window.level is None
                days = frozenset(m.day for m in (window.start, window.end) if m and m.day)
                found.append(
                    Stretch(start, max(start, end), window.level, incident, is_open(window), days)
                )
    return found, left_out


def _known_until(incident: Incident, publication: Publication) -> datetime:
    """Until when it is known that an incident goes on: its latest row, at least up to today.

    A build knows the day and not the hour, and no rest of a day is an outage before it is over.
    """
    told = (row.moment.at for row in incident.rows)
    return max([publication.past, *(at for at in told if at is not None and at < publication.now)])


def _day(day: date, start: datetime, end: datetime, stretches: Sequence[Stretch]) -> Day:
    # A moment without length still belongs to its day.
    touching = [
        s for s in stretches if s.start < end and (s.end > start or s.start >= start or s.goes_on)
    ]
    goes_on = any(stretch.goes_on and stretch.end < end for stretch in touching)
    is_known = not goes_on and not any(day in stretch.days for stretch in touching)
    impact = covered([(max(s.start, start), min(s.end, end)) for s in touching])
    incidents = tuple(dict.fromkeys(stretch.incident.id for stretch in touching))
    by_id = {stretch.incident.id: stretch.incident for stretch in touching}
    return Day(
        day,
        worst(stretch.level or UNKNOWN_LEVEL for stretch in touching),
        impact if is_known else None,
        tuple(by_id[id] for id in incidents),
        goes_on=goes_on,
    )


def weighted_outage(stretches: Sequence[Stretch], first: datetime, last: datetime) -> timedelta:
    """How much outage there was: each instant counts with the worst level that it had."""
    cuts = sorted(
        {first, last} | {min(max(at, first), last) for s in stretches for at in (s.start, s.end)}
    )
    total = ZERO
    for start, end in pairwise(cuts):
        weight = max(
            (WEIGHTS.get(s.level or "", 0.0) for s in stretches if s.start < end and s.end > start),
            default=0.0,
        )
        total += (end - start) * weight
    return total
