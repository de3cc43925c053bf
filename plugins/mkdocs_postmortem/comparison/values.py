"""The computed values of an incident by name, so that two versions can be held side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, NamedTuple

from mkdocs_postmortem import computed, wording
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime, Window
from mkdocs_postmortem.moment import Moment, Precision

# The facts that are plain values in the JSON of `postmortem show`, with what readers call them,
# in the order of their importance.
_FACTS = {
    "visibility": "Visibility",
    "withdrawn": "Withdrawn",
    "ongoing": "Status",
    "severity": "Severity",
    "severities": "Course of severity",
    "components": "Components",
    "title": "Title",
    "kind": "Kind",
    "date": "Date",
    "published": "Published",
    "scheduled": "Scheduled",
    "next_update": "Next update",
    "reference": "Reference",
    "tags": "Tags",
    "related": "Related",
    "links": "Links",
}


# What of the JSON is looked at.
_PARTS = frozenset({*_FACTS, "response_times", "impact"})


class Key(NamedTuple):
    """Which value it is.

    ``group`` is ``fact``, ``milestone``, ``response_time`` or ``impact``; ``number`` tells the
    n-th milestone of a name, or the episode of a response time.
    """

    group: str
    name: str | None
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """One computed value: what it is called, as the JSON of `postmortem show` has it, in words.

    ``is_empty`` says that there is nothing to tell where it comes or goes.
    """

    label: str
    data: Any
    words: str
    is_empty: bool = False

    def beyond_words(self, other: Value | None) -> str:
        """What the words round away, where the words of the `other` side are the same."""
        if other is None or other.words != self.words:
            return ""
        return _exactly(self.data, other.data)


def _exactly(data: Any, other: Any) -> str:
    if isinstance(data, list) and isinstance(other, list) and len(data) == len(other):
        pairs = zip(data, other, strict=True)
        return "; ".join(_exactly(one, two) for one, two in pairs if one != two)
    if not isinstance(data, dict) or not isinstance(other, dict):
        return str(data)
    if "earliest_seconds" in data:
        return f"{data['seconds']} s, {data['earliest_seconds']} to {data['latest_seconds']}"
    changed = (name for name in data if other[name] != data[name])
    return ", ".join(f"{name} {_exactly(data[name], other[name])}" for name in changed)


def values_of(incident: Incident, zone: tzinfo) -> dict[Key, Value]:
    """Every computed value of an incident, with times in words in `zone`, in a fixed order."""
    document = computed.as_json(incident, _PARTS)
    values = {
        Key("fact", name): Value(
            label,
            document[name],
            _fact(name, document[name], incident, zone),
            is_empty=_is_plain(name, document[name]),
        )
        for name, label in _FACTS.items()
    }
    values |= _milestones(incident, zone)
    several = incident.episodes > 1
    for time, data in zip(incident.response_times, document["response_times"], strict=True):
        values[Key("response_time", time.key, time.episode)] = Value(
            _name(time, several=several),
            data,
            _response_time(time),
            is_empty=time.outcome is Outcome.NOT_APPLICABLE,
        )
    by_component: dict[str | None, list[tuple[Window, Any]]] = {}
    for window, data in zip(incident.windows, document["impact"], strict=True):
        by_component.setdefault(window.component, []).append((window, data))
    for component, pairs in by_component.items():
        values[Key("impact", component)] = Value(
            f"Impact on {component or 'everything'}",
            [data for _, data in pairs],
            "; ".join(_window(window, zone) for window, _ in pairs),
        )
    return values


def published_numbers(values: dict[Key, Value]) -> dict[Key, Any]:
    """Of `values` the numbers that readers may have quoted, without what they are called."""
    numbers: dict[Key, Any] = {}
    for key, value in values.items():
        if key.group == "milestone" or key == Key("fact", "severity"):
            numbers[key] = value.data
        elif key.group == "response_time":
            names = ("outcome", "seconds", "earliest_seconds", "latest_seconds")
            numbers[key] = [value.data[name] for name in names]
        elif key.group == "impact":
            names = ("level", "from", "to", "ongoing")
            numbers[key] = [[window[name] for name in names] for window in value.data]
    return numbers


def when(moment: Moment, zone: tzinfo) -> str:
    """A moment with its day in `zone`, and its bounds where these are not plain."""
    text = wording.stamp(moment, zone)
    if moment.precision in (Precision.APPROXIMATE, Precision.RELATIVE) and moment.width:
        assert moment.earliest is not None
        assert moment.latest is not None
        bounds = (f"{end.astimezone(zone):%H:%M:%S}" for end in (moment.earliest, moment.latest))
        text += f" ({' to '.join(bounds).replace(':00 to', ' to').removesuffix(':00')})"
    return text


def _milestones(incident: Incident, zone: tzinfo) -> dict[Key, Value]:
    values, seen = {}, Counter[str]()
    total = Counter(name for row in incident.rows for name in row.milestones)
    for row in incident.rows:
        for name in row.milestones:
            seen[name] += 1
            number = f" ({seen[name]})" if total[name] > 1 else ""
            values[Key("milestone", name, seen[name])] = Value(
                f"{wording.milestone(name).capitalize()}{number}",
                computed.moment(row.moment),
                when(row.moment, zone),
            )
    return values


def _name(time: ResponseTime, *, several: bool) -> str:
    episode = f", episode {time.episode}" if several and time.episode else ""
    return f"{time.name} ({wording.anchors(time)}{episode})"


def _response_time(time: ResponseTime) -> str:
    text = wording.response_time(time)
    if time.outcome is Outcome.RECORDED:
        text = wording.span(time.span, always=True)
    if time.target is not None and time.outcome is Outcome.RECORDED:
        verdict = f": {wording.verdict(time.verdict).lower()}" if time.verdict else ""
        text += f", target {wording.length(time.target)}{verdict}"
    return text


def _window(window: Window, zone: tzinfo) -> str:
    text = f"{wording.level(window.level)}, {wording.window(window, zone)}"
    return f"{text}, {window.users}" if window.users else text


def _fact(name: str, data: Any, incident: Incident, zone: tzinfo) -> str:
    if name == "ongoing":
        return wording.status(incident)
    if name == "visibility":
        return wording.term(incident.visibility)
    if name == "severity" and incident.severity:
        return wording.severity(incident.severity)
    if name == "severities":
        return " → ".join(wording.severity(severity) for severity in incident.severities)
    if name == "withdrawn" and incident.withdrawn:
        return f"{incident.withdrawn.date}: {incident.withdrawn.reason}"
    if name == "published" and incident.published:
        return when(incident.published, zone)
    if name == "next_update" and incident.next_update:
        return when(incident.next_update, zone)
    if name == "scheduled" and incident.scheduled:
        return wording.scheduled(incident.scheduled, zone)
    if name == "links":
        return ", ".join(f"{title}: {url}" for title, url in incident.links)
    return _listed(data)


def _is_plain(name: str, data: Any) -> bool:
    """Whether a fact is what one expects where nothing is said of it."""
    if name == "severities":
        return len(data) < 2
    return data in (None, [], "") or (name == "kind" and data == "incident")


def _listed(data: Any) -> str:
    if isinstance(data, Iterable) and not isinstance(data, str):
        return ", ".join(map(str, data))
    return "" if data is None else str(data)
