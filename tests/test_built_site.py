"""What the files of a built site say, whatever they are: packed, in code, in pictures."""

from __future__ import annotations

import base64
import gzip
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.safety.built_site import contents
from mkdocs_postmortem.safety.verify import verify
from planting import Proved

SAID = b"say ???>>>???>>> it in full."
# How the address of data may be written.
HOW_BASE64_IS_WRITTEN = (
    *("plain", "as an address has it", "over lines", "over lines of a script"),
    *("with escaped slashes", "with percent signs", "without its padding"),
    *("with percent signs in small letters", "with a letter too many"),
)


def _base64(how: str, said: bytes) -> bytes:
    plain = base64.b64encode(said)
    return {
        "plain": plain,
        "as an address has it": base64.urlsafe_b64encode(said),
        "over lines": b"\r\n ".join((plain[:17], plain[17:30], plain[30:])),
        "over lines of a script": b"\\n".join((plain[:17], plain[17:])),
        "with escaped slashes": plain.replace(b"/", b"\\/"),
        "with percent signs": quote(plain, safe="").encode(),
        "with percent signs in small letters": re.sub(
            "%..", lambda found: found[0].lower(), quote(plain, safe="")
        ).encode(),
        "without its padding": plain.rstrip(b"="),
        "with a letter too many": plain.rstrip(b"=") + b"A" * (-len(plain.rstrip(b"=")) % 4 + 1),
    }[how]


@pytest.mark.attacks("secrets packed in addresses of data, for verify")
@pytest.mark.parametrize("how", HOW_BASE64_IS_WRITTEN)
@pytest.mark.parametrize("length", range(20, 29))
def test_data_addresses_are_read(how: str, length: int) -> None:
    said = SAID[:length]
    page = b"<p>\n<img src='data:text/plain;base64," + _base64(how, said) + b"'>"
    first, packed = contents("x.html", page)
    assert first.text == page.decode()
    assert packed.text.startswith(said.decode())
    assert (packed.within, packed.shift, packed.path) == ("base64", page.index(b"data:"), "x.html")


@pytest.mark.parametrize("letter", "WXYZ=")
def test_data_addresses_are_read_to_their_end(letter: str) -> None:
    said = f"look at these, please: {letter * 4}"
    page = f"<img src='data:text/plain;base64,{base64.b64encode(said.encode()).decode()}'>"
    assert [content.text for content in contents("x.html", page.encode())] == [page, said]


def test_strings_in_binary_data_stay_apart() -> None:
    (content,) = contents("x.bin", b"\0first one\0\1too\xffthe second~\0")
    assert (content.text, content.is_opaque) == ("first one\nthe second~", True)


def _packed(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = gzip.compress(data)
    return data


def _in_address(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = b"<img src='data:image/svg+xml;base64," + base64.b64encode(data) + b"'>"
    return data


# Whether something in a file cannot be looked into.
CLOSED = {
    "x.txt": (b"text", False),
    "x.zip": (b"PK\x03\x04\0", True),
    "of another name.odt": (b"PK\x03\x04\0", True),
    "x.pdf": (b"%PDF-1.7 that reads like a text", True),
    "X.PDF": (b"%PDF-1.7\0", True),
    "x.bin": (b"\0bin", False),
    "x.gz": (gzip.compress(b"text"), False),
    "three.gz": (_packed(b"text", 3), False),
    "four.gz": (_packed(b"text", 4), True),
    "cut.gz": (gzip.compress(b"text")[:-9], True),
    "false sum.gz": (gzip.compress(b"text")[:-8] + b"\0" * 8, True),
    "something behind.gz": (gzip.compress(b"text") + b"behind", True),
    "of nothing but zeros.gz": (gzip.compress(bytes(5000)), False),
    "too much.gz": (gzip.compress(bytes(5001)), True),
    "three.html": (_in_address(b"text of some length", 3), False),
    "four.html": (_in_address(b"text of some length", 4), True),
    "archive.html": (_in_address(b"PK\x03\x04 and so on, for long", 1), True),
    "archive.zip.gz": (gzip.compress(b"PK\x03\x04"), True),
}


@pytest.mark.parametrize("name", CLOSED)
def test_what_cannot_be_looked_into_is_said(
    name: str, clean_site: Proved, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, is_closed = CLOSED[name]
    monkeypatch.setattr("mkdocs_postmortem.safety.built_site._MAX_UNPACKED", 5000)
    (tmp_path / name).write_bytes(data)
    report = verify(tmp_path, clean_site.config, Audience.PUBLIC)
    assert report.unreadable == [name] * is_closed


def test_everything_that_cannot_be_looked_into_is_said(clean_site: Proved, tmp_path: Path) -> None:
    for name in ("a.pdf", "b.txt", "c.zip"):
        (tmp_path / name).write_bytes(b"x")
    assert verify(tmp_path, clean_site.config, Audience.PUBLIC).unreadable == ["a.pdf", "c.zip"]
