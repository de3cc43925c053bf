"""What goes into the head of a page, for machines that read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from markupsafe import Markup

from mkdocs_postmortem import computed
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render import markdown

# Keeps a preview out of search engines.
NO_INDEX = Markup('<meta name="robots" content="noindex">')


def head(
    publication: Publication,
    incident: Incident | None,
    title: str,
    url_of: Callable[[str], str],
    *,
    open_graph: bool,
) -> Markup:
    """Links to the feeds, Open Graph and, on an incident's page, what it is for search engines.

    Without `open_graph` that part is left to another plugin that makes social cards.
    """
    lines: list[Markup] = []
    if publication.preview:
        lines.append(NO_INDEX)
    if publication.offers_feeds:
        link = Markup('<link rel="alternate" type="{}" title="{}" href="{}">')
        for name, kind in (
            ("feed.xml", "application/atom+xml"),
            ("feed.rss", "application/rss+xml"),
            ("feed.json", "application/feed+json"),
        ):
            lines.append(link.format(kind, publication.site_name, url_of(name)))
    if open_graph:
        lines += _open_graph(publication, incident, title)
    if incident is not None:
        lines.append(_article(publication, incident))
    return Markup("\n").join(lines)


def with_no_index(output: str) -> str:
    """A finished page that search engines leave out."""
    return output.replace("</head>", f"{NO_INDEX}\n</head>", 1)


def _open_graph(
    publication: Publication, incident: Incident | None, title: str
) -> Iterator[Markup]:
    meta = Markup('<meta property="og:{}" content="{}">')
    yield meta.format("site_name", publication.site_name)
    yield meta.format("title", title)
    if incident is None:
        return
    yield meta.format("type", "article")
    if publication.site_url:
        yield meta.format("url", publication.site_url + publication.path_of(incident.id))
    if incident.summary:
        yield meta.format("description", markdown.plain(incident.summary)[:300])


def _article(publication: Publication, incident: Incident) -> Markup:
    published = computed.day_or_instant(incident.published)
    dates = [entry.date.isoformat() for entry in incident.corrections]
    if incident.withdrawn is not None:
        dates.append(incident.withdrawn.date.isoformat())
    data = {
        "@context": "https://schema.org",
        "@type": "TechArticle",
        "headline": incident.title,
        "identifier": incident.id,
        "inLanguage": incident.lang,
        "datePublished": published,
        "dateModified": max(dates) if dates else published,
        "description": markdown.plain(incident.summary) if incident.summary else None,
        "publisher": {"@type": "Organization", "name": publication.site_name},
        "url": publication.site_url + publication.path_of(incident.id)
        if publication.site_url
        else None,
    }
    text = json.dumps({key: value for key, value in data.items() if value}, ensure_ascii=False)
    # Inside a script element only these could end it or begin another.
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(f'<script type="application/ld+json">{safe}</script>')  # noqa: S704
