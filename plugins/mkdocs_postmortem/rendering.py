"""A site for engines that run no plugin: Markdown, feeds and JSON, as paths with their bytes.

The same incidents, checks, blocks and files as in a build by MkDocs; what comes out is a folder of
sources, not a site. Knows no MkDocs.
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial
from importlib import resources
from typing import Any
from urllib.parse import quote, unquote

from mkdocs_postmortem.addresses import Addresses, page_file, relative
from mkdocs_postmortem.claimed_addresses import clashes_with_files
from mkdocs_postmortem.files_on_disk import (
    id_of,
    incident_paths,
    is_incident_name,
    name_of,
)
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.placing import URL_FOLDER, placed_files
from mkdocs_postmortem.publication import Publication, as_base
from mkdocs_postmortem.render.engine_page import Part, as_html, as_markdown, as_value, body_parts
from mkdocs_postmortem.render.feeds import absolute_links, feeds
from mkdocs_postmortem.render.files import data_files
from mkdocs_postmortem.render.overview import Overview, generated_pages
from mkdocs_postmortem.render.page import (
    PageContext,
    PageParts,
    Section,
    incident_page,
    shows_neighbours,
)
from mkdocs_postmortem.render.redirects import redirects
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.site import ReadingCache, Site, read_site
from mkdocs_postmortem.site_config import SiteConfig
from mkdocs_postmortem.strays import pages_outside
from mkdocs_postmortem.untrusted import may_be_on_another_host

ASSETS = ("assets/postmortem/postmortem.css", "assets/postmortem/postmortem.js")
_LINE = re.compile(
    r"^(?:(?P<level>#{1,6}) (?P<heading>.*)|<!-- postmortem:(?P<part>[\w-]+) -->)$", re.MULTILINE
)


class Rendering:
    """What `audience` gets of the site that `sources` configure.

    ``site`` has the incidents and everything that is wrong; where one of it is an error, nothing
    of the rest may be published. ``left_out`` are the pages and files that are not made because
    the site has its own, ``no_redirects`` the redirects in whose place something else is; both are
    complete once all `files` have been asked for.
    """

    def __init__(self, sources: SiteConfig, audience: Audience, *, preview: bool = False) -> None:
        self._sources = sources
        self._root = root = sources.incidents.resolve()
        docs = sources.docs_dir.resolve() if sources.docs_dir else None
        site = read_site(
            root,
            incident_paths(root),
            sources.options,
            audience,
            ReadingCache(),
            list(pages_outside(docs, root)) if docs else (),
        )
        self._paths = {incident.id: path for path, incident in site.incidents.items()}
        self.publication = Publication(
            incidents=site.archive.incidents,
            options=sources.options,
            audience=audience,
            site_name=sources.site_name or "Incidents",
            site_url=as_base(sources.site_url),
            path_of=self._path_of,
            content_of=self._content_of,
            description=sources.description,
            use_directory_urls=sources.use_directory_urls,
            preview=preview,
        )
        self._placed = placed_files(root, docs, site)
        self._own = {source: self._file_of(source) for source in self._placed.own}
        self.no_redirects: list[str] = []
        self.left_out: list[str] = []
        self._generated = self._pages_to_make()
        more = [*self._placed.withheld, *self._clashes(site)]
        self.site = site.with_findings(more, sources.options)

    def _pages_to_make(self) -> dict[str, str]:
        """The generated pages in whose place the site has none of its own."""
        taken = set(self._own.values())
        pages = generated_pages(self.publication)
        self.left_out += [path for path in pages if self._file_of(path) in taken]
        return {path: text for path, text in pages.items() if path not in self.left_out}

    def _clashes(self, site: Site) -> list[tuple[str, Finding]]:
        """What else would be at the addresses of incidents, or of their aliases."""
        pages = {path: self._file_of(f"{URL_FOLDER}/{id}.md") for id, path in self._paths.items()}
        others = [
            *((made, source) for source, made in self._own.items()),
            *((self._file_of(path), path) for path in self._generated),
            *self._placed.assets.items(),
        ]
        return clashes_with_files([site.readings[path] for path in pages], pages, others)

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Every file with its path in the folder of sources."""
        taken = Addresses()
        for made in self._own.values():
            taken.claim(made, made)
        for path, content in self._pages_and_images():
            taken.claim(self._file_of(path), path)
            yield path, content
        for path, content in self._data():
            if taken.claim(path, path) is None:
                yield path, content
            else:
                self.left_out.append(path)
        for path, content in redirects(self.publication).items():
            if taken.claim(path, path) is None:
                yield path, content
            else:
                self.no_redirects.append(path)

    def _pages_and_images(self) -> Iterator[tuple[str, bytes]]:
        for path, text in self._generated.items():
            yield path, self._generated_page(path, text).encode()
        for id in self._paths:
            yield f"{URL_FOLDER}/{id}.md", self._incident_page(id).encode()
        for made, path in self._placed.assets.items():
            yield made, (self._root / path).read_bytes()

    def _data(self) -> Iterator[tuple[str, bytes]]:
        yield from data_files(self.publication)
        yield from feeds(self.publication).items()
        theme = resources.files("mkdocs_postmortem_theme")
        for path in ASSETS:
            yield path, theme.joinpath(path).read_bytes()

    def _generated_page(self, path: str, text: str) -> str:
        url_of = partial(relative, page=self._address(path))
        overview = Overview(self.publication, url_of, self._sources.template_dirs)
        made = overview.every_part()
        parts = []
        for match in _LINE.finditer(text):
            if match["part"]:
                parts.append(Part(None, 0, made[match["part"]]()))
            else:
                heading = html.unescape(match["heading"])
                parts.append(Part(heading, len(match["level"]), ""))
        return as_markdown({"title": as_value(parts[0].heading or "")}, parts)

    def _incident_page(self, id: str) -> str:
        page = self._composed(id)
        meta = {"title": as_value(self._incident(id).title)}
        for key, value in page.meta.items():
            # A theme that does not have the icon ends the build of its engine.
            if key != "icon" or self._sources.options.trusted_bodies:
                meta[key] = _escaped_anew(value)
        return as_markdown(meta, self._parts(id, page))

    def _content_of(self, id: str) -> str:
        page = self._composed(id)
        # In feeds as in a build; on pages always, since every engine has another order of its own.
        if not shows_neighbours(self._sources.theme, self._sources.theme_features):
            page = replace(page, after=tuple(one for one in page.after if one.name != "neighbours"))
        base = self.publication.site_url + quote(self._path_of(id))
        return absolute_links(as_html(self._parts(id, page)), base)

    def _parts(self, id: str, page: PageParts) -> list[Part]:
        """The page of an incident in the order in which it stands there."""
        body = body_parts(page.body, partial(self._resolve, id))
        return [*map(_part, page.before), *body, *map(_part, page.after)]

    def _composed(self, id: str) -> PageParts:
        earlier, later = self.site.archive.neighbours[id]
        context = PageContext(
            options=self.publication.options,
            audience=self.publication.audience,
            url_of=partial(self._url_of, id),
            image_base="" if self.publication.use_directory_urls else f"{id}/",
            template_dirs=self._sources.template_dirs,
            related=self.site.archive.related.get(id, ()),
            earlier=earlier,
            later=later,
        )
        return incident_page(self._incident(id), context)

    def _incident(self, id: str) -> Incident:
        return self.site.incidents[self._paths[id]]

    def _path_of(self, id: str) -> str:
        return self._address(f"{URL_FOLDER}/{id}.md")

    def _url_of(self, here: str, id: str) -> str | None:
        """The address of an incident from the page of another one; ``None`` where it has none."""
        return (
            relative(quote(self._path_of(id)), self._path_of(here)) if id in self._paths else None
        )

    def _resolve(self, id: str, attribute: str, target: str) -> str | None:
        """Where a link or an image in the body of an incident leads from its page.

        Addresses in bodies are those of sources, as MkDocs has it; what is no source stays.
        """
        if may_be_on_another_host(target):
            # The allow-list takes images from elsewhere away.
            return target
        path = re.split(r"[?#]", target, maxsplit=1)[0]
        here = self._placed.source_of(self._paths[id])
        source = posixpath.normpath(posixpath.join(posixpath.dirname(here), unquote(path)))
        if not path or path.startswith("/"):
            return target
        if is_incident_name(name_of(source)):
            url = self._url_of(id, id_of(source))
        elif (made := self._made_of.get(source)) is not None:
            url = relative(quote(self._shown(made)), self._path_of(id))
        else:
            return target
        return None if url is None else url + target[len(path) :]

    @cached_property
    def _made_of(self) -> dict[str, str]:
        """What is published of each source that is no incident, by their paths."""
        images = {self._placed.source_of(path): made for made, path in self._placed.assets.items()}
        return {path: self._file_of(path) for path in self._generated} | self._own | images

    def _address(self, source: str) -> str:
        """The address of the page that is made of `source`, from the site's root."""
        return self._shown(self._file_of(source))

    def _shown(self, made: str) -> str:
        folder, _, name = made.rpartition("/")
        if self._sources.use_directory_urls and name == "index.html":
            return f"{folder}/" if folder else ""
        return made

    def _file_of(self, source: str) -> str:
        return page_file(source, use_directory_urls=self._sources.use_directory_urls)


def _part(section: Section) -> Part:
    return Part(section.heading, 2, section.html)


def _escaped_anew(value: Any) -> Any:
    """A value of a page's front matter, whose texts are HTML, as every engine shows it."""
    if isinstance(value, list):
        return [_escaped_anew(inner) for inner in value]
    return as_value(html.unescape(value)) if isinstance(value, str) else value
