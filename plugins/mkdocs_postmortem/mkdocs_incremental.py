"""Builds that make again only what has changed: one place for all that is known from before.

What one build leaves for the next is of three kinds: pages, files of all incidents, and compiled
templates. All of it lies in one cache, and all of it is made anew where nobody can know what pages
depend on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files

from mkdocs_postmortem.cache import cache_folder
from mkdocs_postmortem.mkdocs_fingerprint import (
    UnknowableError,
    digest,
    fingerprint,
    settings,
)
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


def publishes_its_cache(config: MkDocsConfig) -> bool:
    """Whether what is kept would lie among what the site of `config` publishes."""
    folder = cache_folder(Path(config.config_file_path or config.docs_dir))
    published = (Path(config.docs_dir).resolve(), Path(config.site_dir).resolve())
    return folder is not None and any(map(folder.resolve().is_relative_to, published))


class Incremental:
    """What is known of one site, over all builds of a process and on disk over all processes."""

    def __init__(self) -> None:
        self.pages = KnownPages()
        self.readings = ReadingCache()
        # Of our blocks, and of the theme's pages, which escape nothing by themselves.
        self._templates = CompiledTemplates("blocks"), CompiledTemplates("pages")
        self._files = KnownFiles()
        self._fingerprint: str | None = None
        self._keys: PageKeys | None = None
        self._theme: tuple[str, ...] = ()
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
        self._keys, self._theme = None, tuple(config.theme.dirs)
        try:
            if dirty:
                raise UnknowableError("the build is a dirty one")
            settings(config)
            self._fingerprint = fingerprint(config, written, (*kind, str(options.today)))
        except UnknowableError as reason:
            self._fingerprint = None
            if str(reason) != self._reason:
                log.info(f"every build makes every page anew: {reason}")
            self._reason = str(reason)
        self.pages.begin(config, serving=serving, active=self._fingerprint is not None)
        self.readings.disk = self.pages.cache
        for compiled in self._templates:
            compiled.cache = self.pages.cache
        blocks = environment(tuple(config.theme.dirs))
        blocks.bytecode_cache = self._templates[0]
        # It looks whether a template has changed, and not whether another one is before it now.
        blocks.cache.clear()  # type: ignore[union-attr]

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
        """Let all pages of the build that are known answer from what is known of them.

        That is when no plugin is going to change the configuration or the navigation any more.
        """
        if self._fingerprint is None:
            return
        try:
            said = settings(config)
        except UnknowableError:
            # Since the build began; nothing is known of such a site.
            said = token_hex()
        if tuple(config.theme.dirs) != self._theme:
            # Nobody has looked into the folders that came since.
            said = token_hex()
        self._keys = PageKeys(digest(self._fingerprint, said), site, pages, serving)
        urls = {id: page.url for id, page in overview.by_id.items()}
        keys = self._keys.of_pages(config, files)
        static, texts = config.theme.static_templates, self._keys.texts
        self.pages.recall(keys, files, urls, static, texts)
        overview.own_content |= self.pages.own_content()

    def add_files(self, overview: OverviewPages, files: Files) -> None:
        """Add the files that are about all incidents, known or made now."""

        def content_key(id: str) -> str | None:
            page = overview.by_id.get(id)
            key = self.pages.key(page) if page is not None else None
            # Links in feeds begin with it.
            return digest(key, str(page.canonical_url)) if page is not None and key else None

        def made(publication: Publication) -> Iterable[tuple[str, bytes]]:
            facts = self._keys.facts if self._keys is not None else None
            cache, serving = self.pages.cache, self.pages.is_serving
            return self._files.files(publication, cache, facts, content_key, again=serving)

        overview.add_files(files, made)

    def compile(self, env: Environment) -> None:
        """Let the theme's templates be compiled once, where nothing but their source counts."""
        if self._fingerprint is not None:
            env.bytecode_cache = self._templates[1]

    def forget_templates(self) -> None:
        """Keep no more templates, as a copy of the process must not."""
        for compiled in self._templates:
            compiled.forget()

    def end(self) -> None:
        """End a build, and keep what came of it."""
        self.readings.keep()
        self.pages.end()
