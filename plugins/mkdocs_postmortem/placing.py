"""Where the files beside incidents go in a site, and which of them are withheld."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, replace
from pathlib import Path

from mkdocs_postmortem.diagnostics import Place
from mkdocs_postmortem.files_on_disk import MARKDOWN_ENDINGS, file_paths, incident_paths, real_path
from mkdocs_postmortem.rules.registry import Finding
from mkdocs_postmortem.rules.site import linked_file, withheld_file
from mkdocs_postmortem.rules.untrusted import unsafe_file
from mkdocs_postmortem.site import Site
from mkdocs_postmortem.strays import asset_owner, is_symlink_to_outside, looks_like_a_copy
from mkdocs_postmortem.untrusted import may_be_published

URL_FOLDER = "incidents"


class Placing:
    """Says of the files in the incidents folder `root` what becomes of them in `site`."""

    def __init__(self, root: Path, site: Site) -> None:
        self._root = root
        self._site = site
        self._ids = frozenset(reading.id for reading in site.readings.values())
        self._shown = frozenset(incident.id for incident in site.incidents.values())

    def of(self, path: str, *, is_page: bool) -> str | Finding | None:
        """Where the file at `path`, which is no incident, is published from the site's root.

        Or why it is withheld, the empty string where nobody need be told, or ``None`` where the
        file has nothing to do with incidents.
        """
        owner = asset_owner(path, self._ids)
        if is_symlink_to_outside(self._root, path, owner):
            return linked_file(Place(), path)
        if owner is None:
            copied = not is_page and looks_like_a_copy(path)
            return withheld_file(Place(), path) if copied else None
        name = path.split(f"{owner}/", 1)[1]
        is_shown = owner in self._shown
        if not (self._site.trusts_authors or may_be_published(path)):
            return unsafe_file(Place(), path) if is_shown else ""
        if not is_shown or (owner, name) in self._site.internal_assets:
            return ""
        return f"{URL_FOLDER}/{owner}/{name}"


def asset_paths(folder: Path) -> list[str]:
    """The files in folders that have an incident's name and lie beside it, none of them Markdown.

    Hidden ones are left out, and links that lead out of `folder`.
    """
    found = []
    for path in incident_paths(folder):
        own = (folder / path).with_suffix("")
        for parent, folders, names in os.walk(own):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(parent, name)
                real = real_path(file)
                inside = real is not None and real.is_relative_to(folder)
                if inside and not name.startswith("."):
                    found.append(file.relative_to(folder).as_posix())
    return [path for path in found if not path.lower().endswith(MARKDOWN_ENDINGS)]


@dataclass(frozen=True)
class PlacedFiles:
    """What becomes of the files of a site besides its incidents.

    ``assets`` are files of incidents that are published, by their paths from the site's root;
    ``own`` the sources of the site's own pages and files; ``withheld`` what is withheld, and why.
    ``folder`` is where the incidents lie among the sources.
    """

    folder: str
    assets: dict[str, str]
    own: tuple[str, ...]
    withheld: tuple[tuple[str, Finding], ...]

    def source_of(self, path: str) -> str:
        """The path among the sources of the file at `path` in the incidents' folder."""
        return posixpath.normpath(f"{self.folder}/{path}")


def placed_files(root: Path, docs_dir: Path | None, site: Site) -> PlacedFiles:
    """Say of every file in the incidents' folder `root` and in `docs_dir` what becomes of it."""
    inside = docs_dir is not None and root.is_relative_to(docs_dir)
    folder = root.relative_to(docs_dir).as_posix() if docs_dir and inside else URL_FOLDER
    placing = Placing(root, site)
    placed = PlacedFiles(folder, {}, (), ())
    own: list[str] = []
    withheld: list[tuple[str, Finding]] = []
    for path in file_paths(root) if inside else [*incident_paths(root), *asset_paths(root)]:
        if path in site.readings:
            continue
        is_page = path.lower().endswith(MARKDOWN_ENDINGS)
        fate = placing.of(path, is_page=is_page)
        if isinstance(fate, Finding):
            withheld.append((path, fate))
        elif fate:
            placed.assets[fate] = path
        elif fate is None and (inside or is_page):
            own.append(placed.source_of(path))
    prefix = "" if folder == "." else f"{folder}/"
    others = file_paths(docs_dir) if docs_dir else ()
    own += [path for path in others if not (inside and path.startswith(prefix))]
    return replace(placed, own=tuple(own), withheld=tuple(withheld))
