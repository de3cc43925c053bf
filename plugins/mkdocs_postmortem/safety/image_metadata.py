"""What images say besides the picture: EXIF, XMP, IPTC, text chunks and comments.

The readers walk over the container of the format and decode no picture. They read no more than
they are given, never loop without progress, and bound what they decompress. What ends too early
or is damaged ends the walk: a damaged picture has no more to say than what was found before.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

_MAX_TEXT = 1024 * 1024
_MAX_PARTS = 20_000


class Metadata(NamedTuple):
    """One stretch of metadata: its kind, where it begins in the file, and what text it holds.

    ``has_position`` says that it holds a GPS position.
    """

    kind: str
    offset: int
    text: str
    has_position: bool = False


def image_format(data: bytes) -> str | None:
    """The format of an image by its first bytes, or ``None`` where it is none that can be read."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if data[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    return "SVG" if _is_svg(data) else None


def _is_svg(data: bytes) -> bool:
    """Whether the first element is a drawing; a page may hold one further below."""
    head = data[:65536].removeprefix(b"\xef\xbb\xbf").lstrip()
    for _ in range(50):
        if not head.startswith((b"<?", b"<!")):
            break
        closing = b"-->" if head.startswith(b"<!--") else b">"
        head = head.partition(closing)[2].lstrip()
    return re.match(rb"<(?:svg:)?svg[\s>]", head) is not None


def image_metadata(data: bytes) -> list[Metadata]:
    """Everything that the image in `data` says besides the picture; empty where it is no image."""
    reader = _READERS.get(image_format(data) or "")
    return [] if reader is None else list(reader(data))


def _printable(data: bytes) -> str:
    """The text in binary data: what reads as UTF-8, UTF-16 or ASCII, the rest as spaces."""
    data = data[:_MAX_TEXT]
    wide = data[: len(data) // 2 * 2]
    texts = [data.decode("utf-8", "replace")]
    if data.count(0) > len(data) // 4:
        texts += [wide.decode("utf-16-le", "replace"), wide.decode("utf-16-be", "replace")]
    joined = "\n".join(texts)
    return "".join(
        character if character.isprintable() and character != "\ufffd" else " "
        for character in joined
    )


def _png(data: bytes) -> Iterator[Metadata]:
    position = 8
    for _ in range(_MAX_PARTS):
        length = int.from_bytes(data[position : position + 4], "big")
        name = data[position + 4 : position + 8]
        start, end = position + 8, position + 8 + length
        if len(name) < 4:
            return
        content = data[start:end]
        if name == b"tEXt":
            yield Metadata("tEXt", position, content.replace(b"\0", b": ").decode("latin-1"))
        elif name == b"zTXt":
            key, _, packed = content.partition(b"\0")
            text = _inflated(packed[1:]).decode("latin-1")
            yield Metadata("zTXt", position, f"{key.decode('latin-1')}: {text}")
        elif name == b"iTXt":
            yield Metadata("iTXt", position, _international(content))
        elif name == b"eXIf":
            yield _exif(content, position)
        if name == b"IEND":
            if rest := data[end + 4 :].strip(b"\0\r\n "):
                yield Metadata("data behind the picture", end + 4, _printable(rest))
            return
        position = end + 4


def _international(content: bytes) -> str:
    """The text of an iTXt chunk: key, two flags, language, translated key, text."""
    key, _, rest = content.partition(b"\0")
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    language, _, rest = rest.partition(b"\0")
    translated, _, text = rest.partition(b"\0")
    if is_packed:
        text = _inflated(text)
    parts = (key, language, translated, text[:_MAX_TEXT])
    return " ".join(part.decode("utf-8", "replace") for part in parts if part)


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, _MAX_TEXT)
    except zlib.error:
        return b""


def _exif(content: bytes, position: int) -> Metadata:
    tiff = content.removeprefix(b"Exif\0\0")
    return Metadata("EXIF", position, _printable(tiff), _has_gps(tiff))


