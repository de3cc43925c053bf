"""What `postmortem check` has to say of files, each alone: computed, or kept from an earlier run.

What is kept is JSON, and a file's bytes, its folder of images and the site's options tell whether
it still holds. Nothing that reads incidents is imported where all of it does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mkdocs_postmortem.cache import Cache
from mkdocs_postmortem.diagnostics import Diagnostic, Place, Severity
from mkdocs_postmortem.files_on_disk import is_incident_name, name_of, read_bytes
from mkdocs_postmortem.forked import mapped, processors
from mkdocs_postmortem.safety.assets import asset_state
from mkdocs_postmortem.together import Entry

if TYPE_CHECKING:
    from mkdocs_postmortem.options import Options
    from mkdocs_postmortem.reading.reader import Reading

# Fewer files are read sooner than another process is there.
FEW = 100
_KIND = "checked file"


class File(NamedTuple):
    """A file at a path below a folder, what it is called where it is spoken of, and whether
    somebody asked for this one.
    """

    folder: Path
    path: str
    shown: str
    is_asked_for: bool = False


class Checked(NamedTuple):
    """What is to be said of one file, and its part in what is said of all of them.

    ``data`` is what was read of it.
    """

    path: str
    data: bytes
    diagnostics: list[Diagnostic]
    entry: Entry | None

    @property
    def lines(self) -> list[str]:
        """The lines of the file as the places of diagnostics count them."""
        from mkdocs_postmortem.reading.source import read_source

        source, _ = read_source(self.path, self.data)
        return source.lines if source is not None else []


def checked_files(
    files: Sequence[File],
    options: Callable[[], Options],
    stamp: str,
    cache: Cache,
    processes: int | None = None,
) -> list[Checked | None]:
    """Each of `files` checked; ``None`` where it is no incident and nothing is wrong with it.

    `stamp` stands for everything but the files that counts; `options` are asked for where a file
    has to be read. That is done by so many `processes`, by default as many as it pays for.
    """
    reads = [_read(file, stamp) for file in files]
    keys = _keys(files)
    kept = cache.get_many(_KIND, keys)
    found: dict[int, Any] = {}
    missing: list[int] = []
    for number, (read, key) in enumerate(zip(reads, keys, strict=True)):
        known = kept.get(key)
        if read.digest and known and known[0] == read.digest:
            found[number] = known[1]
        else:
            missing.append(number)
    if missing:
        if processes is None:
            processes = processors() if len(missing) >= FEW else 1
        texts = _texts([reads[number] for number in missing], options(), processes)
        for number, text in zip(missing, texts, strict=True):
            found[number] = json.loads(text)
            if digest := reads[number].digest:
                cache.put_text(_KIND, keys[number], f'["{digest}",{text}]')
    return [_checked(read.file, read.data, found[number]) for number, read in enumerate(reads)]


def keep_only(files: Sequence[File], cache: Cache) -> None:
    """Forget what is kept of files that are none of these."""
    cache.keep_only(_KIND, _keys(files))


def checked_content(file: File, data: bytes, options: Options) -> Checked | None:
    """The same of `data`, which is to be the content of `file` and is none yet."""
    from mkdocs_postmortem.archive import read_content

    text = _text(read_content(file.path, data, options))
    return _checked(file, data, json.loads(text))


def _keys(files: Sequence[File]) -> list[str]:
    folders = {file.folder for file in files}
    absolute = {folder: os.path.abspath(folder) for folder in folders}  # noqa: PTH100
    return [f"{absolute[file.folder]}/{file.path}" for file in files]


class _Read(NamedTuple):
    """A file's bytes or why it has none, and a digest of everything that counts for it."""

    file: File
    data: bytes
    digest: str
    error: str = ""


def _read(file: File, stamp: str) -> _Read:
    try:
        data = read_bytes(file.folder, file.path)
    except OSError as error:
        return _Read(file, b"", "", error.strerror or str(error))
    digest = blake2b(data, digest_size=16, key=stamp.encode())
    digest.update(asset_state(file.folder, file.path).encode(errors="surrogatepass"))
    return _Read(file, data, digest.hexdigest())


def _texts(reads: Sequence[_Read], options: Options, processes: int) -> list[str]:
    """What each of `reads` comes to, as JSON."""
    from mkdocs_postmortem.archive import read_content
    from mkdocs_postmortem.incident_file import unreadable
    from mkdocs_postmortem.safety.assets import incident_assets

    def text(read: _Read) -> str:
        path = read.file.path
        if read.error:
            return _text(unreadable(path, options, read.error))
        assets = incident_assets(read.file.folder, path)
        return _text(read_content(path, read.data, options, assets))

    return mapped(text, reads, processes)


def _text(reading: Reading | None) -> str:
    from mkdocs_postmortem.incident_file import entry_of

    if reading is None:
        return "null"
    diagnostics = [
        (*one.place, one.code, one.name, one.severity, one.message, one.help, one.row)
        for one in reading.diagnostics
    ]
    entry = entry_of(reading).as_json() if is_incident_name(name_of(reading.path)) else None
    return json.dumps([diagnostics, entry], separators=(",", ":"))


def _checked(file: File, data: bytes, known: Any) -> Checked | None:
    if known is None:
        return None
    diagnostics, entry = known
    return Checked(
        file.shown,
        data,
        [
            Diagnostic(
                file.shown, Place(*place), code, name, Severity(severity), message, help, row
            )
            for *place, code, name, severity, message, help, row in diagnostics
        ],
        Entry.from_json(file.shown, entry) if entry else None,
    )
