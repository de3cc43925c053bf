"""The incidents of a site, as a build needs them: read, checked, projected for an audience.

Knows no MkDocs. Files that have not changed are not read again.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import cast
from urllib.parse import unquote

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.archive import Archive, check_together, read_content
from mkdocs_postmortem.audience import among, for_audience
from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.diagnostics import Diagnostic, Severity
from mkdocs_postmortem.files_on_disk import read_bytes
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.incident_file import before_publication, unreadable
from mkdocs_postmortem.kept_readings import KeptReading, kept
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.rules.registry import Finding, at_the_sites_severity
from mkdocs_postmortem.safety.assets import asset_state, incident_assets

# How long after a change a file may change again without another time to show for it.
_TELLS_TIMES_APART_NS = 50_000_000


@dataclass(frozen=True, slots=True)
class _Known:
    """A reading, and the state and the content of the files that it was made from."""

    state: tuple[int, ...] | None
    assets: str
    source: SourceDigest
    reading: Reading | None


@dataclass(frozen=True, slots=True)
class SourceDigest:
    """Texts that change when a file does: ``whole`` with any part, ``facts`` with any but the body.

    What a body does not change is everything that is computed.
    """

    whole: str
    facts: str


@dataclass(slots=True)
class ReadingCache:
    """Readings by path, valid for the content and the options they were made from.

    With them goes what was found out about all of them, valid for all but their bodies. `disk` is
    where readings are kept for other processes.
    """

    options: Options | None = None
    today: object = None
    disk: Cache | None = None
    _mark: str = ""
    _on_disk: dict[str, bytes] = field(default_factory=dict)
    _by_path: dict[str, _Known] = field(default_factory=dict)
    _projected: dict[str, tuple[Reading, Audience, Incident | None]] = field(default_factory=dict)
    _together: tuple[object, list[Diagnostic]] = (None, [])
    _archive: tuple[object, Archive] = (None, Archive(()))

    def begin(self, paths: Iterable[str], options: Options) -> None:
        """Before files at `paths` are read with `options`: ask the disk for all of them at once."""
        if (options, options.today) != (self.options, self.today):
            self.options, self.today, self._by_path = options, options.today, {}
            self._projected, self._together = {}, (None, [])
            self._archive = (None, Archive(()))
            said = f"{options!r} {options.today} {sorted(options.template_texts)}"
            self._mark = sha256(said.encode()).hexdigest()
        if self.disk is not None:
            unknown = {self._key(path): path for path in paths if path not in self._by_path}
            found = self.disk.get_many_bytes("reading", unknown)
            self._on_disk = {unknown[key]: value for key, value in found.items()}

    def _key(self, path: str) -> str:
        return f"{self._mark} {path}"

    def read(self, root: Path, path: str, options: Options) -> Reading | None:
        """The incident at `path`, or what is wrong with another page there, or ``None``."""
        try:
            state = _state(root, path)
            assets = asset_state(root, path)
            known = self._by_path.get(path)
            if known is not None and (known.state, known.assets) == (state, assets) and state:
                return known.reading
            data = read_bytes(root, path)
        except OSError as error:
            self._by_path.pop(path, None)
            return unreadable(path, options, error.strerror or str(error))
        whole = sha256(data + assets.encode()).hexdigest()
        if known is None or known.source.whole != whole:
            reading, facts = self._kept_or_read(root, path, options, data, whole)
            known = _Known(state, assets, SourceDigest(whole, facts), reading)
        self._by_path[path] = replace(known, state=state, assets=assets)
        return known.reading

    def _kept_or_read(
        self, root: Path, path: str, options: Options, data: bytes, whole: str
    ) -> tuple[Reading | None, str]:
        """What is known on disk of `data`, whose digest is `whole`, or what is read from it.

        The text besides changes with anything but the body.
        """
        before, known, *values = (self._on_disk.pop(path, None) or b"\n").split(b"\n")
        if before == whole.encode():
            with suppress(ValueError):
                load = partial(_read_again, root, path, options, lambda: data)
                return KeptReading(path, options, values, load), known.decode()
        reading = read_content(path, data, options, incident_assets(root, path))
        facts = _facts(reading)
        if self.disk is not None and reading is not None and (plain := kept(reading)) is not None:
            content = b"\n".join([whole.encode(), facts.encode(), *plain])
            self.disk.put_bytes("reading", self._key(path), content)
            self.disk.save_if_much()
            # Of a file that nobody is shown a line of, nothing else is needed.
            if all(found.severity is Severity.NOTE for found in reading.diagnostics):
                packed = zlib.compress(data, 1)
                load = partial(_read_again, root, path, options, lambda: zlib.decompress(packed))
                return KeptReading.of(reading, plain, load), facts
        return reading, facts

    def source(self, path: str) -> SourceDigest | None:
        """What tells whether the file at `path`, which was read, has changed."""
        known = self._by_path.get(path)
        return known.source if known is not None else None

    def projected(self, path: str, reading: Reading, audience: Audience) -> Incident | None:
        """What `audience` sees of the incident in `reading`, which was read at `path`."""
        known = self._projected.get(path)
        if known is None or known[0] is not reading or known[1] is not audience:
            incident = reading.incident
            whole = isinstance(reading, KeptReading) and reading.is_public_as_a_whole
            if incident is not None and not whole:
                incident = for_audience(incident, audience)
            known = self._projected[path] = (reading, audience, incident)
        return known[2]

    def together(self, readings: Mapping[str, Reading]) -> list[Diagnostic]:
        """What is wrong with all of the `readings` together."""
        facts = self._facts(readings)
        if facts is None or self._together[0] != facts:
            key = sha256(f"{self._mark} {facts}".encode()).hexdigest()
            if facts is not None and self.disk is not None and self.disk.get("together", key):
                found = []
            else:
                found = check_together(list(readings.values()))
                if facts is not None and self.disk is not None and not found:
                    self.disk.put("together", key, "nothing is wrong")
            self._together = (facts, found)
        return self._together[1]

    def keep(self) -> None:
        """Forget on disk what none of the files was read from this time."""
        if self.disk is not None:
            self.disk.keep_only("reading", map(self._key, self._by_path))

    def archive(
        self, incidents: Mapping[str, Incident], audience: Audience, unlinked: Mapping[str, str]
    ) -> Archive:
        """The archive of `incidents`, by their paths, without their bodies.

        `unlinked` are the ids that links in them named, by path.
        """
        facts = self._facts(incidents)
        key = facts and (facts, audience, dict(unlinked))
        if key is None or self._archive[0] != key:
            bare = Archive.of(replace(incident, body="") for incident in incidents.values())
            self._archive = (key, bare)
        return self._archive[1]

    def _facts(self, paths: Iterable[str]) -> tuple[tuple[str, str], ...] | None:
        """What changes with anything but a body; ``None`` where a file could not be read."""
        known = [(path, self._by_path.get(path)) for path in paths]
        if any(one is None for _, one in known):
            return None
        return tuple((path, one.source.facts) for path, one in known if one is not None)


def _state(root: Path, path: str) -> tuple[int, ...] | None:
    """What changes when the file does; ``None`` where it is too fresh to tell, or is not there."""
    now = time.time_ns()
    try:
        known = os.stat(root / path)  # noqa: PTH116 - a thousand times at each save
    except OSError:
        # Whoever reads it says why it cannot be read.
        return None
    if now - max(known.st_mtime_ns, known.st_ctime_ns) < _TELLS_TIMES_APART_NS:
        return None
    return (known.st_dev, known.st_ino, known.st_size, known.st_mtime_ns, known.st_ctime_ns)


def _read_again(root: Path, path: str, options: Options, data: Callable[[], bytes]) -> Reading:
    # Only what was an incident before is read again.
    return cast(Reading, read_content(path, data(), options, incident_assets(root, path)))


def _facts(reading: Reading | None) -> str:
    if reading is None:
        return ""
    text, body = reading.source.text, reading.source.body
    return sha256(text[: len(text) - len(body)].encode()).hexdigest()


@dataclass(frozen=True)
class Site:
    """Every incident that was read, and what the audience sees of them.

    ``internal_assets`` are files that the audience must not see, each with its incident's id.

    ``withheld`` are the paths of Markdown files that must not be published; ``diagnostics`` are
    all there are, sorted. ``sources`` tell which files have changed; one that could not be read
    is none of them. ``archive`` has the incidents without their bodies, so that nothing about all
    of them, and no other incident's page, depends on one. ``unlinked`` are the ids that links in
    incidents named and may not, by the incidents' paths.
    """

    readings: dict[str, Reading]
    incidents: dict[str, Incident]
    archive: Archive
    withheld: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]
    trusts_authors: bool = False
    internal_assets: frozenset[tuple[str, str]] = frozenset()
    sources: Mapping[str, SourceDigest] = field(default_factory=dict)
    unlinked: Mapping[str, str] = field(default_factory=dict)

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
        return self._by_path.get(path, [])

    @cached_property
    def _by_path(self) -> dict[str, list[Diagnostic]]:
        grouped: dict[str, list[Diagnostic]] = {}
        for found in self.diagnostics:
            grouped.setdefault(found.path, []).append(found)
        return grouped

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
    was_read: Callable[[int], None] = lambda total: None,
) -> Site:
    """Read the Markdown files at `paths` below `root`, and project what `audience` sees.

    ``incidents`` has a path for each incident that is shown. Where two files claim one id, only
    the first has it. `strays` are what is wrong with files that are none of them, with their paths.
    `was_read` is told of each file that was read, and of how many there are.
    """
    readings: dict[str, Reading] = {}
    cache.begin(paths, options)
    for path in paths:
        reading = cache.read(root, path, options)
        was_read(len(paths))
        if reading is not None:
            readings[path] = reading
    diagnostics = _at_severity(strays, options)
    diagnostics += (one for read in readings.values() for one in read.diagnostics)
    diagnostics += cache.together(readings)
    shown: dict[str, Incident] = {}
    taken: set[str] = set()
    for path, reading in readings.items():
        if reading.incident is None or as_compared(reading.id) in taken:
            continue
        taken.add(as_compared(reading.id))
        incident = cache.projected(path, reading, audience)
        if incident is not None:
            shown[path] = incident
    internal_assets = {
        (readings[path].id, name)
        for path in (shown if audience is Audience.PUBLIC else ())
        for name in _internal_assets(readings[path])
    }
    visible = {incident.id for incident in shown.values()}
    hidden = {as_compared(reading.id) for reading in readings.values()}
    hidden -= set(map(as_compared, visible))
    unlinked = {}
    for path, incident in shown.items():
        shown[path], named = among(incident, visible, hidden)
        if named:
            unlinked[path] = " ".join(sorted(named))
    return Site(
        readings=readings,
        incidents=shown,
        archive=cache.archive(shown, audience, unlinked),
        withheld=frozenset(readings) - frozenset(shown),
        diagnostics=tuple(sorted(diagnostics, key=lambda found: found.sort_key)),
        trusts_authors=options.trusted_bodies,
        internal_assets=frozenset(internal_assets),
        sources={path: known for path in readings if (known := cache.source(path)) is not None},
        unlinked=unlinked,
    )


def _at_severity(findings: Sequence[tuple[str, Finding]], options: Options) -> list[Diagnostic]:
    return [
        one for path, found in findings for one in at_the_sites_severity(found, path, options.rules)
    ]


def _internal_assets(reading: Reading) -> Iterator[str]:
    """The files of a public incident that only its internal parts show; all of a withdrawn one."""
    if not reading.assets:
        return
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
