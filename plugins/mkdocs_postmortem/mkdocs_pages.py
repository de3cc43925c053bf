"""Incidents as pages of MkDocs: where their files go, and the page that never parses YAML."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import AnchorLink, TableOfContents

from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.claimed_addresses import clashes_with_files
from mkdocs_postmortem.diagnostics import Place, printable
from mkdocs_postmortem.files_on_disk import incident_paths
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.mkdocs_packing import packed, unpacked
from mkdocs_postmortem.placing import URL_FOLDER, Placing, asset_paths
from mkdocs_postmortem.reading.source import timeline_line
from mkdocs_postmortem.render.body_html import limited, only_text, without_comments
from mkdocs_postmortem.render.page import PageParts, Section, as_text
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.rules.site import incident_outside_folder
from mkdocs_postmortem.site import Site

log = get_plugin_logger(__name__)
MakePage = Callable[[str, File], "IncidentPage"]
ARCHIVE_URI = f"{URL_FOLDER}/index.md"
_DIRECTIVE = re.compile(r"^[ \t]*<!--[ \t]*postmortem:([\w-]+)[ \t]*-->[ \t]*$", re.MULTILINE)


# Markdown extensions that read no file, run nothing and fetch nothing.
HARMLESS_EXTENSIONS = frozenset(
    "abbr admonition attr_list codehilite def_list fenced_code footnotes legacy_attrs legacy_em"
    " md_in_html meta nl2br sane_lists smarty tables toc wikilinks"
    " pymdownx.arithmatex pymdownx.betterem pymdownx.blocks.admonition pymdownx.blocks.caption"
    " pymdownx.blocks.definition pymdownx.blocks.details pymdownx.blocks.tab pymdownx.caret"
    " pymdownx.critic pymdownx.details pymdownx.emoji pymdownx.escapeall pymdownx.fancylists"
    " pymdownx.highlight pymdownx.inlinehilite pymdownx.keys pymdownx.magiclink pymdownx.mark"
    " pymdownx.quotes pymdownx.saneheaders pymdownx.smartsymbols pymdownx.superfences"
    " pymdownx.tabbed pymdownx.tasklist pymdownx.tilde".split()
)
_EXTRA = ("footnotes", "attr_list", "def_list", "tables", "abbr", "md_in_html")
_BUNDLES = {
    "extra": ("fenced_code", *_EXTRA),
    "pymdownx.extra": ("pymdownx.betterem", "pymdownx.superfences", *_EXTRA),
}


def with_harmless_extensions(config: MkDocsConfig) -> MkDocsConfig:
    """A copy of `config` for text of strangers: only extensions that are known to be harmless.

    Alignment in tables is an attribute instead of a style, which a Content-Security-Policy
    would refuse.
    """
    settings: dict[str, dict[str, Any]] = {}
    for listed in config.markdown_extensions:
        if not isinstance(listed, str):
            continue
        name = listed.removeprefix("markdown.extensions.")
        own = config.mdx_configs.get(listed) or {}
        for part in bundled(listed):
            if part in HARMLESS_EXTENSIONS:
                given = own if part == name else own.get(part) or {}
                settings[part] = {**settings.get(part, {}), **given}
    if "tables" in settings:
        settings["tables"]["use_align_attribute"] = True
    for own in settings.values():
        for key in ("custom_fences", "custom_inline"):
            if key in own:
                own[key] = [entry for entry in own[key] if _only_writes_html(entry)]
    harmless = copy(config)
    harmless["markdown_extensions"] = list(settings)
    harmless["mdx_configs"] = settings
    return harmless


def bundled(extension: str) -> tuple[str, ...]:
    """The Markdown extensions that the listed one stands for."""
    name = extension.removeprefix("markdown.extensions.")
    return _BUNDLES.get(name, (name,))


def _only_writes_html(fence: Mapping[str, Any]) -> bool:
    """Whether a fence's functions come with the extensions, which run nothing."""
    given = (fence.get("format"), fence.get("validator"))
    return all(
        getattr(getattr(function, "func", function), "__module__", "").startswith("pymdownx.")
        for function in given
        if function is not None
    )


