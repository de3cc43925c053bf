"""The files of a site: its configuration, its Markdown files and their bytes.

Imports next to nothing, so that whoever only asks for names needs no model.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

MARKDOWN_ENDINGS = (".md", ".markdown", ".mdown", ".mkdn", ".mkd")
MAX_BYTES = 256 * 1024
CONFIG_NAMES = ("mkdocs.yml", "mkdocs.yaml")
# The site's own text of a new incident, in the folder of the incidents.
TEMPLATE_NAME = ".template.md"

_INCIDENT_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})-[^/]+\.md")


def find_config(start: Path) -> Path | None:
    """The nearest `mkdocs.yml` in `start` or a folder above it."""
    start = start.resolve()
    folder = start if start.is_dir() else start.parent
    for candidate in (folder, *folder.parents):
        for name in CONFIG_NAMES:
            if (candidate / name).is_file():
                return candidate / name
    return None


def is_incident_name(name: str) -> bool:
    """Whether a file of this name is an incident."""
    return _INCIDENT_NAME.fullmatch(name) is not None


def name_of(path: str) -> str:
    """The name of the file at `path`, whose folders are parted by slashes."""
    return path.rpartition("/")[2]


def id_of(path: str) -> str:
    """The id of the incident at `path`: the file's name without its ending."""
    name = name_of(path)
    stem, _, ending = name.rpartition(".")
    return stem if stem and ending else name


def incident_paths(root: Path) -> list[str]:
    """Every Markdown file below `root`, relative to it, with forward slashes, in order.

    Hidden files and folders are left out, as MkDocs leaves them out.
    """
    found = []
    top = len(os.path.join(root, ""))
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = folder[top:].replace(os.sep, "/")
        prefix = f"{inside}/" if inside else ""
        found += [
            f"{prefix}{name}"
            for name in files
            if not name.startswith(".") and name.lower().endswith(MARKDOWN_ENDINGS)
        ]
    return sorted(found)


def pages_in(folder: Path) -> int:
    """Whether there are pages in a folder: 2 where there are, 1 where it is empty, else 0.

    Other files do not count.
    """
    if not folder.is_dir():
        return 0
    for _, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        if any(name.lower().endswith(MARKDOWN_ENDINGS) for name in files if name[0] != "."):
            return 2
    return 1


def file_paths(root: Path) -> list[str]:
    """Every file below `root` in the same way."""
    found = []
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        inside = Path(folder).relative_to(root)
        found += [(inside / name).as_posix() for name in files if not name.startswith(".")]
    return sorted(found)


def read_bytes(root: Path, path: str) -> bytes:
    """The bytes of `path` under `root`, at most one more than a file may have.

    Raises `OSError`, also where a link leads out of `root`.
    """
    full = root / path
    if not _has_no_link(root, path):
        real = real_path(full)
        if real is None:
            raise OSError(f"{path} leads in a circle")
        if not real.is_relative_to(root.resolve()):
            raise OSError(f"{path} leads out of {root.name}")
        full = real
    with full.open("rb", buffering=0) as stream:
        # Room for as much as a file may have costs more than the file.
        if 0 < os.fstat(stream.fileno()).st_size <= MAX_BYTES:
            return stream.read()[: MAX_BYTES + 1]
        return stream.read(MAX_BYTES + 1)


def real_path(path: Path) -> Path | None:
    """`path` with links followed, or ``None`` where they lead in a circle.

    `Path.resolve` raises there, or does not, by the version of Python.
    """
    real = os.path.realpath(path)
    return None if os.path.islink(real) else Path(real)  # noqa: PTH114


def _has_no_link(root: Path, path: str) -> bool:
    """Whether `path` leads from one folder below `root` into the next, to a file or to nothing."""
    if os.name == "nt":
        return False
    full = str(root)
    for part in path.split("/"):
        full = f"{full}/{part}"
        if part in ("", ".", "..") or os.path.islink(full):  # noqa: PTH114
            return False
    return True
