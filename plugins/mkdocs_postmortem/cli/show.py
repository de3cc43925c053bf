"""`postmortem show`: the computed incident."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem import computed, wording
from mkdocs_postmortem.cli.site import config_option, one_of_formats, shown_path, site_for
from mkdocs_postmortem.diagnostics import printable, printable_json
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime, Row
from mkdocs_postmortem.incident_file import read_incident
from mkdocs_postmortem.options import Options


@click.command(name="show")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@one_of_formats("text", "json")
@config_option
def command(file: Path, output: str, config_file: Path | None) -> None:
    """Show what is computed from FILE: every time with its bounds, response times, impact.

    Problems go to standard error. Exits with 1 where an error keeps the numbers from being right.
    """
    site = site_for(config_file, file)
    reading = read_incident(file.parent, file.name, site.options)
    for diagnostic in reading.diagnostics:
        if diagnostic.severity != "note":
            click.echo(replace(diagnostic, path=shown_path(file)).headline, err=True)
    if reading.incident is None:
        raise click.exceptions.Exit(1)
    if output == "json":
        click.echo(printable_json(computed.as_json(reading.incident)))
    else:
        click.echo("\n".join(_lines(reading.incident, site.options)))
    if reading.has_errors:
        raise click.exceptions.Exit(1)


def _lines(incident: Incident, options: Options) -> list[str]:
    facts = [incident.severity or "no severity", "open" if incident.ongoing else "closed"]
    facts += [incident.visibility, ", ".join(incident.components)]
    lines = [
        printable(f"{incident.id}: {incident.title}"),
        printable(" · ".join(fact for fact in facts if fact)),
        "",
        f"Timeline ({wording.zone_name(options.zone)})",
    ]
    rows = [_row(row, options) for row in incident.rows]
    lines += _table(rows)
    several = incident.episodes > 1
    lines += ["", "Response times"]
    lines += _table([_time(time, several=several) for time in incident.response_times])
    if incident.windows:
        lines += ["", "Impact"]
        lines += _table(
            [
                [
                    window.component or "everything",
                    wording.level(window.level),
                    wording.window(window, options.zone),
                ]
                for window in incident.windows
            ]
        )
    if incident.action_items:
        lines += ["", "Action items"]
        lines += _table(
            [
                [
                    wording.term(item.status.value),
                    item.owner or "nobody",
                    str(item.due or item.due_words or "no day"),
                    item.title,
                ]
                for item in incident.action_items
            ]
        )
    return lines


def _row(row: Row, options: Options) -> list[str]:
    earliest, latest = row.moment.earliest, row.moment.latest

    def show(instant: object) -> str:
        return f"{instant:%Y-%m-%d %H:%M:%S}" if instant else "open"

    zone = options.zone
    bounds = (
        f"[{show(earliest and earliest.astimezone(zone))},"
        f" {show(latest and latest.astimezone(zone))})"
    )
    text = " ".join(row.text.split())
    return [row.written or "-", bounds, ", ".join(row.milestones), text[:60]]


def _time(time: ResponseTime, *, several: bool) -> list[str]:
    name = time.name
    if several and time.episode:
        name += f" ({time.episode})"
    text = wording.response_time(time)
    if time.outcome is Outcome.RECORDED:
        text = wording.span(time.span, always=True)
    target = ""
    if time.target is not None:
        target = f"target {wording.length(time.target)}"
        if time.verdict:
            target += f": {time.verdict}"
    return [name, text, wording.anchors(time), target]


def _table(rows: list[list[str]]) -> list[str]:
    cleaned = [[printable(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cleaned) for column in range(len(cleaned[0]))]
    return [
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cleaned
    ]
