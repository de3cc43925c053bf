"""`postmortem show`: the computed incident."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem import computed, wording
from mkdocs_postmortem.archive import misnamed
from mkdocs_postmortem.cli.site import (
    config_option,
    one_of_formats,
    shown_path,
    site_for,
    standard_input,
    stdin_option,
)
from mkdocs_postmortem.diagnostics import (
    Diagnostic,
    Severity,
    in_full,
    printable,
    printable_json,
)
from mkdocs_postmortem.files_on_disk import is_incident_name
from mkdocs_postmortem.incident import Incident, Outcome, ResponseTime, Row
from mkdocs_postmortem.incident_file import read_incident, read_incident_text
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading

# A text that is broken more often than that is hard to read.
_NARROWEST = 40


@click.command(name="show")
@click.argument(
    "file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)
)
@stdin_option
@one_of_formats("text", "json")
@config_option
def command(file: Path, stdin_filename: Path | None, output: str, config_file: Path | None) -> None:
    """Show what is computed from FILE: every time with its bounds, response times, impact.

    With - it reads standard input, whose path --stdin-filename says. Errors and warnings go to
    standard error first, each with its fix. Exits with 1 where there is an error: what is printed
    all the same may be wrong.
    """
    data = standard_input([file], stdin_filename)
    path = stdin_filename or file
    site = site_for(config_file, path)
    if data is None:
        reading = read_incident(path.parent, path.name, site.options)
    else:
        reading = read_incident_text(path.name, data, site.options)
    found = {*reading.diagnostics, *_of_the_name(reading)}
    for diagnostic in sorted(found, key=lambda one: one.sort_key):
        if diagnostic.severity is not Severity.NOTE:
            click.echo(in_full(replace(diagnostic, path=shown_path(path)), []), err=True)
    if reading.incident is None:
        raise click.exceptions.Exit(1)
    if output == "json":
        click.echo(printable_json(computed.as_json(reading.incident)))
    else:
        click.echo("\n".join(_lines(reading.incident, site.options)))
    if any(diagnostic.severity is Severity.ERROR for diagnostic in found):
        raise click.exceptions.Exit(1)


def _of_the_name(reading: Reading) -> list[Diagnostic]:
    """What is wrong with a file that is no incident by its name, so that its day is made up."""
    if is_incident_name(reading.path):
        return []
    other = misnamed(reading.path, reading.source.text.encode(), reading.options)
    return other.diagnostics if other is not None else []


def _lines(incident: Incident, options: Options) -> list[str]:
    facts = [incident.severity or "no severity", "open" if incident.ongoing else "closed"]
    facts += [incident.visibility, ", ".join(incident.components)]
    lines = [
        printable(f"{incident.id}: {incident.title}"),
        printable(" · ".join(fact for fact in facts if fact)),
        "",
        wording.timeline_bounds(incident.zone, options.zone),
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
    if row.until is not None:
        text = f"until {wording.stamp(row.until, zone)}: {text}"
    return [row.written or "-", bounds, ", ".join(row.milestones), text]


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
    before = 2 + sum(width + 2 for width in widths[:-1])
    lines = []
    for *row, last in cleaned:
        begin = "  ".join(
            ["", *(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), ""]
        )
        first, *more = _wrapped(last, before) or [""]
        lines.append(f"{begin}{first}".rstrip())
        lines += [" " * before + printable(line) for line in more]
    return lines


def _wrapped(text: str, before: int) -> list[str]:
    """`text` in lines that fit beside `before` columns of a terminal; elsewhere it is one line."""
    if not sys.stdout.isatty():
        return [text]
    width = max(_NARROWEST, shutil.get_terminal_size().columns - before)
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
