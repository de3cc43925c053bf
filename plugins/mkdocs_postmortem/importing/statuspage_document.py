"""Incidents of Statuspage's v2 documents as drafts.

Source: the `incidents.json` of any public Statuspage, https://metastatuspage.com/api.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from mkdocs_postmortem.importing.document import MAX_IMPORT, UnimportableError
from mkdocs_postmortem.importing.draft import Draft, DraftRow, DraftWindow
from mkdocs_postmortem.options import LEVELS, Options

# It holds many incidents, each of which becomes a file.
MAX_STATUSPAGE = 64 * MAX_IMPORT
_MILESTONES = {
    "investigating": "announced",
    "identified": "identified",
    "monitoring": "mitigated",
    "resolved": "resolved",
    "in_progress": "started",
    "completed": "resolved",
}
_CLOSED = {"resolved", "postmortem", "completed"}
_TIME = "%Y-%m-%d %H:%M:%S"
_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TAG = re.compile(r"</?(?:p|div|b|i|em|strong|span|u|ul|ol)\b[^<>]{0,200}>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>|</p>\s*(?=<p)|<li\b[^<>]{0,200}>", re.IGNORECASE)


def is_statuspage(name: str, data: bytes) -> bool:
    """Whether a document is JSON by its name or its beginning."""
    head = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
    return name.lower().endswith(".json") or head.startswith((b'{"', b"{\n", b"{ ", b"[{", b"{\r"))


def import_statuspage(data: bytes, wanted: str | None, options: Options) -> list[Draft]:
    """The incidents in `data`, or the one whose id is `wanted`. Raises `UnimportableError`."""
    if len(data) > MAX_STATUSPAGE:
        raise UnimportableError(f"it is larger than {MAX_STATUSPAGE // 1024} KiB")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnimportableError(f"it is no JSON: {str(error)[:200]}") from None
    incidents = _incidents(content)
    if wanted is not None:
        incidents = [incident for incident in incidents if incident.get("id") == wanted]
    if not incidents:
        which = f" with the id {wanted}" if wanted is not None else ""
        raise UnimportableError(f"it holds no incident{which}")
    return [_draft(incident, options) for incident in incidents]


def _incidents(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, dict):
        for key in ("incidents", "scheduled_maintenances"):
            if isinstance(content.get(key), list):
                content = content[key]
                break
        else:
            content = [content.get("incident", content)]
    if not isinstance(content, list):
        return []
    return [
        entry
        for entry in content
        if isinstance(entry, dict)
        and (isinstance(entry.get("name"), str) or entry.get("incident_updates"))
    ]


def _draft(incident: dict[str, Any], options: Options) -> Draft:
    draft = Draft(_text(incident.get("name")) or "Incident", timezone="UTC")
    draft.reference = _text(incident.get("id")) or None
    draft.rows = rows = []
    if _text(incident.get("status")) not in _CLOSED:
        draft.status = "open"
    updates = [
        entry for entry in _list(incident.get("incident_updates")) if isinstance(entry, dict)
    ]
    timed = [
        (when, entry)
        for entry in updates
        if (when := _instant(entry.get("display_at")) or _instant(entry.get("created_at")))
    ]
    for entry in updates:
        if not any(entry is known for _, known in timed):
            draft.notes.append(
                (None, f"an update without a time is left out: {_text(entry.get('body'))[:80]}")
            )
    # Statuspage lists the newest first, of those at the same second too.
    if timed and timed[0][0] >= timed[-1][0]:
        timed.reverse()
    timed.sort(key=lambda pair: pair[0])
    bodies: list[str] = []
    seen: set[str] = set()
    last = {_text(entry.get("status")): number for number, (_, entry) in enumerate(timed)}
    for number, (when, entry) in enumerate(timed):
        status = _text(entry.get("status"))
        body = _markdown(entry.get("body"))
        if status == "postmortem":
            bodies.append(body)
            draft.published = f"{when:%Y-%m-%d %H:%M}"
            continue
        touched = _touched(entry)
        if touched and body[-1:].isalnum():
            body += "."
        row = DraftRow(" ".join([body, *touched]).strip() or status, f"{when:{_TIME}}")
        milestone = _MILESTONES.get(status)
        counts = (
            status not in seen
            if status in ("investigating", "identified", "in_progress")
            else last[status] == number
        )
        if milestone and counts:
            row.milestones = [milestone]
            row.comments.append(f"guessed: {milestone} (status “{status}”)")
        else:
            row.update = True
            if status and status not in row.event:
                row.comments.append(f"status: {status}")
        seen.add(status)
        rows.append(row)
    is_maintenance = (
        incident.get("scheduled_for") is not None or incident.get("impact") == "maintenance"
    )
    begin = _instant(incident.get("started_at")) or _instant(incident.get("created_at"))
    if rows and not is_maintenance:
        _start(rows, begin, timed[0][0])
        draft.windows = [
            window
            for window in _windows(timed, is_over=draft.status is None)
            if _is_known(window.component, options)
        ]
        if any(window.start == "started" for window in draft.windows):
            draft.comments["impact"] = ["guessed: what the first update says was so from the start"]
    if is_maintenance:
        start, end = (
            _instant(incident.get("scheduled_for")),
            _instant(incident.get("scheduled_until")),
        )
        if start and end:
            draft.kind = "maintenance"
            draft.scheduled = (f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}")
    day = begin or (timed[0][0] if timed else None)
    if rows and rows[0].at:
        draft.day = datetime.fromisoformat(rows[0].at[:10]).date()
    elif day:
        draft.day = day.date()
    impact = _text(incident.get("impact"))
    draft.severity = next((s.name for s in options.severities if s.impact == impact), None)
    draft.comments["severity"] = [f"impact: {impact}"] if impact else []
    _components(incident, draft, options)
    if postmortem := _markdown(incident.get("postmortem_body")):
        bodies.append(postmortem)
    draft.body = "\n\n".join(dict.fromkeys(body for body in bodies if body))
    link = _text(incident.get("shortlink"))
    if re.fullmatch(r"https?://[^\s<>\"]+", link):
        draft.links.append(("Status page", link))
    if not rows:
        draft.notes.append((None, "it has no updates with times; write the timeline"))
    return draft


def _start(rows: list[DraftRow], begin: datetime | None, first: datetime) -> None:
    """The row that `started` belongs to: the first one, or one of its own where it began before."""
    if begin is not None and begin < first:
        row = DraftRow("Impact begins.", f"{begin:{_TIME}}", milestones=["started"])
        row.comments.append("guessed: started (the incident's own `started_at` or `created_at`)")
        rows.insert(0, row)
        return
    rows[0].milestones.insert(0, "started")
    rows[0].update = False
    rows[0].comments.append("guessed: started (the first update)")


def _components(incident: dict[str, Any], draft: Draft, options: Options) -> None:
    listed = [*_list(incident.get("components"))]
    for entry in _list(incident.get("incident_updates")):
        if isinstance(entry, dict):
            listed += _list(entry.get("affected_components"))
    names = dict.fromkeys(_text(c.get("name")) for c in listed if isinstance(c, dict))
    for name in names:
        if not name:
            continue
        if _is_known(name, options):
            draft.components.append(name)
        else:
            draft.notes.append((None, f"“{name}” is no component of this site; left out"))


def _is_known(component: str, options: Options) -> bool:
    return options.components is None or component in options.components


def _windows(
    timed: Sequence[tuple[datetime, dict[str, Any]]], *, is_over: bool
) -> list[DraftWindow]:
    """How badly each component was affected and from when to when, by the updates in their order.

    What is still affected when the incident is resolved was so until then.
    """
    resolved = [f"{when:{_TIME}}" for when, entry in timed if entry.get("status") == "resolved"]
    windows: list[DraftWindow] = []
    current: dict[str, DraftWindow | None] = {}
    for number, (when, entry) in enumerate(timed):
        time = f"{when:{_TIME}}"
        for component in _list(entry.get("affected_components")):
            if not isinstance(component, dict):
                continue
            name = _text(component.get("name"))
            before, after = (_text(component.get(key)) for key in ("old_status", "new_status"))
            if not name or after not in ("operational", *LEVELS):
                continue
            if name not in current and number and before in LEVELS:
                current[name] = DraftWindow(name, before, "started")
            window = current.get(name)
            if window is not None and window.level == after:
                continue
            if window is not None and window.start != time:
                window.end = time
                windows.append(window)
            start = time if number else "started"
            current[name] = DraftWindow(name, after, start) if after in LEVELS else None
    for window in filter(None, current.values()):
        if not is_over or not resolved:
            windows.append(window)
        elif window.start == "started" or window.start < resolved[-1]:
            window.end = "resolved"
            windows.append(window)
    return windows


def _touched(entry: dict[str, Any]) -> list[str]:
    """What an update changes of components, in words."""
    parts = []
    for component in _list(entry.get("affected_components")):
        if isinstance(component, dict) and component.get("new_status") != component.get(
            "old_status"
        ):
            name, status = _text(component.get("name")), _text(component.get("new_status"))
            if name and status:
                parts.append(f"{name}: {status.replace('_', ' ')}.")
    return parts


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return " ".join(_CONTROL.sub("\ufffd", value).split()) if isinstance(value, str) else ""


def _markdown(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    text = _TAG.sub("", _BREAK.sub("\n", text))
    return _CONTROL.sub("\ufffd", text).strip()


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    try:
        moved = instant.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return moved if 1971 <= moved.year <= 2998 else None
