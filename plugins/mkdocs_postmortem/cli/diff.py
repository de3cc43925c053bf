"""`postmortem diff`: what changes for readers between two revisions."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import click

from mkdocs_postmortem.cli.site import one_of_formats, short_lived
from mkdocs_postmortem.comparison.comment import as_comment
from mkdocs_postmortem.comparison.comparing import compare
from mkdocs_postmortem.comparison.document import as_json
from mkdocs_postmortem.comparison.git import GitError, Repository
from mkdocs_postmortem.comparison.preview import Preview
from mkdocs_postmortem.comparison.revision import CommitRevision, Revision, WorkingTree
from mkdocs_postmortem.comparison.site_at import SiteAt
from mkdocs_postmortem.diagnostics import ConfigError, Severity
from mkdocs_postmortem.options import Audience, OptionError, effective_audience


@click.command(name="diff")
@click.argument("base")
@click.argument("head", required=False)
@one_of_formats("markdown", "json")
@click.option("--strict", is_flag=True, help="Exit with 1 where what is published would break.")
@click.option("--preview-url", metavar="URL", help="The preview of HEAD, for links to its pages.")
@click.option(
    "--audience",
    type=click.Choice([str(audience) for audience in Audience]),
    default=str(Audience.DRAFTS),
    show_default=True,
    help="Whom the result is for: public leaves out everything but public incidents.",
)
@click.option(
    "--merge-base", is_flag=True, help="Compare with the commit at which HEAD left BASE instead."
)
@click.option(
    "--config-file",
    "-f",
    metavar="FILE",
    help="The mkdocs.yml whose options count, in each revision. Default: the nearest one upward.",
)
@short_lived
def command(
    base: str,
    head: str | None,
    output: str,
    strict: bool,
    preview_url: str | None,
    audience: str,
    merge_base: bool,
    config_file: str | None,
) -> None:
    """Say what changes in the incidents from BASE to HEAD, two git revisions, or in BASE..HEAD.

    Without HEAD, BASE is compared with the files as they lie in the working tree. Nothing is
    checked out. By default the result shows drafts and internal parts too: it is for those who
    see the repository. Exits with 2 where it is called wrongly.
    """
    if head is None and ".." in base:
        # As git writes it; three dots begin where HEAD left BASE.
        merge_base = merge_base or "..." in base
        base, _, head = (part or "HEAD" for part in base.replace("...", "..").partition(".."))
    if preview_url is not None and not re.fullmatch(
        r"https?://[\w.~:/?@!$&'*+,;=%\[\]-]+", preview_url
    ):
        raise click.UsageError(
            "--preview-url takes an address that begins with http:// or https://"
        )
    try:
        with Repository(Path.cwd()) as repository:
            before, after = _revisions(repository, base, head, merge_base=merge_base)
            config = _config_path(repository, config_file)
            sites = _sites(before, after, repository.prefix, config)
            comparison = compare(*sites, Audience(audience))
            shown_to = effective_audience(sites[1].options, serving=False)
            preview = Preview(preview_url, shown_to, sites[1].use_directory_urls)
            if output == "json":
                text = json.dumps(as_json(comparison, preview), indent=2, ensure_ascii=False) + "\n"
            else:
                text = as_comment(comparison, preview)
    except GitError as error:
        raise click.UsageError(_with_help(error.message, error.help)) from None
    except OptionError as error:
        raise click.UsageError(_with_help(error.message, error.help)) from None
    # File names may have bytes that are no UTF-8; this is also how JSON writes them.
    click.echo(text.encode("utf-8", "backslashreplace"), nl=False)
    refused = [found for found in comparison.violations if found.severity is Severity.ERROR]
    if strict and refused:
        for found in refused:
            click.echo(found.headline, err=True)
        raise click.exceptions.Exit(1)


def _with_help(message: str, help: str | None) -> str:
    return f"{message}; {help}" if help else message


def _revisions(
    repository: Repository, base: str, head: str | None, *, merge_base: bool
) -> tuple[Revision, Revision]:
    commit = repository.commit(base)
    if head is None and repository.top is None:
        raise GitError("there is no working tree here", "name HEAD as well")
    other = repository.commit(head if head is not None else "HEAD") if head or merge_base else None
    if merge_base and other is not None:
        commit = repository.merge_base(commit, other)
    before = CommitRevision(repository, base, commit)
    if head is not None and other is not None:
        return before, CommitRevision(repository, head, other)
    assert repository.top is not None
    return before, WorkingTree(repository.top, oid_length=len(commit))


def _config_path(repository: Repository, config_file: str | None) -> str | None:
    """The path of the config file from the repository's top."""
    if config_file is None:
        return None
    start = repository.top if repository.top is not None else Path.cwd()
    path = Path(os.path.relpath(config_file, os.path.realpath(start)))
    if path.parts[:1] == ("..",):
        raise click.UsageError(f"{config_file} lies outside the repository")
    return path.as_posix()


def _sites(
    before: Revision, after: Revision, start: str, config: str | None
) -> tuple[SiteAt, SiteAt]:
    """Both sites, with the same day for today."""
    as_of = _site(after, start, config, None).as_of
    sites = _site(before, start, config, as_of), _site(after, start, config, as_of)
    if config is not None and not any(site.config for site in sites):
        raise click.UsageError(f"there is no file {config} in either revision")
    if not any(site.has_folder for site in sites):
        raise click.UsageError(f"there is no folder {sites[1].folder} in either revision")
    return sites


def _site(revision: Revision, start: str, config: str | None, as_of: str | None) -> SiteAt:
    try:
        return SiteAt.of(revision, start, config, as_of)
    except ConfigError as error:
        for found in error.diagnostics:
            click.echo(f"{revision.name}: {found.headline.removeprefix('/')}", err=True)
            if found.help:
                click.echo(f"  fix: {found.help}", err=True)
        raise click.exceptions.Exit(2) from None