def _has_gps(tiff: bytes) -> bool:
    """Whether the first directory of a TIFF structure points at GPS fields (tag 0x8825)."""
    if tiff[:2] not in (b"II", b"MM"):
        return False
    is_little = tiff[:2] == b"II"

    def number(start: int, size: int) -> int:
        return int.from_bytes(tiff[start : start + size], "little" if is_little else "big")

    directory = number(4, 4)
    entries = min(number(directory, 2), 1000)
    return any(number(directory + 2 + 12 * index, 2) == 0x8825 for index in range(entries))


def _jpeg(data: bytes) -> Iterator[Metadata]:
    position = 2
    for _ in range(_MAX_PARTS):
        if position + 4 > len(data) or data[position] != 0xFF:
            return
        marker = data[position + 1]
        if marker == 0xFF:  # padding
            position += 1
            continue
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:  # these have no content
            position += 2
            continue
        if marker in (0xDA, 0xD9):
            yield from _behind_jpeg(data, position)
            return
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        content = data[position + 4 : position + 2 + length]
        if marker == 0xFE:
            yield Metadata("a comment", position, _printable(content))
        elif marker == 0xE1 and content.startswith(b"Exif\0"):
            yield _exif(content, position)
        elif marker == 0xE1:
            yield Metadata("XMP", position, _printable(content))
        elif marker == 0xED:
            yield Metadata("IPTC", position, _printable(content))
        position += 2 + max(length, 2)


def _behind_jpeg(data: bytes, position: int) -> Iterator[Metadata]:
    """What stands behind the end of the picture, such as a second one or a note."""
    end = data.rfind(b"\xff\xd9", position)
    rest = data[end + 2 :].strip(b"\0\r\n ") if end >= 0 else b""
    if rest:
        yield Metadata("data behind the picture", end + 2, _printable(rest))


def _webp(data: bytes) -> Iterator[Metadata]:
    position = 12
    for _ in range(_MAX_PARTS):
        name = data[position : position + 4]
        length = int.from_bytes(data[position + 4 : position + 8], "little")
        if len(name) < 4:
            return
        content = data[position + 8 : position + 8 + length]
        if name == b"EXIF":
            yield _exif(content, position)
        elif name == b"XMP ":
            yield Metadata("XMP", position, _printable(content))
        position += 8 + length + length % 2


def _gif(data: bytes) -> Iterator[Metadata]:
    flags = data[10] if len(data) > 10 else 0
    position = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    for _ in range(_MAX_PARTS):
        kind = data[position : position + 1]
        if kind == b"\x21":
            label = data[position + 1 : position + 2]
            content, end = _gif_blocks(data, position + 2)
            if label == b"\xfe":
                yield Metadata("a comment", position, _printable(content))
            elif label == b"\xff" and content.startswith(b"XMP DataXMP"):
                yield Metadata("XMP", position, _printable(content))
            position = end
        elif kind == b"\x2c":
            local = data[position + 9] if len(data) > position + 9 else 0
            table = 3 << ((local & 7) + 1) if local & 0x80 else 0
            _, position = _gif_blocks(data, position + 11 + table)
        else:
            return


def _gif_blocks(data: bytes, position: int) -> tuple[bytes, int]:
    """The content of the sub-blocks at `position`, and where they end."""
    parts = []
    while position < len(data) and (length := data[position]):
        parts.append(data[position + 1 : position + 1 + length])
        position += 1 + length
    return b"".join(parts), position + 1


_SVG_PARTS = re.compile(rb"<!--|<(?:\w{1,20}:)?metadata[\s>]", re.IGNORECASE)


def _svg(data: bytes) -> Iterator[Metadata]:
    position = 0
    for _ in range(_MAX_PARTS):
        found = _SVG_PARTS.search(data, position)
        if found is None:
            return
        is_comment = found[0] == b"<!--"
        closing = b"-->" if is_comment else b"metadata>"
        end = data.find(closing, found.end())
        end = len(data) if end < 0 else end
        text = _printable(data[found.end() : end])
        if text.strip():
            yield Metadata("a comment" if is_comment else "metadata", found.start(), text)
        position = end


_READERS: dict[str, Callable[[bytes], Iterator[Metadata]]] = {
    "PNG": _png,
    "JPEG": _jpeg,
    "WebP": _webp,
    "GIF": _gif,
    "SVG": _svg,
}
