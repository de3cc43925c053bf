"""The incidents of a site, as a build needs them: read, checked, projected for an audience.

Knows no MkDocs. Files that have not changed are not read again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.archive import Archive, check_together, misnamed
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.diagnostics import Diagnostic, Severity
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import before_publication, read_incident_text, unreadable
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading, is_incident_name, read_bytes
from mkdocs_postmortem.reading.source import has_front_matter

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")


@dataclass(slots=True)
class ReadingCache:
    """Readings by path, valid for the content and the options they were made from."""

    options: Options | None = None
    today: object = None
    _by_path: dict[str, tuple[bytes, Reading | None]] = field(default_factory=dict)

    def read(self, root: Path, path: str, options: Options) -> Reading | None:
        """The incident at `path`, or what is wrong with another page there, or ``None``."""
        if (options, options.today) != (self.options, self.today):
            self.options, self.today, self._by_path = options, options.today, {}
        try:
            data = read_bytes(root, path)
        except OSError as error:
            return unreadable(path, options, error.strerror or str(error))
        digest = sha256(data).digest()
        known = self._by_path.get(path)
        if known is not None and known[0] == digest:
            return known[1]
        reading: Reading | None = None
        if is_incident_name(PurePosixPath(path).name):
            reading = read_incident_text(path, data, options)
        elif has_front_matter(data):
            reading = misnamed(path, data, options)
        self._by_path[path] = (digest, reading)
        return reading


@dataclass(frozen=True)
class Site:
    """Every incident that was read, and what the audience sees of them.

    ``withheld`` are the paths of Markdown files that must not be published; ``diagnostics`` are
    all there are, sorted.
    """

    readings: dict[str, Reading]
    incidents: dict[str, Incident]
    archive: Archive
    withheld: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]

    @cached_property
    def neighbours(self) -> dict[str, tuple[Incident | None, Incident | None]]:
        """For each id the incident before it in time and the one after it."""
        return self.archive.neighbours()

    @cached_property
    def related(self) -> dict[str, tuple[Incident, ...]]:
        """For each id the incidents related to it."""
        return self.archive.related()

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps the site from being published."""
        return [found for found in self.diagnostics if found.severity is Severity.ERROR]

    def with_diagnostics(self, more: Sequence[Diagnostic]) -> Site:
        """The site with more that is wrong with it."""
        everything = sorted({*self.diagnostics, *more}, key=lambda found: found.sort_key)
        return replace(self, diagnostics=tuple(everything))

    def of(self, path: str) -> list[Diagnostic]:
        """The diagnostics of one file."""
        return [found for found in self.diagnostics if found.path == path]

    def before_publication(self, path: str) -> list[Diagnostic] | None:
        """What a draft still lacks to be public; ``None`` where the file is no draft."""
        reading = self.readings[path]
        return before_publication(reading) if reading.visibility == "draft" else None


def read_site(
    root: Path,
    paths: Sequence[str],
    options: Options,
    audience: Audience,
    cache: ReadingCache,
    strays: Sequence[Diagnostic] = (),
) -> Site:
    """Read the Markdown files at `paths` below `root`, and project what `audience` sees.

    ``incidents`` has a path for each incident that is shown. Where two files claim one id, only
    the first has it. `strays` are what is wrong with pages outside `root`.
    """
    readings: dict[str, Reading] = {}
    for path in paths:
        reading = cache.read(root, path, options)
        if reading is not None:
            readings[path] = reading
    everything = list(readings.values())
    diagnostics = [*strays, *(found for reading in everything for found in reading.diagnostics)]
    diagnostics += check_together(everything)
    shown: dict[str, Incident] = {}
    taken: set[str] = set()
    for path, reading in readings.items():
        if reading.incident is None or reading.id in taken:
            continue
        taken.add(reading.id)
        incident = for_audience(reading.incident, audience)
        if incident is not None:
            shown[path] = incident
    # The ids of what is not shown are not shown either.
    visible = {incident.id for incident in shown.values()}
    for path, incident in shown.items():
        related = tuple(id for id in incident.related if id in visible)
        shown[path] = replace(incident, related=related)
    return Site(
        readings=readings,
        incidents=shown,
        archive=Archive.of(shown.values()),
        withheld=frozenset(readings) - frozenset(shown),
        diagnostics=tuple(sorted(diagnostics, key=lambda found: found.sort_key)),
    )


def asset_owner(path: str, ids: frozenset[str]) -> str | None:
    """The id of the incident in whose folder the file at `path` lies."""
    return next((part for part in PurePosixPath(path).parts[:-1] if part in ids), None)


def looks_like_a_copy(path: str) -> bool:
    """Whether a file that is no Markdown has the name of an incident, as backups do."""
    parts = PurePosixPath(path).parts
    return _DATED.match(parts[-1].lstrip("~#.")) is not None


def not_published(site: Site) -> str:
    """What a build says about the incidents that its audience does not see."""
    hidden: dict[str, list[str]] = {}
    for path in sorted(site.withheld):
        reading = site.readings[path]
        if reading.incident is not None:
            hidden.setdefault(reading.visibility, []).append(reading.id)
    parts = []
    for visibility, ids in sorted(hidden.items()):
        kind = visibility if visibility == "draft" else f"{visibility} incident"
        names = ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
        parts.append(f"{len(ids)} {kind}{'s' * (len(ids) != 1)} not published: {names}")
    return "; ".join(parts)
