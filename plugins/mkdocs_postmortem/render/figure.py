"""The timeline figure: one SVG for each episode, drawn at build time.

Positions along the time axis are percentages and everything else is in pixels, so the figure
grows and shrinks with the page while its text keeps its size. Each milestone has a line of its
own, so labels never meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from mkdocs_postmortem import wording
from mkdocs_postmortem.incident import Incident, Row, Window
from mkdocs_postmortem.moment import Moment
from mkdocs_postmortem.options import UNKNOWN_LEVEL

_TOP = 10
_BAR_LANE = 40
_DOT_LANE = 26
_AXIS = 34
_LABEL_LIMIT = 30
# Narrower uncertainty, in percent of the width, is hidden by the dot itself.
_VISIBLE = 3
_STEPS = [
    timedelta(seconds=seconds)
    for seconds in (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
]


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch: impact on components, or a row that lasted."""

    y: int
    x: float
    width: float
    label: str
    kind: str
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Dot:
    """One milestone, with a line as long as its time is uncertain, and its label beside that."""

    y: int
    x: float
    label_x: float
    low: float
    high: float
    label: str
    clock: str
    milestone: str
    label_left: bool
    is_uncertain: bool


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the time axis."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Figure:
    """The geometry of one episode; x in percent of the width, y and height in pixels."""

    episode: int
    height: int
    axis: int
    bars: tuple[Bar, ...]
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    caption: str
    description: str


def figures(incident: Incident, zone: tzinfo) -> tuple[Figure, ...]:
    """A figure for each episode in which at least two points in time are known."""
    drawn = (_figure(incident, episode, zone) for episode in range(1, incident.episodes + 1))
    return tuple(figure for figure in drawn if figure is not None)


def _figure(incident: Incident, episode: int, zone: tzinfo) -> Figure | None:
    rows = [row for row in incident.rows if row.episode == episode]
    marked = [row for row in rows if row.milestones and row.moment.is_timed and row.moment.at]
    lasting = [row for row in rows if row.until is not None and row.moment.at]
    known = [row.moment.at for row in [*marked, *lasting]]
    known += [row.until.at for row in lasting if row.until is not None]
    points = [point for point in known if point is not None]
    if len(set(points)) < 2:
        return None
    first, last = min(points), max(points)
    windows = _windows_within(incident.windows, first, last, alone=incident.episodes == 1)
    ends = [moment.at for window in windows for moment in (window.start, window.end) if moment]
    points += [point for point in ends if point is not None]
    # A time that is not exact is drawn as far as it reaches.
    reaches = [bound for row in marked for bound in (row.moment.earliest, row.moment.latest)]
    points += [bound for bound in reaches if bound is not None]
    scale = _Scale(min(points), max(points))

    y = _TOP
    bars: list[Bar] = []
    for label, window in _grouped(windows):
        start, end = window.start.at, window.end.at if window.end else last
        if start is None or end is None:
            continue
        low, high = scale(start), scale(end)
        kind = window.level or UNKNOWN_LEVEL
        bars.append(Bar(y, low, max(high - low, 0.8), label, kind, goes_on=window.end is None))
        y += _BAR_LANE
    for row in lasting:
        start, end = row.moment.at, row.until.at if row.until else None
        if start is None or end is None:
            continue
        low, high = scale(start), scale(end)
        bars.append(Bar(y, low, max(high - low, 0.8), _lasting_label(row), row.outcome or "lasted"))
        y += _BAR_LANE
    dots: list[Dot] = []
    for row in marked:
        for milestone in row.milestones:
            dots.append(_dot(row, milestone, y, scale, zone))
            y += _DOT_LANE
    return Figure(
        episode=episode,
        height=y + _AXIS,
        axis=y + 6,
        bars=tuple(bars),
        dots=tuple(dots),
        ticks=_ticks(scale, zone),
        caption=_caption(marked, lasting, windows, zone),
        description="; ".join(
            [*(bar.label for bar in bars), *(f"{dot.clock} {dot.label}" for dot in dots)]
        ),
    )


