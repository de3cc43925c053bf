"""Incidents as pages of MkDocs: where their files go, and the page that never parses YAML."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path, PurePosixPath

from markupsafe import Markup
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from mkdocs_postmortem.archive import MARKDOWN_ENDINGS, incident_paths
from mkdocs_postmortem.body import without_code
from mkdocs_postmortem.claimed_addresses import clashes_with_files
from mkdocs_postmortem.diagnostics import Diagnostic, Place
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.reading.source import timeline_line
from mkdocs_postmortem.render.page import PageParts
from mkdocs_postmortem.rules.site import incident_outside_folder, linked_file, withheld_file
from mkdocs_postmortem.site import Site, asset_owner, looks_like_a_copy

log = get_plugin_logger(__name__)
MakePage = Callable[[str, File], "IncidentPage"]
URL_FOLDER = "incidents"
ARCHIVE_URI = f"{URL_FOLDER}/index.md"
_DIRECTIVE = re.compile(r"^[ \t]*<!--[ \t]*postmortem:([\w-]+)[ \t]*-->[ \t]*$", re.MULTILINE)


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
            for path in incident_paths(folder) + _asset_paths(folder):
                file = File(path, str(folder), config.site_dir, config.use_directory_urls)
                abs_src_path = file.abs_src_path
                file.src_uri = f"{URL_FOLDER}/{path}"
                file.abs_src_path = abs_src_path
                file.edit_uri = f"{edit_folder}/{path}"
                self.by_path[path] = file

    def pages(self) -> list[str]:
        """The paths of the Markdown files."""
        return sorted(path for path, file in self.by_path.items() if file.is_documentation_page())

    def strays(self) -> list[Diagnostic]:
        """Take away pages with an incident's timeline that lie outside the folder, and say so."""
        ours = {id(file) for file in self.by_path.values()}
        found = []
        for file in self._files.documentation_pages():
            if id(file) in ours or file.generated_by or not file.abs_src_path:
                continue
            line = timeline_line(Path(file.abs_src_path).read_bytes())
            if line is not None:
                self._files.remove(file)
                path = Path(os.path.relpath(file.abs_src_path, self._folder)).as_posix()
                finding = incident_outside_folder(Place.at(line, 1, 8), self._folder.name)
                found.append(finding.diagnostic(path))
        return found

    def place(self, site: Site, shows_broken: bool, make: MakePage) -> dict[str, IncidentPage]:
        """Put every file where it belongs, and take away what must not be published.

        `make` makes the page of an incident; with `shows_broken` also of those with errors alone.
        Returns the pages by the paths of their files.
        """
        ids = frozenset(reading.id for reading in site.readings.values())
        shown = frozenset(incident.id for incident in site.incidents.values())
        made: dict[str, IncidentPage] = {}
        for path, file in self.by_path.items():
            owner = asset_owner(path, ids)
            if path in site.readings:
                self._take(file)
                if path in site.incidents or (shows_broken and site.readings[path].has_errors):
                    page = make(path, self._page_file(file, site.readings[path].id))
                    self._files.append(page.file)
                    made[path] = page
            elif self._leads_elsewhere(path, file, owner):
                self._take(file)
                log.warning(linked_file(Place(), path).message)
            elif owner is not None:
                self._take(file)
                if owner in shown:
                    dest = f"{URL_FOLDER}/{owner}/{path.split(f'{owner}/', 1)[1]}"
                    self._files.append(self._moved(file, dest, file.inclusion))
            elif not file.is_documentation_page() and looks_like_a_copy(path):
                self._take(file)
                log.warning(withheld_file(Place(), path).message)
            elif not self.inside and file.is_documentation_page():
                self._files.append(file)
        return made

    def clashes(self, site: Site, pages: Mapping[str, IncidentPage]) -> list[Diagnostic]:
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

    def _leads_elsewhere(self, path: str, file: File, owner: str | None) -> bool:
        """Whether a file is a link to something that is not published with it."""
        if file.abs_src_path is None:
            return False
        own = (self._folder / path).absolute()
        if owner is not None:
            parts = PurePosixPath(path).parts
            own = self._folder.joinpath(*parts[: parts.index(owner) + 1])
        real = Path(file.abs_src_path).resolve()
        return not (real == own or real.is_relative_to(own))

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


def _asset_paths(folder: Path) -> list[str]:
    """The files in folders that have an incident's name."""
    found = []
    for path in incident_paths(folder):
        own = (folder / path).with_suffix("")
        for parent, folders, names in os.walk(own):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(parent, name)
                outside = not file.resolve().is_relative_to(folder)
                if not name.startswith(".") and not outside:
                    found.append(file.relative_to(folder).as_posix())
    return [path for path in found if not path.lower().endswith(MARKDOWN_ENDINGS)]


class Title(str):
    """A title as HTML, which themes print as it is.

    The filter `striptags`, which Material's `<title>` uses, takes entities away again; what it
    asks for here is escaped once more, so that it ends where it should.
    """

    __slots__ = ()

    def __html__(self) -> str:
        return str(Markup.escape(str(self)))


class IncidentPage(Page):
    """The page of an incident. Its text comes from the computed incident, not from the file.

    Through Markdown go the headings, a placeholder of one line for each block, and the author's
    body. The blocks take their placeholders' places in the finished HTML, so no Markdown
    extension ever sees them.
    """

    def __init__(
        self,
        title: str,
        file: File,
        config: MkDocsConfig,
        compose: Callable[[IncidentPage], PageParts],
        incident: Incident | None,
    ) -> None:
        self.incident = incident
        super().__init__(Title(Markup.escape(title)), file, config)
        self._compose = compose
        self._blocks: dict[str, str] = {}
        self._anchors: frozenset[str] = frozenset()

    def read_source(self, config: MkDocsConfig) -> None:
        parts = self._compose(self)
        lines: list[str] = []
        for section in parts.before:
            lines += self._section(section.heading, section.name, section.html)
        lines += [parts.body, ""]
        for section in parts.after:
            lines += self._section(section.heading, section.name, section.html)
        self.markdown = "\n".join(lines)
        self.meta = dict(parts.meta)
        self._anchors = parts.anchors

    def _section(self, heading: str | None, name: str, html: str) -> list[str]:
        token = placeholder(self.file.src_uri, name)
        self._blocks[token] = html
        return [f"## {heading}", "", token, ""] if heading else [token, ""]

    def render(self, config: MkDocsConfig, files: Files) -> None:
        super().render(config, files)
        # So that links to a row are not taken for broken ones.
        self.present_anchor_ids = (self.present_anchor_ids or set()) | self._anchors

    def with_blocks(self, html: str) -> str:
        """`html` with the blocks in the places of their placeholders."""
        return fill(html, self._blocks)


def placeholder(*parts: str) -> str:
    """A word that stands for a block while the page goes through Markdown."""
    return f"PM{sha256('/'.join(parts).encode()).hexdigest()[:24]}PM"


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
