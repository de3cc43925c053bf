"""What is about all incidents as HTML: the state now, the last days, the archive, the register.

Each function makes one part that any page can hold, named by a directive comment such as
``<!-- postmortem:history -->``; `PAGES` are the pages made of them that the author has not written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import repeat
from statistics import median
from typing import Any

from markupsafe import Markup

from mkdocs_postmortem import register, wording
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.duration import iso_duration
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.measure import history
from mkdocs_postmortem.publication import PER_PAGE, Publication
from mkdocs_postmortem.render import markdown
from mkdocs_postmortem.render.archive_index import filters
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.render.statistics import statistics_part
from mkdocs_postmortem.render.statuspage import maintenance_status
from mkdocs_postmortem.timeline import slug

LATEST = 5
# How many finished action items the register shows.
FINISHED = 100


@dataclass(frozen=True, slots=True)
class Overview:
    """Makes the parts for one page; `url_of` leads from there to an address from the root."""

    publication: Publication
    url_of: Callable[[str], str]
    template_dirs: tuple[str, ...] = ()

    def part(self, name: str) -> Markup:
        """The part that a directive names. Raises `KeyError` for any other name."""
        return self.parts()[name]()

    def parts(self) -> Mapping[str, Callable[[], Markup]]:
        """The parts by the names that directives use."""
        return {
            "status": self.status,
            "history": self.history,
            "latest": self.latest,
            "archive": self.archive,
            "action-items": self.action_items,
            "response-times": self.response_times,
            "subscribe": self.subscribe,
        }

    def every_part(self) -> dict[str, Callable[[], Markup]]:
        """The same, and the parts that only generated pages name: of long archives, components."""
        parts = dict(self.parts())
        for number in self.publication.archive_pages:
            parts[f"archive-{number}"] = partial(self.archive, number)
        for name in self.publication.components:
            parts[f"component-{slug(name)}"] = partial(self.component, name)
        return parts

    def status(self) -> Markup:
        """The state now, from the incidents that are still open, and planned maintenance."""
        publication = self.publication.here
        planned = [
            incident
            for incident in publication.incidents
            if incident.scheduled and maintenance_status(incident, publication) == "scheduled"
        ]
        ongoing = [
            incident
            for incident in publication.incidents
            if incident.ongoing and incident not in planned
        ]
        level = history.state(publication)
        return self._render("status", level=level, ongoing=ongoing, planned=planned)

    def history(self) -> Markup:
        """The last 90 days of every component."""
        return self._render("history", histories=history.histories(self.publication))

    def latest(self) -> Markup:
        """The latest incidents."""
        return self._listing(self.publication.incidents[:LATEST])

    def archive(self, page: int = 1) -> Markup:
        """The archive, or one page of it where it is long."""
        publication = self.publication
        first = (page - 1) * PER_PAGE
        shown = publication.incidents[first : first + PER_PAGE]
        # The newest incident of each year is the first one.
        page_of = {
            year: index // PER_PAGE + 1
            for index, year in reversed(tuple(enumerate(publication.years)))
        }
        index = publication.archive_index_path
        return self._render(
            "archive",
            listing=self._listing(shown, publication.years[first : first + PER_PAGE]),
            years=[
                (year, self._archive_url(page_of[year], page))
                for year in sorted(page_of, reverse=True)
            ],
            components=publication.components,
            filters=filters(publication),
            index_url=self.url_of(index) if index else None,
            total=len(publication.incidents),
            page=page,
            pages=[
                (number, self._archive_url(number, page)) for number in publication.archive_pages
            ],
        )

    def component(self, name: str) -> Markup:
        """One component: its state, its last 90 days, its incidents and their response times."""
        found = self.publication.of_component(name)
        everything = history.histories(self.publication)
        own = next(entry for entry in everything if entry.component == name)
        return self._render(
            "component",
            component=name,
            histories=(own,),
            listing=self._listing(found[:PER_PAGE]),
            incidents=found[:PER_PAGE],
            earlier=len(found[PER_PAGE:]),
            archive_url=self.url_of(self.publication.archive_path(1)),
            subscribe=self.subscribe(name),
        )

    def action_items(self) -> Markup:
        """The register of action items: all that are not finished, and the last of the others."""
        found = register.promises(self.publication)
        finished = [promise for promise in found if promise.is_finished]
        # The last ones are those that ended last, or where nobody says when, were due last.
        last = sorted(finished, key=_end, reverse=True)[:FINISHED]
        older = {promise.uid for promise in finished} - {promise.uid for promise in last}
        took = [days for promise in found if (days := promise.days_to_do) is not None]
        return self._render(
            "register",
            promises=[promise for promise in found if promise.uid not in older],
            older=len(older),
            counts=_counts(found),
            took=(len(took), median(took)) if took else None,
            groups=[
                (title, _by(found, key))
                for title, key in (
                    ("By owner", lambda promise: promise.item.owner or ""),
                    ("By kind", lambda promise: promise.item.kind or ""),
                    ("By incident", lambda promise: promise.incident.title),
                )
            ],
        )

    def response_times(self) -> Markup:
        """Every response time of every incident, with honest statistics."""
        table = self.url_of("response-times.csv")
        return statistics_part(self.publication, self._incident_url, self.template_dirs, table)

    def subscribe(self, component: str | None = None) -> Markup:
        """Where to subscribe: feeds, calendar, chat."""
        return self._render("subscribe", component=component)

    def _incident_url(self, id: str) -> str:
        return self.url_of(self._path(id))

    def _path(self, id: str) -> str:
        return self.publication.path_of(id)

    def _archive_url(self, number: int, here: int) -> str:
        return "" if number == here else self.url_of(self.publication.archive_path(number))

    def _listing(self, incidents: tuple[Incident, ...], years: Iterable[int | None] = ()) -> Markup:
        """A list of incidents; under their `years` where those are given, one for each."""
        groups: dict[int | None, list[Incident]] = {}
        for incident, year in zip(incidents, years or repeat(None, len(incidents)), strict=True):
            groups.setdefault(year, []).append(incident)
        return self._render("listing", groups=groups)

    def _render(self, name: str, **values: Any) -> Markup:
        publication = self.publication
        template = environment(self.template_dirs).get_template(f"postmortem/{name}.html")
        html = template.render(
            publication=publication,
            options=publication.options,
            zone=publication.options.zone,
            today=publication.today,
            words=wording,
            plain=markdown.plain,
            began_on=began_on,
            iso_duration=iso_duration,
            slug=slug,
            url_of=self.url_of,
            incident_url=lambda incident: self.url_of(self._path(incident.id)),
            component_url=lambda name: self.url_of(publication.component_path(name)),
            duration=lambda incident: incident.response_time("impact_duration"),
            bars=day_bars,
            **values,
        )
        return Markup(html)  # noqa: S704 - rendered by an autoescaping environment


def _counts(promises: Iterable[register.Promise]) -> dict[str, int]:
    """How many promises are in each state."""
    counts = Counter(promise.state for promise in promises)
    return {state: counts[state] for state in register.STATES}


def _end(promise: register.Promise) -> tuple[date, str]:
    return promise.item.done or promise.item.due or promise.incident.date, promise.uid


def _by(
    promises: Iterable[register.Promise], key: Callable[[register.Promise], str]
) -> tuple[list[tuple[str, dict[str, int]]], int]:
    """The counts of each group of promises by the group's name, and how many are left out.

    Of many groups those are left out in which everything is finished.
    """
    groups: dict[str, list[register.Promise]] = {}
    for promise in promises:
        groups.setdefault(key(promise), []).append(promise)
    shown = sorted(groups, key=str.casefold)
    if len(groups) > PER_PAGE:
        shown = [name for name in shown if not all(one.is_finished for one in groups[name])]
    return [(name, _counts(groups[name])) for name in shown], len(groups) - len(shown)


def day_bars(days: tuple[history.Day, ...]) -> list[tuple[str, str]]:
    """The days as one SVG path for each level, each day 8 wide of 10 and 30 high."""
    paths: dict[str, list[str]] = {}
    for index, day in enumerate(days):
        paths.setdefault(day.level or "none", []).append(f"M{index * 10} 0h8v30h-8z")
    return [(level, "".join(parts)) for level, parts in sorted(paths.items())]


def generated_pages(publication: Publication) -> dict[str, str]:
    """The pages that are made where the author has not written them: Markdown by source path."""
    pages = {
        "index.md": (
            f"# {publication.site_name}\n\n<!-- postmortem:status -->\n\n"
            "## Last 90 days\n\n<!-- postmortem:history -->\n\n"
            "## Latest incidents\n\n<!-- postmortem:latest -->\n\n"
            "## Subscribe\n\n<!-- postmortem:subscribe -->\n"
        ),
        "incidents/index.md": "# Incidents\n\n<!-- postmortem:archive -->\n",
        "action-items/index.md": "# Action items\n\n<!-- postmortem:action-items -->\n",
        "response-times/index.md": "# Response times\n\n<!-- postmortem:response-times -->\n",
    }
    for number in publication.archive_pages[1:]:
        pages[f"incidents/page-{number}.md"] = (
            f"# Incidents, page {number}\n\n<!-- postmortem:archive-{number} -->\n"
        )
    for name in publication.components:
        # Neither Markdown nor a template engine finds a sign of its own in it.
        title = re.sub(r"[^\w ]", lambda sign: f"&#{ord(sign[0])};", " ".join(name.split()))
        pages[f"components/{slug(name)}/index.md"] = (
            f"# {title}\n\n<!-- postmortem:component-{slug(name)} -->\n"
        )
    return pages
