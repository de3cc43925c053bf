"""`postmortem verify`: leaks planted by hand into a site that was really built are found."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.safety.verify import Leak, verify
from mkdocs_postmortem.site_config import load_site
from planting import (
    CANARIES,
    GRAPH,
    ID,
    OLD,
    PAGE,
    PUBLIC,
    SECRET,
    STAFF_IMAGE,
    C,
    Proved,
    in_html,
)
from test_safety import chunk, jpeg, png

ROOT = Path(__file__).parent.parent


def test_a_clean_build_has_none(clean_site: Proved) -> None:
    assert clean_site.leaks() == []


def _entities(text: str) -> str:
    return "".join(f"&#{ord(c)};" if c.isalpha() else c for c in text)


def _hex_entities(text: str) -> str:
    return "".join(f"&#x{ord(c):x};" if c.isalpha() else c for c in text)


def _json_escapes(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" for c in text)


def _soft_hyphens(text: str) -> str:
    return "\u00ad".join(text)


# How text may be wrapped in a page, and still be read.
WRAPPED: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "split by tags": lambda text: "".join(f"<b>{c}</b>" for c in text),
    "split by a comment": lambda text: text[:4] + "<!-- -->" + text[4:],
    "in cells": lambda text: "".join(f"<td>{word}</td>" for word in text.split()),
    "in spans that the layout parts": lambda text: "".join(
        f"<span>{word}</span>" for word in text.split()
    ),
    "over lines": lambda text: text.replace(" ", "\n      "),
    "one word a line": lambda text: "<p>\n" + "\n".join(text.split()) + "\n</p>",
    "in an attribute": lambda text: f'<img alt="{text}">',
    "in a comment": lambda text: f"<!-- {text} -->",
    "in a script": lambda text: f"<script>var x = {json.dumps(text)}</script>",
    "in an escaped script": lambda text: f'<script>x("{_json_escapes(text)}")</script>',
    "as entities": _entities,
    "as hexadecimal entities": _hex_entities,
    "as entities of entities": lambda text: _entities(text).replace("&", "&amp;"),
    "in an address": lambda text: f'<a href="/?q={quote(text)}">x</a>',
    "as a form sends it": lambda text: f'<a href="/?q={quote(text).replace("%20", "+")}">x</a>',
    "with soft hyphens": _soft_hyphens,
    "with characters of no width": "\u200b".join,
    "in capitals": str.upper,
    "in full-width letters": lambda text: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text
    ),
    "in a data address": lambda text: (
        "<img src='data:text/plain;base64,"
        + base64.b64encode(f"This says {text}.".encode()).decode()
        + "'>"
    ),
    "in a data address in a script": lambda text: (
        "<script>x('data:text\\/plain;base64,"
        + base64.b64encode(f"This says {text}.>>>???".encode()).decode().replace("/", "\\/")
        + "')</script>"
    ),
    "in a data address with percent signs": lambda text: (
        "<img src='data:text/plain;base64,"
        + quote(base64.b64encode(f"This says {text}.>>>???".encode()).decode(), safe="")
        + "'>"
    ),
    "in a drawing in a data address": lambda text: (
        "<img src='data:image/svg+xml," + quote(f"<svg><text>{text}</text></svg>") + "'>"
    ),
}


@pytest.fixture(scope="module")
def wrapped(clean_site: Proved, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Leak]]:
    """The leaks of pages, each with one thing wrapped in one way, by page."""
    copy = tmp_path_factory.mktemp("wrapped") / "site"
    shutil.copytree(clean_site.site, copy)
    page = (clean_site.site / PAGE).read_text(encoding="utf-8")
    for path, text in _wrapped_pages():
        target = copy / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(in_html(page, f"<p>{text}</p>"), encoding="utf-8")
    found: dict[str, list[Leak]] = {}
    for leak in Proved(copy, clean_site.config).leaks():
        found.setdefault(leak.path, []).append(leak)
    return found


HOWS = ("as it is", "split by tags", "as entities of entities")
FOUND = [name for name in CANARIES if name != "block in a fence"]


def _wrapped_pages() -> Iterator[tuple[str, str]]:
    for number, wrap in enumerate(WRAPPED.values()):
        yield f"wrapped/{number}.html", wrap(C["internal block"])
    for number, how in enumerate(HOWS):
        for count, name in enumerate(FOUND):
            yield f"canary/{number}/{count}.html", WRAPPED[how](CANARIES[name])


@pytest.mark.attacks("secrets wrapped in a page, for verify")
@pytest.mark.parametrize("how", WRAPPED)
def test_wrapped_canaries_are_found(
    clean_site: Proved, wrapped: dict[str, list[Leak]], how: str
) -> None:
    leaks = wrapped[f"wrapped/{list(WRAPPED).index(how)}.html"]
    text = C["internal block"]
    line = (PUBLIC[: PUBLIC.index(text)]).count("\n") + 1
    assert {str(leak.source).rpartition("/")[2] for leak in leaks} == {f"{ID}.md:{line}"}
    page = clean_site.site / PAGE
    begin = page.read_text(encoding="utf-8").partition("</article>")[0].count("\n") + 1
    assert min(leak.line for leak in leaks) >= begin
    for leak in leaks:
        assert text.casefold() not in f"{leak.message} {leak.shown}".casefold()


def test_what_is_planted_is_all_that_is_found(wrapped: dict[str, list[Leak]]) -> None:
    assert set(wrapped) == {path for path, _ in _wrapped_pages()}


@pytest.mark.attacks("secrets wrapped in a page, for verify")
@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("how", HOWS)
def test_every_canary_is_found(wrapped: dict[str, list[Leak]], name: str, how: str) -> None:
    leaks = wrapped[f"canary/{HOWS.index(how)}/{FOUND.index(name)}.html"]
    assert any(leak.source for leak in leaks)


def test_pictures_of_internal_parts_and_withdrawn_incidents_stay_out(clean_site: Proved) -> None:
    assert (clean_site.site / f"incidents/{ID}/graph.png").read_bytes() == GRAPH
    images = [path.name for path in (clean_site.site / "incidents").rglob("*.png")]
    assert images == ["graph.png"]


def test_the_place_is_exact(site_copy: Proved) -> None:
    (site_copy.site / "notes.html").write_text(
        f"<p>one</p>\n<p>two &amp; <b>{C['internal block']}</b></p>\n", encoding="utf-8"
    )
    said = base64.b64encode(f"This says: {C['draft']}.".encode()).decode()
    (site_copy.site / "packed.html").write_text(
        f"<p>\none\n</p> <img src='data:text/plain;base64,{said}'>\n<p>", encoding="utf-8"
    )
    (site_copy.site / "first.html").write_text(
        f"<img src='data:text/plain;base64,{said}'>", encoding="utf-8"
    )
    (site_copy.site / "z.svg").write_bytes(b"<svg>\n<g/>\n  <metadata>Alice</metadata></svg>")
    found = [(leak.path, leak.line, leak.column) for leak in site_copy.leaks()]
    assert found == [
        ("first.html", 1, 11),
        ("notes.html", 2, 17),
        ("packed.html", 3, 16),
        ("z.svg", 3, 3),
    ]


def _append(path: str, content: str | bytes) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        file = site / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((file.read_bytes() if file.exists() else b"") + data)
        return path

    return plant


def _replace(path: str, content: bytes) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        (site / path).write_bytes(content)
        return path

    return plant


def _linked(name: str) -> Callable[[Path], str]:
    def plant(site: Path) -> str:
        elsewhere = site.parent / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        (elsewhere / "x.txt").write_text(TEXT, encoding="utf-8")
        (site / name).symlink_to(elsewhere)
        # Links that lead back end nothing.
        (site / f"back-{name}").symlink_to(site)
        (elsewhere / "back").symlink_to(site)
        return f"{name}/x.txt"

    return plant


def _search_index(site: Path) -> str:
    path = "search/search_index.json"
    index = json.loads((site / path).read_text(encoding="utf-8"))
    index["docs"].append({"location": "x/", "title": "x", "text": f"<b>So</b> {C['draft']}"})
    (site / path).write_text(json.dumps(index), encoding="utf-8")
    return path


TEXT = C["draft"]
TOKEN = C["draft token"]
PLANTED: dict[str, Callable[[Path], str]] = {
    "search index": _search_index,
    "JSON": _append("x.json", json.dumps({"a": [TEXT]})),
    "JSON in ASCII": _append("y.json", json.dumps({"a": C["umlauts"]})),
    "JSON in JSON": _append("z.json", json.dumps(json.dumps({"a": C["umlauts"]}))),
    "XML": _append("feed.xml", f"<!-- {TEXT} -->"),
    "XML with HTML": _append("feed2.xml", f"<x>&lt;p&gt;a &lt;b&gt;{TEXT}&lt;/b&gt;&lt;/p&gt;</x>"),
    "XML CDATA": _append("x.xml", f"<x><![CDATA[<p>{TEXT}</p>]]></x>"),
    "CSV": _append("incidents.csv", f'1,"{TEXT}",2\r\n'),
    "CSV token": _append("action-items.csv", f"1,{TOKEN},2\r\n"),
    "calendar": _append("x.ics", f"SUMMARY:{TEXT[:9]}\r\n {TEXT[9:20]}\r\n {TEXT[20:]}\r\n"),
    "calendar escapes": _append("y.ics", "SUMMARY:" + TEXT.replace(" ", "\\n") + "\r\n"),
    "calendar in gz": _append(
        "z.ics.gz", gzip.compress(f"X:{TEXT[:9]}\r\n {TEXT[9:]}\r\n".encode())
    ),
    "calendar that is packed": _append(
        "packed.ics", gzip.compress(f"X:{TEXT[:9]}\r\n {TEXT[9:]}\r\n".encode())
    ),
    "SVG": _append("badges/x.svg", f"<svg><title>{TEXT}</title></svg>"),
    "SVG by letters": _append(
        "y.svg", "<svg>" + "".join(f"<tspan>{c}</tspan>" for c in TEXT) + "</svg>"
    ),
    "style": _append("x.css", f'a::after {{ content: "{TEXT}" }}'),
    "source map": _append("x.js.map", json.dumps({"sourcesContent": [f"// {TEXT}\n"]})),
    "text in UTF-16": _append("x.txt", TEXT.encode("utf-16")),
    "text in UTF-16 beyond ASCII": _append("2.txt", C["umlauts"].encode("utf-16")),
    "text in UTF-16, the other way": _append(
        "3.txt", b"\xfe\xff" + C["umlauts"].encode("utf-16-be")
    ),
    "text in Latin 1": _append("y.txt", C["umlauts"].encode("latin-1")),
    "hidden file": _append(".well-known/x", TEXT),
    "sitemap": _replace(
        "sitemap.xml.gz", gzip.compress(f"<loc>https://x/{C['draft id']}/</loc>".encode())
    ),
    "gz of two parts": _append(
        "2.gz", gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode())
    ),
    "gz that is cut": _append("3.gz", gzip.compress(f"{TEXT}\n".encode() * 99)[:-9]),
    "gz with something behind": _append(
        "4.gz", gzip.compress(TEXT[:9].encode()) + gzip.compress(TEXT[9:].encode()) + b"behind"
    ),
    "gz in gz": _append("x.gz", gzip.compress(gzip.compress(TEXT.encode()))),
    "file name": _append(f"images/{C['draft id']}.txt", "x"),
    "folder name": _append("acct_88213377/x.txt", "x"),
    "encoded file name": _append("x%61cct_88213377/acct%5F88213377.txt", "x"),
    "address": _append("x.html", f'<a href="/incidents/{C["draft id"]}/">x</a>'),
    "PNG chunk": _append("x.png", png(chunk(b"tEXt", b"Note\0" + TEXT.encode()))),
    "PNG chunk before another": _append(
        "3.png", png(chunk(b"tEXt", b"Note\0" + TOKEN.encode()), chunk(b"tEXt", b"Note\0x"))
    ),
    "PNG chunk of one's own": _append("2.png", png(chunk(b"ouRs", TEXT.encode()))),
    "JPEG segment of one's own": _append("2.jpg", jpeg((0xE7, TEXT.encode()))),
    "JPEG comment": _append("x.jpg", jpeg((0xFE, TEXT.encode()))),
    "binary": _append("x.bin", b"\0\1\2" + TEXT.encode() + b"\xff\xfe"),
    "binary in two bytes": _append("2.bin", b"\0" + TEXT.encode("utf-16-le")),
    "binary in two bytes, the other way": _append("3.bin", TEXT.encode("utf-16-be")),
    "data address without a type": _append(
        "1.html", b"<img src='data:;base64," + base64.b64encode(TEXT.encode()) + b"'>"
    ),
    "data address in capitals": _append(
        "2.html", b"<img src='DATA:TEXT/PLAIN;BASE64," + base64.b64encode(TEXT.encode()) + b"'>"
    ),
    "folder behind a link": _linked("linked"),
    "copy of an image": _append("assets/renamed.png", STAFF_IMAGE),
    "copy of an image in a data address": _append(
        "y.html", b"<img src='data:image/png;base64," + base64.b64encode(STAFF_IMAGE) + b"'>"
    ),
    "theme's file that is not": _append("assets/postmortem/postmortem.css", f"/* {TEXT} */"),
}


@pytest.fixture(scope="module")
def planted(
    clean_site: Proved, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, str], list[Leak]]:
    """Where each leak was planted, and what was found."""
    copy = tmp_path_factory.mktemp("planted") / "site"
    shutil.copytree(clean_site.site, copy)
    paths = {where: plant(copy) for where, plant in PLANTED.items()}
    leaks = Proved(copy, clean_site.config).leaks()
    return paths, [leak for leak in leaks if leak.code == "non-public"]


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize("where", PLANTED)
def test_planted_leaks_are_found(planted: tuple[dict[str, str], list[Leak]], where: str) -> None:
    paths, leaks = planted
    assert [leak.source for leak in leaks if leak.path == paths[where]] != []
    assert len(set(paths.values())) == len(PLANTED)
    if where.startswith("copy of an image"):
        copy = next(leak for leak in leaks if leak.path == paths[where])
        assert (copy.line, copy.column) == (1, 1 if where.endswith("image") else 11)
        assert str(copy.source).endswith("2024-03-02-staff/people.png:1")
        assert copy.message.startswith("a copy of a file that is not public")
        assert copy.shown == "(bytes)"
    assert {leak.path for leak in leaks} == set(paths.values())


CLIP = bytes(range(256)) * 4


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize(
    "data", [SECRET, STAFF_IMAGE, OLD, CLIP], ids=["a block's", "staff's", "old", "no picture"]
)
def test_copies_of_hidden_files_are_found_by_their_bytes(
    site_copy: Proved, data: bytes, tmp_path: Path
) -> None:
    incidents = tmp_path / "incidents"
    shutil.copytree(site_copy.config.incidents, incidents)
    (incidents / "2024-03-02-staff/clip.bin").write_bytes(CLIP)
    (site_copy.site / "renamed").write_bytes(data)
    config = dataclasses.replace(site_copy.config, incidents=incidents)
    leaks = verify(site_copy.site, config, Audience.PUBLIC).leaks
    assert [(leak.path, leak.shown) for leak in leaks] == [("renamed", "(bytes)")]


def test_two_processes_find_what_one_finds(
    site_copy: Proved, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {plant(site_copy.site) for plant in PLANTED.values()}
    one = verify(site_copy.site, site_copy.config, Audience.PUBLIC)
    monkeypatch.setattr("mkdocs_postmortem.safety.verify._WORTH_A_FORK", 0)
    monkeypatch.setattr("mkdocs_postmortem.safety.verify.processors", lambda: 3)
    assert verify(site_copy.site, site_copy.config, Audience.PUBLIC) == one
    assert {leak.path for leak in one.leaks} >= paths


@pytest.mark.parametrize("audience", list(Audience))
def test_the_example_site_is_clean_for_every_audience(tmp_path: Path, audience: Audience) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-q", "-d", str(tmp_path / "site")],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "POSTMORTEM_AUDIENCE": str(audience)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    config = load_site(ROOT / "mkdocs.yml", ROOT)
    report = verify(tmp_path / "site", config, audience)
    assert report.leaks == []
    assert report.files > 100
    assert report.theme_files > 20
    if audience is Audience.DRAFTS:
        public = verify(tmp_path / "site", config, Audience.PUBLIC)
        assert {str(leak.source).rpartition("/")[2].partition(".")[0] for leak in public.leaks} >= {
            "2025-04-14-api-overload",
            "2017-10-18-network-trouble",
        }
