"""`postmortem schema`: the JSON Schema of the front matter."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import config_option, site_for
from mkdocs_postmortem.schema import front_matter_schema


@click.command(name="schema")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write it to. Default: standard output.",
)
@config_option
def command(output: Path | None, config_file: Path | None) -> None:
    """Print the JSON Schema of the front matter, with this site's severities and milestones.

    The built site has it at /postmortem.schema.json.
    """
    site = site_for(config_file, Path.cwd())
    schema = front_matter_schema(site.options)
    text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from None
