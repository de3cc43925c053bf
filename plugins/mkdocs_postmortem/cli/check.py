"""`postmortem check`: every diagnostic of incident files."""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem.archive import (
    check_beside,
    check_together,
    incident_paths,
    read_content,
    read_file,
)
from mkdocs_postmortem.cli.site import (
    config_option,
    one_of_formats,
    shown_path,
    site_for,
    start_folder,
)
from mkdocs_postmortem.diagnostics import (
    Diagnostic,
    Severity,
    in_full,
    printable,
    printable_json,
)
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.reading.reader import Reading
from mkdocs_postmortem.reading.source import MAX_BYTES
from mkdocs_postmortem.render.annotations import Annotations
from mkdocs_postmortem.render.sarif import as_sarif
from mkdocs_postmortem.rules.all import RULES
from mkdocs_postmortem.site import strays

_STDIN = Path("-")


@click.command(name="check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Check standard input as the file at PATH, which need not be there. For editors.",
)
@one_of_formats("text", "json", "github", "sarif")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@config_option
def command(
    paths: tuple[Path, ...],
    stdin_filename: Path | None,
    output: str,
    strict: bool,
    config_file: Path | None,
) -> None:
    """Say everything that is wrong with the incidents at PATHS, files or folders.

    Without PATHS it looks at all incidents of the site. Exits with 0 where there is nothing, with
    1 where there is an error (or, with --strict, a warning), and with 2 where it is called wrongly.
    With - it reads one incident from standard input, whose path --stdin-filename says.

    The format github is for a step of GitHub Actions: annotations, and the summary of the run;
    sarif is for code scanning.
    """
    from_stdin = stdin_filename is not None or _STDIN in paths
    if from_stdin and (stdin_filename is None or set(paths) - {_STDIN}):
        raise click.UsageError("standard input is one file: - and --stdin-filename PATH, alone")
    site = site_for(config_file, stdin_filename or start_folder(paths))
    if not paths and not from_stdin and not site.incidents.is_dir():
        raise click.UsageError(f"there is no folder {shown_path(site.incidents)}; name a path")
    if stdin_filename is not None:
        data = sys.stdin.buffer.read(MAX_BYTES + 1)
        readings = _named(read_content(stdin_filename.name, data, site.options), stdin_filename)
    else:
        looked_at = paths or (site.incidents,)
        readings = [reading for path in looked_at for reading in _read(path, site.options)]
    if from_stdin or (paths and all(path.is_file() for path in paths)):
        everything = _beside_others(readings, site.incidents)
    else:
        everything = check_together(readings)
        if not paths and site.docs_dir is not None:
            everything += [
                replace(found, path=shown_path(site.incidents / found.path))
                for found in strays(site.docs_dir, site.incidents, site.options)
            ]
    diagnostics = sorted(
        [*(d for reading in readings for d in reading.diagnostics), *everything],
        key=lambda diagnostic: diagnostic.sort_key,
    )
    if output == "json":
        click.echo(printable_json(_as_json(diagnostics, len(readings))))
    elif output == "github":
        _annotate(diagnostics, readings)
    elif output == "sarif":
        _print_sarif(diagnostics, readings)
    else:
        _print(diagnostics, readings)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(diagnostic.severity in bad for diagnostic in diagnostics):
        raise click.exceptions.Exit(1)


def _beside_others(readings: list[Reading], folder: Path) -> list[Diagnostic]:
    """What the names of the site's other incidents show of single files of it."""
    root = folder.resolve()
    others = incident_paths(root) if root.is_dir() else []
    found = []
    for reading in readings:
        path = Path(reading.path).resolve()
        if path.is_relative_to(root):
            found += check_beside(reading, path.relative_to(root).as_posix(), others)
    return found


def _read(path: Path, options: Options) -> list[Reading]:
    """The incidents at `path`, a file or a folder, named as a user would type them here."""
    folder, names = (path, incident_paths(path)) if path.is_dir() else (path.parent, [path.name])
    readings = []
    for name in names:
        reading = read_file(folder, name, options)
        if reading is not None or path.is_file():
            readings += _named(reading, folder / name)
    return readings


def _named(reading: Reading | None, path: Path) -> list[Reading]:
    """The reading with its path as a user would type it; none, with a note, of another page."""
    shown = shown_path(path)
    if reading is None:
        note = f"{shown} is no incident: these are called YYYY-MM-DD-slug.md"
        click.echo(printable(note), err=True)
        return []
    reading.diagnostics = [replace(found, path=shown) for found in reading.diagnostics]
    reading.path = shown
    return [reading]


def _counts(diagnostics: list[Diagnostic]) -> dict[str, int]:
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    return {f"{severity}s": counts[severity] for severity in Severity}


def _as_json(diagnostics: list[Diagnostic], files: int) -> dict[str, object]:
    return {
        "diagnostics": [diagnostic.as_json() for diagnostic in diagnostics],
        "summary": {"files": files, **_counts(diagnostics)},
    }


def _from_root(
    diagnostics: list[Diagnostic], readings: list[Reading]
) -> tuple[list[Diagnostic], dict[str, list[str]]]:
    """`diagnostics` and the lines of files by their paths from the root of the checkout.

    That is the folder GITHUB_WORKSPACE, where it is set and holds the current one; else this one.
    """
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    if not Path.cwd().resolve().is_relative_to(root):
        root = Path.cwd()

    def rooted(path: str) -> str:
        return Path(os.path.relpath(path, root)).as_posix()

    moved = [replace(found, path=rooted(found.path)) for found in diagnostics]
    return moved, {rooted(reading.path): reading.source.lines for reading in readings}


def _annotate(diagnostics: list[Diagnostic], readings: list[Reading]) -> None:
    moved, lines = _from_root(diagnostics, readings)
    annotations = Annotations.of(moved)
    summary = _summary(diagnostics, len(readings))
    _write(annotations.log(lines, secrets.token_hex(16), summary) + "\n")
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        try:
            with Path(file).open("ab") as stream:
                stream.write(annotations.step_summary(summary).encode("utf-8", "backslashreplace"))
        except OSError as error:
            click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)


def _print_sarif(diagnostics: list[Diagnostic], readings: list[Reading]) -> None:
    moved, lines = _from_root(diagnostics, readings)
    sarif = as_sarif(moved, lines, RULES)
    _write(json.dumps(sarif, indent=2, ensure_ascii=False) + "\n")


def _write(text: str) -> None:
    # File names may have bytes that are no UTF-8; this is also how JSON writes them.
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)


def _print(diagnostics: list[Diagnostic], readings: list[Reading]) -> None:
    lines = {reading.path: reading.source.lines for reading in readings}
    colours = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
    for diagnostic in diagnostics:
        where, _, rest = diagnostic.headline.partition(f" {diagnostic.severity} ")
        level = click.style(str(diagnostic.severity), fg=colours[diagnostic.severity], bold=True)
        headline = f"{click.style(where, bold=True)} {level} {rest}"
        click.echo(in_full(diagnostic, lines.get(diagnostic.path, []), headline))
        click.echo()
    click.echo(_summary(diagnostics, len(readings)))


def _summary(diagnostics: list[Diagnostic], count: int) -> str:
    counts = _counts(diagnostics)
    files = f"{count} incident{'s' * (count != 1)}"
    if not any(counts.values()):
        return f"{files} checked, nothing to say"
    parts = [f"{n} {name[:-1] if n == 1 else name}" for name, n in counts.items() if n]
    return f"{files} checked: {', '.join(parts)}"
