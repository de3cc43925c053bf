"""A file's content replaced as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


class ChangedError(OSError):
    """The file is no longer what was read: somebody wrote to it in the meantime."""


def replace_content(path: Path, old: bytes, new: bytes) -> None:
    """Replace the content of the file at `path`, which was `old`, by `new`.

    The new content is written beside it and takes its place in one step, so that a reader sees
    either of the two and an interruption leaves the old one. The file's mode stays; a link stays
    a link, and the file it leads to is replaced. Raises `ChangedError` where the content is not
    `old` any more, and `OSError`.
    """
    target = path.resolve(strict=True)
    status = target.stat()
    # A hidden file without a Markdown ending is no page to any watcher.
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        if hasattr(os, "chown"):
            # Only root may give a file away; whoever writes otherwise keeps it.
            with contextlib.suppress(PermissionError):
                os.chown(temporary, status.st_uid, status.st_gid)
        temporary.chmod(stat.S_IMODE(status.st_mode))
        if target.read_bytes() != old:
            raise ChangedError(f"{path.name} was changed in the meantime")
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where folders can be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