def add_theme(config: MkDocsConfig) -> None:
    """Add our templates, styles and script to whatever theme the site uses."""
    theme = str(resources.files("mkdocs_postmortem_theme"))
    if theme not in config.theme.dirs:
        # Behind the site's own folder, so that its overrides win.
        config.theme.dirs.insert(-1, theme)
    for listed, name in ((config.extra_css, "css"), (config.extra_javascript, "js")):
        asset = f"assets/postmortem/postmortem.{name}"
        if asset not in listed:
            listed.append(asset)


class SourceFiles:
    """The files of the incidents folder as MkDocs has them, by their path in the folder.

    The folder may lie inside the docs, be the docs, or lie beside them; in the last case its
    Markdown files and the incidents' own folders are added here.
    """

    def __init__(self, folder: Path, files: Files, config: MkDocsConfig) -> None:
        self._files = files
        self._config = config
        self._folder = folder
        # What is withheld although it is no incident, with its path.
        self.withheld: list[tuple[str, Finding]] = []
        docs_dir = Path(config.docs_dir).resolve()
        self.inside = folder.is_relative_to(docs_dir)
        if self.inside:
            prefix = folder.relative_to(docs_dir).as_posix()
            prefix = "" if prefix == "." else f"{prefix}/"
            self.by_path = {
                file.src_uri.removeprefix(prefix): file
                for file in files
                # Not the theme's own files, which stand beside them where the docs are the folder.
                if file.src_dir == config.docs_dir
                and file.src_uri.startswith(prefix)
                and not file.inclusion.is_excluded()  # type: ignore[no-untyped-call]
            }
        else:
            edit_folder = Path(os.path.relpath(folder, docs_dir)).as_posix()
            self.by_path = {}
            for path in incident_paths(folder) + asset_paths(folder):
                file = File(path, str(folder), config.site_dir, config.use_directory_urls)
                abs_src_path = file.abs_src_path
                file.src_uri = f"{URL_FOLDER}/{path}"
                file.abs_src_path = abs_src_path
                file.edit_uri = f"{edit_folder}/{path}"
                self.by_path[path] = file

    def pages(self) -> list[str]:
        """The paths of the Markdown files."""
        return sorted(path for path, file in self.by_path.items() if file.is_documentation_page())

    def strays(self) -> list[tuple[str, Finding]]:
        """Take away pages with an incident's timeline that lie outside the folder, and say so."""
        ours = {id(file) for file in self.by_path.values()}
        found = []
        for file in self._files.documentation_pages():
            if id(file) in ours or file.generated_by or not file.abs_src_path:
                continue
            try:
                line = timeline_line(Path(file.abs_src_path).read_bytes())
            except OSError:
                # MkDocs says what is wrong with it.
                continue
            if line is not None:
                self._files.remove(file)
                path = Path(os.path.relpath(file.abs_src_path, self._folder)).as_posix()
                finding = incident_outside_folder(Place.at(line, 1, 8), self._folder.name)
                found.append((path, finding))
        return found

    def place(self, site: Site, shows_broken: bool, make: MakePage) -> dict[str, IncidentPage]:
        """Put every file where it belongs, and take away what must not be published.

        `make` makes the page of an incident; with `shows_broken` also of those with errors alone.
        Returns the pages by the paths of their files.
        """
        placing = Placing(self._folder, site)
        made: dict[str, IncidentPage] = {}
        for path, file in self.by_path.items():
            if path in site.readings:
                self._take(file)
                if path in site.incidents or (shows_broken and site.readings[path].has_errors):
                    page = make(path, self._page_file(file, site.readings[path].id))
                    self._files.append(page.file)
                    made[path] = page
                continue
            fate = placing.of(path, is_page=file.is_documentation_page())
            if fate is None:
                if not self.inside and file.is_documentation_page():
                    self._files.append(file)
                continue
            self._take(file)
            if isinstance(fate, Finding):
                self.withheld.append((path, fate))
            elif fate:
                self._files.append(self._moved(file, fate, file.inclusion))
        return made

    def clashes(self, site: Site, pages: Mapping[str, IncidentPage]) -> list[tuple[str, Finding]]:
        """What else is published at the addresses of the incidents on `pages`, or at aliases."""
        own = {id(page.file) for page in pages.values()}
        others = [
            (file.dest_uri, file.src_uri)
            for file in self._files
            if id(file) not in own and not file.inclusion.is_excluded()  # type: ignore[no-untyped-call]
        ]
        shown = [site.readings[path] for path in site.incidents]
        return clashes_with_files(
            shown, {path: page.file.dest_uri for path, page in pages.items()}, others
        )

    def _take(self, file: File) -> None:
        if self._files.get_file_from_path(file.src_uri) is file:
            self._files.remove(file)

    def _page_file(self, file: File, id: str) -> File:
        tail = "/index.html" if self._config.use_directory_urls else ".html"
        return self._moved(file, f"{URL_FOLDER}/{id}{tail}", InclusionLevel.NOT_IN_NAV)

    def _moved(self, file: File, dest_uri: str, inclusion: InclusionLevel) -> File:
        """The same source, published at another address."""
        moved = File(
            file.src_uri,
            file.src_dir,
            self._config.site_dir,
            self._config.use_directory_urls,
            dest_uri=dest_uri,
            inclusion=inclusion,
        )
        moved.abs_src_path = file.abs_src_path
        moved.edit_uri = file.edit_uri
        return moved


