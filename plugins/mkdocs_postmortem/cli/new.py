"""`postmortem new`: begin an incident."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from mkdocs_postmortem.cli.site import config_option, shown_path, site_for
from mkdocs_postmortem.diagnostics import Diagnostic, Severity, printable
from mkdocs_postmortem.files_on_disk import TEMPLATE_NAME, incident_paths
from mkdocs_postmortem.incident_file import read_as_public
from mkdocs_postmortem.incident_template import (
    NewIncident,
    TemplateError,
    new_text,
    objections,
    path_for,
    read_template,
    short_slug,
)
from mkdocs_postmortem.options import Options
from mkdocs_postmortem.rules.all import RULES

_OUT_OF_ORDER = "PM206"


@click.command(name="new")
@click.argument("title", required=False)
@click.option(
    "--date", help="The day of the first clock time. Default: that of --started, or today."
)
@click.option("--timezone", help="The zone of its times. Default: the site's.")
@click.option("--severity", help="One of the site's severities.")
@click.option("--component", "components", multiple=True, help="What was affected; repeatable.")
@click.option("--started", help="When impact began: 18:03, 2024-02-20 18:03, ~18:05 …")
@click.option("--detected", help="When it was noticed.")
@click.option("--resolved", help="When service was normal again.")
@click.option("--open", "is_open", is_flag=True, help="It still goes on.")
@click.option(
    "--visibility",
    type=click.Choice(["draft", "internal", "public"]),
    default="draft",
    show_default=True,
    help="Who may see it.",
)
@click.option("--slug", help="What the file is called after its date. Default: made of the title.")
@config_option
def command(
    title: str | None, components: tuple[str, ...], config_file: Path | None, **given: Any
) -> None:
    """Begin an incident called TITLE: write its file and print the path.

    On a terminal it asks for what the options do not say. It uses the template .template.md in
    the folder of the incidents, where there is one, and never overwrites a file. What keeps the
    new incident from being published goes to standard error.
    """
    site = site_for(config_file, Path.cwd())
    options = site.options
    asks = sys.stdin.isatty() and sys.stdout.isatty()
    if given["is_open"] and given["resolved"]:
        raise click.UsageError("it is resolved, or it is --open")
    if title is None and not asks:
        raise click.UsageError("say what happened: postmortem new “API errors”")
    new = NewIncident(title="", visibility=given["visibility"], is_open=given["is_open"])
    if title is None:
        new = _ask("What happened", new, "title", options, needed=True)
    else:
        new = _with(new, "title", title, options, "TITLE")
    for name in ("date", "timezone", "severity"):
        if given[name] is not None:
            new = _with(new, name, given[name], options, f"--{name}")
    if components:
        new = _with(new, "components", ",".join(components), options, "--component")
    for name in ("started", "detected", "resolved"):
        if given[name] is not None:
            new = _with(new, name, given[name], options, f"--{name}")
    if given["slug"] is not None:
        if short_slug(given["slug"]) != given["slug"]:
            raise click.BadParameter(
                f"write it like {short_slug(given['slug'])}", param_hint="--slug"
            )
        new = replace(new, slug=given["slug"])
    if asks:
        new = _ask_for_the_rest(new, options)
    try:
        template = read_template(site.incidents)
        text = new_text(new, options, template)
    except TemplateError as error:
        where = f"{shown_path(site.incidents / TEMPLATE_NAME)}:{error.place.line}"
        help = f"\n  fix: {error.help}" if error.help else ""
        raise click.ClickException(
            f"{where}:{error.place.column}: {printable(error.message)}{help}"
        ) from None
    path = site.incidents / _free_path(new, options, site.incidents)
    left = read_as_public(path.name, text.encode(), options).diagnostics
    _write(path, text)
    click.echo(shown_path(path))
    _say_what_is_left(left, new)


def _with(new: NewIncident, name: str, value: str, options: Options, hint: str) -> NewIncident:
    """`new` with a value from the command line; exits with 2 where the reader objects to it."""
    changed = replace(new, **{name: _meant(name, value)})
    if objection := _objection(changed, options):
        raise click.BadParameter(objection, param_hint=hint)
    return changed


def _ask(
    question: str, new: NewIncident, name: str, options: Options, *, needed: bool = False
) -> NewIncident:
    """`new` with what is answered; asks again where the reader objects to it."""

    def read(value: str) -> NewIncident:
        if not value.strip() and not needed:
            return new
        changed = replace(new, **{name: _meant(name, value)})
        if objection := _objection(changed, options):
            raise click.UsageError(objection)
        return changed

    default = None if needed else ""
    answer: NewIncident = click.prompt(
        question, default=default, show_default=False, value_proc=read
    )
    return answer


def _ask_for_the_rest(new: NewIncident, options: Options) -> NewIncident:
    """Ask for what makes the timeline and the facts, where the options have not said it."""
    questions: list[tuple[str, Callable[[NewIncident], bool], str]] = [
        ("severity", lambda new: new.severity is None, ", ".join(options.severity_names)),
        (
            "components",
            lambda new: not new.components,
            ", ".join(options.components or ("for example api", "dashboard")),
        ),
        (
            "started",
            lambda new: new.started is None,
            f"18:03, or {new.day(options)} 18:03, in {new.timezone or options.timezone}",
        ),
    ]
    for name, is_open, such_as in questions:
        if is_open(new):
            new = _ask(f"{name.capitalize()} ({such_as}; empty: later)", new, name, options)
    if new.resolved is None and not new.is_open:
        if not click.confirm("Is it over?", default=True):
            return replace(new, is_open=True)
        new = _ask("Resolved (18:18; empty: later)", new, "resolved", options)
    return new


def _meant(name: str, value: str) -> Any:
    if name == "components":
        return tuple(part.strip() for part in value.split(",") if part.strip())
    # A title from a clipboard may have line breaks in it.
    return " ".join(value.split())


def _objection(new: NewIncident, options: Options) -> str | None:
    found = objections(new, options)
    if not found:
        return None
    message, help = found[0].message, found[0].help
    if found[0].code == _OUT_OF_ORDER:
        # Nobody has written a row yet that could be moved.
        message = message.partition(" of row ")[0]
        help = "correct the time, or write its date if it was the next day"
    return printable(message) + (f"\n  fix: {help}" if help else "")


def _free_path(new: NewIncident, options: Options, folder: Path) -> Path:
    """Where the file goes; exits with 1 where an incident has its id already."""
    id = new.id(options)
    paths = incident_paths(folder) if folder.is_dir() else []
    for path in paths:
        if Path(path).name == f"{id}.md":
            raise click.ClickException(
                f"{shown_path(folder / path)} is there already and stays as it is\n"
                "  fix: choose another title, or another name with --slug"
            )
    return Path(path_for(id, paths))


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except FileExistsError:
        raise click.ClickException(f"{shown_path(path)} is there already") from None
    except OSError as error:
        raise click.FileError(shown_path(path), error.strerror) from None


def _say_what_is_left(left: list[Diagnostic], new: NewIncident) -> None:
    """Say on standard error what keeps the new incident from being published."""
    errors = [found for found in left if found.severity is Severity.ERROR]
    if errors:
        click.echo("Before it can be published:", err=True)
    for code in dict.fromkeys(found.code for found in errors):
        same = [found for found in errors if found.code == code]
        lines = ", ".join(str(found.place.line) for found in same)
        says = same[0].message if len(same) == 1 else RULES[code].summary.rstrip(".")
        plural = "s" * (len(same) > 1)
        click.echo(printable(f"  line{plural} {lines}: {says} ({code})"), err=True)
    if new.visibility != "public":
        click.echo("  `visibility: public` once it may be seen", err=True)
    if any(found.severity is Severity.WARNING for found in left):
        click.echo("`postmortem check` has the details.", err=True)
