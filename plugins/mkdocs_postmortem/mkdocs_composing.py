"""The incidents' pages: what each is composed of, and how they hang together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.utils import get_relative_url

from mkdocs_postmortem.mkdocs_pages import ARCHIVE_URI, IncidentPage
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.render.page import (
    PageContext,
    PageParts,
    incident_page,
    problem_page,
    shows_neighbours,
)
from mkdocs_postmortem.site import Site


@dataclass
class Composer:
    """Composes the pages of one build. With `shows_problems` they show their diagnostics.

    Until the first page is composed, ``site`` may still get findings. ``urls`` are the addresses
    of the incidents by their ids, once `link` has been called.
    """

    site: Site
    options: Options
    audience: Audience
    config: MkDocsConfig
    shows_problems: bool
    urls: dict[str, str] = field(default_factory=dict)

    def page(self, path: str, file: File) -> IncidentPage:
        """The page of the incident at `path`, which `file` becomes."""
        incident = self.site.incidents.get(path)
        title = incident.title if incident else self.site.readings[path].id
        compose = partial(self._compose, path)
        trusted = self.options.trusted_bodies
        return IncidentPage(title, file, self.config, compose, incident, trusted=trusted)

    def _compose(self, path: str, page: IncidentPage) -> PageParts:
        incident = self.site.incidents.get(path)
        id = incident.id if incident else ""
        earlier, later = self.site.archive.neighbours.get(id, (None, None))
        theme = self.config.theme
        context = PageContext(
            options=self.options,
            audience=self.audience,
            url_of=partial(self._url_of, page),
            image_base="" if self.config.use_directory_urls else f"{self.site.readings[path].id}/",
            template_dirs=tuple(theme.dirs),
            related=self.site.archive.related.get(id, ()),
            earlier=earlier,
            later=later,
            show_neighbours=shows_neighbours(theme.name or "", theme.get("features") or ()),
            diagnostics=self.site.of(path) if self.shows_problems else (),
            before_publication=self.site.before_publication(path) if self.shows_problems else None,
        )
        if incident is None:
            return problem_page(str(page.title), context)
        return incident_page(incident, context)

    def _url_of(self, page: IncidentPage, id: str) -> str | None:
        url = page.asked_for[id] = self.urls.get(id)
        return None if url is None else get_relative_url(url, page.url)

    def link(self, by_id: Mapping[str, IncidentPage], files: Files) -> None:
        """Give every page its address, its place below the archive, and its neighbours."""
        archive = files.get_file_from_path(ARCHIVE_URI)
        for id, page in by_id.items():
            self.urls[id] = page.url
            # MkDocs types a parent as a section; any item that has ancestors will do.
            page.parent = archive.page if archive else None  # type: ignore[assignment]
            earlier, later = self.site.archive.neighbours.get(id, (None, None))
            page.previous_page = by_id[earlier.id] if earlier else None
            page.next_page = by_id[later.id] if later else None
            if self.audience is Audience.PUBLIC and not self.options.public_edit_links:
                page.edit_url = None