class Title(str):
    """A title as HTML, which themes print as it is; plugins that take it for a template find none.

    The filter `striptags`, which Material's `<title>` uses, takes entities away again; what it
    asks for here is escaped once more, so that it ends where it should.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(Markup.escape(str(self)))


class NotingFiles:
    """The files of a site, which note what is looked up, and whether more is asked of them."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self.looked_up: dict[str, File | None] = {}
        self.asked_more: list[str] = []

    def get_file_from_path(self, path: str) -> File | None:
        """The file whose source has this address."""
        file = self.looked_up[path] = self._files.get_file_from_path(path)
        return file

    def __getattr__(self, name: str) -> Any:
        self.asked_more.append(name)
        return getattr(self._files, name)


@dataclass(frozen=True, slots=True)
class MadePage:
    """What an incident's page holds, made by another process.

    ``shown`` and ``searched`` are packed texts, ``links`` the anchors that it links to by the
    sources of their pages, ``said`` what was said meanwhile, as logger, level and message.
    """

    meta: dict[str, Any]
    shown: bytes
    searched: bytes
    contents: TableOfContents
    anchors: frozenset[str]
    links: list[tuple[str, dict[str, str]]]
    looked_up: list[str]
    asked_more: list[str]
    asked_for: dict[str, str | None]
    said: list[tuple[str, int, str]]


