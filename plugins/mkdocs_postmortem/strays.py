"""What a build withholds although it is no incident: copies, links, files that could run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.diagnostics import Diagnostic, Place
from mkdocs_postmortem.files_on_disk import (
    id_of,
    incident_paths,
    is_incident_name,
    name_of,
    real_path,
)
from mkdocs_postmortem.reading.source import timeline_line
from mkdocs_postmortem.rules import site as rules
from mkdocs_postmortem.rules.registry import Finding, at_the_sites_severity

_DATED = re.compile(r"\d{4}-\d{2}-\d{2}-")


def asset_owner(path: str, ids: frozenset[str]) -> str | None:
    """The id of the incident in whose folder the file at `path` lies."""
    return next((part for part in path.split("/")[:-1] if part in ids), None)


def looks_like_a_copy(path: str) -> bool:
    """Whether a file that is no Markdown has the name of an incident, as backups do."""
    return _DATED.match(name_of(path).lstrip("~#.")) is not None


def is_symlink_to_outside(root: Path, path: str, owner: str | None) -> bool:
    """Whether the file at `path` is a link to something that is not published with it.

    One that leads in a circle leads to nothing.
    """
    own = (root / path).absolute()
    if owner is not None:
        parts = PurePosixPath(path).parts
        own = root.joinpath(*parts[: parts.index(owner) + 1])
    real = real_path(root / path)
    return real is None or not (real == own or real.is_relative_to(own))


def pages_outside(docs_dir: Path, root: Path) -> Iterator[tuple[str, Finding]]:
    """The pages of `docs_dir` with a timeline that do not lie in the incidents' folder at `root`.

    Their paths are relative to `root`.
    """
    docs_dir, root = docs_dir.resolve(), root.resolve()
    inside = os.path.join(root, "")
    for path in incident_paths(docs_dir):
        if os.path.join(docs_dir, path).startswith(inside):
            continue
        file = docs_dir / path
        try:
            line = timeline_line(file.read_bytes())
        except OSError:
            # It is no file, or one of which MkDocs says what is wrong.
            continue
        if line is not None:
            outside = Path(os.path.relpath(file, root)).as_posix()
            yield outside, rules.incident_outside_folder(Place.at(line, 1, 8), root.name)


def strays(
    docs_dir: Path, root: Path, levels: Mapping[str, str], *, trusts_authors: bool
) -> list[Diagnostic]:
    """What a build withholds although it is no incident, with paths relative to `root`.

    These are copies of incidents, links that lead elsewhere and files that could run, in the
    folder of the incidents at `root`, and pages of `docs_dir` outside it that have a timeline.
    `levels` are the site's severities by code.
    """
    root = root.resolve()
    found = list(pages_outside(docs_dir, root))
    pages = frozenset(incident_paths(root))
    ids = frozenset(id_of(path) for path in pages if is_incident_name(name_of(path)))
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in names if not name.startswith(".")):
            if is_incident_name(name):
                continue
            path = Path(folder, name).relative_to(root).as_posix()
            owner = asset_owner(path, ids)
            if is_symlink_to_outside(root, path, owner):
                found.append((path, rules.linked_file(Place(), path)))
            elif owner is None and path not in pages and looks_like_a_copy(path):
                found.append((path, rules.withheld_file(Place(), path)))
            elif owner is not None and not trusts_authors:
                from mkdocs_postmortem.rules.untrusted import unsafe_file
                from mkdocs_postmortem.untrusted import may_be_published

                if not may_be_published(path):
                    found.append((path, unsafe_file(Place(), path)))
    return [one for path, finding in found for one in at_the_sites_severity(finding, path, levels)]
