"""The one place that decides what an audience sees.

The full incident is measured first; then `for_audience` makes the projection that every renderer
gets. Removing internal parts never changes a computed number.
"""

from __future__ import annotations

from dataclasses import replace

from mkdocs_postmortem.body import public_body
from mkdocs_postmortem.incident import Incident, ResponseTime, Row
from mkdocs_postmortem.options import Audience


def may_see(visibility: str, audience: Audience) -> bool:
    """Whether incidents of this visibility are for `audience`."""
    return {
        Audience.PUBLIC: visibility == "public",
        Audience.INTERNAL: visibility in ("public", "internal"),
        Audience.DRAFTS: True,
    }[audience]


def for_audience(incident: Incident, audience: Audience) -> Incident | None:
    """What `audience` sees of an incident, or ``None`` where it does not see it at all.

    In public, internal rows go; one that carries a milestone keeps its time and the milestone,
    because the numbers rest on them, and loses everything else. The peak severity stays,
    whichever row it comes from. Internal causes, action items, body blocks, the `internal` mapping
    and all HTML comments go. A withdrawn incident keeps its address and its notice alone.
    """
    if not may_see(incident.visibility, audience):
        return None
    if audience is not Audience.PUBLIC:
        return incident
    hidden = incident.internal_components
    rows = {row.number: _public_row(row) for row in incident.rows}
    times = tuple(_with_rows(time, rows) for time in incident.response_times)
    causes = tuple(cause for cause in incident.causes if not cause.internal)
    known_causes = {cause.id for cause in causes}
    items = tuple(
        item if item.cause in known_causes else replace(item, cause=None)
        for item in incident.action_items
        if not item.internal
    )
    public = replace(
        incident,
        rows=tuple(row for row in rows.values() if row is not None),
        response_times=times,
        components=tuple(name for name in incident.components if name not in hidden),
        windows=tuple(window for window in incident.windows if window.component not in hidden),
        internal_components=frozenset(),
        causes=causes,
        action_items=items,
        body=public_body(incident.body),
        internal=None,
    )
    return _withdrawn(public) if public.withdrawn else public


def _public_row(row: Row) -> Row | None:
    if not row.internal:
        return row
    if not row.milestones:
        return None
    return replace(
        row,
        text="",
        by=None,
        components=(),
        evidence=(),
        outcome=None,
        until=None,
        severity=None,
    )


def _with_rows(time: ResponseTime, rows: dict[int, Row | None]) -> ResponseTime:
    def shown(row: Row | None) -> Row | None:
        return None if row is None else rows.get(row.number)

    return replace(time, start_row=shown(time.start_row), end_row=shown(time.end_row))


def _withdrawn(incident: Incident) -> Incident:
    return replace(
        incident,
        # It is no news any more: neither going on nor planned.
        ongoing=False,
        scheduled=None,
        rows=(),
        response_times=(),
        windows=(),
        body="",
        summary=None,
        claims={},
        causes=(),
        action_items=(),
        related=(),
        links=(),
        corrections=(),
        components=(),
        tags=(),
        severity=None,
        first_severity=None,
        severities=(),
        reference=None,
        next_update=None,
        page_meta={},
    )
