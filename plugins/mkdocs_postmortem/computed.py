"""A computed incident as plain data: the JSON of ``postmortem show``.

Times are in UTC as ISO 8601; ``latest`` is exclusive; what is open or not known is null.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mkdocs_postmortem import wording
from mkdocs_postmortem.incident import ActionItem, Incident, ResponseTime, Row, Window
from mkdocs_postmortem.moment import Moment


def as_json(incident: Incident) -> dict[str, Any]:
    """Everything that is computed from the file, as JSON has it."""
    return {
        "id": incident.id,
        "title": incident.title,
        "date": incident.date.isoformat(),
        "kind": incident.kind,
        "reference": incident.reference,
        "severity": incident.severity,
        "severities": list(incident.severities),
        "visibility": incident.visibility,
        "ongoing": incident.ongoing,
        "published": moment(incident.published),
        "components": list(incident.components),
        "tags": list(incident.tags),
        "summary": incident.summary,
        "timeline": [_row(row) for row in incident.rows],
        "response_times": [_response_time(time) for time in incident.response_times],
        "impact": [_window(window) for window in incident.windows],
        "causes": [{"id": cause.id, "text": cause.text} for cause in incident.causes],
        "action_items": [_action_item(item) for item in incident.action_items],
        "corrections": [
            {"date": entry.date.isoformat(), "text": entry.text} for entry in incident.corrections
        ],
        "related": list(incident.related),
        "aliases": list(incident.aliases),
        "links": [{"name": name, "url": url} for name, url in incident.links],
        "next_update": moment(incident.next_update),
        "scheduled": (
            {"from": moment(incident.scheduled[0]), "to": moment(incident.scheduled[1])}
            if incident.scheduled
            else None
        ),
        "withdrawn": (
            {"date": incident.withdrawn.date.isoformat(), "reason": incident.withdrawn.reason}
            if incident.withdrawn
            else None
        ),
    }


def instant(value: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%SZ")


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
