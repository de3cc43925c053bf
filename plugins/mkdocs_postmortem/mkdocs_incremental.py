"""Builds that make again only what has changed: one place for all that is known from before.

What one build leaves for the next is of three kinds: pages, files of all incidents, and compiled
templates. All of it lies in one cache, and all of it is made anew where nobody can know what pages
depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files

from mkdocs_postmortem.mkdocs_fingerprint import UnknowableError, fingerprint
from mkdocs_postmortem.mkdocs_keys import PageKeys
from mkdocs_postmortem.mkdocs_known_files import KnownFiles
from mkdocs_postmortem.mkdocs_known_pages import KnownPages
from mkdocs_postmortem.mkdocs_overview import OverviewPages
from mkdocs_postmortem.mkdocs_pages import IncidentPage
from mkdocs_postmortem.mkdocs_templates import CompiledTemplates
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.site import ReadingCache, Site

log = get_plugin_logger(__name__)


class Incremental:
    """What is known of one site, over all builds of a process and on disk over all processes."""

    def __init__(self) -> None:
        self.pages = KnownPages()
        self.readings = ReadingCache()
        self.templates = CompiledTemplates()
        self._files = KnownFiles()
        self._fingerprint: str | None = None
        self._keys: PageKeys | None = None
        self._reason = ""

    def begin(
        self,
        config: MkDocsConfig,
        options: Options,
        written: Mapping[str, Any],
        kind: tuple[str, ...],
        *,
        serving: bool,
        dirty: bool,
    ) -> None:
        """Begin a build with the plugin's `options`, in the configuration as `written`.

        `kind` is what else decides how all pages look.
        """
        self._keys = None
        try:
            if dirty:
                raise UnknowableError("the build is a dirty one")
            self._fingerprint = fingerprint(config, written, (*kind, str(options.today)))
        except UnknowableError as reason:
            self._fingerprint = None
            if str(reason) != self._reason:
                log.info(f"every build makes every page anew: {reason}")
            self._reason = str(reason)
        self.pages.begin(config, serving=serving, active=self._fingerprint is not None)
        self.readings.disk = self.templates.cache = self.pages.cache
        environment(tuple(config.theme.dirs)).bytecode_cache = self.templates

    def recall(
        self,
        site: Site,
        overview: OverviewPages,
        config: MkDocsConfig,
        files: Files,
        *,
        serving: bool,
        pages: Mapping[str, IncidentPage],
    ) -> None:
        """Let all pages of the build that are known answer from what is known of them."""
        if self._fingerprint is None:
            return
        self._keys = PageKeys(self._fingerprint, site, pages, serving)
        urls = {id: page.url for id, page in overview.by_id.items()}
        self.pages.recall(self._keys.of_pages(config, files), files, urls)
        overview.own_content |= self.pages.own_content()

    def add_files(self, overview: OverviewPages, files: Files) -> None:
        """Add the files that are about all incidents, known or made now."""

        def content_key(id: str) -> str | None:
            page = overview.by_id.get(id)
            return self.pages.key(page) if page is not None else None

        def made(publication: Publication) -> Iterable[tuple[str, bytes]]:
            facts = self._keys.facts if self._keys is not None else None
            cache, serving = self.pages.cache, self.pages.is_serving
            return self._files.files(publication, cache, facts, content_key, again=serving)

        overview.add_files(files, made)

    def compile(self, env: Environment) -> None:
        """Let the theme's templates be compiled once."""
        env.bytecode_cache = self.templates

    def end(self) -> None:
        """End a build, and keep what came of it."""
        self.readings.keep()
        self.pages.end()
