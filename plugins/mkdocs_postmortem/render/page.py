"""A postmortem page: its blocks as HTML, in the order in which they stand on the page.

Rendering is pure. What the page depends on besides the incident is in `PageContext`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

from mkdocs_postmortem import computed, wording
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.body_values import values_of, with_values
from mkdocs_postmortem.diagnostics import Diagnostic
from mkdocs_postmortem.duration import iso_duration
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime, Row
from mkdocs_postmortem.measure.response_times import milestone_row
from mkdocs_postmortem.moment import Moment, Precision
from mkdocs_postmortem.options import Audience, Options
from mkdocs_postmortem.render import markdown
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.render.figure import figures
from mkdocs_postmortem.render.search import searchable
from mkdocs_postmortem.untrusted import may_be_on_another_host


@dataclass(frozen=True, slots=True)
class PageContext:
    """What a page is rendered with, besides its incident.

    `url_of` gives the address of another incident from this page, `image_base` where the images
    of its folder lie from here. `template_dirs` come before the theme's own blocks.
    `before_publication` is what a draft lacks to be public, or ``None`` where nobody asks.
    """

    options: Options
    audience: Audience
    url_of: Callable[[str], str | None]
    image_base: str = ""
    template_dirs: tuple[str, ...] = ()
    related: Sequence[Incident] = ()
    earlier: Incident | None = None
    later: Incident | None = None
    show_neighbours: bool = True
    diagnostics: Sequence[Diagnostic] = ()
    before_publication: Sequence[Diagnostic] | None = None

    @property
    def today(self) -> date:
        """The last day that is not in the future, in the site's zone."""
        last = self.options.today - timedelta(seconds=1)
        return last.astimezone(self.options.zone).date()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page: a heading that goes through the site's Markdown, and a block of HTML.

    `words` is what a search finds of the block.
    """

    name: str
    heading: str | None
    html: Markup
    words: Markup = Markup("")  # noqa: RUF009 - it never changes


@dataclass(frozen=True, slots=True)
class PageParts:
    """A page: what stands before the author's body and what after it."""

    before: tuple[Section, ...]
    after: tuple[Section, ...]
    body: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    anchors: frozenset[str] = field(default_factory=frozenset)


def shows_neighbours(theme: str, features: Collection[str]) -> bool:
    """Whether a page in the theme of this name, with these features, has to say its neighbours.

    Other themes show them themselves, and so does Material with its footer.
    """
    return theme == "material" and "navigation.footer" not in features


def incident_page(incident: Incident, context: PageContext) -> PageParts:
    """The parts of the page of an incident, as its audience sees it."""
    render = _Renderer(incident, context)
    description = markdown.plain(incident.summary)[:300] if incident.summary else incident.title
    header = render("header", None)
    if incident.withdrawn is not None:
        return PageParts((header, render("withdrawn", None)), ())
    before = [header]
    if incident.summary:
        before.append(render("summary", None))
    before.append(render("response_times", "Response times"))
    before.append(render("timeline", "Timeline"))
    after = []
    if incident.causes:
        after.append(render("causes", "Causes"))
    if incident.action_items:
        after.append(render("action_items", "Action items"))
    if incident.corrections:
        after.append(render("corrections", "Corrections"))
    if context.related or incident.links:
        after.append(render("related", "Related"))
    neighbours = context.earlier or context.later
    if context.show_neighbours and neighbours:
        after.append(render("neighbours", None))
    anchors = frozenset(row.anchor for row in incident.rows)
    meta = _meta(incident, description)
    body = incident.body
    if "{{" in body:
        body = with_values(body, values_of(incident, context.options))
    return PageParts(tuple(before), tuple(after), body, meta, anchors)


def problem_page(title: str, context: PageContext) -> PageParts:
    """The page, while serving, of a file that could not be read as an incident."""
    template = environment(context.template_dirs).get_template("postmortem/problem_page.html")
    html = template.render(title=title, problems=_problems(context), words=wording)
    return PageParts((Section("header", None, Markup(html)),), ())  # noqa: S704 - autoescaped


def problems_of_files(problems: Sequence[Diagnostic], template_dirs: tuple[str, ...]) -> str:
    """The list, while serving, of what is wrong with files that have no page of their own."""
    template = environment(template_dirs).get_template("postmortem/problems.html")
    return template.render(problems=problems, words=wording, with_paths=True)


def _problems(context: PageContext) -> list[Diagnostic]:
    return sorted(context.diagnostics, key=lambda found: (found.severity.rank, found.sort_key))


