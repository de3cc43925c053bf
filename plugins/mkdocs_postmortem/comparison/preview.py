"""Where the preview of a change shows its incidents."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from mkdocs_postmortem.audience import may_see
from mkdocs_postmortem.comparison.changes import Version
from mkdocs_postmortem.options import Audience


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview at `base`, an http address, built for `audience`; without `base` there is none."""

    base: str | None
    audience: Audience
    use_directory_urls: bool = True

    def url(self, version: Version) -> str | None:
        """The address of an incident's page, or ``None`` where the preview has none."""
        if self.base is None or version.incident is None:
            return None
        if not may_see(version.incident.visibility, self.audience):
            return None
        ending = "/" if self.use_directory_urls else ".html"
        id = quote(version.id, safe="", errors="surrogateescape")
        return f"{self.base.rstrip('/')}/incidents/{id}{ending}"
