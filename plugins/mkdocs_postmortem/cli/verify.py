"""`postmortem verify`: the proof that a built site holds nothing that is not public."""

from __future__ import annotations

import gc
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

import click

from mkdocs_postmortem.cli.site import config_option, one_of_formats, shown_path, site_for
from mkdocs_postmortem.diagnostics import printable, printable_json
from mkdocs_postmortem.options import Audience, OptionError, effective_audience
from mkdocs_postmortem.published_addresses import Lost, PublishedError, lost, published_incidents
from mkdocs_postmortem.safety.deep import NotInstalledError, deep_scanner
from mkdocs_postmortem.safety.verify import NON_PUBLIC, Leak, Report, verify


@click.command(name="verify")
@click.argument("site", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--audience",
    type=click.Choice([str(audience) for audience in Audience]),
    help="Who the site was built for. Default: the option `audience`, else public.",
)
@click.option("--deep", is_flag=True, help="Ask the library detect-secrets too.")
@click.option(
    "--published",
    metavar="FILE|URL",
    help="The incidents.json of the site as it is published: no address of it may be lost.",
)
@click.option("--first", is_flag=True, help="Nothing may be published there yet.")
@click.option(
    "--forget", metavar="ID", multiple=True, help="An incident whose address may go; repeatable."
)
@one_of_formats("text", "json")
@config_option
def command(
    site: Path,
    audience: str | None,
    deep: bool,
    published: str | None,
    first: bool,
    forget: tuple[str, ...],
    output: str,
    config_file: Path | None,
) -> None:
    """Read every file of the built SITE and look for what must not be there.

    What stands in non-public parts of the sources and in no public one, and whatever the rules
    PM7xx object to; what is found is never printed in full. With --published also which addresses
    and feed ids that are published the SITE would lose. Exits with 0 where nothing is found, with
    1 where something is, or what is published cannot be read, and with 2 where it is called
    wrongly.
    """
    for option, is_given in (("--first", first), ("--forget", bool(forget))):
        if is_given and published is None:
            raise click.UsageError(
                f"{option} is for --published: without it no address is compared"
            )
    if published == "":
        raise click.UsageError("--published is empty: name a file or an address")
    config = site_for(config_file, Path.cwd())
    if not config.incidents.is_dir():
        raise click.UsageError(f"there is no folder of incidents at {shown_path(config.incidents)}")
    try:
        wanted = (
            Audience(audience) if audience else effective_audience(config.options, serving=False)
        )
        scanner = deep_scanner() if deep else None
    except OptionError as error:
        raise click.UsageError(f"{error.message}: {error.help}") from None
    except NotInstalledError as error:
        raise click.UsageError(str(error)) from None
    # A proof makes many tuples and no circles of them; looking for some takes a tenth of the time.
    gc.disable()
    try:
        report = verify(site, config, wanted, scanner)
    except OSError as error:
        raise click.ClickException(
            printable(f"cannot read {error.filename}: {error.strerror}")
        ) from None
    finally:
        gc.enable()
    if not report.files:
        raise click.UsageError(f"{shown_path(site)} holds no files")
    kept = _kept(site, published, first, forget) if published is not None else None
    if output == "json":
        lost_json = {} if kept is None else {"lost": [asdict(loss) for loss in kept.losses]}
        click.echo(printable_json({**report.as_json(), **lost_json}))
    else:
        _print(report)
        if kept is not None:
            click.echo("\n".join(kept.lines))
    if report.leaks or (kept is not None and kept.losses):
        raise click.exceptions.Exit(1)


class _Kept(NamedTuple):
    """What of the published site a build would lose, and what is said of it."""

    losses: list[Lost]
    lines: list[str]


def _kept(site: Path, published: str, first: bool, forget: tuple[str, ...]) -> _Kept:
    try:
        incidents = published_incidents(published)
        losses = lost(incidents, site, forget)
    except PublishedError as error:
        if first and error.missing:
            return _Kept([], [f"nothing is published yet ({printable(str(error))})"])
        help = "; --first says that nothing is published yet" if error.missing else ""
        raise click.ClickException(printable(f"{error}{help}")) from None
    known = {str(incident["id"]) for incident in incidents}
    said = [
        printable(f"--forget {id}: no published incident has this id")
        for id in forget
        if id not in known
    ]
    if not losses:
        count = _count(len(incidents), "published incident")
        return _Kept([], [*said, f"{count}, every address and feed id kept"])
    help = (
        "Keep the incident's file name; give earlier addresses as `aliases`; leave a notice with "
        "`withdrawn`."
    )
    said += (printable(f"{loss.id}: {loss.message}") for loss in losses)
    return _Kept(losses, [*said, help])


def _print(report: Report) -> None:
    for leak in report.leaks:
        click.echo(_line(report, leak))
    if report.leaks:
        click.echo()
    click.echo(
        f"{_count(report.files, 'file')} read, {report.bytes:,} bytes; {report.theme_files:,} of "
        f"them are the theme's own, byte for byte"
    )
    click.echo(
        f"searched for {report.runs:,} runs of words, {report.tokens:,} tokens and "
        f"{_count(report.hashes, 'file')} from the non-public parts of "
        f"{_count(report.sources, 'source')}"
    )
    click.echo(f"asked the rules {', '.join(report.rules) or '(none)'}")
    if report.unreadable:
        names = ", ".join(map(printable, report.unreadable[:5]))
        more = f" and {len(report.unreadable) - 5} more" if len(report.unreadable) > 5 else ""
        click.echo(f"not looked into, because of what they are: {names}{more}")
    found = _count(len(report.leaks), "finding")
    click.echo(f"{found if report.leaks else 'nothing found'}: audience {report.audience}")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _line(report: Report, leak: Leak) -> str:
    where = click.style(
        printable(f"{Path(report.site, leak.path).as_posix()}:{leak.line}:{leak.column}"), bold=True
    )
    level = click.style("error", fg="red", bold=True)
    code = "" if leak.code == NON_PUBLIC else f" {leak.code}"
    source = f"\n  from: {printable(leak.source)}" if leak.source else ""
    return f"{where}: {level}{code} {printable(leak.message)}: “{printable(leak.shown)}”{source}"
