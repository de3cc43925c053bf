"""Feeds for the site and for each component, and what stands in them.

An entry's id is a ``tag:`` URI of the site's `feed_id_base` and the incident's id, in every feed
and every format the same, so that neither a new title nor a move of the site makes it new. All
dates come from the incidents: the same incidents give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote, urljoin

from mkdocs_postmortem import wording
from mkdocs_postmortem.archive import began
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render import markdown
from mkdocs_postmortem.timeline import slug
from mkdocs_postmortem.zones import day_bounds

# The newest ones: every reader fetches the whole feed again and again, and entries hold their
# whole text. The archive and `incidents.json` have the rest.
ENTRIES = 50
_PERMALINK = re.compile(r'<a class="headerlink"[^>]*>.*?</a>')
_ADDRESS = re.compile(r'(\s(?:href|src)=")([^"]*)(")')
# Named by what it is: a class of everything else takes Python ten times as long to compile.
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def feeds(publication: Publication) -> dict[str, bytes]:
    """The files of all feeds by their path from the site's root.

    There are none where the publication has no `site_url` or no `feed_id_base`, as its
    `has_feeds` says: entries need addresses, and ids that never change.
    """
    every = Feeds(publication)
    return {path: text for feed in every.feeds for path, text in every.files(feed)}


@dataclass(frozen=True, slots=True)
class Feed:
    """What one feed is called, and the newest incidents, which stand in it, the newest first.

    ``folder`` is where it is from the site's root, ``home`` the address of the page that it is the
    feed of.
    """

    folder: str
    id: str
    title: str
    description: str
    home: str
    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: ``content`` is HTML with absolute links, or ``None`` after a withdrawal."""

    id: str
    url: str
    title: str
    summary: str
    content: str | None
    published: datetime
    updated: datetime
    tags: tuple[str, ...]
    language: str


class Feeds:
    """The feeds of a publication: ``feeds`` are what they are made of, `files` makes one."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        # The same entry stands in the feed of the site and in those of its components.
        self._entries: dict[str, Entry] = {}
        self.feeds = tuple(_feeds(publication)) if publication.has_feeds else ()

    def files(self, feed: Feed) -> Iterator[tuple[str, bytes]]:
        """The three files of `feed` with their paths from the site's root."""
        publication = self._publication
        for incident in feed.incidents:
            if incident.id not in self._entries:
                self._entries[incident.id] = _entry(incident, publication)
        entries = [self._entries[incident.id] for incident in feed.incidents]
        # Most builds make no feed anew.
        from mkdocs_postmortem.render import feed_formats

        base = publication.site_url + quote(feed.folder)
        for name, content in feed_formats.files(feed, entries, base, publication).items():
            yield f"{feed.folder}{name}", content


def _feeds(publication: Publication) -> Iterator[Feed]:
    newest_first = sorted(
        publication.incidents,
        key=lambda incident: (published_at(incident, publication), incident.id),
        reverse=True,
    )
    yield Feed(
        folder="",
        id=_tag(publication, "incidents"),
        title=publication.site_name,
        description=publication.description or f"Incidents of {publication.site_name}",
        home=publication.site_url,
        incidents=tuple(newest_first[:ENTRIES]),
    )
    for name in publication.components:
        own = [incident for incident in newest_first if name in incident.components]
        yield Feed(
            folder=f"components/{slug(name)}/",
            id=_tag(publication, "component", slug(name)),
            title=f"{publication.site_name}: {name}",
            description=f"Incidents of {publication.site_name} that touched {name}",
            home=publication.site_url + quote(publication.component_path(name)),
            incidents=tuple(own[:ENTRIES]),
        )


def entry_id(publication: Publication, id: str) -> str:
    """The id of the entry of an incident, the same in all feeds for ever."""
    return _tag(publication, "incident", id)


def published_at(incident: Incident, publication: Publication) -> datetime:
    """When an incident was published: of a day its start in the site's zone.

    An incident that is not public need not say it, and counts from when it began.
    """
    moment = incident.published
    if moment is None:
        return began(incident)
    if moment.day is not None:
        return day_bounds(moment.day, publication.options.zone)[0]
    return moment.at or began(incident)


def updated_at(incident: Incident, publication: Publication) -> datetime:
    """When what stands in the entry last changed, as far as the incident itself tells.

    That is the last correction or the withdrawal. Where it was published while it went on, what
    happened after that has been written later still.
    """
    published = published_at(incident, publication)
    days: list[date] = [correction.date for correction in incident.corrections]
    if incident.withdrawn is not None:
        days.append(incident.withdrawn.date)
    changes = [day_bounds(day, publication.options.zone)[0] for day in days]
    known_until = incident.published.latest if incident.published else None
    # Maintenance is planned, so its rows may lie ahead of what was written.
    if incident.kind == "incident" and known_until is not None:
        begins = (row.moment.earliest for row in incident.rows)
        changes += [begin for begin in begins if begin is not None and begin >= known_until]
    return max([published, *changes])


def absolute_links(content: str, base: str) -> str:
    """HTML whose links and images lead where they lead from `base`."""

    def absolute(match: re.Match[str]) -> str:
        return f"{match[1]}{urljoin(base, match[2])}{match[3]}"

    # The sign beside a heading is for readers of the page.
    return _ADDRESS.sub(absolute, _PERMALINK.sub("", content))


def _tag(publication: Publication, *path: str) -> str:
    # RFC 4151 has ASCII alone, and a file name need not be.
    specific = "/".join(quote(part, safe="") for part in path)
    return f"tag:{publication.options.feed_id_base}:{specific}"


def _entry(incident: Incident, publication: Publication) -> Entry:
    withdrawn = incident.withdrawn
    if withdrawn is not None:
        summary = f"{wording.withdrawn(withdrawn.date)} {withdrawn.reason}"
        content = None
    else:
        summary = markdown.plain(incident.summary) if incident.summary else ""
        # Other plugins may have put anything there, and one such character ends the whole feed.
        content = _NOT_IN_XML.sub("", publication.content_of(incident.id))
    return Entry(
        id=entry_id(publication, incident.id),
        url=publication.site_url + quote(publication.path_of(incident.id), safe="/%"),
        title=incident.title,
        summary=summary,
        content=content,
        published=published_at(incident, publication),
        updated=updated_at(incident, publication),
        tags=tuple(dict.fromkeys((*incident.components, *incident.tags))),
        language=incident.lang,
    )
