"""The MkDocs plugin `postmortem`: glue between MkDocs' events and the site of incidents."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from jinja2 import Environment
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils.templates import TemplateContext

from mkdocs_postmortem import mkdocs_garbage
from mkdocs_postmortem import mkdocs_pages as pages
from mkdocs_postmortem.incident_template import with_template
from mkdocs_postmortem.mkdocs_composing import Composer
from mkdocs_postmortem.mkdocs_incremental import Incremental, publishes_its_cache
from mkdocs_postmortem.mkdocs_overview import OverviewPages
from mkdocs_postmortem.mkdocs_packing import OneAtATime
from mkdocs_postmortem.mkdocs_pages import IncidentPage
from mkdocs_postmortem.mkdocs_policy import add_policy
from mkdocs_postmortem.mkdocs_progress import Progress
from mkdocs_postmortem.mkdocs_report import Reports
from mkdocs_postmortem.mkdocs_search import Searched
from mkdocs_postmortem.mkdocs_workers import FEWEST_PAGES, can_work, make_side_by_side
from mkdocs_postmortem.options import (
    Audience,
    OptionError,
    Options,
    effective_audience,
    is_preview,
    load_options,
)
from mkdocs_postmortem.render.head import with_no_index
from mkdocs_postmortem.render.page import problems_of_files
from mkdocs_postmortem.site import read_site
from mkdocs_postmortem.site_config import incidents_folder, option_diagnostics

if TYPE_CHECKING:
    from mkdocs.livereload import LiveReloadServer

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
        self.incremental = Incremental()
        self.known = self.incremental.pages
        self.searched = Searched()
        self.under_way = OneAtATime()
        self.reports = Reports()
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
        if publishes_its_cache(config):
            raise PluginError(
                "POSTMORTEM_CACHE lies in a folder that is published, and what is kept holds "
                "drafts: name another folder"
            )
        pages.add_theme(config)
        base = Path(config.config_file_path).parent if config.config_file_path else Path.cwd()
        self.folder = incidents_folder(base, Path(config.docs_dir), self.options).resolve()
        self.options = with_template(self.options, self.folder)
        return config

    def on_pre_build(self, *, config: MkDocsConfig) -> None:
        self.progress = Progress()
        self.known.set_aside(config)

    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        kind = (str(self.audience), str(self.preview), str(self.serving))
        self.incremental.begin(
            config, self.options, self.written, kind, serving=self.serving, dirty=self.dirty
        )
        sources = pages.SourceFiles(self.folder, files, config)
        self.site = read_site(
            self.folder,
            sources.pages(),
            self.options,
            self.audience,
            self.incremental.readings,
            sources.strays(),
            partial(self.progress.step, "read"),
        )
        mkdocs_garbage.leave_alone()
        self.composer = Composer(self.site, self.options, self.audience, config, self.serving)
        self.pages = sources.place(self.site, self.serving, self.composer.page)
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
        self.site = self.composer.site = self.site.with_findings(more, self.options)
        self.reports.report(self.site, self.folder, serving=self.serving)
        self._look_for_the_folder()
        self.files, self.templates = files, []
        return files

    def _look_for_the_folder(self) -> None:
        if self.folder.is_dir():
            return
        missing = f"there is no folder of incidents at {self.folder}"
        if "incidents_dir" in self.written and not self.serving:
            raise PluginError(f"{missing}: make it, or correct `incidents_dir`")
        log.warning(missing)

    def _link(self, /, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        self.composer.link(self.overview.by_id, files)
        return nav

    # After every other plugin has changed the configuration, the pages and the navigation.
    @event_priority(-100)
    def _recall(self, /, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        self.nav = nav
        self.incremental.recall(
            self.site, self.overview, config, files, serving=self.serving, pages=self.pages
        )
        self._make_side_by_side(config, files)
        return nav

    on_nav = CombinedEvent(_link, _recall)

    def _make_side_by_side(self, config: MkDocsConfig, files: Files) -> None:
        """Let several processes make the incidents' pages, where the site wants that."""
        unknown = [page for page in self.pages.values() if not self.known.is_known(page)]
        # While serving there are threads, and with trusted bodies other plugins take part.
        alone = not self.serving and not self.options.trusted_bodies
        workers = self.options.workers
        if workers > 1 and alone and len(unknown) >= FEWEST_PAGES and can_work():
            make_side_by_side(unknown, config, files, workers, self.incremental.forget_templates)

    def on_page_markdown(
        self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files
    ) -> str:
        self.under_way.turn_to(page if isinstance(page, IncidentPage) else None)
        if isinstance(page, IncidentPage) or self.known.is_known(page):
            return markdown
        return self.overview.markdown(markdown, page)

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        if self.known.is_known(page):
            return html
        if isinstance(page, IncidentPage):
            if self.options.trusted_bodies:
                self.overview.own_content[page.file.src_uri] = html
            self.progress.step("made", len(self.pages))
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
        self.under_way.turn_to(page if isinstance(page, IncidentPage) else None)
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
        self.known.decide(self.nav)
        self.incremental.add_files(self.overview, files)
        self.overview.date_pages(files)
        self.incremental.compile(env)
        return env

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        return self.overview.dated(context)

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        if self.known.stays(page):
            return ""
        incident = page.incident if isinstance(page, IncidentPage) else None
        if incident is not None:
            self.progress.step("written", len(self.pages))
        output = self.overview.with_head(output, page, incident)
        self.known.keep(page, output, self.overview.own_content.get(page.file.src_uri))
        if isinstance(page, IncidentPage):
            # Nobody else asks for the content any more, and the policy takes it out of the page.
            asked = self.options.content_security_policy is not None
            page.forget(content=self.known.is_active and not asked)
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
        self.incremental.end()
        self.progress.end(len(self.pages), same)

    def on_build_error(self, *, error: Exception) -> None:
        self.known.fail()

    def on_shutdown(self) -> None:
        self.known.close()

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Any
    ) -> LiveReloadServer:
        # A build needs no server, nor anything that watches.
        from mkdocs_postmortem.mkdocs_watching import watch_at_once

        if not self.folder.is_relative_to(Path(config.docs_dir).resolve()):
            server.watch(str(self.folder))
        watch_at_once(server)
        return server
