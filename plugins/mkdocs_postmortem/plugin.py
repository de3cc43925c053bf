"""The MkDocs plugin `postmortem`: glue between MkDocs' events and the site of incidents."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url
from mkdocs.utils.templates import TemplateContext

from mkdocs_postmortem import mkdocs_pages as pages
from mkdocs_postmortem.diagnostics import Diagnostic, Severity, in_full, printable
from mkdocs_postmortem.incident_template import with_template
from mkdocs_postmortem.mkdocs_fingerprint import UnknowableError, fingerprint
from mkdocs_postmortem.mkdocs_keys import PageKeys
from mkdocs_postmortem.mkdocs_known_files import KnownFiles
from mkdocs_postmortem.mkdocs_known_pages import KnownPages
from mkdocs_postmortem.mkdocs_overview import OverviewPages
from mkdocs_postmortem.mkdocs_pages import IncidentPage
from mkdocs_postmortem.mkdocs_policy import add_policy
from mkdocs_postmortem.mkdocs_search import Searched
from mkdocs_postmortem.mkdocs_templates import CompiledTemplates
from mkdocs_postmortem.mkdocs_watching import watch_at_once
from mkdocs_postmortem.mkdocs_workers import FEWEST_PAGES, can_work, make_side_by_side
from mkdocs_postmortem.options import (
    Audience,
    OptionError,
    Options,
    effective_audience,
    is_preview,
    load_options,
)
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.render.head import with_no_index
from mkdocs_postmortem.render.page import (
    PageContext,
    PageParts,
    incident_page,
    problem_page,
    problems_of_files,
)
from mkdocs_postmortem.site import ReadingCache, Site, not_published, read_site
from mkdocs_postmortem.site_config import incidents_folder, option_diagnostics

log = get_plugin_logger(__name__)


class NoConfig(Config):  # type: ignore[no-untyped-call]
    """MkDocs validates nothing: `Options` holds every option, its type and its meaning."""


class PostmortemPlugin(BasePlugin[NoConfig]):  # type: ignore[no-untyped-call]
    """Publishes incident files as checked, computed postmortem pages."""

    def __init__(self) -> None:
        self.options = Options()
        self.audience = Audience.PUBLIC
        self.preview = False
        self.serving = self.dirty = False
        self.written: Mapping[str, Any] = {}
        self.cache = ReadingCache()
        self.known = KnownPages()
        self.known_files = KnownFiles()
        self.compiled = CompiledTemplates()
        self.searched = Searched()
        self.unknowable = ""
        self.reported: frozenset[Diagnostic] = frozenset()
        self.templates: list[str] = []

    def load_config(
        self, options: Mapping[str, Any], config_file_path: str | None = None
    ) -> tuple[list[tuple[str, Exception]], list[tuple[str, str]]]:
        """Check the options; MkDocs prints the errors, each with its place in `mkdocs.yml`."""
        super().load_config({}, config_file_path)
        loaded, errors = load_options(options)
        self.options, self.written = loaded or self.options, options
        places = option_diagnostics(errors, Path(config_file_path or "mkdocs.yml"))
        return [
            (error.key, ValueError(f"{place.headline} ({place.help or 'see the README'})"))
            for error, place in zip(errors, places, strict=True)
        ], []

    def on_startup(self, *, command: Literal["build", "gh-deploy", "serve"], dirty: bool) -> None:
        self.serving, self.dirty = command == "serve", dirty

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        try:
            self.audience = effective_audience(self.options, serving=self.serving)
            self.preview = is_preview(self.options)
        except OptionError as error:
            raise PluginError(f"{error.message}: {error.help}") from None
        pages.add_theme(config)
        base = Path(config.config_file_path).parent if config.config_file_path else Path.cwd()
        self.folder = incidents_folder(base, Path(config.docs_dir), self.options).resolve()
        self.options = with_template(self.options, self.folder)
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        self.began = time.monotonic()
        self.known.set_aside(config)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        if not self.folder.is_dir():
            log.warning(f"there is no folder of incidents at {self.folder}")
        mark = self._fingerprint(config)
        self.known.begin(config, serving=self.serving, active=mark is not None)
        self.cache.disk = self.compiled.cache = self.known.cache
        environment(tuple(config.theme.dirs)).bytecode_cache = self.compiled
        sources = pages.SourceFiles(self.folder, files, config)
        strays = sources.strays()
        self.site = read_site(
            self.folder, sources.pages(), self.options, self.audience, self.cache, strays
        )
        # They stay, and there are many objects in them: nobody needs to look through them again
        # and again for what can be forgotten.
        gc.freeze()
        make = partial(self._make_page, config)
        self.pages = sources.place(self.site, self.serving, make)
        self.overview = OverviewPages(
            self.site,
            self.pages,
            self.options,
            self.audience,
            config,
            preview=self.preview,
            html_of=self.known.content,
        )
        self.overview.add_pages(files)
        more = [*sources.withheld, *sources.clashes(self.site, self.pages)]
        self.site = self.site.with_findings(more, self.options)
        self._report(self.site)
        self.files, self.templates = files, []
        self.keys = PageKeys(mark, self.site, self.pages, self.serving) if mark else None
        return files

    def _fingerprint(self, config: MkDocsConfig) -> str | None:
        """What all pages depend on; ``None`` where nobody can know, so that all are made anew."""
        kind = (str(self.audience), str(self.preview), str(self.serving), str(self.options.today))
        try:
            if self.dirty:
                raise UnknowableError("the build is a dirty one")
            return fingerprint(config, self.written, kind)
        except UnknowableError as reason:
            if str(reason) != self.unknowable:
                log.info(f"every build makes every page anew: {reason}")
            self.unknowable = str(reason)
            return None

    def _report(self, site: Site) -> None:
        """Log every problem once, with its place; in a build, stop where one is an error."""
        folder = os.path.relpath(self.folder)
        notes = [found for found in site.diagnostics if found.severity is Severity.NOTE]
        for found in site.diagnostics:
            if found in notes or (self.serving and found in self.reported):
                continue
            shown = replace(found, path=os.path.normpath(Path(folder, found.path)))
            fatal = found.severity is Severity.ERROR and not self.serving
            say = log.error if fatal else log.warning
            reading = site.readings.get(found.path)
            say(in_full(shown, reading.source.lines if reading else []))
        if notes and not self.reported:
            log.info(f"{len(notes)} notes, which `postmortem check` shows")
        self.reported = frozenset(site.diagnostics)
        if site.errors and not self.serving:
            count = len(site.errors)
            raise PluginError(
                f"postmortem: {count} error{'s' * (count != 1)} in the incidents; nothing was built"
            )
        if hidden := not_published(site):
            log.info(printable(hidden))

    def _make_page(self, config: MkDocsConfig, path: str, file: File) -> IncidentPage:
        incident = self.site.incidents.get(path)
        title = incident.title if incident else self.site.readings[path].id
        compose = partial(self._compose, config, path)
        trusted = self.options.trusted_bodies
        return IncidentPage(title, file, config, compose, incident, trusted=trusted)

    def _compose(self, config: MkDocsConfig, path: str, page: IncidentPage) -> PageParts:
        incident = self.site.incidents.get(path)
        id = incident.id if incident else ""
        earlier, later = self.site.archive.neighbours.get(id, (None, None))
        features = config.theme.get("features") or ()
        context = PageContext(
            options=self.options,
            audience=self.audience,
            url_of=partial(self._url_of, page),
            image_base="" if config.use_directory_urls else f"{self.site.readings[path].id}/",
            template_dirs=tuple(config.theme.dirs),
            related=self.site.archive.related.get(id, ()),
            earlier=earlier,
            later=later,
            # Where the theme shows the neighbours itself, the page does not say them again.
            show_neighbours=config.theme.name == "material" and "navigation.footer" not in features,
            diagnostics=self.site.of(path) if self.serving else (),
            before_publication=self.site.before_publication(path) if self.serving else None,
        )
        if incident is None:
            return problem_page(str(page.title), context)
        return incident_page(incident, context)

    def _url_of(self, page: IncidentPage, id: str) -> str | None:
        url = page.asked_for[id] = self.urls.get(id)
        return None if url is None else get_relative_url(url, page.url)

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        self.nav = nav
        archive = files.get_file_from_path(pages.ARCHIVE_URI)
        by_id = self.overview.by_id
        self.urls = {id: page.url for id, page in by_id.items()}
        for id, page in by_id.items():
            # MkDocs types a parent as a section; any item that has ancestors will do.
            page.parent = archive.page if archive else None  # type: ignore[assignment]
            earlier, later = self.site.archive.neighbours.get(id, (None, None))
            page.previous_page = by_id[earlier.id] if earlier else None
            page.next_page = by_id[later.id] if later else None
            if self.audience is Audience.PUBLIC and not self.options.public_edit_links:
                page.edit_url = None
        if self.keys:
            self.known.recall(self.keys.of_pages(config, files), files, self.urls)
            self.overview.own_content |= self.known.own_content()
        self._make_side_by_side(config, files)
        return nav

    def _make_side_by_side(self, config: MkDocsConfig, files: Files) -> None:
        """Let several processes make the incidents' pages, where the site wants that."""
        unknown = [page for page in self.pages.values() if not self.known.is_known(page)]
        # While serving there are threads, and with trusted bodies other plugins take part.
        alone = not self.serving and not self.options.trusted_bodies
        if self.options.workers > 1 and alone and len(unknown) >= FEWEST_PAGES and can_work():
            make_side_by_side(unknown, config, files, self.options.workers, self.compiled.forget)

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        if isinstance(page, IncidentPage) or self.known.is_known(page):
            return markdown
        return self.overview.markdown(markdown, page)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        if self.known.is_known(page):
            return html
        if isinstance(page, IncidentPage):
            if self.options.trusted_bodies:
                self.overview.own_content[page.file.src_uri] = html
            return page.with_blocks(html)
        content = self.overview.content(html, page)
        if self.serving and page.file.src_uri == pages.ARCHIVE_URI:
            pageless = [found for found in self.site.diagnostics if found.path not in self.pages]
            return problems_of_files(pageless, tuple(config.theme.dirs)) + content
        return content

    # Between the two the search plugin reads the page.
    @event_priority(100)
    def _before_search(
        self, /, context: Any, *, page: Page, config: MkDocsConfig, **_: Any
    ) -> TemplateContext:
        searched = page.searched if isinstance(page, IncidentPage) else self.overview.searched(page)
        self.searched.begin(page, "" if self.known.is_known(page) else searched)
        self.known.before_search(page, config)
        return cast(TemplateContext, context)

    @event_priority(-100)
    def _after_search(
        self, /, context: Any, *, page: Page, config: MkDocsConfig, **_: Any
    ) -> TemplateContext:
        self.searched.end(page)
        self.known.after_search(page, config)
        return self.overview.dated(context)

    on_page_context = CombinedEvent(_before_search, _after_search)

    def on_env(self, env: Environment, *, config: MkDocsConfig, files: Files) -> Environment:
        made = partial(
            self.known_files.files,
            cache=self.known.cache,
            key=self.keys.facts if self.keys else None,
            content_key=self._content_key,
        )
        self.overview.add_files(files, made)
        self.overview.date_pages(files)
        self.known.decide(self.nav)
        env.bytecode_cache = self.compiled
        return env

    def _content_key(self, id: str) -> str | None:
        page = self.overview.by_id.get(id)
        return self.known.key(page) if page is not None else None

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        return self.overview.dated(context)

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        known = self.known.output(page)
        if known is not None:
            return known
        incident = page.incident if isinstance(page, IncidentPage) else None
        output = self.overview.with_head(output, page, incident)
        self.known.keep(page, output, self.overview.own_content.get(page.file.src_uri))
        return output

    def on_post_template(
        self, output_content: str, *, template_name: str, config: MkDocsConfig
    ) -> str:
        if not template_name.endswith(".html"):
            return output_content
        self.templates.append(template_name)
        return with_no_index(output_content) if self.preview else output_content

    # After every other plugin has changed the pages.
    @event_priority(-100)
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        more = self.options.content_security_policy
        if more is not None and not self.serving:
            add_policy(config, self.files, self.templates, self.overview, self.known.content, more)
        same = sum(map(self.known.is_unchanged, self.pages.values()))
        self.cache.keep()
        self.known.end()
        length = time.monotonic() - self.began
        log.info(f"{len(self.pages)} incidents, {same} unchanged, {length:.1f} s")

    def on_build_error(self, *, error: Exception) -> None:
        self.known.fail()

    def on_shutdown(self) -> None:
        self.known.close()

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any
    ) -> LiveReloadServer:
        if not self.folder.is_relative_to(Path(config.docs_dir).resolve()):
            server.watch(str(self.folder))
        watch_at_once(server)
        return server
