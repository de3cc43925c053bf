"""The response times of all incidents as a page: dot plots, numbers, tables, and as CSV.

Like the timeline figure, a plot has percentages along its axis and pixels for everything else,
so it fits any width while its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from heapq import heappop, heappush
from math import log

from markupsafe import Markup

from mkdocs_postmortem import computed, wording
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.duration import iso_duration
from mkdocs_postmortem.incident import Incident, Outcome
from mkdocs_postmortem.measure import statistics
from mkdocs_postmortem.measure.statistics import Entry, Group, Measure, Quarter, Recurrence, Summary
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.render.tables import Cell, csv_text

SOURCE_URL = "https://sre.google/resources/practices-and-processes/incident-metrics-in-sre/"
CSV_COLUMNS = (
    "id title date severity key name from to episode outcome seconds earliest_seconds "
    "latest_seconds target_seconds verdict"
).split()

# The narrowest plot, in pixels: dots that do not meet there meet nowhere.
_NARROW = 280
_LEFT, _RIGHT = 4.0, 96.0
# Where the logarithmic part begins when zero has a place of its own.
_AFTER_ZERO = 15.0
_TOP = 26
_AXIS = 26
# How high a lane is, as long as whiskers need no more lanes than that.
_PITCHES = ((24, 7), (16, 18))
# With more lanes than these, whiskers may cross other dots, and lanes get as narrow as they must.
_DENSE = 12
_DENSE_HEIGHT = 300
# So many dots are too close to be told apart by a finger or a key: the table leads to each.
_LINKED = 250
# Of more values than that the table has the longest ones, and the CSV has all of them.
_LONGEST = 100
# Narrower uncertainty, in percent of the width, is hidden by the dot itself.
_VISIBLE = 3.5
_TICK_DISTANCE = 17.0
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_COARSE = (1, 10, _MINUTE, 600, _HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY)
_FINE = (
    *(1, 2, 5, 10, 20, 30),
    *(amount * _MINUTE for amount in (1, 2, 5, 10, 20, 30)),
    *(amount * _HOUR for amount in (1, 2, 3, 6, 12)),
    *(amount * _DAY for amount in (1, 2, 3, 7, 14, 30, 60, 90, 180, 365, 730, 1825)),
)


@dataclass(frozen=True, slots=True)
class PlotDot:
    """One value: its place, its whisker where that is wide enough to be seen, and its entry."""

    x: float
    y: float
    low: float
    high: float
    has_whisker: bool
    entry: Entry


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the axis with its label."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Plot:
    """The geometry of one response time; x in percent of the width, y and height in pixels."""

    height: int
    axis: int
    axis_start: float
    has_zero: bool
    is_dense: bool
    is_linked: bool
    target: float
    dots: tuple[PlotDot, ...]
    ticks: tuple[Mark, ...]
    median: Mark
    lower_quartile: float
    upper_quartile: float


def statistics_part(
    publication: Publication,
    url_of: Callable[[str], str],
    template_dirs: tuple[str, ...] = (),
    csv_url: str | None = None,
) -> Markup:
    """Every response time of every incident, and what recurs.

    `url_of` gives the address of an incident from this page, `csv_url` that of the same as CSV.
    """
    measured = statistics.measures(publication)
    shown = [measure for measure in measured if measure.entries or measure.others]
    html = (
        environment(template_dirs)
        .get_template("postmortem/statistics.html")
        .render(
            shown=shown,
            empty=[measure for measure in measured if measure not in shown],
            recurrences=statistics.recurrences(publication),
            incidents=statistics.counted(publication),
            left_out=len(publication.incidents) - len(statistics.counted(publication)),
            enough=statistics.ENOUGH,
            options=publication.options,
            zone=publication.options.zone,
            csv_url=csv_url,
            source_url=SOURCE_URL,
            url_of=url_of,
            anchors=_anchors(shown),
            plot=plot,
            words=wording,
            own=Words(publication.options),
            iso_duration=iso_duration,
            seconds=_length_of,
            began_on=began_on,
        )
    )
    return Markup(html)  # noqa: S704 - rendered by an autoescaping environment


def _anchors(measured: Sequence[Measure]) -> list[str]:
    """An id for each response time, the same as long as its key is."""
    taken: list[str] = []
    for measure in measured:
        key = measure.key.replace("_", "-")
        taken.append(f"{key}-{len(taken)}" if key in taken else key)
    return taken


def response_times_csv(publication: Publication) -> str:
    """Every response time of every incident as CSV, whatever became of it."""
    rows: list[Sequence[Cell]] = [CSV_COLUMNS]
    rows += [
        (
            incident.id,
            incident.title,
            incident.date.isoformat(),
            incident.severity,
            time.key,
            time.name,
            time.start,
            time.end,
            time.episode,
            time.outcome.value,
            computed.seconds(time.span.nominal),
            computed.seconds(time.span.lower),
            computed.seconds(time.span.upper),
            computed.seconds(time.target),
            time.verdict.value if time.verdict else None,
        )
        for incident in statistics.counted(publication)
        for time in incident.response_times
    ]
    return csv_text(rows)


def plot(measure: Measure) -> Plot:
    """The dot plot of a response time that has enough values."""
    summary = measure.summary
    assert summary is not None
    scale = _Scale.of(measure.entries)
    spots = [_Spot.of(entry, scale) for entry in measure.entries]
    lanes, pitch, dense = _placed(spots)
    axis = round(_TOP + (max(lanes) + 1) * pitch + 6)
    dots = tuple(
        PlotDot(
            x=spot.x,
            # The first lane is the one next to the axis.
            y=round(axis - 6 - (lane + 0.5) * pitch, 1),
            low=spot.low,
            high=spot.high,
            has_whisker=spot.high - spot.low > _VISIBLE,
            entry=spot.entry,
        )
        for spot, lane in zip(spots, lanes, strict=True)
    )
    return Plot(
        height=axis + _AXIS,
        axis=axis,
        axis_start=_AFTER_ZERO - 3 if scale.has_zero else 0.0,
        has_zero=scale.has_zero,
        is_dense=dense,
        is_linked=len(dots) <= _LINKED,
        target=0 if dense else pitch / 2,
        dots=dots,
        ticks=scale.ticks(),
        median=_median_mark(summary, scale),
        lower_quartile=scale(summary.lower_quartile),
        upper_quartile=scale(summary.upper_quartile),
    )


def _placed(spots: Sequence[_Spot]) -> tuple[list[int], float, bool]:
    """The lane of each spot, how high a lane is, and whether whiskers cross other dots."""
    for size, most in _PITCHES:
        lanes = first_fit([spot.extent(size) for spot in spots], most)
        if lanes is not None:
            return lanes, float(size), False
    half = _percent(_DENSE) / 2
    lanes = first_fit([(spot.x - half, spot.x + half) for spot in spots], len(spots))
    assert lanes is not None
    return lanes, min(float(_DENSE), _DENSE_HEIGHT / (max(lanes) + 1)), True


def _median_mark(summary: Summary, scale: _Scale) -> Mark:
    x = scale(summary.median)
    label = f"{wording.label('median')} {wording.length(_length_of(summary.median))}"
    return Mark(x, label, "start" if x < 30 else "end" if x > 70 else "middle")


def _length_of(seconds: float) -> timedelta:
    return timedelta(seconds=round(seconds))


def _percent(pixels: float) -> float:
    return 100 * pixels / _NARROW


@dataclass(frozen=True, slots=True)
class _Spot:
    entry: Entry
    x: float
    low: float
    high: float

    @classmethod
    def of(cls, entry: Entry, scale: _Scale) -> _Spot:
        assert entry.seconds is not None
        x = scale(entry.seconds)
        low = scale(entry.earliest) if entry.earliest is not None else _LEFT
        high = scale(entry.latest) if entry.latest is not None else _RIGHT
        return cls(entry, x, min(low, x), max(high, x))

    def extent(self, size: float) -> tuple[float, float]:
        """What the dot with its whisker needs of a lane, in percent of the narrowest plot."""
        half = _percent(size) / 2
        return min(self.low - 1, self.x - half), max(self.high + 1, self.x + half)


def first_fit(extents: Sequence[tuple[float, float]], most: int) -> list[int] | None:
    """For each extent, from left to right, the first lane in which it meets none before it.

    ``None`` where that takes more lanes than `most`.
    """
    lanes = [0] * len(extents)
    # Lanes that nothing reaches into any more, and where the last one in each of the others ends.
    free: list[int] = []
    ends: list[tuple[float, int]] = []
    for index in sorted(range(len(extents)), key=lambda index: extents[index]):
        low, high = extents[index]
        while ends and ends[0][0] <= low:
            heappush(free, heappop(ends)[1])
        lane = heappop(free) if free else len(ends)
        if lane >= most:
            return None
        heappush(ends, (high, lane))
        lanes[index] = lane
    return lanes


@dataclass(frozen=True, slots=True)
class _Scale:
    """A logarithmic axis from `first` to `last` seconds; zero, if needed, has its own place."""

    first: float
    last: float
    has_zero: bool

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> _Scale:
        points = [
            point
            for entry in entries
            for point in (entry.seconds, entry.earliest, entry.latest)
            if point is not None
        ]
        positive = [point for point in points if point > 0] or [1]
        first, last = float(min(positive)), float(max(positive))
        if last < 4 * first:
            middle = (first * last) ** 0.5
            first, last = middle / 2, middle * 2
        return cls(first, last, has_zero=min(points) <= 0)

    @property
    def start(self) -> float:
        return _AFTER_ZERO if self.has_zero else _LEFT

    def __call__(self, seconds: float) -> float:
        """Where a length stands, in percent; what lies between zero and `first`, in between."""
        if seconds < self.first:
            if not self.has_zero:
                return self.start
            share = max(seconds, 0) / self.first
            return round(_LEFT + (self.start - _LEFT) * share, 2)
        share = log(seconds / self.first) / log(self.last / self.first)
        return round(self.start + (_RIGHT - self.start) * min(share, 1.0), 2)

    def ticks(self) -> tuple[Mark, ...]:
        """Round lengths, so few that their labels fit a phone."""
        found = self._spaced(_COARSE)
        if len(found) < 3:
            found = self._spaced(_FINE)
        zero = [Mark(_LEFT, "0", "middle")] if self.has_zero else []
        return (*zero, *found)

    def _spaced(self, candidates: Sequence[int]) -> list[Mark]:
        marks: list[Mark] = []
        for candidate in candidates:
            if not self.first <= candidate <= self.last:
                continue
            x = self(candidate)
            if marks and x - marks[-1].x < _TICK_DISTANCE:
                continue
            label = wording.length(timedelta(seconds=candidate))
            # Short labels fit beside the ends of the axis.
            at_end = len(label) > 3 and not 8 <= x <= 92
            anchor = "middle" if not at_end else "start" if x < 8 else "end"
            marks.append(Mark(x, label, anchor))
        return marks


_KINDS = {"severity": "Severity", "year": "Year", "component": "Component"}
_WITHOUT = {"severity": "no severity", "component": "no component"}
_RECURRING = {"component": "Components", "tag": "Tags", "cause": "Causes"}


@dataclass(frozen=True, slots=True)
class Words:
    """What the page of response times says."""

    options: Options

    def why(self) -> tuple[str, str]:
        """Why there is no mean, and why no trend."""
        no_mean = (
            "There is no mean here, because a few very long incidents decide it: it says more "
            "about the longest one than about the usual one."
        )
        no_trend = (
            "There are no trend arrows either, because simulations with real incident data show "
            "that such figures rise and fall by chance where nothing has changed, and can hide a "
            "change that is real"
        )
        return no_mean, no_trend

    def source(self) -> str:
        """Where that is shown."""
        return "Štěpán Davidovič, “Incident Metrics in SRE”, Google and O’Reilly, 2021"

    def how_to_read(self, *, maintenance_left_out: int) -> str:
        """What counts, and how."""
        text = (
            "Each episode of an incident counts, and each response time goes between its own two "
            "milestones and no others. Quartiles are interpolated between the values, the shortest "
            "and the longest included. With fewer than "
            f"{statistics.ENOUGH} values there is only the list. In the plots each dot is one "
            "value and leads to its incident, its line is as long as the time is uncertain, the "
            "tall line is the median and the band the middle half; the axis is logarithmic, with "
            "zero set apart."
        )
        if maintenance_left_out:
            what = _counted(maintenance_left_out, "page")
            text += f" Planned maintenance and withdrawn postmortems are left out ({what})."
        return text

    def anchors(self, measure: Measure) -> str:
        """From which milestone to which it is measured."""
        if measure.start is None or measure.end is None:
            return "the length of all windows of impact together, overlaps counted once"
        start, end = wording.milestone(measure.start), wording.milestone(measure.end)
        return f"from {start} to {end}"

    def origin(self, measure: Measure) -> str:
        """How many values from how many incidents, in words."""
        if measure.n == measure.incidents:
            return f"{_counted(measure.n, 'incident')} with a number."
        return f"{measure.n} numbers from {_counted(measure.incidents, 'incident')}."

    def left_out(self, measure: Measure) -> str:
        """What is in no statistic and why, in words."""
        reasons = [
            (measure.pending, "pending, as the incident is still open"),
            (measure.before, self._before(measure)),
            (measure.no_number, "known on one side only, or not at all"),
            (measure.not_applicable, "not applicable, as a milestone is not recorded"),
        ]
        if measure.start is None:
            reasons[3] = (measure.not_applicable, "not applicable, as an end is not known")
        told = [f"{count} {reason}" for count, reason in reasons if count]
        return f"Not counted: {'; '.join(told)}." if told else ""

    def _before(self, measure: Measure) -> str:
        if measure.start is None or measure.end is None:
            return "before"
        start, end = wording.milestone(measure.start), wording.milestone(measure.end)
        return f"before, as “{end}” came before “{start}”"

    def nothing(self, measures: Sequence[Measure]) -> str:
        """Which response times no incident has."""
        names = ", ".join(measure.name[:1].lower() + measure.name[1:] for measure in measures)
        return f"In no incident so far, so not applicable everywhere: {names}."

    def facts(self, summary: Summary) -> list[tuple[str, float]]:
        """The numbers of a response time with their names."""
        return [
            ("Median", summary.median),
            ("Lower quartile", summary.lower_quartile),
            ("Upper quartile", summary.upper_quartile),
            ("Shortest", summary.minimum),
            ("Longest", summary.maximum),
        ]

    def plot_title(self, measure: Measure) -> str:
        """The name of a plot."""
        return f"{measure.name}, {measure.n} values on a logarithmic axis"

    def plot_text(self, measure: Measure) -> str:
        """What a plot shows, for those who do not see it."""
        summary = measure.summary
        assert summary is not None
        low, middle, high = (
            wording.length(_length_of(value))
            for value in (summary.lower_quartile, summary.median, summary.upper_quartile)
        )
        shortest, longest = (
            wording.length(_length_of(value)) for value in (summary.minimum, summary.maximum)
        )
        return (
            f"Each dot is one value. Shortest {shortest}, lower quartile {low}, median {middle}, "
            f"upper quartile {high}, longest {longest}."
        )

    def entry(self, entry: Entry) -> str:
        """A dot in words."""
        episode = self.episode(entry)
        name = f"{entry.incident.title}, {episode}" if episode else entry.incident.title
        return f"{name}: {wording.span(entry.time.span, always=True)}"

    def episode(self, entry: Entry) -> str:
        """Which episode it is, where there are several."""
        if entry.time.episode is None or entry.incident.episodes == 1:
            return ""
        return f"episode {entry.time.episode} of {entry.incident.episodes}"

    def value(self, entry: Entry) -> str:
        """A length with its bounds, or what became of it."""
        if entry.time.outcome is Outcome.RECORDED:
            return wording.span(entry.time.span, always=True)
        return wording.response_time(entry.time)

    def day(self, incident: Incident) -> str:
        """The day on which it began."""
        return wording.day(began_on(incident, self.options.zone))

    def data(self, measure: Measure) -> str:
        """The name of the table with the values."""
        if self.is_cut(measure):
            return f"The longest: {measure.name[:1].lower() + measure.name[1:]}"
        return f"All values: {measure.name[:1].lower() + measure.name[1:]}"

    def listed(self, measure: Measure) -> tuple[Entry, ...]:
        """What the table shows: every value and what has none, or where there are many, a part."""
        if not self.is_cut(measure):
            return measure.entries + measure.others
        return measure.entries[-_LONGEST:] + measure.others[:_LONGEST]

    def is_cut(self, measure: Measure) -> bool:
        """Whether the table leaves something out."""
        return len(measure.entries) + len(measure.others) > _LINKED

    def cut(self, measure: Measure) -> str:
        """What the table leaves out."""
        shown, those = min(_LONGEST, measure.n), min(_LONGEST, len(measure.others))
        text = f"The {shown} longest of {measure.n}" if shown else ""
        if those:
            newest = f"the {those} newest of {len(measure.others)} without a number"
            text = f"{text}, and {newest}" if text else newest[:1].upper() + newest[1:]
        return f"{text}."

    def groups(self, measure: Measure) -> str:
        """The name of the table by group."""
        name = measure.name[:1].lower() + measure.name[1:]
        return f"By severity, year and component: {name}"

    def kind(self, kind: str) -> str:
        """What a table is grouped by."""
        return _KINDS[kind]

    def group(self, kind: str, group: Group) -> str:
        """The name of a group."""
        if group.name is None:
            return _WITHOUT.get(kind, "none")
        return wording.severity(group.name) if kind == "severity" else group.name

    def median(self, group: Group) -> str:
        """The median of a group, or why there is none."""
        if group.median is None:
            return "n too small"
        return wording.length(_length_of(group.median))

    def several_components(self) -> str:
        """How incidents with several components count."""
        return "What touched several components counts for each of them."

    def recurring(self, kind: str) -> str:
        """The heading of a table of what recurs."""
        return _RECURRING[kind]

    def recurring_intro(self, incidents: int) -> str:
        """What the tables of what recurs count."""
        return (
            f"In how many of {_counted(incidents, 'incident')} each name occurs, by the quarter "
            f"in which the incident began ({wording.zone_name(self.options.zone)})."
        )

    def quarter(self, quarter: Quarter) -> str:
        """A quarter, ``2025 Q3``."""
        return f"{quarter.year} Q{quarter.number}"

    def once(self, recurrences: Sequence[Recurrence]) -> str:
        """What occurred once, each with its quarter."""
        listed = ", ".join(
            f"{found.name} ({self.quarter(found.quarters[0][0])})" for found in recurrences
        )
        return f"Once each: {listed}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"
