"""What should not stand in public: patterns, images, the incident's own files."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
import yaml
from building import short
from costs import least_seconds
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.incident_file import read_incident
from mkdocs_postmortem.options import Options, SafetyOptions, load_options
from mkdocs_postmortem.safety.image_metadata import image_format, image_metadata
from mkdocs_postmortem.safety.patterns import find, masked, policy

LINES = yaml.safe_load((Path(__file__).parent / "patterns.yaml").read_text(encoding="utf-8"))
RULES = policy(
    SafetyOptions(internal_hosts=("*.prod.acme.io", "db-*"), names=("Big Customer",)),
)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0][:40])
def test_patterns(line: list[str]) -> None:
    text, *expected = line
    found = sorted((match.start, f"{match.kind.value} {match.text}") for match in find(text, RULES))
    assert [shown for _, shown in found] == expected
    for match in find(text, RULES):
        assert text[match.start : match.end] == match.text


@pytest.mark.parametrize(
    "unit",
    [
        *"a a. a- a@ 1. 1: 10. :: eyJ eyJ. eyJaaaaaaaa. sk- password= https:// a://a:".split(),
        *"bearer. - . x.internal. @a Big -----BEGIN xox AKIA ab:".split(),
        *("bearer ", "Big ", "password: ", "RSA ", "a:b ", "password=hunter2 "),
    ],
)
def test_patterns_take_linear_time(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        return least_seconds(lambda: list(find(text, RULES)))

    # Quadratic time would be 64 times as much.
    assert seconds(40_000) < 24 * max(seconds(5_000), 0.001)


@given(st.text(max_size=200))
def test_a_masked_text_is_never_shown_in_full(text: str) -> None:
    shown = masked(text)
    assert len(shown.partition("…")[0]) <= len(text) // 4


def chunk(name: bytes, content: bytes) -> bytes:
    crc = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", crc)


def png(*chunks: bytes, behind: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + chunk(b"IEND", b"") + behind


def tiff(*, gps: bool = False, order: str = "<") -> bytes:
    tag = 0x8825 if gps else 0x010F
    mark = b"II" if order == "<" else b"MM"
    entry = struct.pack(f"{order}HHII", tag, 4, 1, 26)
    return mark + struct.pack(f"{order}HIH", 42, 8, 1) + entry + b"\0\0\0\0Canon of Alice\0"


def jpeg(*segments: tuple[int, bytes], behind: bytes = b"") -> bytes:
    parts = [
        b"\xff" + bytes([marker]) + struct.pack(">H", len(c) + 2) + c for marker, c in segments
    ]
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xda\x00\x02\x01\x02\xff\xd9" + behind


def webp(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        name + struct.pack("<I", len(c)) + c + b"\0" * (len(c) % 2) for name, c in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif(*extensions: bytes) -> bytes:
    screen = struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0" * 6
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + screen + b"".join(extensions) + image + b"\x3b"


IMAGES: dict[str, tuple[bytes, list[str], str]] = {
    "PNG tEXt": (png(chunk(b"tEXt", b"Author\0Alice")), ["tEXt"], "Alice"),
    "PNG zTXt": (png(chunk(b"zTXt", b"Note\0\0" + zlib.compress(b"Alice"))), ["zTXt"], "Alice"),
    "PNG iTXt": (png(chunk(b"iTXt", b"Note\0\0\0en\0\0Alice")), ["iTXt"], "Alice"),
    "PNG packed iTXt": (
        png(chunk(b"iTXt", b"Note\0\1\0en\0\0" + zlib.compress(b"Alice"))),
        ["iTXt"],
        "Alice",
    ),
    "PNG eXIf": (png(chunk(b"eXIf", tiff())), ["EXIF"], "Alice"),
    "PNG with a tail": (png(behind=b"PK Alice"), ["data behind the picture"], "Alice"),
    "JPEG EXIF": (jpeg((0xE1, b"Exif\0\0" + tiff())), ["EXIF"], "Alice"),
    "JPEG XMP": (
        jpeg((0xE1, b"http://ns.adobe.com/xap/1.0/\0<x>Alice</x>")),
        ["XMP"],
        "Alice",
    ),
    "JPEG IPTC": (jpeg((0xED, b"Photoshop 3.0\0Alice")), ["IPTC"], "Alice"),
    "JPEG comment": (jpeg((0xE0, b"JFIF\0"), (0xFE, b"By Alice")), ["a comment"], "Alice"),
    "JPEG with a tail": (jpeg(behind=b"Alice"), ["data behind the picture"], "Alice"),
    "WebP EXIF": (webp((b"VP8L", b"x"), (b"EXIF", tiff())), ["EXIF"], "Alice"),
    "WebP XMP": (webp((b"VP8 ", b"xy"), (b"XMP ", b"<x>Alice</x>")), ["XMP"], "Alice"),
    "GIF comment": (gif(b"\x21\xfe\x05Alice\x00"), ["a comment"], "Alice"),
    "SVG comment": (b"<svg xmlns='x'><!-- Alice --></svg>", ["a comment"], "Alice"),
    "SVG metadata": (b"<svg><metadata>Alice</metadata></svg>", ["metadata"], "Alice"),
}


@pytest.mark.parametrize("name", IMAGES)
def test_what_images_say(name: str) -> None:
    data, kinds, text = IMAGES[name]
    found = image_metadata(data)
    assert [part.kind for part in found] == kinds
    assert text in found[0].text
    assert not found[0].has_position
    assert image_format(data) == name.split(maxsplit=1)[0]


@pytest.mark.parametrize(
    "data",
    [
        *(png(), jpeg((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE")), webp((b"VP8 ", b"xy")), gif()),
        *(b"<svg><title>A graph</title></svg>", b"", b"no image", b"\xff\xd8", b"\xff\xd8\xff"),
    ],
    ids=lambda data: repr(data[:12]),
)
def test_pictures_alone_say_nothing(data: bytes) -> None:
    assert image_metadata(data) == []


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_position_is_seen(order: str) -> None:
    exif = tiff(gps=True, order=order)
    for data in (
        png(chunk(b"eXIf", exif)),
        jpeg((0xE1, b"Exif\0\0" + exif)),
        webp((b"EXIF", exif)),
    ):
        assert [part.has_position for part in image_metadata(data)] == [True]


@given(
    st.sampled_from([data for data, _, _ in IMAGES.values()]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=8),
    st.integers(0, 300),
)
def test_damaged_images_are_read_without_a_fault(
    data: bytes, changes: list[tuple[int, int]], end: int
) -> None:
    damaged = bytearray(data[:end])
    for position, value in changes:
        if position < len(damaged):
            damaged[position] = value
    image_metadata(bytes(damaged))


def test_a_text_that_unpacks_without_end_is_bounded() -> None:
    bomb = zlib.compress(b"a" * 50_000_000)
    found = image_metadata(png(chunk(b"zTXt", b"Note\0\0" + bomb)))
    assert len(found[0].text) < 2_000_000


def options(**safety: Any) -> Options:
    loaded, errors = load_options({"as_of": "2026-01-01", "safety": safety})
    assert loaded is not None, errors
    return loaded


def test_images_of_an_incident(tmp_path: Path) -> None:
    name = "2024-02-20-a"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "graph.png").write_bytes(png(chunk(b"tEXt", b"Author\0Alice")))
    (folder / "photo.jpg").write_bytes(jpeg((0xE1, b"Exif\0\0" + tiff(gps=True))))
    (folder / "clean.png").write_bytes(png())
    (folder / "big-customer.csv").write_text("a,b\n", encoding="utf-8")
    text = short() + "\n![Graph](graph.png)\n"
    path = tmp_path / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    found = read_incident(tmp_path, path.name, options(names=["big customer"])).diagnostics
    shown = [(d.place.line, d.place.column, d.code, str(d.severity)) for d in found]
    line = text[: text.index("graph.png")].count("\n") + 1
    assert [entry for entry in shown if entry[2].startswith("PM7")] == [
        (1, 1, "PM706", "error"),
        (1, 1, "PM708", "error"),
        (line, 10, "PM708", "warning"),
    ]
    silence = "silence: [{code: PM708, text: graph.png, reason: the author agreed}]\ntimeline:"
    path.write_text(text.replace("timeline:", silence), encoding="utf-8")
    again = read_incident(tmp_path, path.name, options()).diagnostics
    assert [d.message for d in again if d.code == "PM708"] == [
        "photo.jpg holds EXIF with a GPS position"
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bob@acme.io.png", [("PM702", "bob@acme.io")]),
        ("on 10.1.2.3.tar.gz", [("PM703", "10.1.2.3")]),
        ("web1.corp.internal.png", [("PM704", "web1.corp.internal")]),
        ("web1.corp.internal-10.1.2.3.log", [("PM703", "10.1.2.3")]),
        ("graph.min.js", []),
    ],
)
def test_names_of_files_are_read_without_their_endings(
    name: str, expected: list[tuple[str, str]], tmp_path: Path
) -> None:
    (tmp_path / "2024-02-20-a").mkdir()
    (tmp_path / "2024-02-20-a" / name).write_bytes(b"x")
    path = tmp_path / "2024-02-20-a.md"
    path.write_text(short(), encoding="utf-8")
    found = read_incident(tmp_path, path.name, options()).diagnostics
    shown = [(d.code, d.message.split("“")[1].split("”")[0]) for d in found if d.code[:3] == "PM7"]
    assert shown == expected


def test_wrong_options_are_said_with_their_key() -> None:
    _, errors = load_options({"safety": {"nams": ["x"]}})
    assert [(error.key, error.help) for error in errors] == [("safety.nams", "did you mean names?")]
