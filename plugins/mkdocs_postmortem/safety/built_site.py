"""The files of a built site as texts: whatever a file is, what it says comes out here."""

from __future__ import annotations

import base64
import binascii
import gzip
import io
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from importlib import metadata, util
from pathlib import Path, PurePosixPath

from mkdocs_postmortem.safety.image_metadata import Metadata, image_format, image_metadata

_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_DEPTH = 3
_BASE64 = re.compile(rb";(?i:base64),")
_DATA_URI = re.compile(
    rb"(?i:data):(?:[\w.+-]{1,60}\\?/[\w.+-]{1,100})?(?:;[\w=.+-]{1,60}){0,4};(?i:base64),"
    rb"(?P<content>(?:[A-Za-z0-9+/_-]|%[0-9A-Fa-f]{2}|\\/|\\n|\s){16,}={0,2})"
)
# Containers whose content cannot be read as text; many more are ZIP files of another name.
_ZIP = b"PK\x03\x04"
_CLOSED = frozenset(
    ".zip .7z .rar .bz2 .xz .zst .br .pdf .docx .xlsx .pptx .mp4 .webm .mov .mp3 .avif .heic "
    ".tif .tiff .ico".split()
)


@dataclass(frozen=True, slots=True)
class Content:
    """One thing that can be read in a file of the site.

    ``text`` is its text, ``data`` the bytes that it was made of, ``metadata`` what an image says.
    ``shift`` is where it begins in its file, and ``within`` says in what, as in ``base64``; then
    all of it has that one place. ``is_opaque`` says that only its bytes could be compared, and
    ``is_closed`` that something in it cannot be looked into, so that nothing is proved about it.
    """

    path: str
    ending: str
    data: bytes
    text: str
    metadata: tuple[Metadata, ...] = ()
    shift: int = 0
    within: str = ""
    is_opaque: bool = False
    is_closed: bool = False


def site_files(site: Path) -> list[str]:
    """Every file below `site`, hidden ones too, relative to it with slashes, in order.

    A folder that a link leads to is published like any other.
    """
    found: list[str] = []
    for walked, folders, names in os.walk(site, followlinks=True):
        folder = Path(walked)
        if folder.is_symlink() and _leads_back(folder):
            folders.clear()
        else:
            found += [(folder / name).relative_to(site).as_posix() for name in names]
    return sorted(found)


def _leads_back(folder: Path) -> bool:
    """Whether a folder, which is a link, is one of those that it stands in."""
    place = folder.resolve()
    return any(parent.resolve() == place for parent in folder.parents)


def contents(path: str, data: bytes, depth: int = 0) -> Iterator[Content]:
    """Everything that can be read in the file `data` at `path`, and in what is packed in it."""
    ending = PurePosixPath(path).suffix.lower()
    if data[:2] == b"\x1f\x8b":
        inner = path[:-3] if ending == ".gz" else path
        unpacked, is_all = _unzipped(data) if depth < _MAX_DEPTH else (b"", False)
        yield Content(path, ending, data, "", is_closed=not is_all)
        for part in contents(inner, unpacked, depth + 1):
            yield _inside(part, path, "gzip", 0)
        return
    packed = list(_DATA_URI.finditer(data)) if _BASE64.search(data) else []
    is_closed = ending in _CLOSED or data.startswith(_ZIP) or bool(packed and depth == _MAX_DEPTH)
    format = image_format(data)
    said = tuple(image_metadata(data)) if format else ()
    if format in (None, "SVG"):
        text = _text_of(data)
        if text is None:
            text = _printable(data)
            yield Content(path, ending, data, text, is_opaque=True, is_closed=is_closed)
            return
        yield Content(path, ending, data, text, said, is_closed=is_closed)
    else:
        text = "\n".join(part.text for part in said)
        within = f"metadata of {format}" if said else ""
        yield Content(path, ending, data, text, said, within=within)
        # A picture has room for text that is no metadata of a known kind.
        text, within = _printable(data, _IN_PICTURES), f"bytes of {format}"
        yield Content(path, ending, data, text, within=within, is_opaque=True)
    for found in packed if depth < _MAX_DEPTH else ():
        for part in contents(path, _unpacked(found["content"]), depth + 1):
            yield _inside(part, path, "base64", found.start())


def _inside(part: Content, path: str, what: str, shift: int) -> Content:
    within = f"{what}, {part.within}" if part.within else what
    # What was packed has no places of its own but for its beginning.
    return replace(part, path=path, shift=shift, within=within)


def _unzipped(data: bytes) -> tuple[bytes, bool]:
    """What a gzip file holds in all of its parts, as far as it can be read, and whether it can."""
    parts: list[bytes] = []
    left = _MAX_UNPACKED
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            for part in iter(partial(file.read1, 1024 * 1024), b""):
                parts.append(part)
                left -= len(part)
                if left < 0:
                    return b"".join(parts), False
    except (OSError, EOFError, zlib.error):
        return b"".join(parts), False
    return b"".join(parts), True


def _unpacked(written: bytes) -> bytes:
    text = re.sub(rb"\\n|\\|\s", b"", written)
    text = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), text)
    text = text.replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    text = text[: len(text) - (len(text) % 4 == 1)]
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4))
    except binascii.Error:
        return b""


def _text_of(data: bytes) -> str | None:
    """`data` as text, or ``None`` where it is none."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    # A text in another encoding has few bytes that no text has.
    control = len(re.findall(rb"[\x00-\x08\x0e-\x1f]", data[:65536]))
    return data.decode("latin-1") if control * 100 <= min(len(data), 65536) else None


_READABLE = re.compile(rb"[\x20-\x7e]{6,}|(?:[\x20-\x7e]\0){5,}[\x20-\x7e]")
# The bytes of a picture look random, and read like a short word again and again.
_IN_PICTURES = re.compile(rb"[\x20-\x7e]{12,}")


def _printable(data: bytes, stretches: re.Pattern[bytes] = _READABLE) -> str:
    """What reads as ASCII in binary data, in one byte or two a character, one stretch a line."""
    found = stretches.findall(data)
    return b"\n".join(found).replace(b"\0", b"").decode("ascii")


class ThemeFiles:
    """The files that the installed themes copy into every site as they are."""

    def __init__(self) -> None:
        self._folders = tuple(_theme_folders())

    def has(self, path: str, data: bytes) -> bool:
        """Whether a theme has this file at this path, byte for byte."""
        for folder in self._folders:
            file = folder / path
            if file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data:
                return True
        return False


def _theme_folders() -> Iterator[Path]:
    """The folders of our theme and of those that MkDocs finds, and of its search."""
    modules = {"mkdocs_postmortem_theme"}
    for group in ("mkdocs.themes", "properdocs.themes"):
        modules |= {entry.value for entry in metadata.entry_points(group=group)}
    modules |= {"mkdocs.contrib.search.templates", "properdocs.contrib.search.templates"}
    for module in sorted(modules):
        top, *rest = module.split(".")
        spec = util.find_spec(top)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(place, *rest)
            if folder.is_dir():
                yield folder