class _Renderer:
    """Renders the blocks of one page."""

    def __init__(self, incident: Incident, context: PageContext) -> None:
        self.incident = incident
        self.context = context
        self.environment = environment(context.template_dirs)
        self.zone = context.options.zone

    def __call__(self, name: str, heading: str | None) -> Section:
        template = self.environment.get_template(f"postmortem/{name}.html")
        html = template.render(**self._values())
        words = searchable(name, self.incident, self.zone)
        return Section(name, heading, Markup(html), words)  # noqa: S704 - autoescaped

    def _values(self) -> dict[str, Any]:
        incident, context = self.incident, self.context
        shown = {(found.code, found.place) for found in context.diagnostics}
        lacking = [
            found
            for found in context.before_publication or ()
            if (found.code, found.place) not in shown
        ]
        return {
            "incident": incident,
            "context": context,
            "options": context.options,
            "audience": context.audience,
            "words": wording,
            "zone": self.zone,
            "today": context.today,
            "block": lambda text: markdown.block(text, self.resolve),
            "inline": lambda text: markdown.inline(text, self.resolve),
            "clock": self.clock,
            "offset": self.offset,
            "days": self.days,
            "episodes": self.episodes,
            "figures": lambda: figures(incident.seen_from(self.zone), self.zone),
            "problems": _problems(context),
            # What a draft lacks to be public, and of how much the problems below speak already.
            "lacking": lacking,
            "below": len(context.before_publication or ()) - len(lacking),
            "iso_duration": iso_duration,
            "Outcome": Outcome,
            "began_on": began_on,
        }

    def resolve(self, attribute: str, target: str) -> str | None:
        """A link or an image of the author's, from this page."""
        if attribute == "src" and may_be_on_another_host(target):
            return target if self.context.options.trusted_bodies else None
        own = f"{self.incident.id}/"
        relative = re.sub(r"^\./", "", target)
        if relative.startswith(own):
            return self.context.image_base + relative[len(own) :]
        other = re.fullmatch(r"(?:[\w./-]*/)?(\d{4}-\d{2}-\d{2}-[^/#]+)\.md(#.*)?", target)
        if other:
            # The name of an incident that is not published is nobody's business.
            url = self.context.url_of(other[1])
            return None if url is None else url + (other[2] or "")
        return target

    def clock(self, moment: Moment) -> Markup:
        """A moment's clock, each instant in a `time` element that holds it in UTC."""
        pieces: list[str] = []
        for part in wording.clock(moment, self.zone):
            if isinstance(part, str):
                pieces.append(escape(part))
                continue
            instant, shown = part
            day = instant.astimezone(self.zone).date()
            pieces.append(
                f'<time datetime="{computed.instant(instant)}" data-pm-day="{day}"'
                f' class="pm-clock">{escape(shown)}</time>'
            )
        return Markup("".join(pieces))  # noqa: S704 - of what was escaped

    def offset(self, row: Row) -> str | None:
        """How long after the beginning of its episode a row happened."""
        start = milestone_row(self.incident.rows, "started", row.episode)
        if start is None or not row.moment.is_timed or row.moment.precision is Precision.DAY:
            return None
        if start.moment.nominal is None or row.moment.nominal is None:
            return None
        exact = (Precision.SECOND, Precision.MINUTE)
        about = row.moment.precision is not Precision.RELATIVE and not (
            row.moment.precision in exact and start.moment.precision in exact
        )
        return wording.offset(row.moment.nominal - start.moment.nominal, about=about)

    def days(self) -> list[tuple[date | None, list[Row]]]:
        """The rows under their days in the site's zone; one without a time follows the last."""
        groups: list[tuple[date | None, list[Row]]] = []
        current: date | None = None
        for row in self.incident.rows:
            if row.moment.is_timed:
                current = row.moment.day_in(self.zone) or current
            if not groups or groups[-1][0] != current:
                groups.append((current, []))
            groups[-1][1].append(row)
        return groups

    def episodes(self) -> list[dict[str, Any]]:
        """The response times by episode: those with something to say, and the names of the rest."""
        incident = self.incident
        result: list[dict[str, Any]] = []
        whole = [time for time in incident.response_times if time.episode is None]
        for episode in range(1, incident.episodes + 1):
            own = [time for time in incident.response_times if time.episode == episode]
            shown = [time for time in own if _is_shown(time)]
            start = milestone_row(incident.rows, "started", episode)
            result.append(
                {
                    "number": episode,
                    "start": start,
                    "shown": shown,
                    # Where it does not even begin here, there is nothing to be missed.
                    "missing": [time for time in own if time not in shown and time.start_row],
                }
            )
        shown = [time for time in whole if _is_shown(time)]
        if incident.episodes == 1:
            result[0]["shown"] = [*result[0]["shown"], *shown]
        else:
            result.append({"number": None, "start": None, "shown": shown, "missing": []})
        return result


def _is_shown(time: ResponseTime) -> bool:
    if time.outcome is Outcome.NOT_APPLICABLE:
        return time.key == "time_to_resolve" and time.start_row is not None
    return time.outcome is not Outcome.PENDING or time.key in ("time_to_resolve", "impact_duration")


def _meta(incident: Incident, description: str) -> Mapping[str, Any]:
    """What themes and other plugins learn about the page: nothing that is not public."""
    meta: dict[str, Any] = dict(incident.page_meta)
    # Themes print all of these as they are, and other plugins may take them for templates.
    meta["description"] = as_text(str(meta.get("description") or description))
    if "subtitle" in meta:
        meta["subtitle"] = as_text(str(meta["subtitle"]))
    if incident.tags:
        meta["tags"] = [as_text(tag) for tag in incident.tags]
    return meta


def as_text(text: str) -> str:
    """`text` as HTML that shows it, in which no template engine finds anything to run."""
    return str(Markup.escape(text)).replace("{", "&#123;")
