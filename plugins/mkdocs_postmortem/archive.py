"""All incidents of a site together: which files are incidents, their order, and who is related."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.claimed_addresses import clashes_between
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.incident import ActionStatus, Incident
from mkdocs_postmortem.incident_file import diagnose, read_incident, read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading, is_incident_name, read_bytes, read_fields
from mkdocs_postmortem.reading.source import has_front_matter
from mkdocs_postmortem.rules import reading as reading_rules
from mkdocs_postmortem.rules import site as rules
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.safety.assets import Asset, incident_assets
from mkdocs_postmortem.timeline import slug
from mkdocs_postmortem.zones import closest

MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")


def incident_paths(root: Path) -> list[str]:
    """Every Markdown file below `root`, relative to it, with forward slashes, in order.

    Hidden files and folders are left out, as MkDocs leaves them out.
    """
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            Path(folder, name).relative_to(root).as_posix()
            for name in files
            if not name.startswith(".") and name.lower().endswith(MARKDOWN_ENDINGS)
        ]
    return sorted(found)


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
    if is_incident_name(path.rpartition("/")[2]):
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
    incidents = [
        reading for reading in readings if is_incident_name(reading.path.rpartition("/")[2])
    ]
    by_id = {reading.id for reading in incidents}
    by_address: dict[str, list[Reading]] = {}
    for reading in incidents:
        by_address.setdefault(as_compared(reading.id), []).append(reading)
    found: dict[str, list[Finding]] = {reading.path: [] for reading in incidents}
    for same in by_address.values():
        for reading in same[1:]:
            place = reading.places.key("title")
            found[reading.path].append(rules.same_id(place, same[0].path))
    for reading in incidents:
        found[reading.path] += _unknown_related(reading, {*by_id, *unread})
    more = [
        *_promised_before(incidents),
        *_same_component_addresses(incidents),
        *clashes_between(incidents),
    ]
    for path, finding in more:
        found[path].append(finding)
    return [one for reading in incidents for one in diagnose(reading, found[reading.path])]


def check_beside(reading: Reading, path: str, others: Sequence[str]) -> list[Diagnostic]:
    """What shows of one incident, at `path`, beside the names of the files at `others`."""
    named = {
        PurePosixPath(other).stem: other
        for other in others
        if other != path and is_incident_name(PurePosixPath(other).name)
    }
    found = _unknown_related(reading, {*named, reading.id})
    if reading.id in named and is_incident_name(PurePosixPath(path).name):
        place = reading.places.key("title")
        found.append(rules.same_id(place, named[reading.id]))
    return diagnose(reading, found)


def _unknown_related(reading: Reading, ids: Iterable[str]) -> list[Finding]:
    """The related incidents that are none of `ids`."""
    known = set(ids)
    return [
        rules.unknown_related(
            reading.places.value("related", index), id, closest(id, sorted(known))
        )
        for index, id in enumerate(reading.fields.related if reading.fields else ())
        if id not in known
    ]


def _same_component_addresses(incidents: Sequence[Reading]) -> list[tuple[str, Finding]]:
    """The components whose pages would overwrite each other."""
    taken: dict[str, str] = {}
    found = []
    for reading in incidents:
        for name in reading.incident.components if reading.incident else ():
            other = taken.setdefault(slug(name), name)
            if other != name:
                place = reading.places.value("components")
                finding = rules.same_component_address(place, name, other)
                found.append((reading.path, finding))
    return found


def _promised_before(incidents: Sequence[Reading]) -> list[tuple[str, Finding]]:
    """The promises that an earlier incident has made and not kept."""
    unkept: dict[str, str] = {}
    found = []
    for reading in sorted(incidents, key=lambda reading: (reading.day, reading.id)):
        items = reading.incident.action_items if reading.incident else ()
        for index, item in enumerate(items):
            name = slug(item.title)
            if name in unkept:
                place = reading.places.value("action_items", index, "title")
                finding = rules.promised_before(place, item.title, unkept[name])
                found.append((reading.path, finding))
        for item in items:
            if item.status in (ActionStatus.OPEN, ActionStatus.IN_PROGRESS):
                unkept.setdefault(slug(item.title), reading.id)
    return found


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


def _newest_first(incident: Incident) -> tuple[float, str]:
    return (-began(incident).timestamp(), incident.id)
