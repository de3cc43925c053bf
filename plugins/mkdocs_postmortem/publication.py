"""What everything is made with that is about all incidents: overview pages, feeds, API, tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.timeline import slug
from mkdocs_postmortem.zones import day_bounds

# How many incidents stand on a page of the archive.
PER_PAGE = 100


def as_base(site_url: str) -> str:
    """The site's address with one slash at its end, or nothing where it has none."""
    return f"{site_url.rstrip('/')}/" if site_url else ""


@dataclass(frozen=True)
class Publication:
    """The incidents that an audience sees, the newest first, and the site they are published on.

    ``site_url`` ends with a slash, and is empty where the site has none. ``path_of`` gives the
    address of an incident's page from the site's root, such as ``incidents/<id>/``; ``content_of``
    the finished HTML of its content with absolute links.
    """

    incidents: tuple[Incident, ...]
    options: Options
    audience: Audience
    site_name: str
    site_url: str
    path_of: Callable[[str], str]
    content_of: Callable[[str], str]
    description: str = ""
    use_directory_urls: bool = True
    preview: bool = False

    @cached_property
    def here(self) -> Publication:
        """The same for what places incidents in time: days written alone are the site's days."""
        zone = self.options.zone
        return replace(
            self,
            incidents=tuple(incident.seen_from(zone) for incident in self.incidents),
        )

    @property
    def today(self) -> date:
        """The last day that is not in the future, in the site's zone."""
        return (self.now - timedelta(seconds=1)).astimezone(self.options.zone).date()

    @property
    def now(self) -> datetime:
        """The first instant that is in the future, in UTC."""
        return self.options.today

    @property
    def past(self) -> datetime:
        """The instant before which everything has happened, also where only the day is known."""
        start, end = day_bounds(self.today, self.options.zone)
        return start if self.now == end else self.now

    @property
    def has_feeds(self) -> bool:
        """Whether feeds are made: their entries need addresses, and ids that never change."""
        return bool(self.site_url and self.options.feed_id_base)

    @property
    def offers_feeds(self) -> bool:
        """Whether readers are told of the feeds: those of a preview go when it goes."""
        return self.has_feeds and not self.preview

    @cached_property
    def years(self) -> tuple[int, ...]:
        """The year in which each incident began, in the site's zone."""
        zone = self.options.zone
        return tuple(began_on(incident, zone).year for incident in self.incidents)

    @cached_property
    def components(self) -> tuple[str, ...]:
        """The site's components in the order of its options, else by name."""
        if self.options.components is not None:
            return self.options.components
        return tuple(sorted(self._by_component, key=str.casefold))

    @cached_property
    def _by_component(self) -> Mapping[str, tuple[Incident, ...]]:
        found: dict[str, list[Incident]] = {}
        for incident in self.incidents:
            for name in dict.fromkeys(incident.components):
                found.setdefault(name, []).append(incident)
        return {name: tuple(incidents) for name, incidents in found.items()}

    @cached_property
    def severities(self) -> frozenset[str]:
        """The severities that incidents have."""
        return frozenset(incident.severity for incident in self.incidents if incident.severity)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that incidents have, by name."""
        return tuple(
            sorted({tag for incident in self.incidents for tag in incident.tags}, key=str.casefold)
        )

    def of_component(self, name: str) -> tuple[Incident, ...]:
        """The incidents that touched a component."""
        return self._by_component.get(name, ())

    def archive_path(self, number: int) -> str:
        """Where a page of the archive is, from the site's root."""
        if number == 1:
            return "incidents/" if self.use_directory_urls else "incidents/index.html"
        return f"incidents/page-{number}" + ("/" if self.use_directory_urls else ".html")

    @property
    def archive_index_path(self) -> str | None:
        """Where the index of an archive of several pages is, from the site's root."""
        return "incidents/archive.json" if len(self.archive_pages) > 1 else None

    @property
    def archive_pages(self) -> range:
        """The numbers of the archive's pages."""
        return range(1, max(1, -(-len(self.incidents) // PER_PAGE)) + 1)

    def component_path(self, name: str) -> str:
        """Where a component's page is, from the site's root."""
        return f"components/{slug(name)}" + ("/" if self.use_directory_urls else "/index.html")
