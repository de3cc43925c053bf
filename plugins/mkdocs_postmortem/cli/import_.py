"""`postmortem import`: an existing postmortem as an incident file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import config_option, shown_path, site_for
from mkdocs_postmortem.diagnostics import Severity, printable
from mkdocs_postmortem.importing.document import UnimportableError
from mkdocs_postmortem.importing.draft import Draft
from mkdocs_postmortem.importing.markdown_document import import_markdown
from mkdocs_postmortem.importing.statuspage_document import (
    MAX_STATUSPAGE,
    import_statuspage,
    is_statuspage,
)
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--id", "incident_id", help="Which incident of a Statuspage document.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="The file to write."
)
@click.option(
    "--to", type=click.Path(path_type=Path, file_okay=False), help="The folder to write into."
)
@config_option
def command(
    file: str,
    incident_id: str | None,
    output: Path | None,
    to: Path | None,
    config_file: Path | None,
) -> None:
    """Make an incident file of FILE, or of standard input where it is -.

    FILE is a postmortem in Markdown or an `incidents.json` of Statuspage. The incident goes to
    standard output unless --output or --to says otherwise; no file is ever overwritten. What its
    author has to look at goes to standard error. Exits with 1 where the result has errors.
    """
    if output and to:
        raise click.UsageError("--output names a file, --to a folder; give one")
    name = "stdin" if file == "-" else Path(file).name
    with click.open_file(file, "rb") as stream:
        data = stream.read(MAX_STATUSPAGE + 1)
    site = site_for(config_file, Path.cwd() if file == "-" else Path(file))
    shown = "-" if file == "-" else shown_path(Path(file))
    try:
        if is_statuspage(name, data):
            drafts = import_statuspage(data, incident_id, site.options)
        elif incident_id is not None:
            raise click.UsageError("--id is for Statuspage documents")
        else:
            drafts = [import_markdown(name, data, site.options)]
    except UnimportableError as problem:
        raise click.ClickException(printable(f"{shown}: {problem}")) from None
    if len(drafts) > 1 and to is None:
        listed = "\n".join(f"  {draft.reference or ''}  {draft.title}" for draft in drafts[:50])
        raise click.UsageError(
            f"{shown} holds {len(drafts)} incidents; say which with --id, or where to with --to:\n"
            + _printable_lines(listed)
        )
    failed = [
        _write(draft, shown, output or (to / name if to else None), site.options)
        for name, draft in _named(drafts)
    ]
    if any(failed):
        raise click.exceptions.Exit(1)


def _printable_lines(text: str) -> str:
    """`text` safe for a terminal, line by line."""
    return "\n".join(map(printable, text.split("\n")))


def _named(drafts: list[Draft]) -> Iterator[tuple[str, Draft]]:
    """Each draft with the name of its file; the second of a day with the same title gets a 2."""
    numbers: Counter[str] = Counter()
    taken: set[str] = set()
    for draft in drafts:
        stem = draft.name.removesuffix(".md")
        numbers[stem] += 1
        name = f"{stem}-{numbers[stem]}.md" if numbers[stem] > 1 else f"{stem}.md"
        while name in taken:
            # Another title ends in this number.
            numbers[stem] += 1
            name = f"{stem}-{numbers[stem]}.md"
        taken.add(name)
        yield name, draft


def _write(draft: Draft, shown: str, target: Path | None, options: Options) -> bool:
    """Write one incident and say what its author has to look at; whether it failed."""
    # JSON can hold half of a pair of surrogates, which no file can.
    text = draft.text().encode("utf-8", "replace").decode()
    if target is None:
        click.echo(text, nl=False)
    else:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except FileExistsError:
            click.echo(f"Error: {shown_path(target)} is there already", err=True)
            return True
        except OSError as error:
            raise click.ClickException(f"{shown_path(target)}: {error.strerror}") from None
        click.echo(f"written: {shown_path(target)}", err=True)
    for line, message in sorted(draft.notes, key=lambda note: note[0] or 0):
        place = f"{shown}:{line}" if line else shown
        click.echo(printable(f"{place}: look: {message}"), err=True)
    if draft.day is None:
        # Without a day every other check would speak of today.
        return True
    result = shown_path(target) if target else draft.name
    path = target.name if target else draft.name
    reading = read_incident_text(path, text.encode(), options)
    for diagnostic in reading.diagnostics:
        if diagnostic.severity is Severity.ERROR:
            where = f"{result}:{diagnostic.place.line}"
            said = f"{where}: {diagnostic.severity} {diagnostic.code} {diagnostic.message}"
            click.echo(
                printable(f"{said}; {diagnostic.help}" if diagnostic.help else said), err=True
            )
    return reading.has_errors