class IncidentPage(Page):
    """The page of an incident. Its text comes from the computed incident, not from the file.

    Through Markdown go the headings, a placeholder of one line for each block, and the author's
    body. The blocks take their placeholders' places in the finished HTML, so no Markdown
    extension ever sees them. Unless authors are trusted, no other plugin sees the body before it
    is HTML, only such Markdown extensions do as read no file and run nothing, and their HTML is
    limited to an allow-list.
    """

    def __init__(
        self,
        title: str,
        file: File,
        config: MkDocsConfig,
        compose: Callable[[IncidentPage], PageParts],
        incident: Incident | None,
        *,
        trusted: bool = False,
    ) -> None:
        self.incident = incident
        self._content: str | None = None
        self._packed: bytes | None = None
        super().__init__(Title(as_text(title)), file, config)
        self._compose = compose
        self._trusted = trusted
        self._body = ""
        self._body_token = ""
        self._blocks: dict[str, str] = {}
        self._words: dict[str, str] = {}
        self._bare = ""
        self._packed_words: bytes | None = None
        self._made: MadePage | None = None
        self._anchors: frozenset[str] = frozenset()
        # The addresses of other incidents that the page has asked for, by their ids.
        self.asked_for: dict[str, str | None] = {}

    def make(
        self, config: MkDocsConfig, files: Files, said: list[tuple[str, int, str]]
    ) -> MadePage:
        """What the page holds, for `take` of the same page in another process.

        What is said meanwhile must come into `said`.
        """
        noting = NotingFiles(files)
        self.read_source(config)
        self.render(config, cast(Files, noting))
        shown = self.with_blocks(self.content or "")
        links = (self.links_to_anchors or {}).items()
        return MadePage(
            meta=dict(self.meta),
            shown=packed(shown),
            searched=packed(self.searched),
            contents=self.toc,
            anchors=frozenset(self.present_anchor_ids or ()),
            links=[(file.src_uri, anchors) for file, anchors in links],
            looked_up=list(noting.looked_up),
            asked_more=noting.asked_more,
            asked_for=self.asked_for,
            said=said,
        )

    def take(self, made: MadePage) -> None:
        """Be what another process has made."""
        self._made = made

    def read_source(self, config: MkDocsConfig) -> None:
        if self._made is not None:
            for name, level, message in self._made.said:
                logging.getLogger(name).log(level, "%s", message)
            self.markdown, self.meta = "", self._made.meta
            self.asked_for = self._made.asked_for
            return
        parts = self._compose(self)
        lines: list[str] = []
        for section in parts.before:
            lines += self._section(section)
        self._body, self._body_token = parts.body, placeholder(self.file.src_uri, "body")
        lines += [parts.body if self._trusted else self._body_token, ""]
        for section in parts.after:
            lines += self._section(section)
        self.markdown = "\n".join(lines)
        self.meta = dict(parts.meta)
        if not self._has_icon(config):
            self.meta.pop("icon", None)
        self._anchors = parts.anchors

    def _has_icon(self, config: MkDocsConfig) -> bool:
        # A theme that does not find the icon ends the build.
        name = f".icons/{self.meta.get('icon')}.svg"
        return any(Path(folder, name).is_file() for folder in config.theme.dirs)

    def _section(self, section: Section) -> list[str]:
        token = placeholder(self.file.src_uri, section.name)
        self._blocks[token], self._words[token] = section.html, section.words
        return [f"## {section.heading}", "", token, ""] if section.heading else [token, ""]

    def render(self, config: MkDocsConfig, files: Files) -> None:
        assert self.markdown is not None
        if self._made is not None:
            made = self._made
            # Whoever notes what pages look up learns of it here.
            found = {path: files.get_file_from_path(path) for path in made.looked_up}
            for name in made.asked_more:
                getattr(files, name)
            self.content, self.toc = "", made.contents
            self.present_anchor_ids = set(made.anchors)
            self.links_to_anchors = {
                file: anchors
                for source, anchors in made.links
                if (file := self.file if source == self.file.src_uri else found.get(source))
            }
            return
        if self._trusted:
            super().render(config, files)
            self.content = without_comments(self.content or "")
        else:
            # Templates of other plugins have seen the page by now, and not the body.
            before = self.markdown
            self.markdown = before.replace(self._body_token, self._body)
            try:
                super().render(with_harmless_extensions(config), files)
            except Exception as error:  # an extension that a stranger's text is too much for
                name = type(error).__name__
                log.warning(f"{printable(self.file.src_uri)}: shown as plain text ({name})")
                self.markdown = before
                self._render_plain(config, files)
            # Nor does anybody see the body afterwards.
            self.markdown, self._body = before, ""
            self.content = limited(self.content or "")
            # Themes print the table of contents as it is.
            _limit_contents(self.toc)
        # So that links to a row are not taken for broken ones.
        self.present_anchor_ids = (self.present_anchor_ids or set()) | self._anchors

    def _render_plain(self, config: MkDocsConfig, files: Files) -> None:
        super().render(with_harmless_extensions(config), files)
        text = f"<pre>{Markup.escape(self._body)}</pre>"
        self.content = fill(self.content or "", {self._body_token: text})

    def with_blocks(self, html: str) -> str:
        """`html` with the blocks in the places of their placeholders."""
        if self._made is not None:
            return unpacked(self._made.shown)
        # An element that the author never closed may have swallowed what stood below it.
        lost = [token for token in self._blocks if token not in html]
        self._bare = "\n".join([html, *lost])
        # They stand in the content from now on, once is enough.
        blocks, self._blocks = self._blocks, {}
        return fill(self._bare, blocks)

    def forget(self, *, content: bool) -> None:
        """Let go of what the page was made from, once it is written, and of its `content` too."""
        self._blocks, self._words, self._bare, self._body = {}, {}, "", ""
        self._made, self._packed_words, self.markdown = None, None, ""
        if content:
            self.content = ""

    def pack(self) -> None:
        """Wait: from now on each text is unpacked whenever it is asked for."""
        if self._content:
            self._packed, self._content = packed(self._content), None
        if self._bare:
            self._packed_words = packed(self.searched)
            self._bare, self._words = "", {}

    def unpack(self) -> None:
        """Hold the content as it is, because it is going to be asked for often."""
        self.content = self.content

    @property
    def content(self) -> str | None:
        """The finished HTML of the page's content."""
        return self._content if self._packed is None else unpacked(self._packed)

    @content.setter
    def content(self, content: str | None) -> None:
        self._content, self._packed = content, None

    @property
    def searched(self) -> str:
        """The content as a search is to find it: the words of the blocks instead of their HTML."""
        if self._made is not None:
            return unpacked(self._made.searched)
        if self._packed_words is not None:
            return unpacked(self._packed_words)
        return fill(self._bare, self._words)


