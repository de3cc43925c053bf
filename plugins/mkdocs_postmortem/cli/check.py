"""`postmortem check`: every diagnostic of incident files."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from mkdocs_postmortem.cache import Cache, cache_folder, open_cache
from mkdocs_postmortem.checked_files import (
    Checked,
    File,
    checked_content,
    checked_files,
    keep_only,
    keys_of,
)
from mkdocs_postmortem.cli.site import (
    config_option,
    explained,
    one_of_formats,
    print_in_full,
    short_lived,
    shown_path,
    standard_input,
    start_folder,
    stdin_option,
    warn_of_no_plugin,
)
from mkdocs_postmortem.diagnostics import (
    Diagnostic,
    Severity,
    printable,
    printable_json,
)
from mkdocs_postmortem.files_on_disk import (
    find_config,
    id_of,
    incident_paths,
    is_incident_name,
    name_of,
)
from mkdocs_postmortem.site_settings import SiteSettings, site_settings
from mkdocs_postmortem.together import look_at_beside, look_at_together


@click.command(name="check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, allow_dash=True, path_type=Path))
@stdin_option
@one_of_formats("text", "json", "github", "sarif")
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings too.")
@config_option
@short_lived
def command(
    paths: tuple[Path, ...],
    stdin_filename: Path | None,
    output: str,
    strict: bool,
    config_file: Path | None,
) -> None:
    """Say everything that is wrong with the incidents at PATHS, files or folders.

    Without PATHS it looks at all incidents of the site. Exits with 0 where there is nothing, with
    1 where there is an error (or, with --strict, a warning), and with 2 where it is called wrongly.
    With - it reads one incident from standard input, whose path --stdin-filename says.

    The format github is for a step of GitHub Actions: annotations, and the summary of the run;
    sarif is for code scanning.
    """
    data = standard_input(paths, stdin_filename)
    start = stdin_filename or start_folder(paths)
    config = config_file or find_config(start)
    with open_cache(cache_folder(config or start), "check") as cache:
        site = explained(lambda: site_settings(config, start, cache))
        warn_of_no_plugin(site.lists_plugin)
        if not paths and data is None and not site.incidents.is_dir():
            raise click.UsageError(f"there is no folder {shown_path(site.incidents)}; name a path")
        if stdin_filename is not None and data is not None:
            shown = shown_path(stdin_filename)
            file = File(stdin_filename.parent, stdin_filename.name, shown, is_asked_for=True)
            checked = _incidents([file], [checked_content(file, data, site.options())])
        else:
            checked = _checked(paths, site, cache)
        cache.save()
    if data is not None or (paths and all(path.is_file() for path in paths)):
        everything = _beside_others(checked, site)
    else:
        entries = [one.entry for one in checked if one.entry is not None]
        everything = look_at_together(entries, site.levels).diagnostics
        if not paths and site.docs_dir is not None:
            everything += _strays(site.docs_dir, site)
    diagnostics = sorted(
        [*(d for one in checked for d in one.diagnostics), *everything],
        key=lambda diagnostic: diagnostic.sort_key,
    )
    if output == "json":
        click.echo(printable_json(_as_json(diagnostics, len(checked))))
    elif output == "github":
        _annotate(diagnostics, checked)
    elif output == "sarif":
        _print_sarif(diagnostics, checked)
    else:
        _print(diagnostics, checked)
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    if any(diagnostic.severity in bad for diagnostic in diagnostics):
        raise click.exceptions.Exit(1)


def _checked(paths: Sequence[Path], site: SiteSettings, cache: Cache) -> list[Checked]:
    """The incidents at `paths`, files or folders, or all of the site, each of them once."""
    named: list[File] = []
    for path in paths or (site.incidents,):
        asked = not path.is_dir()
        folder, names = (path.parent, [path.name]) if asked else (path, incident_paths(path))
        # As a user would type them here.
        shown = shown_path(folder)
        prefix = "" if shown == "." else f"{shown.rstrip('/')}/"
        named += [File(folder, name, f"{prefix}{name}", asked) for name in names]
    # A file that was asked for stays so where a folder holds it, too.
    once: dict[str, File] = {}
    for key, file in zip(keys_of(named), named, strict=True):
        if not once.setdefault(key, file).is_asked_for:
            once[key] = once[key]._replace(is_asked_for=file.is_asked_for)
    files = list(once.values())
    found = checked_files(files, site.options, site.stamp, cache)
    if not paths:
        keep_only(files, cache)
    return _incidents(files, found)


def _incidents(files: Sequence[File], found: Sequence[Checked | None]) -> list[Checked]:
    """What was found of `files`, with a note for each that was asked for and is no incident."""
    for file, checked in zip(files, found, strict=True):
        if checked is None and file.is_asked_for:
            note = f"{file.shown} is no incident: these are called YYYY-MM-DD-slug.md"
            click.echo(printable(note), err=True)
    return [checked for checked in found if checked is not None]


def _beside_others(checked: Sequence[Checked], site: SiteSettings) -> list[Diagnostic]:
    """What the names of the site's other incidents show of single files of it."""
    root = site.incidents.resolve()
    others = [
        path
        for path in (incident_paths(root) if root.is_dir() else ())
        if is_incident_name(name_of(path))
    ]
    found = []
    for one in checked:
        path = Path(one.path).resolve()
        if one.entry is not None and path.is_relative_to(root):
            own = path.relative_to(root).as_posix()
            by_id = {id_of(other): other for other in others if other != own}
            found += look_at_beside(one.entry, site.levels, by_id)
    return found


