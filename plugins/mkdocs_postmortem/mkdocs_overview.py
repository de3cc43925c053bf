"""What is about all incidents, as pages and files of MkDocs."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.utils import get_build_date, get_relative_url
from mkdocs.utils.templates import TemplateContext

from mkdocs_postmortem.addresses import Addresses
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.mkdocs_pages import IncidentPage, Title, fill, with_placeholders
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.publication import Publication, as_base
from mkdocs_postmortem.render.feeds import absolute_links, updated_at
from mkdocs_postmortem.render.head import head
from mkdocs_postmortem.render.overview import Overview, generated_pages
from mkdocs_postmortem.render.page import as_text
from mkdocs_postmortem.render.redirects import redirects
from mkdocs_postmortem.site import Site
from mkdocs_postmortem.timeline import slug

log = get_plugin_logger(__name__)
# Reached from the archive and the home page; in the navigation they would crowd out the rest.
_NOT_IN_NAV = ("components/", "incidents/page-")


class OverviewPages:
    """The parts of one build, and the blocks that stand in its ordinary pages."""

    def __init__(
        self,
        site: Site,
        pages: dict[str, IncidentPage],
        options: Options,
        audience: Audience,
        config: MkDocsConfig,
        *,
        preview: bool = False,
        html_of: Callable[[Page], str],
    ) -> None:
        self._config = config
        self._blocks: dict[str, dict[str, str]] = {}
        # What the site's own pages hold, without any text of an incident.
        self.own_content: dict[str, str] = {}
        self.by_id = by_id = {site.readings[path].id: page for path, page in pages.items()}
        tail = "/" if config.use_directory_urls else ".html"

        def path_of(id: str) -> str:
            return f"incidents/{id}{tail}"

        def content_of(id: str) -> str:
            page = by_id[id]
            return absolute_links(html_of(page), page.canonical_url or "")

        self.publication = Publication(
            incidents=site.archive.incidents,
            options=options,
            audience=audience,
            site_name=config.site_name,
            site_url=as_base(config.site_url or ""),
            path_of=path_of,
            content_of=content_of,
            description=config.site_description or "",
            use_directory_urls=config.use_directory_urls,
            preview=preview,
        )

    def add_pages(self, files: Files) -> None:
        """Add the pages that the author has not written."""
        present = {file.dest_uri for file in files}
        for uri, text in generated_pages(self.publication).items():
            hidden = uri.startswith(_NOT_IN_NAV)
            inclusion = InclusionLevel.NOT_IN_NAV if hidden else InclusionLevel.UNDEFINED
            file = File.generated(self._config, uri, content=text, inclusion=inclusion)
            if file.dest_uri not in present:
                files.append(file)

    def markdown(self, markdown: str, page: Page) -> str:
        """A page's Markdown with placeholders for the parts that its directives name."""
        overview = Overview(
            self.publication,
            lambda path: get_relative_url(path, page.url),
            tuple(self._config.theme.dirs),
        )
        publication = self.publication
        parts = overview.every_part()
        for name in publication.components:
            if page.file.generated_by and page.file.src_uri == f"components/{slug(name)}/index.md":
                # Its heading is text of an incident, and themes take entities away again.
                page.title = Title(as_text(name))
        result, unknown = with_placeholders(markdown, page.file.src_uri, parts)
        for name in unknown:
            log.warning(f"{page.file.src_uri}: there is no part “postmortem:{name}”")
        self._blocks[page.file.src_uri] = result.blocks
        return result.markdown

    def content(self, content: str, page: Page) -> str:
        """A page's HTML with the parts in the places of their placeholders."""
        self.own_content[page.file.src_uri] = content
        return fill(content, self._blocks.get(page.file.src_uri, {}))

    def searched(self, page: Page) -> str | None:
        """What a search is to find of a page with parts: what stands around them.

        Everything in them has a page of its own, which is a better answer. ``None`` for any other
        page, which is found as it is.
        """
        blocks = self._blocks.get(page.file.src_uri)
        if not blocks:
            return None
        return fill(self.own_content[page.file.src_uri], dict.fromkeys(blocks, ""))

    def add_files(
        self, files: Files, made: Callable[[Publication], Iterable[tuple[str, bytes]]]
    ) -> None:
        """Add tables, calendar, feeds, API and badges, once every page has its content.

        `made` gives them with their paths. They are written to where they belong at once, because
        together they are as long as the site; MkDocs leaves a file alone that is there already.
        """
        if not self.publication.site_url and self.publication.options.feed_id_base:
            log.warning("no feeds are made without site_url")
        elif not self.publication.has_feeds:
            log.info(
                "no feeds are made without the option feed_id_base:"
                " write `feed_id_base: status.example.org,2024`, a domain of yours and a year"
            )
        leading = redirects(self.publication)
        taken = Addresses()
        for file in files if leading else ():
            taken.claim(file.dest_uri, file.src_uri)
        for path, content in leading.items():
            if holder := taken.claim(path, path):
                # While serving, or where another plugin has put it there just now.
                log.warning(f"there is no redirect at {path}: {holder} is there")
                continue
            files.append(File.generated(self._config, path, content=content))
        for path, content in made(self.publication):
            if files.get_file_from_path(path) is None:
                place = Path(self._config.site_dir, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(content)
                files.append(File.generated(self._config, path, abs_src_path=str(place)))

    def date_pages(self, files: Files) -> None:
        """Say in the sitemap when an incident's page last changed, and of the rest as of when.

        The engine says of everything the day of the build, so that the same site would never be
        built twice. What another plugin has said stays.
        """
        day_of_the_build = get_build_date()
        by_id = {incident.id: incident for incident in self.publication.incidents}
        for file in files.documentation_pages():
            page = file.page
            if page is None:
                continue
            if page.update_date == day_of_the_build:
                page.update_date = self.publication.today.isoformat()
            incident = page.incident if isinstance(page, IncidentPage) else None
            if incident is not None and incident.id in by_id:
                changed = updated_at(incident, self.publication)
                page.update_date = changed.date().isoformat()

    def dated(self, context: TemplateContext) -> TemplateContext:
        """The context of a template, which dates the build by its day, as everything here does."""
        context["build_date_utc"] = self.publication.now - timedelta(seconds=1)
        return context

    def with_head(self, output: str, page: Page, incident: Incident | None) -> str:
        """A finished page with our links and data in its head."""
        url_of = partial(_relative, page.url)
        has_cards = any(name.endswith("social") for name in self._config.plugins)
        # A page's title is HTML already; an attribute wants its text.
        title = html.unescape(str(page.title or ""))
        added = head(self.publication, incident, title, url_of, open_graph=not has_cards)
        return output.replace("</head>", f"{added}\n</head>", 1)


def _relative(from_url: str, path: str) -> str:
    return get_relative_url(path, from_url)
