"""All incidents of a site together: which files are incidents, their order, and who is related."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property
from pathlib import Path

from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.files_on_disk import is_incident_name, name_of, read_bytes
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import diagnose, entry_of, read_incident, read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading, read_fields
from mkdocs_postmortem.reading.source import has_front_matter
from mkdocs_postmortem.rules import reading as reading_rules
from mkdocs_postmortem.safety.assets import Asset, incident_assets
from mkdocs_postmortem.together import look_at_together


def read_file(root: Path, path: str, options: Options) -> Reading | None:
    """The incident at `path`; or what is wrong with another page there; or ``None`` if nothing is.

    A page with an incident's fields but not its name, or with front matter that cannot be read,
    gets an error: a misnamed draft must not go out whole.
    """
    try:
        data = read_bytes(root, path)
    except OSError:
        return read_incident(root, path, options)
    return read_content(path, data, options, incident_assets(root, path))


def read_content(
    path: str, data: bytes, options: Options, assets: Sequence[Asset] = ()
) -> Reading | None:
    """The same for `data`, the content of a file that is or will be at `path`.

    `assets` are the files in the incident's own folder.
    """
    if is_incident_name(name_of(path)):
        return read_incident_text(path, data, options, assets)
    return misnamed(path, data, options) if has_front_matter(data) else None


def misnamed(path: str, data: bytes, options: Options) -> Reading | None:
    """What is wrong with a page that is no incident by its name, or ``None``."""
    reading = read_fields(path, data, options)
    structural = [
        finding
        for finding in reading.findings
        # Its fields are its own; only what keeps YAML from being read is a problem.
        if finding.rule.code < "PM116"
        and finding.rule.code not in ("PM110", "PM112", "PM113", "PM114")
    ]
    telling = [key for key in ("timeline", "visibility") if (key,) in reading.places.keys]
    if telling:
        first = min(telling, key=reading.places.key)
        structural.append(reading_rules.misnamed_incident(reading.places.key(first), first))
    if not structural:
        return None
    reading.findings = structural
    reading.fields = None
    reading.diagnostics = diagnose(reading)
    return reading


def check_together(readings: Sequence[Reading], unread: Iterable[str] = ()) -> list[Diagnostic]:
    """What only shows when all files are looked at: equal ids, related incidents that are not.

    `unread` are the ids of incidents that are there as well.
    """
    incidents = [reading for reading in readings if is_incident_name(name_of(reading.path))]
    if not incidents:
        return []
    together = look_at_together(
        [entry_of(reading) for reading in incidents], incidents[0].options.rules, unread
    )
    for reading in incidents:
        if reading.path in together.silenced:
            reading.silenced.extend(together.silenced[reading.path])
    return together.diagnostics


@dataclass(frozen=True)
class Archive:
    """The incidents that an audience sees, the newest first."""

    incidents: tuple[Incident, ...]

    @classmethod
    def of(cls, incidents: Iterable[Incident]) -> Archive:
        """The archive of `incidents`, in whatever order they come."""
        return cls(tuple(sorted(incidents, key=_newest_first)))

    @cached_property
    def neighbours(self) -> dict[str, tuple[Incident | None, Incident | None]]:
        """For each id the incident before it in time and the one after it."""
        listed = self.incidents
        return {
            incident.id: (
                listed[index + 1] if index + 1 < len(listed) else None,
                listed[index - 1] if index else None,
            )
            for index, incident in enumerate(listed)
        }

    @cached_property
    def related(self) -> dict[str, tuple[Incident, ...]]:
        """For each id the incidents that it names and those that name it, the newest first."""
        position = {incident.id: index for index, incident in enumerate(self.incidents)}
        pairs: dict[str, set[str]] = {id: set() for id in position}
        for incident in self.incidents:
            for other in incident.related:
                if other in position and other != incident.id:
                    pairs[incident.id].add(other)
                    pairs[other].add(incident.id)
        return {
            id: tuple(
                self.incidents[index] for index in sorted(position[other] for other in others)
            )
            for id, others in pairs.items()
        }


def began(incident: Incident) -> datetime:
    """The instant by which incidents are ordered: when it began, else its day."""
    start = incident.starts
    if start is not None and start.earliest is not None:
        return start.earliest
    return datetime(incident.date.year, incident.date.month, incident.date.day, tzinfo=UTC)


def began_on(incident: Incident, zone: tzinfo) -> date:
    """The day on which it began in `zone`, as its timeline has it; else its own day."""
    start = incident.starts
    return (start and start.day_in(zone)) or incident.date


def _newest_first(incident: Incident) -> tuple[float, str]:
    return (-began(incident).timestamp(), incident.id)
