"""A folder that one command fills again and again, and in which nothing else is touched.

What was written is listed in a file of the folder, so that the next time what is no longer made
can go, and what somebody else has put there stays.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any

MARKER = ".postmortem-render.json"


class FolderError(Exception):
    """Why nothing was written; the message says what is in the way."""


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Let `folder` hold the `files`, by their paths with slashes, in the place of earlier ones.

    The folder is not there, or empty, or was written by this function; a file that is not of this
    function stays as it is. Raises `FolderError` before anything is changed, and `OSError`; after
    that the next call goes on where this one has ended.
    """
    earlier = written_before(folder)
    _look_for_others(folder, files, earlier)
    folder.mkdir(parents=True, exist_ok=True)
    gone = earlier - set(files)
    # Whatever happens now, what is here is known to be ours.
    _put(folder / MARKER, _listed(earlier | set(files)))
    for path in gone:
        _remove(folder, path)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _put(target, content)
    _put(folder / MARKER, _listed(files))


def written_before(folder: Path) -> frozenset[str]:
    """The paths that were written into `folder`; none where it is empty or not there.

    Raises `FolderError` where it is neither, nor a folder of `write_folder`.
    """
    if not folder.is_dir():
        if os.path.lexists(folder):
            raise FolderError("it is no folder")
        return frozenset()
    if not (folder / MARKER).is_file():
        if any(folder.iterdir()):
            raise FolderError("it holds files that are not of this command; name an empty folder")
        return frozenset()
    paths = _paths((folder / MARKER).read_bytes())
    if paths is None:
        raise FolderError(f"{MARKER} in it is damaged; empty the folder, or name another one")
    return paths


def _paths(marker: bytes) -> frozenset[str] | None:
    """The paths in a marker; ``None`` where it has any that does not stay in its folder."""
    try:
        paths: Any = json.loads(marker)["files"]
        ours = all(
            path == PurePosixPath(path).as_posix()
            and not PurePosixPath(path).is_absolute()
            and ".." not in PurePosixPath(path).parts
            and "\\" not in path
            for path in paths
        )
        return frozenset(paths) if ours else None
    except (ValueError, TypeError, KeyError):
        return None


def _listed(paths: Iterable[str]) -> bytes:
    listed = {"made_by": "postmortem render", "files": sorted(paths)}
    return (json.dumps(listed, indent=1, ensure_ascii=False) + "\n").encode()


def _look_for_others(folder: Path, files: Iterable[str], earlier: frozenset[str]) -> None:
    """Raise `FolderError` where something of somebody else is in the place of one of `files`."""
    found = {taken for path in files for taken in _in_the_way(folder, path, earlier)}
    if found:
        names = ", ".join(sorted(found)[:5]) + (" …" if len(found) > 5 else "")
        raise FolderError(f"it holds files of somebody else in the places of ours: {names}")


def _in_the_way(folder: Path, path: str, earlier: frozenset[str]) -> Iterator[str]:
    target = folder / path
    if os.path.lexists(target) and (path not in earlier or target.is_dir()):
        yield path
    for above in list(PurePosixPath(path).parents)[:-1]:
        place, name = folder / above, above.as_posix()
        # Through a link we would write, or remove, somewhere else.
        is_folder = place.is_dir() and not place.is_symlink()
        if os.path.lexists(place) and not is_folder and name not in earlier:
            yield name


def _remove(folder: Path, path: str) -> None:
    """Remove a file of ours, and the folders that are empty without it."""
    above = [folder / parent for parent in list(PurePosixPath(path).parents)[:-1]]
    if any(place.is_symlink() for place in above):
        return
    with suppress(FileNotFoundError):
        (folder / path).unlink()
    for place in above:
        try:
            place.rmdir()
        except OSError:
            return


def _put(target: Path, content: bytes) -> None:
    """Let the file at `target` have this `content`, at once; one that has it is left alone."""
    if not target.is_symlink() and target.is_file() and target.read_bytes() == content:
        return
    # A hidden file is no page to any engine that watches.
    made = target.with_name(f".{target.name[:100]}.new")
    made.write_bytes(content)
    made.replace(target)