def _strays(docs_dir: Path, site: SiteSettings) -> list[Diagnostic]:
    """What a build withholds although it is no incident."""
    from mkdocs_postmortem.strays import strays

    found = strays(docs_dir, site.incidents, site.levels, trusts_authors=site.trusts_authors)
    return [replace(one, path=shown_path(site.incidents / one.path)) for one in found]


def _counts(diagnostics: list[Diagnostic]) -> dict[str, int]:
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    return {f"{severity}s": counts[severity] for severity in Severity}


def _as_json(diagnostics: list[Diagnostic], files: int) -> dict[str, object]:
    return {
        "diagnostics": [diagnostic.as_json() for diagnostic in diagnostics],
        "summary": {"files": files, **_counts(diagnostics)},
    }


def _from_root(
    diagnostics: list[Diagnostic], checked: list[Checked]
) -> tuple[list[Diagnostic], dict[str, list[str]]]:
    """`diagnostics` and the lines of files by their paths from the root of the checkout.

    That is the folder GITHUB_WORKSPACE, where it is set and holds the current one; else this one.
    """
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    if not Path.cwd().resolve().is_relative_to(root):
        root = Path.cwd()

    def rooted(path: str) -> str:
        return Path(os.path.relpath(path, root)).as_posix()

    moved = [replace(found, path=rooted(found.path)) for found in diagnostics]
    return moved, {rooted(path): lines for path, lines in _lines(diagnostics, checked).items()}


def _lines(diagnostics: list[Diagnostic], checked: list[Checked]) -> dict[str, list[str]]:
    """The lines of the files that something is said of."""
    said = {diagnostic.path for diagnostic in diagnostics}
    return {one.path: one.lines for one in checked if one.path in said}


def _annotate(diagnostics: list[Diagnostic], checked: list[Checked]) -> None:
    import secrets

    from mkdocs_postmortem.render.annotations import Annotations

    moved, lines = _from_root(diagnostics, checked)
    annotations = Annotations.of(moved)
    summary = _summary(diagnostics, len(checked))
    _write(annotations.log(lines, secrets.token_hex(16), summary) + "\n")
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        try:
            with Path(file).open("ab") as stream:
                stream.write(annotations.step_summary(summary).encode("utf-8", "backslashreplace"))
        except OSError as error:
            click.echo(f"GITHUB_STEP_SUMMARY cannot be written: {error.strerror}", err=True)


def _print_sarif(diagnostics: list[Diagnostic], checked: list[Checked]) -> None:
    from mkdocs_postmortem.render.sarif import as_sarif
    from mkdocs_postmortem.rules.all import RULES

    moved, lines = _from_root(diagnostics, checked)
    sarif = as_sarif(moved, lines, RULES)
    _write(json.dumps(sarif, indent=2, ensure_ascii=False) + "\n")


def _write(text: str) -> None:
    # File names may have bytes that are no UTF-8; this is also how JSON writes them.
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)


def _print(diagnostics: list[Diagnostic], checked: list[Checked]) -> None:
    print_in_full(diagnostics, _lines(diagnostics, checked))
    click.echo(_summary(diagnostics, len(checked)))


def _summary(diagnostics: list[Diagnostic], count: int) -> str:
    counts = _counts(diagnostics)
    files = f"{count} incident{'s' * (count != 1)}"
    if not any(counts.values()):
        return f"{files} checked, nothing to say"
    parts = [f"{n} {name[:-1] if n == 1 else name}" for name, n in counts.items() if n]
    return f"{files} checked: {', '.join(parts)}"
