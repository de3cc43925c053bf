"""The register of action items: what was promised, by whom, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from mkdocs_postmortem.incident import ActionItem, ActionStatus, Incident
from mkdocs_postmortem.publication import Publication

# Overdue first, then by urgency.
STATES = ("overdue", "open", "in_progress", "done", "cancelled")


@dataclass(frozen=True, slots=True)
class Promise:
    """An action item with the incident it came from. ``state`` is its status, or ``overdue``."""

    item: ActionItem
    incident: Incident
    state: str

    @property
    def uid(self) -> str:
        """Its name for ever, for calendars and for readers of the JSON."""
        return f"{self.incident.id}/{self.item.id}"

    @property
    def is_finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.item.status in (ActionStatus.DONE, ActionStatus.CANCELLED)

    @property
    def days_to_do(self) -> int | None:
        """How many days it took from the incident to its end, where it is done."""
        if self.item.status is not ActionStatus.DONE or self.item.done is None:
            return None
        return (self.item.done - self.incident.date).days


def promises(publication: Publication) -> tuple[Promise, ...]:
    """Every action item that the audience sees: overdue ones first, then by due date."""
    today = publication.today
    found = [
        Promise(item, incident, "overdue" if item.is_overdue(today) else item.status.value)
        for incident in publication.incidents
        for item in incident.action_items
    ]
    return tuple(sorted(found, key=_urgency))


def _urgency(promise: Promise) -> tuple[int, date, str]:
    return STATES.index(promise.state), promise.item.due or date.max, promise.uid


def as_json(promise: Promise) -> dict[str, str | int | None]:
    """A promise as plain data."""
    item = promise.item
    return {
        "uid": promise.uid,
        "incident": promise.incident.id,
        "incident_title": promise.incident.title,
        "title": item.title,
        "state": promise.state,
        "status": item.status.value,
        "kind": item.kind,
        "owner": item.owner,
        "priority": item.priority,
        "due": item.due.isoformat() if item.due else item.due_words,
        "done": item.done.isoformat() if item.done else None,
        "days_to_do": promise.days_to_do,
        "link": item.link,
        "cause": item.cause,
    }


def calendar(publication: Publication) -> bytes:
    """The due dates of unfinished promises as iCalendar; UIDs never change."""
    from icalendar import Calendar, Event

    result = Calendar()
    result.add("prodid", "-//mkdocs-postmortem//action items//EN")
    result.add("version", "2.0")
    result.add("x-wr-calname", f"{publication.site_name}: action items")
    for promise in promises(publication):
        item = promise.item
        if item.due is None or promise.is_finished:
            continue
        event = Event()
        event.add("uid", f"{promise.uid}@mkdocs-postmortem")
        event.add("dtstart", item.due)
        event.add("summary", item.title)
        # Not the build's clock: the same promise gives the same bytes.
        day = promise.incident.date
        event.add("dtstamp", datetime(day.year, day.month, day.day, tzinfo=UTC))
        if item.owner:
            event.add("description", f"{item.owner}: {promise.incident.title}")
        if publication.site_url:
            event.add("url", publication.site_url + publication.path_of(promise.incident.id))
        result.add_component(event)
    return bytes(result.to_ical())
