"""The documents of the Statuspage API, version 2, as its existing clients read them.

The state is that of the incidents still open. Ids are made from those of the incidents, and all
times come from the incidents, so that the same incidents give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from mkdocs_postmortem import wording
from mkdocs_postmortem.archive import began
from mkdocs_postmortem.incident import Incident, Row
from mkdocs_postmortem.measure.history import is_open, touches, worst
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render import markdown
from mkdocs_postmortem.render.feeds import published_at, updated_at

# As many as Statuspage itself lists.
LISTED = 50
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# What a site without incidents says where a time is needed.
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
# The indicator and the words for the worst level of any component, as Statuspage has them.
_STATES = {
    None: ("none", "All Systems Operational"),
    "under_maintenance": ("maintenance", "Service Under Maintenance"),
    "degraded_performance": ("minor", "Partially Degraded Service"),
    "partial_outage": ("major", "Partial System Outage"),
    "major_outage": ("critical", "Major System Outage"),
}
_IMPACTS = {
    "degraded_performance": "minor",
    "partial_outage": "major",
    "major_outage": "critical",
}
# How far an incident is, from the first stage to the last, and what brings it there.
_ORDER = ("investigating", "identified", "monitoring", "resolved")
_STAGES = {
    "identified": "identified",
    "mitigating": "identified",
    "mitigated": "monitoring",
    "resolved": "resolved",
}
_MAINTENANCE_STAGES = {
    "started": "in_progress",
    "mitigating": "in_progress",
    "mitigated": "verifying",
    "resolved": "completed",
}


def statuspage(publication: Publication) -> dict[str, bytes]:
    """The eight documents by their path from the site's root.

    Withdrawn incidents are in none of them, for all that remains of these is a notice.
    """
    page = _Page(publication.here)
    incidents = [found for found in page.incidents if found.kind == "incident"]
    maintenances = [found for found in page.incidents if found.scheduled is not None]
    open_incidents = [page.incident(found) for found in incidents if found.ongoing]
    upcoming = page.maintenances(maintenances, "scheduled")
    active = page.maintenances(maintenances, "in_progress", "verifying")
    status: dict[str, Any] = {"status": page.status()}
    components: dict[str, Any] = {"components": page.components}
    documents: dict[str, dict[str, Any]] = {
        "summary": {
            **components,
            "incidents": open_incidents,
            "scheduled_maintenances": [*active, *upcoming],
            **status,
        },
        "status": status,
        "components": components,
        "incidents": {"incidents": [page.incident(found) for found in incidents[:LISTED]]},
        "incidents/unresolved": {"incidents": open_incidents},
        "scheduled-maintenances": {
            "scheduled_maintenances": [page.maintenance(found) for found in maintenances[:LISTED]]
        },
        "scheduled-maintenances/upcoming": {"scheduled_maintenances": upcoming},
        "scheduled-maintenances/active": {"scheduled_maintenances": active},
    }
    return {
        f"api/v2/{name}.json": _json({"page": page.header(), **content})
        for name, content in documents.items()
    }


def stable_id(*parts: str) -> str:
    """Twelve lower-case letters and digits, as ids of Statuspage are, made from `parts`."""
    number = int.from_bytes(sha256("\0".join(parts).encode()).digest())
    digits = []
    for _ in range(12):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)


def incident_status(incident: Incident) -> str:
    """Where an incident stands: by the milestones of its last episode while it is open."""
    if incident.ongoing:
        return _stages(incident)[-1] if incident.rows else "investigating"
    return "resolved" if incident.published is None else "postmortem"


def maintenance_status(incident: Incident, publication: Publication) -> str:
    """Where planned maintenance stands: by its milestones, else by its window.

    A build that only knows the day says nothing of what happens in the course of it: until the
    timeline tells that it began, maintenance is scheduled for the whole of its first day.
    """
    assert incident.scheduled is not None
    reached = [row for row in incident.rows if set(row.milestones) & set(_MAINTENANCE_STAGES)]
    told = [
        _MAINTENANCE_STAGES[name]
        for row in reached
        if (at := row.moment.at) is not None and at < publication.now
        for name in row.milestones
        if name in _MAINTENANCE_STAGES
    ]
    if told:
        return told[-1]
    begin, end = (moment.at for moment in incident.scheduled)
    now = publication.past
    if begin is None or begin >= now:
        return "scheduled"
    if end is not None and end < now and not incident.ongoing:
        return "completed"
    return "in_progress"


def _json(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1) + "\n").encode()


def _instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    shown = value.astimezone(UTC).isoformat(timespec="milliseconds")
    return shown.removesuffix("+00:00") + "Z"


def _stages(incident: Incident) -> list[str]:
    """How an incident stood after each of its rows."""
    stages = []
    stage, episode = _ORDER[0], 1
    for row in incident.rows:
        # What is noticed after it was resolved, and before it starts again, is of the next time.
        if row.milestones and row.episode != episode:
            stage, episode = _ORDER[0], row.episode
        for name in row.milestones:
            if name == "started" and stage in ("monitoring", "resolved"):
                stage = _ORDER[0]
            # Often the cause is found when the impact is over, which takes nothing back.
            stage = max(stage, _STAGES.get(name, stage), key=_ORDER.index)
        last = row.episode == incident.episodes
        # What is still open has not been resolved for good.
        shown = "monitoring" if stage == "resolved" and incident.ongoing and last else stage
        stages.append(shown)
    return stages


@dataclass(frozen=True, slots=True)
class _Update:
    """One message to the public, and the time it is about."""

    key: str
    status: str
    body: str
    at: datetime


class _Page:
    """Makes the parts of the documents of one publication."""

    def __init__(self, publication: Publication) -> None:
        self.publication = publication
        self.incidents = [found for found in publication.incidents if found.withdrawn is None]
        base = publication.options.feed_id_base or publication.site_url or publication.site_name
        self.id = stable_id("page", base)

    def header(self) -> dict[str, Any]:
        publication = self.publication
        zone = publication.options.timezone
        changes = [self._updated(incident) for incident in publication.incidents]
        return {
            "id": self.id,
            "name": publication.site_name,
            "url": publication.site_url.rstrip("/"),
            "time_zone": "Etc/UTC" if zone in ("UTC", "GMT", "Z") else zone,
            "updated_at": _instant(max(changes, default=_NEVER)),
        }

    def status(self) -> dict[str, str]:
        # Impact on everything is on no single component where the site names none.
        level = worst([self._level(None), *(found["status"] for found in self.components)])
        indicator, description = _STATES[level]
        return {"indicator": indicator, "description": description}

    @cached_property
    def components(self) -> list[dict[str, Any]]:
        return [
            self._component(name, position)
            for position, name in enumerate(self.publication.components, 1)
        ]

    def incident(self, incident: Incident) -> dict[str, Any]:
        return {
            **self._common(incident, incident_status(incident), self._updates(incident)),
            "reminder_intervals": None,
        }

    def maintenance(self, incident: Incident) -> dict[str, Any]:
        assert incident.scheduled is not None
        status = maintenance_status(incident, self.publication)
        begin, end = incident.scheduled
        return {
            **self._common(incident, status, self._maintenance_updates(incident)),
            "impact": "maintenance",
            "scheduled_for": _instant(begin.at),
            "scheduled_until": _instant(end.at),
        }

    def maintenances(self, incidents: Iterable[Incident], *stages: str) -> list[dict[str, Any]]:
        """Those at one of `stages`, the next first."""
        made = [self.maintenance(incident) for incident in incidents]
        chosen = [found for found in made if found["status"] in stages]
        return sorted(chosen, key=lambda found: (found["scheduled_for"], found["id"]))

    def _common(
        self, incident: Incident, status: str, updates: Sequence[_Update]
    ) -> dict[str, Any]:
        id = stable_id("incident", incident.id)
        times = [update.at for update in updates] or [began(incident)]
        names = [found["name"] for found in self.components]
        shown = [
            self.components[names.index(name)] for name in incident.components if name in names
        ]
        path = quote(self.publication.path_of(incident.id), safe="/%")
        return {
            "id": id,
            "name": incident.title,
            "status": status,
            "created_at": _instant(times[0]),
            "updated_at": _instant(self._updated(incident)),
            "monitoring_at": _instant(self._reached(incident, "mitigated")),
            "resolved_at": _instant(self._ended(incident, status)),
            "impact": self._impact(incident),
            "shortlink": self.publication.site_url + path,
            "started_at": _instant(began(incident)),
            "page_id": self.id,
            "incident_updates": self._shown_updates(incident, id, updates),
            "components": shown,
        }

    def _shown_updates(
        self, incident: Incident, incident_id: str, updates: Sequence[_Update]
    ) -> list[dict[str, Any]]:
        shown = []
        before: dict[str, str] = dict.fromkeys(incident.components, "operational")
        for update in updates:
            after = {name: _level_at(incident, name, update.at) for name in incident.components}
            at = _instant(update.at)
            shown.append(
                {
                    "id": stable_id("update", incident.id, update.key),
                    "status": update.status,
                    "body": update.body,
                    "incident_id": incident_id,
                    "created_at": at,
                    "updated_at": at,
                    "display_at": at,
                    "affected_components": [
                        {
                            "code": self._component_id(name),
                            "name": name,
                            "old_status": before[name],
                            "new_status": after[name],
                        }
                        for name in incident.components
                    ]
                    or None,
                    "deliver_notifications": False,
                    "custom_tweet": None,
                    "tweet_id": None,
                }
            )
            before = after
        return shown[::-1]

    def _updates(self, incident: Incident) -> list[_Update]:
        """The updates in the order of their times."""
        stages = iter(_stages(incident))
        updates = _row_updates(incident, lambda row: next(stages))
        if incident_status(incident) == "postmortem":
            summary = markdown.plain(incident.summary) if incident.summary else incident.title
            address = self.publication.site_url + self.publication.path_of(incident.id)
            # A day begins before what happened on it.
            at = max([published_at(incident, self.publication), *(one.at for one in updates)])
            updates.append(_Update("postmortem", "postmortem", f"{summary} {address}", at))
        return sorted(updates, key=lambda update: update.at)

    def _maintenance_updates(self, incident: Incident) -> list[_Update]:
        """What a timeline of maintenance tells; what lies ahead has not been said yet."""
        stage = "scheduled"

        def stage_of(row: Row) -> str:
            nonlocal stage
            for name in row.milestones:
                stage = _MAINTENANCE_STAGES.get(name, stage)
            return stage

        now = self.publication.now
        told = [update for update in _row_updates(incident, stage_of) if update.at < now]
        body = markdown.plain(incident.summary) if incident.summary else incident.title
        at = min([published_at(incident, self.publication), *(update.at for update in told)])
        first = _Update("scheduled", "scheduled", body, at)
        return sorted([first, *told], key=lambda update: update.at)

    def _impact(self, incident: Incident) -> str:
        severity = self.publication.options.severity(incident.severity)
        if severity is not None:
            return severity.impact
        return _IMPACTS.get(worst(window.level for window in incident.windows) or "", "none")

    def _updated(self, incident: Incident) -> datetime:
        """When there was last something to tell about it, or something was corrected."""
        told = [row.moment.at for row in incident.rows if row.milestones or row.update]
        now = self.publication.now
        past = [at for at in told if at is not None and at < now]
        return max([updated_at(incident, self.publication), *past])

    def _reached(self, incident: Incident, milestone: str) -> datetime | None:
        row = incident.milestone(milestone, sum(milestone in r.milestones for r in incident.rows))
        if row is None or (incident.ongoing and row.episode != incident.episodes):
            return None
        return row.moment.at

    def _ended(self, incident: Incident, status: str) -> datetime | None:
        """When it was resolved, as far as that is known; clients take null for still open."""
        if status not in ("resolved", "postmortem", "completed"):
            return None
        end = self._reached(incident, "resolved") or self._reached(incident, "mitigated")
        if end is None and incident.scheduled is not None:
            end = incident.scheduled[1].at
        return end

    def _component_id(self, name: str) -> str:
        return stable_id("component", name)

    def _component(self, name: str, position: int) -> dict[str, Any]:
        touched = [found for found in self.incidents if name in found.components]
        created = min(map(began, touched), default=_NEVER)
        windows = [window for found in touched for window in found.windows]
        ends = [moment.at for w in windows for moment in (w.start, w.end) if moment is not None]
        changed = max((end for end in ends if end is not None), default=created)
        return {
            "id": self._component_id(name),
            "name": name,
            "status": self._level(name) or "operational",
            "created_at": _instant(created),
            "updated_at": _instant(max(created, changed)),
            "position": position,
            "description": None,
            "showcase": True,
            "start_date": None,
            "group_id": None,
            "page_id": self.id,
            "group": False,
            "only_show_if_degraded": False,
        }

    def _level(self, component: str | None) -> str | None:
        """The worst level of what goes on now on one component, or on the site as a whole."""
        # Its clients know no impact without a level, and the mildest one says that there is some.
        levels: list[str | None] = []
        for incident in self.incidents:
            if incident.scheduled is not None:
                status = maintenance_status(incident, self.publication)
                named = component in incident.components or not incident.components
                if status in ("in_progress", "verifying") and named:
                    levels.append("under_maintenance")
            elif incident.ongoing:
                levels += [
                    window.level or "degraded_performance"
                    for window in incident.windows
                    if is_open(window) and touches(window, incident, component)
                ]
        return worst(levels)


def _level_at(incident: Incident, component: str, instant: datetime) -> str:
    """The level of impact of one incident on a component at an instant."""
    levels = []
    rows = [at for row in incident.rows if (at := row.moment.at) is not None]
    for window in incident.windows:
        start, end = window.start.at, window.end.at if window.end else None
        if start is None or instant < start or (end is not None and instant >= end):
            continue
        # Its end is not known, but lies before the postmortem.
        if end is None and not incident.ongoing and instant > max(rows, default=start):
            continue
        if touches(window, incident, component):
            levels.append(window.level or "degraded_performance")
    return worst(levels) or "operational"


def _row_updates(incident: Incident, status_of: Callable[[Row], str]) -> list[_Update]:
    """The rows that tell the public something: with a milestone, or marked as an update."""
    updates = []
    last = began(incident)
    for row in incident.rows:
        status = status_of(row)
        last = row.moment.at or last
        if not row.milestones and not row.update:
            continue
        names = ", ".join(wording.milestone(name) for name in row.milestones)
        # An internal row keeps its milestones in public, and nothing else.
        body = markdown.plain(row.text) if row.text else names.capitalize()
        updates.append(_Update(row.anchor, status, body, last))
    return updates
