"""`postmortem verify`: the proof that a built site holds nothing that is not public."""

from __future__ import annotations

import json
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import config_option, one_of_formats, shown_path, site_for
from mkdocs_postmortem.diagnostics import printable
from mkdocs_postmortem.options import Audience, OptionError, effective_audience
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
@one_of_formats("text", "json")
@config_option
def command(
    site: Path, audience: str | None, deep: bool, output: str, config_file: Path | None
) -> None:
    """Read every file of the built SITE and look for what must not be there.

    What stands in non-public parts of the sources and in no public one, and whatever the rules
    PM7xx object to. Exits with 0 where nothing is found, with 1 where something is, and with 2
    where it is called wrongly. What is found is never printed in full.
    """
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
    report = verify(site, config, wanted, scanner)
    if not report.files:
        raise click.UsageError(f"{shown_path(site)} holds no files")
    if output == "json":
        click.echo(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    if report.leaks:
        raise click.exceptions.Exit(1)


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
