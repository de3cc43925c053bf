"""Putting a new build in the place of the old one, whole or not at all.

The served folder is a symbolic link. What it leads to lies beside it, in a hidden folder of its
own, one folder for each version::

    /srv/www/status ─► .status.versions/version-x7k2m1qd
    /srv/www/.status.versions/lock
    /srv/www/.status.versions/version-x7k2m1qd/…

A version is built in a folder of its own that nothing leads to. When it is whole, the link is
replaced by one rename, which POSIX makes atomic: whoever looks finds the old version or the new
one. The version before stays, for requests that are under way, until the next publication.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

BUILDING, WHOLE = "building-", "version-"
_LOCK = "lock"


class PublishingError(Exception):
    """Why nothing was published; what is served is what was served before."""


def publish(target: Path, build: Callable[[Path, Path | None], None]) -> Path:
    """Build a new version and let the link `target` lead to it; returns the version's folder.

    `build` gets an empty folder to fill, and the folder that is served now or ``None``. What it
    raises ends the publication, and the folder goes. Raises `PublishingError` where `target` is no
    link of ours, or another publication is under way.
    """
    target = Path(os.path.abspath(target))  # noqa: PTH100 - the link itself, not where it leads
    versions = target.parent / f".{target.name}.versions"
    _check_target(target, versions)
    versions.mkdir(parents=True, exist_ok=True)
    with _lock(versions / _LOCK):
        served = _served(target, versions)
        previous = _previous(versions)
        _remove_all_but({served, previous}, versions)
        folder = Path(tempfile.mkdtemp(prefix=BUILDING, dir=versions))
        try:
            # Web servers run as another user.
            folder.chmod(0o755)
            build(folder, served)
            whole = folder.with_name(WHOLE + folder.name.removeprefix(BUILDING))
            # So that after a power cut the link does not lead to files that were never written.
            os.sync()
            folder.rename(whole)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            if [path.name for path in versions.iterdir()] == [_LOCK]:
                # Nothing stays beside a place where nothing has ever been published.
                shutil.rmtree(versions, ignore_errors=True)
            raise
        if served is not None:
            _point(versions / "previous", Path(served.name))
        _point(target, Path(versions.name, whole.name))
        _remove_all_but({whole, served}, versions)
    return whole


def _check_target(target: Path, versions: Path) -> None:
    if not hasattr(os, "symlink") or os.name == "nt":
        raise PublishingError("this needs symbolic links that are replaced atomically, as on POSIX")
    if target.is_symlink():
        leads_to = target.readlink()
        if leads_to.parent != Path(versions.name):
            raise PublishingError(f"{target} is a link to {leads_to}, which is not of this command")
    elif target.exists():
        raise PublishingError(
            f"{target} is there already and is no link of this command: move it away once, "
            "for example to another name, and publish again"
        )


def _served(target: Path, versions: Path) -> Path | None:
    if not target.is_symlink():
        return None
    folder = versions / target.readlink().name
    return folder if folder.is_dir() else None


def _previous(versions: Path) -> Path | None:
    link = versions / "previous"
    return versions / link.readlink().name if link.is_symlink() else None


def _point(link: Path, leads_to: Path) -> None:
    """Make or replace a link by one rename."""
    made = link.parent / f".{link.name}.new"
    made.unlink(missing_ok=True)
    made.symlink_to(leads_to)
    made.replace(link)


def _remove_all_but(kept: set[Path | None], versions: Path) -> None:
    """Remove what publications that were killed have left, and versions that nobody needs."""
    for folder in versions.iterdir():
        if folder.name.startswith((BUILDING, WHOLE)) and folder not in kept:
            shutil.rmtree(folder)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold the one lock of a target; the system lets go of it when the process ends in any way."""
    import fcntl

    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PublishingError("another publication to this place is under way") from None
        yield
