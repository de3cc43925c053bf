"""The incidents of a site, as a build needs them: read, checked, projected for an audience.

Knows no MkDocs. Files that have not changed are not read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.archive import Archive, check_together, read_content
from mkdocs_postmortem.audience import for_audience
from mkdocs_postmortem.diagnostics import Diagnostic, Severity
from mkdocs_postmortem.files_on_disk import read_bytes
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import before_publication, unreadable
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules.registry import Finding, at_the_sites_severity
from mkdocs_postmortem.safety.assets import asset_state, incident_assets


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
        digest = sha256(data + asset_state(root, path).encode()).digest()
        known = self._by_path.get(path)
        if known is not None and known[0] == digest:
            return known[1]
        reading = read_content(path, data, options, incident_assets(root, path))
        self._by_path[path] = (digest, reading)
        return reading


@dataclass(frozen=True)
class Site:
    """Every incident that was read, and what the audience sees of them.

    ``internal_assets`` are files that the audience must not see, each with its incident's id.

    ``withheld`` are the paths of Markdown files that must not be published; ``diagnostics`` are
    all there are, sorted.
    """

    readings: dict[str, Reading]
    incidents: dict[str, Incident]
    archive: Archive
    withheld: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    trusts_authors: bool = False
    internal_assets: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def neighbours(self) -> dict[str, tuple[Incident | None, Incident | None]]:
        """For each id the incident before it in time and the one after it."""
        return self.archive.neighbours()

    @cached_property
    def related(self) -> dict[str, tuple[Incident, ...]]:
        """For each id the incidents related to it."""
        return self.archive.related()

    def with_findings(self, more: Sequence[tuple[str, Finding]], options: Options) -> Site:
        """The same site, with more that is wrong with the files at their paths."""
        added = _at_severity(more, options)
        both = sorted({*self.diagnostics, *added}, key=lambda found: found.sort_key)
        return replace(self, diagnostics=tuple(both))

    @property
    def errors(self) -> list[Diagnostic]:
        """What keeps the site from being published."""
        return [found for found in self.diagnostics if found.severity is Severity.ERROR]

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
    strays: Sequence[tuple[str, Finding]] = (),
) -> Site:
    """Read the Markdown files at `paths` below `root`, and project what `audience` sees.

    ``incidents`` has a path for each incident that is shown. Where two files claim one id, only
    the first has it. `strays` are what is wrong with files that are none of them, with their paths.
    """
    readings: dict[str, Reading] = {}
    for path in paths:
        reading = cache.read(root, path, options)
        if reading is not None:
            readings[path] = reading
    everything = list(readings.values())
    diagnostics = _at_severity(strays, options)
    diagnostics += (found for reading in everything for found in reading.diagnostics)
    diagnostics += check_together(everything)
    shown: dict[str, Incident] = {}
    taken: set[str] = set()
    for path, reading in readings.items():
        if reading.incident is None or as_compared(reading.id) in taken:
            continue
        taken.add(as_compared(reading.id))
        incident = for_audience(reading.incident, audience)
        if incident is not None:
            shown[path] = incident
    internal_assets = {
        (readings[path].id, name)
        for path in (shown if audience is Audience.PUBLIC else ())
        for name in _internal_assets(readings[path])
    }
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
        trusts_authors=options.trusted_bodies,
        internal_assets=frozenset(internal_assets),
    )


def _at_severity(findings: Sequence[tuple[str, Finding]], options: Options) -> list[Diagnostic]:
    return [
        one for path, found in findings for one in at_the_sites_severity(found, path, options.rules)
    ]


def _internal_assets(reading: Reading) -> Iterator[str]:
    """The files of a public incident that only its internal parts show; all of a withdrawn one."""
    withdrawn = reading.fields is not None and reading.fields.withdrawn is not None
    texts = [(piece.internal, unquote(piece.text)) for piece in reading.pieces]
    for asset in reading.assets:
        name = PurePosixPath(asset.name).name
        named = {internal for internal, text in texts if name in text}
        if withdrawn or named == {True}:
            yield asset.name


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
