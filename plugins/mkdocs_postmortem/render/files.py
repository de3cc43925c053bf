"""The files of a site that are no pages: tables, calendar, API and badges, by their path."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Any

from mkdocs_postmortem import computed, register, wording
from mkdocs_postmortem.incident import Incident
from mkdocs_postmortem.measure import history
from mkdocs_postmortem.measure.response_times import milestone_row
from mkdocs_postmortem.moment import UNKNOWN, UNTIMED
from mkdocs_postmortem.publication import Publication
from mkdocs_postmortem.render import markdown
from mkdocs_postmortem.render.archive_index import archive_index
from mkdocs_postmortem.render.environment import environment
from mkdocs_postmortem.render.feeds import entry_id, updated_at
from mkdocs_postmortem.render.statistics import response_times_csv
from mkdocs_postmortem.render.statuspage import statuspage
from mkdocs_postmortem.render.tables import Cell, csv_text
from mkdocs_postmortem.schema import FILE_NAME, front_matter_schema
from mkdocs_postmortem.timeline import slug


def data_files(publication: Publication) -> Iterator[tuple[str, bytes]]:
    """Every such file with its path from the site's root.

    Depends on the publication's incidents but their bodies, and on no page's content.
    """
    incidents = (_incident(publication, incident) for incident in publication.incidents)
    yield "incidents.json", _json("incidents", incidents)
    yield "incidents.csv", _incidents_csv(publication).encode()
    yield "response-times.csv", response_times_csv(publication).encode()
    promises = [register.as_json(promise) for promise in register.promises(publication)]
    yield "action-items.json", _json("action_items", promises, as_of=publication.today.isoformat())
    yield "action-items.csv", _table(promises).encode()
    yield "action-items.ics", register.calendar(publication)
    yield FILE_NAME, _schema(publication)
    yield from archive_index(publication).items()
    yield from _badges(publication).items()
    yield from statuspage(publication).items()


def _json(name: str, entries: Iterable[Mapping[str, Any]], **more: str) -> bytes:
    """`entries` as the list `name`, each on a line of its own: whole documents get large."""
    begin = json.dumps({**more, name: []}, ensure_ascii=False).removesuffix("]}")
    # Piece by piece, so that it is never there twice.
    written = BytesIO()
    written.write(begin.encode())
    before = "\n"
    for entry in entries:
        written.write(f"{before}{json.dumps(entry, ensure_ascii=False)}".encode())
        before = ",\n"
    written.write(b"\n]}\n")
    return written.getvalue()


def _schema(publication: Publication) -> bytes:
    schema = front_matter_schema(publication.options, publication.site_url)
    return (json.dumps(schema, indent=1, ensure_ascii=False) + "\n").encode()


def _incident(publication: Publication, incident: Incident) -> dict[str, Any]:
    path = publication.path_of(incident.id)
    has_ids = publication.options.feed_id_base
    return {
        **computed.as_json(incident),
        "updated": computed.instant(updated_at(incident, publication)),
        "path": path,
        "url": publication.site_url + path,
        # So that the next build can be held against this one.
        "feed_id": entry_id(publication, incident.id) if has_ids else None,
    }


def _table(rows: Sequence[Mapping[str, Cell]]) -> str:
    if not rows:
        return csv_text([])
    names = list(rows[0])
    return csv_text([names, *([row[name] for name in names] for row in rows)])


_COLUMNS: list[Cell] = list(
    "id title date severity components tags status started resolved impact_seconds url"
    " started_earliest started_latest resolved_earliest resolved_latest"
    " impact_earliest_seconds impact_latest_seconds".split()
)


def _incidents_csv(publication: Publication) -> str:
    rows: list[list[Cell]] = [_COLUMNS]
    for incident in publication.incidents:
        impact = incident.response_time("impact_duration")
        length = impact.span if impact else UNKNOWN
        starts = incident.starts or UNTIMED
        last = milestone_row(incident.rows, "resolved", incident.episodes)
        resolved = last.moment if last else UNTIMED
        rows.append(
            [
                incident.id,
                incident.title,
                incident.date.isoformat(),
                incident.severity,
                ", ".join(incident.components),
                ", ".join(incident.tags),
                "open" if incident.ongoing else "closed",
                computed.instant(starts.nominal),
                computed.instant(resolved.nominal),
                computed.seconds(length.nominal),
                publication.site_url + publication.path_of(incident.id),
                *(
                    computed.instant(bound)
                    for moment in (starts, resolved)
                    for bound in (moment.earliest, moment.latest)
                ),
                computed.seconds(length.lower),
                computed.seconds(length.upper),
            ]
        )
    return csv_text(rows)


def _badges(publication: Publication) -> dict[str, bytes]:
    """A badge for the site and for each component, to put elsewhere."""
    badges = {"badges/site.svg": (publication.site_name, history.state(publication))}
    for name in publication.components:
        badges[f"badges/{slug(name)}.svg"] = (name, history.state(publication, name))
    template = environment(()).get_template("postmortem/badge.html")
    return {
        path: template.render(
            name=markdown.plain(name) or name, level=level, state=wording.component_state(level)
        ).encode()
        for path, (name, level) in badges.items()
    }
