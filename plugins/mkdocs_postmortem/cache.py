"""What was computed, kept on disk between runs. Knows no MkDocs and imports little.

A cache lies outside the repository, in the user's own cache folder, for two reasons: nobody who
proposes a change may bring along what a preview then trusts, and it holds drafts. It is safe to
delete at any time.

It is one SQLite file for each site and use. Values are bytes, most of them JSON texts, so that
reading one runs nothing. Each is stored with a digest of the version, its key and itself: whatever
does not fit, by damage, another version or another program, is a miss. No error reaches the caller:
where the folder cannot be written, the file is in use or there is no home, nothing is kept.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from types import TracebackType
from typing import Any

from mkdocs_postmortem import __version__

ENVIRONMENT_VARIABLE = "POSTMORTEM_CACHE"
MAX_BYTES = 512 * 1024 * 1024

_ENDING = ".sqlite3"
# How SQLite files say whose they are, and in which form the tables are.
_APPLICATION_ID = 0x504D4341
_FORM = 1
# So many bytes may wait to be written where somebody asks for less memory.
_MOST_WAITING = 4 * 1024 * 1024
# A build does not wait for another one: what it cannot write now, it computes again next time.
_PATIENCE_SECONDS = 0.1
_DAY_SECONDS = 24 * 60 * 60
_SITES_ARE_KEPT_SECONDS = 90 * _DAY_SECONDS
_FOLDER_NAME_BYTES = 16
_FOLDER_NAME = re.compile(f"[0-9a-f]{{{2 * _FOLDER_NAME_BYTES}}}")
# What damage raises: SQLite's message may quote bytes of it.
_ERRORS = (sqlite3.Error, UnicodeError)
# SQLite's codes for a file that is whole and used by somebody else at the moment.
_IN_USE = {5, 6}

_TABLES = """
CREATE TABLE IF NOT EXISTS version (stamp BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS entry (
  number INTEGER PRIMARY KEY, kind BLOB NOT NULL, key BLOB NOT NULL,
  value BLOB NOT NULL, digest BLOB NOT NULL, UNIQUE (kind, key)
);
"""
_LOOK_UP_ALL = "SELECT key, value, digest FROM entry WHERE kind = ?"
# So many are found sooner among all.
_MANY_KEYS = 50
_IS_THERE = "SELECT digest FROM entry WHERE kind = ? AND key = ?"
_LOOK_UP = "SELECT key, value, digest FROM entry WHERE kind = ? AND key = ?"


def cache_folder(site: Path) -> Path | None:
    """The folder for what is kept about `site`, its configuration or its folder of incidents.

    ``None`` where nothing is to be kept: POSTMORTEM_CACHE is ``off``, or the user has no home.
    Any other value of it names the folder to use instead of the user's own.
    """
    chosen = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if chosen.lower() == "off":
        return None
    home = Path(chosen).absolute() if chosen else _home()
    if home is None:
        return None
    real = os.fsencode(os.path.realpath(site))
    return home / blake2b(real, digest_size=_FOLDER_NAME_BYTES).hexdigest()


def _home() -> Path | None:
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA", ""))
        elif sys.platform == "darwin":
            base = Path.home() / "Library/Caches"
        else:
            base = Path(os.environ.get("XDG_CACHE_HOME", ""))
            if not base.is_absolute():
                base = Path.home() / ".cache"
    except RuntimeError:
        # Nobody knows where the user's home is.
        return None
    return base / "mkdocs-postmortem" if base.is_absolute() else None


@cache
def version_stamp() -> str:
    """What changes whenever another program would compute something else.

    That is our version and our source files, by name, size and time, so that an edited checkout
    never uses what the code before it has computed; Python; and every package that is installed.
    """
    parts = (__version__, sys.version, state_of_files(Path(__file__).parent), *_installed())
    return blake2b(_bytes("\0".join(parts)), digest_size=16).hexdigest()


def state_of_files(folder: Path, without: str = "") -> str:
    """What changes when a file below `folder` does: names, sizes and times.

    Folders of the name `without` do not count.
    """
    return "\n".join(sorted(_states(str(folder), "", without)))


def _states(folder: str, prefix: str, without: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.name in ("__pycache__", without):
                    continue
                if entry.is_dir():
                    yield from _states(entry.path, f"{prefix}{entry.name}/", without)
                else:
                    known = entry.stat()
                    yield f"{prefix}{entry.name}\0{known.st_size}\0{known.st_mtime_ns}"
    except OSError as error:
        yield f"{prefix}\0{error.errno}"


def _installed() -> list[str]:
    """Every installed package with its version, as the names of their folders have them."""
    found = set()
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or ".") as entries:
            for entry in entries:
                if entry.name.endswith((".dist-info", ".egg-info")):
                    found.add(f"{entry.name}\0{entry.stat().st_mtime_ns}")
    return sorted(found)


def open_cache(
    folder: Path | None, use: str, stamp: str | None = None, limit: int = MAX_BYTES
) -> Cache:
    """The cache for `use`, a word, in `folder`, one of `cache_folder`; an empty one where it is
    ``None`` or cannot be used.

    `stamp` is of the program that computes, by default `version_stamp`. What is kept has at most
    `limit` bytes, the older ones go first. Nothing is written before `Cache.save`.
    """
    if folder is None:
        return Cache(None, "", limit)
    return Cache(folder / f"{use}{_ENDING}", stamp or version_stamp(), limit)


class Cache:
    """Values by kind and key. Use it as a context, or close it.

    It belongs to one process: one that forks must not use it in the child.
    """

    def __init__(self, path: Path | None, stamp: str, limit: int) -> None:
        self._path = path
        self._stamp = stamp.encode()
        self._limit = limit
        self._new: dict[tuple[str, str], bytes] = {}
        self._waiting = 0
        self._kept: dict[str, frozenset[str]] = {}
        self._connection: sqlite3.Connection | None = None
        if path is not None and path.exists():
            self._connection = self._opened(path)

    def __enter__(self) -> Cache:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. What was not saved is lost."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*_ERRORS):
                connection.close()

    def get(self, kind: str, key: str) -> Any | None:
        """The value of `key`, or ``None``."""
        return self.get_many(kind, (key,)).get(key)

    def get_many(self, kind: str, keys: Iterable[str]) -> dict[str, Any]:
        """The values of those of `keys` that have one."""
        found: dict[str, Any] = {}
        for key, value in self.get_many_bytes(kind, keys).items():
            with suppress(ValueError, RecursionError):
                found[key] = json.loads(value)
        return found

    def get_bytes(self, kind: str, key: str) -> bytes | None:
        """The bytes that were put in as the value of `key`, or ``None``."""
        return self.get_many_bytes(kind, (key,)).get(key)

    def get_many_bytes(self, kind: str, keys: Iterable[str]) -> dict[str, bytes]:
        """The same of those of `keys` that have a value."""
        found: dict[str, bytes] = {}
        asked: dict[bytes, str] = {}
        for key in keys:
            new = self._new.get((kind, key))
            if new is not None:
                found[key] = new
            else:
                asked[_bytes(key)] = key
        for name, value, digest in self._stored(kind, list(asked)):
            if name in asked and digest == self._digest(kind, name, value):
                found[asked[name]] = value
        return found

    def put(self, kind: str, key: str, value: Any) -> None:
        """Keep `value`, from the next `save` on for other runs too.

        Raises TypeError or ValueError where it is nothing that JSON can say.
        """
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        self.put_bytes(kind, key, text.encode("ascii"))

    def put_bytes(self, kind: str, key: str, value: bytes) -> None:
        """The same of bytes, which need no other form."""
        self._new[kind, key] = value
        self._waiting += len(value)

    def save_if_much(self) -> None:
        """Write what is new where it takes much memory."""
        if self._waiting > _MOST_WAITING:
            self.save()

    def keep_only(self, kind: str, keys: Iterable[str]) -> None:
        """At the next `save`, forget what is of this `kind`, not new and none of `keys`."""
        self._kept[kind] = frozenset(keys)

    def save(self) -> bool:
        """Write what is new, all of it or nothing; whether that was possible."""
        new, self._new, self._waiting = self._new, {}, 0
        kept, self._kept = self._kept, {}
        if self._path is None:
            return False
        if not new and not self._has_others(kept):
            return True
        connection = self._connection or self._made(self._path)
        self._connection = connection
        if connection is None:
            return False
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._write(connection, new, kept)
                connection.execute("COMMIT")
            except BaseException:
                # A commit that failed may have ended the transaction by itself.
                with suppress(*_ERRORS):
                    connection.execute("ROLLBACK")
                raise
        except _ERRORS as error:
            self._look_into(error)
            return False
        return True

    def _write(
        self,
        connection: sqlite3.Connection,
        new: Mapping[tuple[str, str], bytes],
        kept: Mapping[str, frozenset[str]],
    ) -> None:
        if connection.execute("SELECT stamp FROM version").fetchall() != [(self._stamp,)]:
            connection.execute("DELETE FROM entry")
            connection.execute("DELETE FROM version")
            connection.execute("INSERT INTO version VALUES (?)", (self._stamp,))
        others = [(number,) for number in self._others(connection, kept, new)]
        connection.executemany("DELETE FROM entry WHERE number = ?", others)
        rows = [
            (_bytes(kind), _bytes(key), value, self._digest(kind, _bytes(key), value))
            for (kind, key), value in new.items()
        ]
        connection.executemany(
            "INSERT OR REPLACE INTO entry (kind, key, value, digest) VALUES (?, ?, ?, ?)", rows
        )
        # A damaged index would hide the same entries from every run to come.
        if next(self._others(connection, kept, new), None) is not None or any(
            connection.execute(_IS_THERE, row[:2]).fetchone() != row[3:] for row in rows
        ):
            raise sqlite3.DatabaseError("what was written is not there")
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        if pages * size > self._limit:
            self._shorten(connection)

    def _shorten(self, connection: sqlite3.Connection) -> None:
        """Forget the oldest until the rest is within the limit."""
        room = self._limit
        lengths = "SELECT number, length(kind) + length(key) + length(value) FROM entry"
        for number, length in connection.execute(f"{lengths} ORDER BY number DESC"):
            # A damaged file has values that no table of ours could hold.
            room -= length if isinstance(length, int) else 0
            if room < 0:
                connection.execute("DELETE FROM entry WHERE number <= ?", (number,))
                return

    def _has_others(self, kept: Mapping[str, frozenset[str]]) -> bool:
        if self._connection is None:
            return False
        try:
            return any(True for _ in self._others(self._connection, kept))
        except _ERRORS as error:
            self._look_into(error)
            return False

    @staticmethod
    def _others(
        connection: sqlite3.Connection,
        kept: Mapping[str, frozenset[str]],
        new: Iterable[tuple[str, str]] = (),
    ) -> Iterator[int]:
        """The numbers of what is neither to be kept nor `new`."""
        for kind, keys in kept.items():
            wanted = {_bytes(key) for key in (*keys, *(key for of, key in new if of == kind))}
            query = "SELECT number, key FROM entry WHERE kind = ?"
            stored = connection.execute(query, (_bytes(kind),)).fetchall()
            yield from (number for number, key in stored if key not in wanted)

    def _stored(self, kind: str, keys: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
        found: list[tuple[bytes, bytes, bytes]] = []
        if self._connection is None:
            return found
        try:
            if len(keys) < _MANY_KEYS:
                for key in keys:
                    found += self._connection.execute(_LOOK_UP, (_bytes(kind), key))
            else:
                wanted = frozenset(keys)
                every = self._connection.execute(_LOOK_UP_ALL, (_bytes(kind),))
                found += (row for row in every if row[0] in wanted)
        except _ERRORS as error:
            self._look_into(error)
        return [row for row in found if all(isinstance(part, bytes) for part in row)]

    def _digest(self, kind: str, key: bytes, value: bytes) -> bytes:
        parts = (self._stamp, _bytes(kind), key)
        # With their lengths, so that no two ways to part them are one.
        lengths = b"%d:%d:%d:" % tuple(map(len, parts))
        digest = sha256(lengths + b"".join(parts))
        digest.update(value)
        return digest.digest()

    def _opened(self, path: Path) -> sqlite3.Connection | None:
        """A connection to the file at `path`, or ``None`` where it is none of ours or in use."""
        if not _is_safe(path.parent, stat.S_ISDIR):
            return None
        connection = None
        try:
            if _is_safe(path, stat.S_ISREG):
                connection = _connected(path)
                (owner,) = connection.execute("PRAGMA application_id").fetchone()
                (form,) = connection.execute("PRAGMA user_version").fetchone()
                if (owner, form) == (_APPLICATION_ID, _FORM):
                    _mark_as_used(path.parent)
                    return connection
        except _ERRORS as error:
            if _is_in_use(error):
                if connection is not None:
                    connection.close()
                return None
        if connection is not None:
            connection.close()
        self._discard()
        return None

    def _made(self, path: Path) -> sqlite3.Connection | None:
        """A connection to a new file at `path`, or ``None`` where none can be made."""
        connection = None
        try:
            _make_folder(path.parent)
            if path.exists():
                # Another process has made it since this one has looked.
                return self._opened(path)
            connection = _connected(path)
            connection.execute("PRAGMA auto_vacuum = FULL")
            # Whole pages of HTML are read sooner where they lie in fewer pieces.
            connection.execute("PRAGMA page_size = 16384")
            connection.execute("BEGIN IMMEDIATE")
            for statement in _TABLES.split(";")[:-1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {_FORM}")
            connection.execute("COMMIT")
        except (OSError, *_ERRORS):
            if connection is not None:
                connection.close()
            return None
        return connection

    def _look_into(self, error: Exception) -> None:
        """Discard the file unless it is only in use."""
        if not _is_in_use(error):
            self.close()
            self._discard()

    def _discard(self) -> None:
        """Delete the file, which is damaged or none of ours."""
        assert self._path is not None
        # The journal goes first: alone, it would be applied to the next file of this name.
        for name in (f"{self._path.name}-journal", self._path.name):
            with suppress(OSError):
                self._path.with_name(name).unlink()


def _connected(path: Path) -> sqlite3.Connection:
    # The threads of a server use it one after the other.
    connection = sqlite3.connect(
        path, timeout=_PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
    )
    # A file that is lost when the machine stops is only computed again.
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def _is_in_use(error: Exception) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in _IN_USE


def _is_safe(path: Path, is_kind: Callable[[int], bool]) -> bool:
    """Whether nobody else could have written what is at `path`."""
    try:
        known = path.lstat()
    except OSError:
        return False
    if not is_kind(known.st_mode):
        return False
    if sys.platform == "win32":
        return True
    return known.st_uid == os.geteuid() and not known.st_mode & 0o022


def _make_folder(folder: Path) -> None:
    """Make `folder`, for this user alone. Raises OSError where it would not be."""
    if not folder.exists():
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_sites(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_safe(folder, stat.S_ISDIR):
        raise PermissionError(f"{folder} is not ours alone")


def _mark_as_used(folder: Path) -> None:
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _DAY_SECONDS:
            os.utime(folder)


def _forget_sites(home: Path) -> None:
    """Delete what no run has used for long: its site may be gone, and nobody would ever ask."""
    with suppress(OSError), os.scandir(home) as found:
        for entry in found:
            if not _FOLDER_NAME.fullmatch(entry.name) or not entry.is_dir(follow_symlinks=False):
                continue
            age = time.time() - entry.stat(follow_symlinks=False).st_mtime
            if age < _SITES_ARE_KEPT_SECONDS:
                continue
            with suppress(OSError):
                for file in Path(entry.path).glob(f"*{_ENDING}*"):
                    file.unlink()
                # What is not ours keeps its folder.
                Path(entry.path).rmdir()


def _bytes(text: str) -> bytes:
    # Names of files may hold what is no character.
    return text.encode(errors="surrogatepass")
