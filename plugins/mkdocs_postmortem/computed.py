"""A computed incident as plain data: the JSON of ``postmortem show``.

Times are in UTC as ISO 8601; ``latest`` is exclusive; what is open or not known is null.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from mkdocs_postmortem import wording
from mkdocs_postmortem.incident import ActionItem, Incident, ResponseTime, Row, Window
from mkdocs_postmortem.moment import Moment


def as_json(incident: Incident, parts: Collection[str] | None = None) -> dict[str, Any]:
    """Everything that is computed from the file, or only these `parts` of it, as JSON has it."""
    return {name: made(incident) for name, made in _PARTS.items() if parts is None or name in parts}


def instant(value: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if value is None else f"{value.isoformat()[:19]}Z"


def day_or_instant(value: Moment | None) -> str | None:
    """A moment as ISO 8601: the day where only that was written, else its instant in UTC."""
    if value is None or value.day is None:
        return instant(value.at if value else None)
    return value.day.isoformat()


def moment(value: Moment | None) -> dict[str, Any] | None:
    """A moment with its bounds and its precision."""
    if value is None:
        return None
    return {
        "at": instant(value.nominal),
        "earliest": instant(value.earliest),
        "latest": instant(value.latest),
        "precision": str(value.precision),
    }


def seconds(value: timedelta | None) -> int | None:
    """A length in whole seconds."""
    return None if value is None else int(value.total_seconds())


def _row(row: Row) -> dict[str, Any]:
    times = moment(row.moment) or {}
    return {
        "at": times["at"],
        "earliest": times["earliest"],
        "latest": times["latest"],
        "until": moment(row.until),
        "precision": times["precision"],
        "written": row.written,
        "milestones": list(row.milestones),
        "episode": row.episode,
        "text": row.text,
        "outcome": row.outcome,
        "components": list(row.components),
        "by": row.by,
        "severity": row.severity,
        "internal": row.internal,
        "update": row.update,
        "evidence": list(row.evidence),
        "anchor": row.anchor,
    }


def _response_time(time: ResponseTime) -> dict[str, Any]:
    return {
        "key": time.key,
        "name": time.name,
        "from": time.start,
        "to": time.end,
        "episode": time.episode,
        "outcome": str(time.outcome),
        "seconds": seconds(time.span.nominal),
        "earliest_seconds": seconds(time.span.lower),
        "latest_seconds": seconds(time.span.upper),
        "text": wording.response_time(time),
        "target_seconds": seconds(time.target),
        "verdict": None if time.verdict is None else str(time.verdict),
    }


def _window(window: Window) -> dict[str, Any]:
    return {
        "component": window.component,
        "level": window.level,
        "from": moment(window.start),
        "to": moment(window.end),
        "ongoing": window.ongoing,
        "users": window.users,
    }


def _action_item(item: ActionItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "kind": item.kind,
        "owner": item.owner,
        "priority": item.priority,
        "due": item.due.isoformat() if item.due else item.due_words,
        "status": str(item.status),
        "done": item.done.isoformat() if item.done else None,
        "link": item.link,
        "cause": item.cause,
    }


# In the order in which the document has them.
_PARTS: dict[str, Callable[[Incident], Any]] = {
    "id": lambda incident: incident.id,
    "title": lambda incident: incident.title,
    "date": lambda incident: incident.date.isoformat(),
    "kind": lambda incident: incident.kind,
    "reference": lambda incident: incident.reference,
    "severity": lambda incident: incident.severity,
    "severities": lambda incident: list(incident.severities),
    "visibility": lambda incident: incident.visibility,
    "ongoing": lambda incident: incident.ongoing,
    "published": lambda incident: moment(incident.published),
    "components": lambda incident: list(incident.components),
    "tags": lambda incident: list(incident.tags),
    "summary": lambda incident: incident.summary,
    "timeline": lambda incident: [_row(row) for row in incident.rows],
    "response_times": lambda incident: [_response_time(time) for time in incident.response_times],
    "impact": lambda incident: [_window(window) for window in incident.windows],
    "causes": lambda incident: [{"id": cause.id, "text": cause.text} for cause in incident.causes],
    "action_items": lambda incident: [_action_item(item) for item in incident.action_items],
    "corrections": lambda incident: [
        {"date": entry.date.isoformat(), "text": entry.text} for entry in incident.corrections
    ],
    "related": lambda incident: list(incident.related),
    "aliases": lambda incident: list(incident.aliases),
    "links": lambda incident: [{"name": name, "url": url} for name, url in incident.links],
    "next_update": lambda incident: moment(incident.next_update),
    "scheduled": lambda incident: (
        {"from": moment(incident.scheduled[0]), "to": moment(incident.scheduled[1])}
        if incident.scheduled
        else None
    ),
    "withdrawn": lambda incident: (
        {"date": incident.withdrawn.date.isoformat(), "reason": incident.withdrawn.reason}
        if incident.withdrawn
        else None
    ),
}
