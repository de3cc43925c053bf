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

    ``content`` is what is to be in the file, where that is not what is in it.
    """

    file: File
    diagnostics: list[Diagnostic]
    entry: Entry | None
    content: bytes | None = None

    @property
    def path(self) -> str:
        """What the file is called."""
        return self.file.shown

    @property
    def lines(self) -> list[str]:
        """The lines of the file as the places of diagnostics count them."""
        from mkdocs_postmortem.reading.source import read_source

        try:
            data = self.content
            if data is None:
                data = read_bytes(self.file.folder, self.file.path)
        except OSError:
            return []
        source, _ = read_source(self.path, data)
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
    keys = keys_of(files)
    kept = cache.get_many(_KIND, keys)
    found: dict[int, Any] = {}
    missing: list[int] = []
    for number, (file, key) in enumerate(zip(files, keys, strict=True)):
        # What is not kept is read where it is looked at, by several processes.
        read = _read(file, stamp) if key in kept else None
        if read is not None and read.digest == kept[key][0]:
            found[number] = kept[key][1]
        else:
            missing.append(number)
    if missing:
        if processes is None:
            processes = processors() if len(missing) >= FEW else 1
        texts = _texts([files[number] for number in missing], options(), stamp, processes)
        for number, text in zip(missing, texts, strict=True):
            digest, found[number] = json.loads(text)
            if digest:
                cache.put_bytes(_KIND, keys[number], text.encode())
    return [_checked(file, found[number]) for number, file in enumerate(files)]


def keep_only(files: Sequence[File], cache: Cache) -> None:
    """Forget what is kept of files that are none of these."""
    cache.keep_only(_KIND, keys_of(files))


def checked_content(file: File, data: bytes, options: Options) -> Checked | None:
    """The same of `data`, which is to be the content of `file` and is none yet."""
    from mkdocs_postmortem.archive import read_content

    text = _text(read_content(file.path, data, options))
    checked = _checked(file, json.loads(text))
    return checked._replace(content=data) if checked else None


def keys_of(files: Sequence[File]) -> list[str]:
    """What tells each of `files` from all others, however it was named; a link is its own file."""
    folders = {file.folder for file in files}
    absolute = {folder: os.path.abspath(folder) for folder in folders}  # noqa: PTH100
    return [f"{absolute[file.folder]}/{file.path}" for file in files]


class _Read(NamedTuple):
    """A file's bytes or why it has none, and a digest of everything that counts for it."""

    data: bytes
    digest: str
    error: str = ""
    has_assets: bool = False


def _read(file: File, stamp: str) -> _Read:
    try:
        data = read_bytes(file.folder, file.path)
    except OSError as error:
        return _Read(b"", "", error.strerror or str(error))
    digest = blake2b(data, digest_size=16, key=stamp.encode())
    assets = asset_state(file.folder, file.path)
    digest.update(assets.encode(errors="surrogatepass"))
    return _Read(data, digest.hexdigest(), has_assets=bool(assets))


def _texts(files: Sequence[File], options: Options, stamp: str, processes: int) -> list[str]:
    """The digest of each of `files` and what it comes to, as JSON."""
    from mkdocs_postmortem.archive import read_content
    from mkdocs_postmortem.incident_file import unreadable
    from mkdocs_postmortem.safety.assets import incident_assets

    def text(file: File) -> str:
        read = _read(file, stamp)
        if read.error:
            reading: Reading | None = unreadable(file.path, options, read.error)
        else:
            assets = incident_assets(file.folder, file.path) if read.has_assets else ()
            reading = read_content(file.path, read.data, options, assets)
        return f'["{read.digest}",{_text(reading)}]'

    return mapped(text, files, processes)


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


def _checked(file: File, known: Any) -> Checked | None:
    if known is None:
        return None
    diagnostics, entry = known
    return Checked(
        file,
        [
            Diagnostic(
                file.shown, Place(*place), code, name, Severity(severity), message, help, row
            )
            for *place, code, name, severity, message, help, row in diagnostics
        ],
        Entry.from_json(file.shown, entry) if entry else None,
    )
