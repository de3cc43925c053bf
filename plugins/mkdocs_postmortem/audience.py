"""The one place that decides what an audience sees.

The full incident is measured first; then `for_audience` makes the projection that every renderer
gets. Removing internal parts never changes a computed number. What leaves is listed in
`PUBLIC_FIELDS`: a field that is not, leaves its default behind, so a new one cannot leak by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import replace
from typing import Any, TypeVar

from mkdocs_postmortem.body import public_body
from mkdocs_postmortem.hidden_links import Unlinking
from mkdocs_postmortem.incident import (
    ActionItem,
    Cause,
    Correction,
    Incident,
    ResponseTime,
    Row,
    Window,
    Withdrawal,
)
from mkdocs_postmortem.options import Audience

T = TypeVar("T")

# The public schema: what of each thing may be seen by everybody.
PUBLIC_FIELDS: dict[type, frozenset[str]] = {
    kind: frozenset(names.split())
    for kind, names in {
        Incident: "id title date zone visibility ongoing rows response_times windows body severity"
        " severities published components tags summary causes"
        " action_items related kind scheduled reference links next_update lang withdrawn"
        " corrections aliases page_meta",
        Row: "number written moment until milestones episode text anchor outcome components by"
        " severity evidence update",
        ResponseTime: "key name start end episode outcome span target verdict start_row end_row",
        Window: "component level start end ongoing users",
        Cause: "id text",
        ActionItem: "id title status kind owner priority due due_words done link cause",
        Correction: "date text",
        Withdrawal: "date reason",
    }.items()
}
# What is left of an internal row whose milestone the numbers rest on.
_OF_INTERNAL_ROWS = frozenset("number written moment milestones episode anchor internal".split())
# What is left of an incident that was withdrawn: its address, and the notice.
_OF_WITHDRAWN = frozenset(
    "id title date zone visibility ongoing rows response_times windows body published"
    " kind scheduled lang withdrawn aliases".split()
)


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
    causes = [cause for cause in incident.causes if not cause.internal]
    known_causes = {cause.id for cause in causes}
    items = (
        _public(item, cause=item.cause if item.cause in known_causes else None)
        for item in incident.action_items
        if not item.internal
    )
    if incident.withdrawn is not None:
        return _only(
            _OF_WITHDRAWN,
            incident,
            # It is no news any more: neither going on nor planned.
            ongoing=False,
            scheduled=None,
            rows=(),
            response_times=(),
            windows=(),
            body="",
            withdrawn=_public(incident.withdrawn),
        )
    return _public(
        incident,
        rows=tuple(row for row in rows.values() if row is not None),
        response_times=tuple(
            _public(
                time, start_row=_shown(time.start_row, rows), end_row=_shown(time.end_row, rows)
            )
            for time in incident.response_times
        ),
        components=tuple(name for name in incident.components if name not in hidden),
        windows=_all(window for window in incident.windows if window.component not in hidden),
        causes=_all(causes),
        action_items=tuple(items),
        corrections=_all(incident.corrections),
        body=public_body(incident.body),
    )


def among(incident: Incident, shown: Set[str], hidden: Set[str]) -> tuple[Incident, frozenset[str]]:
    """What is left of an incident that an audience sees, among those that it sees and does not.

    The ids of what is not shown are not shown either: not as related incidents, and not in links
    or addresses to those `hidden`, which are as file systems compare them. Returns which of these
    it would have named, too.
    """
    related = tuple(id for id in incident.related if id in shown)
    if related != incident.related:
        incident = replace(incident, related=related)
    unlinking = Unlinking(hidden)
    incident = unlinking.incident(incident)
    return incident, frozenset(unlinking.named)


def _public(value: T, **changed: Any) -> T:
    """What everybody may see of `value`, with some of it `changed`."""
    return _only(PUBLIC_FIELDS[type(value)], value, **changed)


def _only(names: frozenset[str], value: T, **changed: Any) -> T:
    kept = {name: getattr(value, name) for name in names if name not in changed}
    return type(value)(**kept, **changed)


def _all(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(_public(value) for value in values)


def _public_row(row: Row) -> Row | None:
    if not row.internal:
        return _public(row)
    return _only(_OF_INTERNAL_ROWS, row, text="", until=None) if row.milestones else None


def _shown(row: Row | None, rows: dict[int, Row | None]) -> Row | None:
    return None if row is None else rows.get(row.number)
