"""Response times over all incidents, and what recurs: counts, medians and quartiles, never means.

Planned maintenance and withdrawn postmortems are in none of it. What is pending, not applicable,
before its own beginning, or without a number is counted, and is in no statistic.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from mkdocs_postmortem import computed
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime
from mkdocs_postmortem.options import IMPACT_DURATION, TIME_TO_PUBLISH
from mkdocs_postmortem.publication import Publication

# With fewer values a median says more about chance than about the incidents.
ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One response time with its incident; ``episode`` tells several of one incident apart."""

    incident: Incident
    time: ResponseTime

    @property
    def seconds(self) -> int | None:
        """The length as written, or ``None`` where there is no number."""
        return computed.seconds(self.time.span.nominal)

    @property
    def earliest(self) -> int | None:
        """The lower bound in seconds."""
        return computed.seconds(self.time.span.lower)

    @property
    def latest(self) -> int | None:
        """The upper bound in seconds."""
        return computed.seconds(self.time.span.upper)

    @property
    def counts(self) -> bool:
        """Whether it is part of statistics: recorded, with a number."""
        return self.time.outcome is Outcome.RECORDED and self.seconds is not None


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of some lengths, in seconds.

    Quartiles are interpolated with the smallest and the largest value as the ends, as
    ``statistics.quantiles(method="inclusive")`` and most spreadsheets do it.
    """

    n: int
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one severity, year or component; ``name`` is ``None`` for those without."""

    name: str | None
    values: tuple[int, ...]

    @property
    def n(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def median(self) -> float | None:
        """The median, where there are enough values."""
        return statistics.median(self.values) if self.n >= ENOUGH else None


@dataclass(frozen=True, slots=True)
class Measure:
    """One response time, by its key and its two anchors, over all incidents and episodes.

    ``entries`` are those with a number, the shortest first; ``others`` those without, newest
    first; ``not_applicable`` the rest.
    """

    key: str
    name: str
    start: str | None
    end: str | None
    entries: tuple[Entry, ...]
    others: tuple[Entry, ...]
    not_applicable: int
    groups: dict[str, tuple[Group, ...]] = field(default_factory=dict)

    @property
    def values(self) -> tuple[int, ...]:
        """The lengths in seconds, the shortest first."""
        return tuple(entry.seconds for entry in self.entries if entry.seconds is not None)

    @property
    def n(self) -> int:
        """How many values there are."""
        return len(self.entries)

    @property
    def incidents(self) -> int:
        """How many incidents the values are from."""
        return len({entry.incident.id for entry in self.entries})

    @property
    def summary(self) -> Summary | None:
        """Median, quartiles and extremes, where there are enough values."""
        return summarise(self.values) if self.n >= ENOUGH else None

    @property
    def pending(self) -> int:
        """How many are pending: the incident is open and a milestone absent."""
        return self._count(Outcome.PENDING)

    @property
    def before(self) -> int:
        """How many ended before they began."""
        return self._count(Outcome.BEFORE)

    @property
    def no_number(self) -> int:
        """How many are recorded, but known on one side at most."""
        return self._count(Outcome.RECORDED)

    def _count(self, outcome: Outcome) -> int:
        return sum(entry.time.outcome is outcome for entry in self.others)


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year, in the site's zone."""

    year: int
    number: int


@dataclass(frozen=True, slots=True)
class Recurrence:
    """How often a component, tag or cause was part of an incident, the newest quarter first."""

    name: str
    quarters: tuple[tuple[Quarter, int], ...]

    @property
    def total(self) -> int:
        """In how many incidents."""
        return sum(count for _, count in self.quarters)


def counted(publication: Publication) -> tuple[Incident, ...]:
    """The incidents that statistics are about: no maintenance, nothing withdrawn."""
    return tuple(
        incident
        for incident in publication.incidents
        if incident.kind == "incident" and incident.withdrawn is None
    )


def measures(publication: Publication) -> tuple[Measure, ...]:
    """Every response time of the site's options, in their order."""
    options = publication.options
    by_definition: dict[tuple[str, str | None, str | None], list[Entry]] = {
        (measured.key, measured.start, measured.end): []
        for measured in (*options.measured_times, TIME_TO_PUBLISH, IMPACT_DURATION)
    }
    names = {
        measured.key: measured.name
        for measured in (*options.measured_times, TIME_TO_PUBLISH, IMPACT_DURATION)
    }
    for incident in counted(publication):
        for time in incident.response_times:
            # The anchors are part of the key: spans between others are never mixed in.
            definition = (time.key, time.start, time.end)
            names.setdefault(time.key, time.name)
            by_definition.setdefault(definition, []).append(Entry(incident, time))
    return tuple(
        _measure(key, names[key], start, end, entries, publication)
        for (key, start, end), entries in by_definition.items()
    )


def _measure(
    key: str,
    name: str,
    start: str | None,
    end: str | None,
    found: Sequence[Entry],
    publication: Publication,
) -> Measure:
    # Stable: equal lengths stay newest first.
    entries = sorted((entry for entry in found if entry.counts), key=lambda e: e.seconds or 0)
    rest = [entry for entry in found if not entry.counts]
    return Measure(
        key=key,
        name=name,
        start=start,
        end=end,
        entries=tuple(entries),
        others=tuple(e for e in rest if e.time.outcome is not Outcome.NOT_APPLICABLE),
        not_applicable=sum(e.time.outcome is Outcome.NOT_APPLICABLE for e in rest),
        groups=_groups(entries, publication),
    )


def _groups(entries: Sequence[Entry], publication: Publication) -> dict[str, tuple[Group, ...]]:
    """The values by severity, year and component; one with several components is in each."""
    years = sorted({quarter(e.incident, publication).year for e in entries}, reverse=True)
    return {
        "severity": _grouped(
            entries,
            publication.options.severity_names,
            lambda incident: [incident.severity] if incident.severity else [],
        ),
        "year": _grouped(
            entries,
            [str(year) for year in years],
            lambda incident: [str(quarter(incident, publication).year)],
        ),
        "component": _grouped(
            entries, publication.components, lambda incident: list(incident.components)
        ),
    }


def _grouped(
    entries: Sequence[Entry], order: Sequence[str], names_of: Callable[[Incident], list[str]]
) -> tuple[Group, ...]:
    groups: dict[str | None, list[int]] = {name: [] for name in order}
    for entry in entries:
        assert entry.seconds is not None
        names: list[str | None] = [*names_of(entry.incident)]
        for name in names or [None]:
            groups.setdefault(name, []).append(entry.seconds)
    # Those without a name come last.
    without = groups.pop(None, [])
    listed = [Group(name, tuple(values)) for name, values in groups.items() if values]
    return (*listed, Group(None, tuple(without))) if without else tuple(listed)


def summarise(values: Sequence[int]) -> Summary:
    """The numbers of `values`, of which there is at least one."""
    if len(values) == 1:
        return Summary(1, *[float(values[0])] * 5)
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Summary(len(values), min(values), lower, median, upper, max(values))


def quarter(incident: Incident, publication: Publication) -> Quarter:
    """The quarter in which an incident began, in the site's zone."""
    day = began_on(incident, publication.options.zone)
    return Quarter(day.year, (day.month + 2) // 3)


def recurrences(publication: Publication) -> dict[str, tuple[Recurrence, ...]]:
    """In how many incidents each component, tag and cause is, by quarter; the most frequent first.

    An incident counts once for each name, whatever its number of episodes.
    """
    incidents = counted(publication)
    return {
        "component": _recurring(incidents, publication, lambda incident: incident.components),
        "tag": _recurring(incidents, publication, lambda incident: incident.tags),
        "cause": _recurring(
            incidents, publication, lambda incident: [cause.id for cause in incident.causes]
        ),
    }


def _recurring(
    incidents: Sequence[Incident],
    publication: Publication,
    names_of: Callable[[Incident], Iterable[str]],
) -> tuple[Recurrence, ...]:
    counts: dict[str, Counter[Quarter]] = {}
    for incident in incidents:
        for name in dict.fromkeys(names_of(incident)):
            counts.setdefault(name, Counter())[quarter(incident, publication)] += 1
    found = [
        Recurrence(name, tuple(sorted(counter.items(), reverse=True)))
        for name, counter in counts.items()
    ]
    return tuple(sorted(found, key=lambda found: (-found.total, found.name.casefold())))
