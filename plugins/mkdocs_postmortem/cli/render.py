"""`postmortem render`: Markdown, feeds and JSON for engines that run no plugin."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem import wording
from mkdocs_postmortem.cli.site import config_option, explained, print_in_full, shown_path
from mkdocs_postmortem.diagnostics import Severity, printable
from mkdocs_postmortem.options import OptionError, effective_audience, is_preview
from mkdocs_postmortem.rendered_folder import FolderError, write_folder, written_before
from mkdocs_postmortem.rendering import ASSETS, Rendering
from mkdocs_postmortem.site import not_published
from mkdocs_postmortem.site_config import SiteConfig, load_site


@click.command(name="render")
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder to write: a new one, an empty one, or one that this command has written.",
)
@config_option
def command(folder: Path, config_file: Path | None) -> None:
    """Write the site as Markdown, feeds and JSON for engines that run no plugin.

    DIR becomes a folder of sources for Zensical, MkDocs without this plugin, Hugo or Jekyll, with
    what `mkdocs build` would publish: pages of incidents and their images, the overview pages that
    the site does not have itself, feeds, API and tables. Add assets/postmortem/postmortem.css and
    .js to the engine's configuration, and let it take HTML in Markdown. The site's own pages are
    not copied. What was written before and is no longer made is removed; nothing else in DIR is
    touched.

    Exits with 1, and writes nothing, where an incident has an error or where somebody else's file
    is in the way, and with 2 where it is called wrongly.
    """
    # The engine of the site may be one that runs no plugin: nobody is warned that it lists none.
    sources = explained(lambda: load_site(config_file, Path.cwd()))
    if not sources.incidents.is_dir():
        raise click.UsageError(
            f"there is no folder of incidents at {shown_path(sources.incidents)}"
        )
    if why := _why_not(folder, sources):
        raise click.UsageError(f"cannot write to {shown_path(folder)}: {why}")
    try:
        audience = effective_audience(sources.options, serving=False)
        preview = is_preview(sources.options)
    except OptionError as error:
        raise click.UsageError(f"{error.message}: {error.help}") from None
    rendering = Rendering(sources, audience, preview=preview)
    _report(rendering, sources.incidents)
    try:
        files = dict(rendering.files())
        write_folder(folder, files)
    except (FolderError, OSError) as error:
        why = printable(str(error))
        raise click.ClickException(f"cannot write to {shown_path(folder)}: {why}") from None
    for line in _said(rendering):
        click.echo(printable(line))
    count = len(rendering.site.incidents)
    click.echo(
        f"{count} incident{'s' * (count != 1)}, {len(files)} files in {shown_path(folder)}; add "
        f"{' and '.join(ASSETS)} to the engine's configuration"
    )


def _why_not(folder: Path, sources: SiteConfig) -> str | None:
    """Why `folder` may not be written at all."""
    target = folder.resolve()
    for source in (sources.incidents, sources.docs_dir):
        if source is not None and target.is_relative_to(source.resolve()):
            return f"it lies in {shown_path(source)}, which is what it is made of"
        if source is not None and source.resolve().is_relative_to(target):
            return f"{shown_path(source)}, which it is made of, lies in it"
    if sources.path is not None and sources.path.resolve().is_relative_to(target):
        return f"{shown_path(sources.path)} lies in it"
    try:
        written_before(folder)
    except FolderError as error:
        return str(error)
    return None


def _report(rendering: Rendering, incidents: Path) -> None:
    """Print what a build would say; with an error everything, and exit with 1."""
    site = rendering.site
    notes = [found for found in site.diagnostics if found.severity is Severity.NOTE]
    said = [found for found in site.diagnostics if site.errors or found not in notes]
    shown, lines = [], {}
    for found in said:
        path = os.path.normpath(os.path.join(shown_path(incidents), found.path))
        shown.append(replace(found, path=path))
        if found.path in site.readings:
            lines[path] = site.readings[found.path].source.lines
    print_in_full(shown, lines, err=True)
    if site.errors:
        count = wording.problem_count(site.errors)
        raise click.ClickException(f"{count} in the incidents; nothing was written")
    if notes:
        click.echo(f"{wording.problem_count(notes)}, which `postmortem check` shows", err=True)


def _said(rendering: Rendering) -> list[str]:
    """What of the site is not in the folder, and why."""
    said = []
    if hidden := not_published(rendering.site):
        said.append(hidden)
    if rendering.left_out:
        said.append(f"not made, the site has its own: {', '.join(rendering.left_out)}")
    if rendering.no_redirects:
        said.append(f"no redirects, something else is there: {', '.join(rendering.no_redirects)}")
    publication = rendering.publication
    if not publication.has_feeds:
        lacking = "option feed_id_base" if publication.site_url else "site_url"
        said.append(f"no feeds are made without {lacking}")
    if publication.preview:
        said.append("a preview: let the engine keep search engines away from its pages")
    return said
