"""`postmortem fix`: safe fixes of incident files."""

from __future__ import annotations

import difflib
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import config_option, shown_path, site_for
from mkdocs_postmortem.diagnostics import Severity, printable
from mkdocs_postmortem.files_on_disk import (
    MAX_BYTES,
    find_config,
    incident_paths,
    is_incident_name,
    name_of,
    read_bytes,
)
from mkdocs_postmortem.fixing.mending import Mended, mend
from mkdocs_postmortem.fixing.replacement import replace_content
from mkdocs_postmortem.fixing.revision import RawText
from mkdocs_postmortem.options import Options


@click.command(name="fix")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--order", is_flag=True, help="Move rows that are out of order, too.")
@click.option("--diff", is_flag=True, help="Write nothing; print what would change.")
@config_option
def command(paths: tuple[Path, ...], order: bool, diff: bool, config_file: Path | None) -> None:
    """Apply the safe fixes to the incidents at PATHS, files or folders, and say what is left.

    A fix is safe where only one thing can be meant. Comments, quotes and layout stay. A second
    run changes nothing. Exits with 0, with 1 where an error is left or a file could not be
    written, or with --diff where something would change, and with 2 where it is called wrongly.
    """
    failed = False
    totals: Counter[str] = Counter()
    # Nothing is written before it is known that all of it is meant.
    files = [file for path in paths for file in _incidents(path)]
    configs = {file: config_file or find_config(file) for file in files}
    sites = {config: site_for(config, file) for file, config in configs.items()}
    for file, config in configs.items():
        failed |= _fix(file, sites[config].options, totals, order=order, diff=diff)
    parts = [f"{_count(totals['fixed'], 'problem')} {'can be fixed' if diff else 'fixed'}"]
    if totals["moved"]:
        parts.append(f"{_count(totals['moved'], 'row')} {'can be moved' if diff else 'moved'}")
    parts.append(f"{totals['left']} left")
    if totals["untouched"]:
        parts.append(f"{_count(totals['untouched'], 'file')} not touched")
    click.echo(", ".join(parts), err=diff)
    if failed:
        raise click.exceptions.Exit(1)


def _incidents(path: Path) -> list[Path]:
    """The incident at `path`, or all that lie in the folder there."""
    if path.is_dir():
        return [path / name for name in incident_paths(path) if is_incident_name(name_of(name))]
    if not is_incident_name(path.name):
        raise click.UsageError(
            f"{shown_path(path)} is no incident: these are called YYYY-MM-DD-slug.md"
        )
    return [path]


def _fix(file: Path, options: Options, totals: Counter[str], *, order: bool, diff: bool) -> bool:
    """Mend one file; whether the command has to say that something is wrong."""
    shown = shown_path(file)
    try:
        data = read_bytes(file.parent, file.name)
        if len(data) > MAX_BYTES:
            raise OSError(f"larger than {MAX_BYTES // 1024 // 1024} MiB")
        raw = RawText.of(data)
    except UnicodeDecodeError as error:
        why = f"it is not UTF-8 (byte {error.start + 1})"
        click.echo(printable(f"{shown}: not fixed, {why}"), err=True)
        totals["untouched"] += 1
        return True
    except OSError as error:
        click.echo(printable(f"{shown}: not fixed: {error.strerror or error}"), err=True)
        totals["untouched"] += 1
        return True
    mended = mend(file.name, raw, options, order=order)
    new = mended.raw.data
    if diff:
        _print_diff(shown, raw, mended.raw)
    elif new != data:
        try:
            replace_content(file, data, new)
        except OSError as error:
            click.echo(printable(f"{shown}: not written: {error.strerror or error}"), err=True)
            totals["untouched"] += 1
            return True
    _report(shown, mended, totals, order=order, to_stderr=diff)
    return new != data if diff else mended.reading.has_errors


def _report(
    shown: str, mended: Mended, totals: Counter[str], *, order: bool, to_stderr: bool
) -> None:
    """Say what was done and what is left, by line."""

    def say(line: int, text: str) -> None:
        click.echo(printable(f"{shown}:{line}: {text}"), err=to_stderr)

    verb = "would fix" if to_stderr else "fixed"
    for done in sorted(mended.applied, key=lambda done: (done.line, done.code)):
        say(done.line, f"{verb} {done.code}: {_difference(done.was, done.becomes)}")
    verb = "would move" if to_stderr else "moved"
    for moved in mended.moved:
        say(moved.line, f"{verb} row {moved.number} ({moved.heading}) {moved.where}")
    verb = "would date" if to_stderr else "dated"
    for dated in mended.dated:
        say(dated.line, f"{verb} {dated.was} → {dated.becomes}")
    for left in mended.reading.diagnostics:
        click.echo(replace(left, path=shown).headline, err=to_stderr)
        if reason := mended.refused.get(left):
            click.echo(f"  not fixed: {printable(reason)}", err=to_stderr)
        elif left.code == "PM206" and mended.not_ordered:
            click.echo(f"  not moved: {printable(mended.not_ordered)}", err=to_stderr)
        elif left.code == "PM206" and not order:
            click.echo("  --order moves rows", err=to_stderr)
        elif left.help and left.severity is not Severity.NOTE:
            click.echo(f"  fix: {printable(left.help)}", err=to_stderr)
    counts = Counter(fixed=len(mended.applied), moved=len(mended.moved))
    totals.update(counts + Counter(left=len(mended.reading.diagnostics)))


def _difference(was: str, becomes: str) -> str:
    """What was and what became of it; where that reads the same, the kinds of blanks."""
    if becomes and was.split() == becomes.split():
        blanks = "tabs" if "\t" in was else "other blanks"
        return f"{blanks} → spaces"
    return f"{_short(was)} → {_short(becomes)}"


def _short(text: str) -> str:
    """`text` on one line and of a length that can be read; nothing as a word."""
    line = " ".join(text.split())
    if not line:
        return "blanks" if text else "nothing"
    return line if len(line) <= 60 else f"{line[:40]} … {line[-15:]}"


def _print_diff(shown: str, before: RawText, after: RawText) -> None:
    """Print the difference as `patch` reads it, byte for byte where it goes to a program."""
    one, other = (_diff_lines(text.data.decode("utf-8")) for text in (before, after))
    for line in difflib.unified_diff(one, other, f"a/{shown}", f"b/{shown}"):
        whole = line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        if sys.stdout.isatty():
            click.echo(printable(whole.rstrip("\r\n")))
        else:
            # The content is UTF-8, which the bytes of a name need not be.
            click.echo(whole.encode("utf-8", "surrogateescape"), nl=False)


def _diff_lines(text: str) -> list[str]:
    pieces = text.split("\n")
    return [f"{piece}\n" for piece in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