def _limit_contents(items: Iterable[AnchorLink]) -> None:
    for item in items:
        item.title, item.id = only_text(item.title), re.sub(r"[^\w:.-]", "", item.id)
        _limit_contents(item.children)


# So that nobody can write a placeholder into a file.
_SALT = token_hex()


def placeholder(*parts: str) -> str:
    """A word that stands for a block while the page goes through Markdown."""
    return f"PM{sha256('/'.join((_SALT, *parts)).encode()).hexdigest()[:24]}PM"


def fill(html: str, blocks: Mapping[str, str]) -> str:
    """`html` with each placeholder replaced by its block."""
    for token, block in blocks.items():
        # Markdown makes a paragraph of a word on a line of its own.
        html = html.replace(f"<p>{token}</p>", block).replace(token, block)
    return html


@dataclass(frozen=True, slots=True)
class WithPlaceholders:
    """A page's Markdown whose directives are placeholders, and the blocks they stand for."""

    markdown: str
    blocks: dict[str, str]


def with_placeholders(
    markdown: str, uri: str, parts: Mapping[str, Callable[[], str]]
) -> tuple[WithPlaceholders, list[str]]:
    """Replace the directive comments of a page, those in code left alone.

    `parts` renders what they name. Returns the result and the names that are none of `parts`.
    """
    blocks: dict[str, str] = {}
    unknown: list[str] = []
    pieces, position = [], 0
    for match in _DIRECTIVE.finditer(without_code(markdown)):
        if match[1] not in parts:
            unknown.append(match[1])
            continue
        token = placeholder(uri, match[1])
        blocks[token] = parts[match[1]]()
        pieces += [markdown[position : match.start()], f"\n{token}\n"]
        position = match.end()
    pieces.append(markdown[position:])
    return WithPlaceholders("".join(pieces), blocks), unknown
