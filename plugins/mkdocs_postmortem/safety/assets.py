"""The files in an incident's own folder, `<id>/` beside its file, with what their pictures say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mkdocs_postmortem.files_on_disk import real_path
from mkdocs_postmortem.safety.image_metadata import Metadata, image_metadata

_MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of an incident: its name inside the folder, with slashes, and its metadata."""

    name: str
    metadata: tuple[Metadata, ...] = ()


def asset_files(root: Path, path: str) -> Iterator[tuple[str, Path]]:
    """The files in the folder of the incident at `path` below `root`, by name.

    Hidden files and links that lead out of the folder are left out, as they are never published.
    """
    # As text, because most incidents have none, and a thousand are asked at each save.
    beside = os.path.join(root, os.path.splitext(path)[0])  # noqa: PTH122
    if not os.path.isdir(beside) or os.path.islink(beside):  # noqa: PTH112, PTH114
        return
    folder = Path(beside)
    real = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(parent, name)
            if name.startswith("."):
                continue
            leads_to = real_path(file)
            if leads_to is None or not leads_to.is_relative_to(real):
                continue
            yield file.relative_to(folder).as_posix(), file


def incident_assets(root: Path, path: str) -> tuple[Asset, ...]:
    """The files of the incident at `path` below `root`, with the metadata of its images."""
    found = []
    for name, file in asset_files(root, path):
        try:
            with file.open("rb") as stream:
                found.append(Asset(name, tuple(image_metadata(stream.read(_MAX_BYTES)))))
        except OSError:
            found.append(Asset(name))
    return tuple(found)


def asset_state(root: Path, path: str) -> str:
    """What changes when a file of the incident does: names, sizes and times; nothing where it has
    none.
    """
    parts = []
    for name, file in asset_files(root, path):
        parts.append(name)
        with suppress(OSError):
            known = file.stat()
            parts.append(f"{known.st_size}\0{known.st_mtime_ns}")
    return "\0".join(parts)