def _caption(marked: list[Row], lasting: list[Row], windows: list[Window], zone: tzinfo) -> str:
    """From when to when the figure goes, as exactly as these two times are known."""
    drawn: list[Moment | None] = [row.moment for row in marked]
    drawn += [moment for row in lasting for moment in (row.moment, row.until)]
    drawn += [moment for window in windows for moment in (window.start, window.end)]
    timed = {at: moment for moment in drawn if moment and moment.is_timed and (at := moment.at)}
    return wording.stretch(timed[min(timed)], timed[max(timed)], zone)


@dataclass(frozen=True, slots=True)
class _Scale:
    first: datetime
    last: datetime

    def __call__(self, instant: datetime) -> float:
        """Where `instant` stands, in percent, with room for a dot at both ends."""
        share = (instant - self.first) / (self.last - self.first)
        return round(2 + 96 * min(max(share, 0.0), 1.0), 2)


def _dot(row: Row, milestone: str, y: int, scale: _Scale, zone: tzinfo) -> Dot:
    moment = row.moment
    at = moment.at
    assert at is not None
    x = scale(at)
    low = scale(moment.earliest) if moment.earliest else x
    high = scale(moment.latest) if moment.latest else x
    name = wording.milestone(milestone)
    label = name if len(name) <= _LABEL_LIMIT else f"{name[: _LABEL_LIMIT - 1]}…"
    return Dot(
        y=y,
        x=x,
        label_x=(low if x > 50 else high) if high - low > _VISIBLE else x,
        low=low,
        high=high,
        label=label,
        clock=wording.moment(moment, zone),
        milestone=milestone,
        label_left=x > 50,
        is_uncertain=high - low > _VISIBLE,
    )


def _lasting_label(row: Row) -> str:
    outcome = f"{wording.term(row.outcome).lower()}: " if row.outcome else ""
    names = ", ".join(wording.milestone(name) for name in row.milestones)
    words = names or " ".join(row.text.split()[:4])
    text = f"{outcome}{words}" if words else outcome.rstrip(": ")
    return text if len(text) <= 42 else f"{text[:41]}…"


def _windows_within(
    windows: tuple[Window, ...], first: datetime, last: datetime, *, alone: bool
) -> list[Window]:
    if alone:
        return list(windows)
    found = []
    for window in windows:
        start = window.start.at
        if start is not None and first <= start <= last:
            found.append(window)
    return found


def _grouped(windows: list[Window]) -> list[tuple[str, Window]]:
    """Windows that differ in their component alone, drawn as one bar."""
    groups: dict[tuple[object, ...], list[Window]] = {}
    for window in windows:
        key = (window.start, window.end, window.level, window.ongoing)
        groups.setdefault(key, []).append(window)
    result = []
    for group in groups.values():
        names = ", ".join(dict.fromkeys(window.component for window in group if window.component))
        label = wording.level(group[0].level)
        text = f"{label}: {names}" if names else label
        if group[0].end is None:
            text += ", ongoing" if group[0].ongoing else ", end not known"
        result.append((text if len(text) <= 44 else f"{text[:43]}…", group[0]))
    return result


def _ticks(scale: _Scale, zone: tzinfo) -> tuple[Tick, ...]:
    """Round times, at most five, so that their labels fit a phone."""
    length = scale.last - scale.first
    # Labels with a day are twice as long, so fewer of them fit.
    step = next(
        (step for step in _STEPS if length / step <= (4 if step < timedelta(hours=6) else 2.5)),
        None,
    )
    if step is None:
        days = 2
        while length / timedelta(days=days) > 2.5:
            days += 1
        step = timedelta(days=days)
    offset = scale.first.astimezone(zone).utcoffset() or timedelta(0)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    count = -(-(scale.first + offset - epoch) // step)
    tick = epoch + count * step - offset
    found = []
    while tick <= scale.last:
        x = scale(tick)
        anchor = "start" if x < 8 else "end" if x > 92 else "middle"
        found.append(Tick(x, wording.tick(tick, zone, step), anchor))
        tick += step
    return tuple(found)
