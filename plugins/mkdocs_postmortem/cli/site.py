"""What the subcommands share: finding the site and its incidents."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from mkdocs_postmortem.diagnostics import ConfigError, Diagnostic, Severity, in_full
from mkdocs_postmortem.files_on_disk import MAX_BYTES

if TYPE_CHECKING:
    from mkdocs_postmortem.site_config import SiteConfig

_Site = TypeVar("_Site")
_Command = TypeVar("_Command", bound=Callable[..., Any])

_STDIN = Path("-")

config_option = click.option(
    "--config-file",
    "-f",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The mkdocs.yml whose options count. Default: the nearest one upward.",
)

stdin_option = click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Read standard input as the file at PATH, which need not be there. For editors.",
)


def standard_input(paths: Sequence[Path], stdin_filename: Path | None) -> bytes | None:
    """What is to be read as the file at `stdin_filename`, or ``None`` where `paths` are meant.

    Exits with 2 where it is neither the one nor the other.
    """
    if stdin_filename is None and _STDIN not in paths:
        return None
    if stdin_filename is None or set(paths) - {_STDIN}:
        raise click.UsageError("standard input is one file: - and --stdin-filename PATH, alone")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def site_for(config_file: Path | None, start: Path) -> SiteConfig:
    """The site's options; exits with 2 where they are wrong, saying where."""
    from mkdocs_postmortem.site_config import load_site

    site = explained(lambda: load_site(config_file, start))
    warn_of_no_plugin(site.lists_plugin)
    return site


def warn_of_no_plugin(lists_plugin: bool) -> None:
    """Say so where a build would take incidents for ordinary pages."""
    if not lists_plugin:
        click.echo(
            "warning: mkdocs.yml does not list the plugin postmortem, so a build would publish "
            "drafts as they are\n  fix: add `- postmortem` to `plugins:`",
            err=True,
        )


def explained(load: Callable[[], _Site]) -> _Site:
    """What `load` returns; exits with 2 where the site's options are wrong, saying where."""
    try:
        return load()
    except ConfigError as error:
        for diagnostic in error.diagnostics:
            try:
                lines = Path(diagnostic.path).read_text(encoding="utf-8").split("\n")
            except (OSError, UnicodeDecodeError):
                lines = []
            shown = replace(diagnostic, path=shown_path(Path(diagnostic.path)))
            click.echo(in_full(shown, lines), err=True)
        raise click.exceptions.Exit(2) from None


def shown_path(path: Path) -> str:
    """`path` as a user would type it here."""
    try:
        return Path(os.path.relpath(path)).as_posix()
    except ValueError:
        return path.as_posix()


def print_in_full(
    diagnostics: Sequence[Diagnostic], lines: Mapping[str, list[str]], *, err: bool = False
) -> None:
    """Print every diagnostic with its excerpt, of the `lines` of the files by their paths."""
    colours = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
    for diagnostic in diagnostics:
        where, _, rest = diagnostic.headline.partition(f" {diagnostic.severity} ")
        level = click.style(str(diagnostic.severity), fg=colours[diagnostic.severity], bold=True)
        headline = f"{click.style(where, bold=True)} {level} {rest}"
        click.echo(in_full(diagnostic, lines.get(diagnostic.path, []), headline), err=err)
        click.echo(err=err)


def one_of_formats(*formats: str) -> Callable[[_Command], _Command]:
    """The option ``--format`` with these choices, the first one the default."""
    return click.option(
        "--format",
        "output",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print the result.",
    )


def short_lived(command: _Command) -> _Command:
    """`command` without a look for what is of no more use: all that it makes is, to its end."""

    @wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        # Nor is anything cleaned up at the end.
        atexit.register(gc.freeze)
        was_on = gc.isenabled()
        gc.disable()
        try:
            return command(*arguments, **options)
        finally:
            if was_on:
                gc.enable()

    return cast(_Command, run)


def start_folder(paths: Sequence[Path]) -> Path:
    """The folder from which the site's config is looked for."""
    return paths[0] if paths else Path.cwd()
