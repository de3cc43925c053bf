"""The key of each page: what changes with anything that the page's content depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.mkdocs_fingerprint import digest, runs_only_harmless_extensions
from mkdocs_postmortem.mkdocs_pages import ARCHIVE_URI, IncidentPage
from mkdocs_postmortem.site import Site

_NAMES_A_PART = re.compile(r"<!--[ \t]*postmortem:")


@dataclass(frozen=True)
class PageKeys:
    """Makes the keys of one build.

    ``fingerprint`` is what all pages depend on. With ``shows_problems`` pages show diagnostics.
    """

    fingerprint: str
    site: Site
    pages: Mapping[str, IncidentPage]
    shows_problems: bool
    # The texts of the site's own pages that the keys are made of, by their sources, as digests.
    texts: dict[str, str] = field(default_factory=dict)

    @cached_property
    def facts(self) -> str:
        """What everything depends on that is about all incidents: all of them but their bodies."""
        site = self.site
        unlinked = str(sorted(site.unlinked.items()))
        facts = map(self._facts_at, site.incidents)
        return digest(self.fingerprint, unlinked, *site.incidents, *facts)

    def of_pages(self, config: MkDocsConfig, files: Files) -> dict[str, str]:
        """The keys of the pages by their sources, as far as anybody can know them."""
        keys = {}
        is_plain = runs_only_harmless_extensions(config)
        if is_plain or not self.site.trusts_authors:
            at = {incident.id: path for path, incident in self.site.incidents.items()}
            for path, page in self.pages.items():
                if path in self.site.sources:
                    own = self._of_incident(path, at)
                    keys[page.file.src_uri] = digest(*self._of_file(page.file), *own)
        if is_plain:
            facts = self.facts
            incidents = {page.file.src_uri for page in self.pages.values()}
            for file in files.documentation_pages():
                if file.src_uri not in incidents and _is_plain(file.page):
                    keys[file.src_uri] = digest(
                        *self._of_file(file), *self._of_page(file, config, facts)
                    )
        return keys

    def _of_file(self, file: File) -> Iterator[str]:
        yield self.fingerprint
        yield f"{file.src_uri} {file.dest_uri} {file.edit_uri} {file.inclusion.name}"

    def _of_incident(self, path: str, at: Mapping[str, str]) -> Iterator[str]:
        site = self.site
        # Another plugin may have given it another one.
        yield str(self.pages[path].title)
        yield site.sources[path].whole
        yield site.unlinked.get(path, "")
        incident = site.incidents.get(path)
        if incident is not None:
            yield " ".join(incident.related)
            archive = site.archive
            for other in (*archive.neighbours[incident.id], *archive.related[incident.id]):
                yield self._of_other(other, at)
        if self.shows_problems:
            yield repr(site.of(path))

    def _of_other(self, incident: Incident | None, at: Mapping[str, str]) -> str:
        if incident is None:
            return ""
        path = at[incident.id]
        return f"{incident.id} {self._facts_at(path)} {self.pages[path].url}"

    def _of_page(self, file: File, config: MkDocsConfig, facts: str) -> Iterator[str]:
        if file.page is None:
            # As MkDocs does later on with pages that the navigation leaves out.
            Page(None, file, config)
        source = text_of(file)
        self.texts[file.src_uri] = digest(source)
        yield source
        # A title that the navigation gives.
        yield str(vars(file.page).get("title", ""))
        if _NAMES_A_PART.search(source):
            yield facts
        if self.shows_problems and file.src_uri == ARCHIVE_URI:
            yield repr([one for one in self.site.diagnostics if one.path not in self.pages])

    def _facts_at(self, path: str) -> str:
        source = self.site.sources.get(path)
        return source.facts if source is not None else ""


def _is_plain(page: Page | None) -> bool:
    """Whether `page` is one as MkDocs makes them: nobody knows what another one depends on."""
    return page is None or type(page) is Page


def text_of(file: File) -> str:
    """The text of a page; nothing where it cannot be read, of which MkDocs says why."""
    try:
        return file.content_string
    except (OSError, UnicodeDecodeError):
        return ""
