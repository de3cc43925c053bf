"""One side of a comparison: what an audience sees of the site of one revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mkdocs_postmortem.addresses import as_compared
from mkdocs_postmortem.archive import check_together
from mkdocs_postmortem.audience import among, for_audience
from mkdocs_postmortem.comparison.changes import Version
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.hidden_links import names
from mkdocs_postmortem.options import Audience


class Side:
    """One side of a comparison. The files in `same` need not be read: both sides have them."""

    def __init__(self, site: SiteAt, audience: Audience, same: dict[str, str]) -> None:
        self.site = site
        self.audience = audience
        self._same = same
        self.owners = site.incidents()
        self.zone = site.options.zone

    def differing(self) -> list[str]:
        """The paths of the files that the other side does not have like that."""
        return [path for path in self.site.files if path not in self._same]

    def version(self, id: str) -> Version | None:
        """What the audience sees of an incident, or ``None``."""
        path = self.owners.get(id)
        reading = self.site.reading(path) if path is not None else None
        if path is None or reading is None:
            return None
        full = reading.incident
        incident = for_audience(full, self.audience) if full is not None else None
        if incident is None and (full is not None or self.audience is not Audience.DRAFTS):
            return None
        if incident is not None and self.audience is not Audience.DRAFTS:
            others = {as_compared(other): other for other in self.owners}
            named = {others[other] for other in names(incident, others.keys())}
            shown = {other for other in named.union(incident.related) if self._is_visible(other)}
            incident, _ = among(incident, shown, set(map(as_compared, named - shown)))
        return Version(self.site.path(path), reading, incident)

    def _is_visible(self, id: str) -> bool:
        path = self.owners.get(id)
        reading = self.site.reading(path) if path is not None else None
        if reading is None or reading.incident is None:
            return False
        return for_audience(reading.incident, self.audience) is not None

    def diagnostics(self) -> list[tuple[Diagnostic, str]]:
        """Every diagnostic of what was read, with the text of its line.

        In public only those of what the public sees.
        """
        paths = self.differing()
        readings = {path: self.site.reading(path) for path in paths}
        everything = [reading for reading in readings.values() if reading is not None]
        unread = [id for id, path in self.owners.items() if path in self._same]
        found = [diagnostic for reading in everything for diagnostic in reading.diagnostics]
        found += check_together(everything, unread)
        result = []
        for diagnostic in sorted(found, key=lambda diagnostic: diagnostic.sort_key):
            reading = readings[diagnostic.path]
            assert reading is not None
            if self.audience is not Audience.DRAFTS and (
                reading.incident is None or for_audience(reading.incident, self.audience) is None
            ):
                continue
            shown = replace(diagnostic, path=self.site.path(diagnostic.path))
            result.append((shown, _line_of(diagnostic, reading.source.lines)))
        return result


def _line_of(diagnostic: Diagnostic, lines: Sequence[str]) -> str:
    """The text of the line that a diagnostic is about, whatever its indentation."""
    number = diagnostic.place.line
    return lines[number - 1].strip() if 1 <= number <= len(lines) else ""
