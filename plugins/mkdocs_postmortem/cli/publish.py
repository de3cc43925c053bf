"""`postmortem publish`: a build in the place of the old one, whole or not at all."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import config_option, site_for
from mkdocs_postmortem.diagnostics import printable
from mkdocs_postmortem.files_on_disk import find_config
from mkdocs_postmortem.options import effective_audience
from mkdocs_postmortem.published_addresses import PublishedError, lost, published_incidents
from mkdocs_postmortem.publishing import PublishingError, publish
from mkdocs_postmortem.safety.verify import verify
from mkdocs_postmortem.site_config import SiteConfig


@click.command(name="publish")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Publish nothing where the build has a warning.")
@click.option(
    "--forget", metavar="ID", multiple=True, help="An incident whose address may go; repeatable."
)
@click.option(
    "--engine",
    type=click.Choice(["mkdocs", "properdocs"]),
    default="mkdocs",
    show_default=True,
    help="What builds the site.",
)
@config_option
def command(
    folder: Path, strict: bool, forget: tuple[str, ...], engine: str, config_file: Path | None
) -> None:
    """Build the site into a folder beside DIR, verify it, and put it in the place of the old one.

    DIR is, or becomes, a symbolic link, which one rename replaces: what is served is always the
    old site or the new one, whole. Exits with 1, and changes nothing, where the build fails, where
    it holds something that is not public, where it would lose an address that DIR has now, or
    where another publication is under way.
    """
    config = config_file or find_config(Path.cwd())
    if config is None:
        raise click.UsageError("there is no mkdocs.yml here or above; name one with --config-file")
    config = config.absolute()
    sources = site_for(config, config.parent)

    def build(into: Path, served: Path | None) -> None:
        _build(engine, config, into, strict=strict)
        _verify(sources, into, served, forget)

    try:
        version = publish(folder, build)
    except (PublishingError, PublishedError, OSError) as error:
        raise click.ClickException(printable(str(error))) from None
    click.echo(f"published {printable(os.fspath(folder))} ({version.name})")


def _build(engine: str, config: Path, into: Path, *, strict: bool) -> None:
    """Run the engine in this process, so that nothing is left that builds when it is killed."""
    try:
        main: click.Command = import_module(f"{engine}.__main__").cli
    except ImportError:
        raise PublishingError(f"{engine} is not installed") from None
    arguments = ["build", "--config-file", str(config), "--site-dir", str(into)]
    try:
        main.main([*arguments, *(["--strict"] if strict else [])], engine, standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise PublishingError("the build failed; nothing was changed") from None


def _verify(sources: SiteConfig, site: Path, served: Path | None, forget: tuple[str, ...]) -> None:
    """Raise where the build is not whole, holds what is not public, or loses what is published."""
    for name in ("index.html", "incidents.json"):
        if not (site / name).is_file():
            raise PublishingError(f"the build has no {name}")
    report = verify(site, sources, effective_audience(sources.options, serving=False))
    for leak in report.leaks:
        where = printable(f"{leak.path}:{leak.line}:{leak.column}")
        click.echo(f"{where}: {printable(leak.message)}: “{printable(leak.shown)}”", err=True)
    if report.leaks:
        raise PublishingError("the build holds what is not public; nothing was changed")
    known = served / "incidents.json" if served else None
    if known is None or not known.is_file():
        return
    found = lost(published_incidents(str(known)), site, forget)
    for loss in found:
        click.echo(printable(f"{loss.id}: {loss.message}"), err=True)
    if found:
        raise PublishingError("the build would lose what is published; nothing was changed")
