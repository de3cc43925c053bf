"""`postmortem verify`: whether a built site keeps what has been published."""

from __future__ import annotations

from pathlib import Path

import click

from mkdocs_postmortem.diagnostics import printable
from mkdocs_postmortem.published_addresses import PublishedError, lost, published_incidents


@click.command(name="verify")
@click.argument("site", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--published",
    metavar="FILE|URL",
    required=True,
    help="The incidents.json of the site as it is published.",
)
@click.option("--first", is_flag=True, help="Nothing may be published there yet.")
@click.option(
    "--forget", metavar="ID", multiple=True, help="An incident whose address may go; repeatable."
)
def command(site: Path, published: str, first: bool, forget: tuple[str, ...]) -> None:
    """Say which addresses and feed ids that are published the built SITE would lose.

    Exits with 0 where all are kept, with 1 where one is gone or belongs to another incident, or
    where what is published cannot be read, and with 2 where it is called wrongly.
    """
    try:
        incidents = published_incidents(published)
    except PublishedError as error:
        if first and error.missing:
            click.echo(f"nothing is published yet ({printable(str(error))})")
            return
        raise click.ClickException(printable(str(error))) from None
    try:
        found = lost(incidents, site, forget)
    except PublishedError as error:
        raise click.ClickException(printable(str(error))) from None
    for loss in found:
        click.echo(printable(f"{loss.id}: {loss.message}"))
    if found:
        click.echo(
            "Keep the incident's file name; give earlier addresses as `aliases`; leave a notice "
            "with `withdrawn`."
        )
        raise click.exceptions.Exit(1)
    count = len(incidents)
    click.echo(f"{count} published incident{'s' * (count != 1)}, every address and feed id kept")
