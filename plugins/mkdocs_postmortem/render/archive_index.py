"""What the archive can be filtered by, and the index with which a script filters a long one.

An archive of one page is filtered as it stands there. One of several pages has its entries in the
index, a file that is fetched once somebody filters: what is shown of each, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from mkdocs_postmortem import wording
from mkdocs_postmortem.archive import began_on
from mkdocs_postmortem.duration import iso_duration
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.moment import ZERO
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render import markdown


class Filter(NamedTuple):
    """A choice that narrows the archive: its name in addresses, its label, values with words."""

    name: str
    label: str
    values: Sequence[tuple[str, str]]


def filters(publication: Publication) -> list[Filter]:
    """The filters that have something to choose from, each with the values that incidents have."""
    components = (name for name in publication.components if publication.of_component(name))
    severities = [
        (name, wording.severity(name))
        for name in publication.options.severity_names
        if name in publication.severities
    ]
    years = (str(year) for year in sorted(set(publication.years), reverse=True))
    found = [
        Filter("component", "Component", _same(components)),
        Filter("severity", "Severity", severities),
        Filter("year", "Year", _same(years)),
        Filter("tag", "Tag", _same(publication.tags)),
    ]
    return [filter for filter in found if filter.values]


def _same(values: Iterable[str]) -> list[tuple[str, str]]:
    return [(value, value) for value in values]


def archive_index(publication: Publication) -> dict[str, bytes]:
    """The index by its path, where the archive has several pages: the entries, the newest first.

    Addresses in it are relative to its own. What an entry does not have is left out.
    """
    path = publication.archive_index_path
    if path is None:
        return {}
    impacts = {level.name: level.impact for level in publication.options.severities}
    index = {
        "impact_of": wording.label("impact of"),
        "severities": {
            name: [wording.severity(name), impacts.get(name, "none")]
            for name in sorted(publication.severities)
        },
    }
    entries = (
        json.dumps(_entry(incident, publication), ensure_ascii=False, separators=(",", ":"))
        for incident in publication.incidents
    )
    begin = json.dumps(index, ensure_ascii=False).removesuffix("}")
    text = ",\n".join(entries)
    return {path: f'{begin}, "incidents": [\n{text}\n]}}\n'.encode()}


def _entry(incident: Incident, publication: Publication) -> dict[str, Any]:
    day = began_on(incident, publication.options.zone)
    impact = incident.response_time("impact_duration")
    length = impact.span if impact and impact.span.nominal is not None else None
    entry = {
        "path": publication.path_of(incident.id).removeprefix("incidents/"),
        "title": incident.title,
        "day": [day.isoformat(), wording.day(day)],
        "severity": incident.severity,
        "ongoing": wording.status(incident) if incident.ongoing else None,
        "audience": wording.term(incident.visibility) if incident.visibility != "public" else None,
        "length": length and [iso_duration(length.nominal or ZERO), wording.nominal(length)],
        "components": incident.components,
        "tags": incident.tags,
        "summary": wording.withdrawn(incident.withdrawn.date)
        if incident.withdrawn
        else markdown.plain(incident.summary or ""),
    }
    return {name: value for name, value in entry.items() if value}
