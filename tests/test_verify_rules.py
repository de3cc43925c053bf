"""The rules PM7xx asked of a built site, as its options and incidents have them."""

from __future__ import annotations

import base64
import dataclasses
import re
import shutil
from collections.abc import Iterator

import pytest
from mkdocs_postmortem.options import Audience
from mkdocs_postmortem.safety.verify import verify
from planting import ID, PAGE, Proved, in_html
from test_safety import chunk, png

RULE_LEAKS = {
    "PM701": "key AKIAQYLPMN5HHHFPZAM2",
    "PM702": "write to bob@acme.io",
    "PM703": "on 10.<b>1.2</b>.3 here",
    "PM704": "on x.y.&#105;nternal",
    "PM705": '<a href="https://acme.slack.com/archives/C1">x</a>',
    "PM706": "for Big&nbsp;Cus&shy;tomer",
    "PM707": "thanks @alice",
}


@pytest.mark.attacks("secrets planted in files of a site, for verify")
@pytest.mark.parametrize("code", RULE_LEAKS)
def test_the_rules_are_asked(site_copy: Proved, code: str) -> None:
    page = (site_copy.site / PAGE).read_text(encoding="utf-8")
    (site_copy.site / PAGE).write_text(
        in_html(page, f"<p>{RULE_LEAKS[code]}</p>"), encoding="utf-8"
    )
    assert {(leak.path, leak.code) for leak in site_copy.leaks()} == {(PAGE, code)}


@pytest.mark.parametrize("code", RULE_LEAKS)
def test_the_rules_are_asked_of_drawings(site_copy: Proved, code: str) -> None:
    drawing = f"<svg><text>{RULE_LEAKS[code]}</text></svg>"
    (site_copy.site / "badges/x.svg").write_text(drawing, encoding="utf-8")
    assert {(leak.path, leak.code) for leak in site_copy.leaks()} == {("badges/x.svg", code)}


def test_names_of_files_are_asked_too(site_copy: Proved) -> None:
    (site_copy.site / "@alice.txt").write_text("x", encoding="utf-8")
    names = [
        "acct_88213377.txt",
        "by bob@acme.io.txt",
        "on-10.1.2.3.tar.gz",
        "web1.corp.internal.log",
    ]
    for name in names:
        (site_copy.site / name).write_text("x", encoding="utf-8")
    found = [(leak.path, leak.line, leak.column, leak.code) for leak in site_copy.leaks()]
    codes = ("non-public", "PM702", "PM703", "PM704")
    assert found == [(name, 1, 1, code) for name, code in zip(names, codes, strict=False)]
    for leak in site_copy.leaks():
        assert leak.message.endswith((", in name", ", in the file's name"))


@pytest.mark.parametrize("level", ["off", "note", "warning", "error"])
@pytest.mark.parametrize("code", ["PM703", "PM707", "PM708"])
def test_rules_are_asked_as_the_options_have_them(site_copy: Proved, code: str, level: str) -> None:
    page = f"<p>on 10.1.2.3, thanks @alice</p><img src='data:image/png;base64,{_AUTHOR}'>"
    (site_copy.site / "x.html").write_text(page, encoding="utf-8")
    codes = {"PM703", "PM707", "PM708"}
    assert {leak.code for leak in site_copy.leaks()} == codes
    options = site_copy.config.options.model_copy(update={"rules": {code: level}})
    config = dataclasses.replace(site_copy.config, options=options)
    report = verify(site_copy.site, config, Audience.PUBLIC)
    left = codes - {code} if level in ("off", "note") else codes
    assert {leak.code for leak in report.leaks} == left
    assert codes & set(report.rules) == left
    inner = verify(site_copy.site, config, Audience.INTERNAL)
    assert (inner.rules, inner.leaks) == (["PM701"], [])


_AUTHOR = base64.b64encode(png(chunk(b"tEXt", b"Author\0A"))).decode()


def test_a_scanner_is_asked_too(site_copy: Proved) -> None:
    (site_copy.site / "x.txt").write_text("one\ntwo hush hush\n", encoding="utf-8")
    (site_copy.site / "y.bin").write_bytes(b"\0\1 hush hush")
    (site_copy.site / "z.html").write_text("<b>hush</b>", encoding="utf-8")

    def scanner(text: str) -> Iterator[tuple[int, int, str]]:
        for found in re.finditer("hush", text):
            yield *found.span(), "something to be kept"

    found = verify(site_copy.site, site_copy.config, Audience.PUBLIC, scanner).leaks
    assert [(leak.path, leak.line, leak.column, leak.code, leak.message) for leak in found] == [
        ("x.txt", 2, 5, "deep", "something to be kept"),
        ("x.txt", 2, 10, "deep", "something to be kept"),
        ("z.html", 1, 4, "deep", "something to be kept"),
    ]
    assert "hush" not in repr(found)


def test_images_are_asked_for_metadata(site_copy: Proved) -> None:
    (site_copy.site / "x.png").write_bytes(png(chunk(b"tEXt", b"Author\0A")))
    assert [(leak.path, leak.code) for leak in site_copy.leaks()] == [("x.png", "PM708")]


def test_what_is_silenced_or_allowed_is_silent(site_copy: Proved) -> None:
    page = (site_copy.site / PAGE).read_text(encoding="utf-8")
    (site_copy.site / PAGE).write_text(in_html(page, "10.1.2.3 and bob@acme.io"), encoding="utf-8")
    for name in ("on 10.1.2.3.txt", "by bob@acme.io.txt"):
        (site_copy.site / name).write_text("x", encoding="utf-8")
    folder = site_copy.config.incidents
    copy = site_copy.site.parent / "incidents"
    shutil.copytree(folder, copy)
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8")
    text = text.replace("The deploy lands", "The deploy lands on 10.1.2.3 and")
    text = text.replace("silence:\n", "silence:\n  - {code: PM703, reason: old, text: 10.1.2.3}\n")
    source.write_text(text, encoding="utf-8")
    safety = site_copy.config.options.safety.model_copy(update={"allow": ("bob@acme.io",)})
    options = site_copy.config.options.model_copy(update={"safety": safety})
    config = dataclasses.replace(site_copy.config, incidents=copy, options=options)
    assert Proved(site_copy.site, config).leaks() == []
    found = [(leak.path, leak.code) for leak in site_copy.leaks()]
    names = [("by bob@acme.io.txt", "PM702"), ("on 10.1.2.3.txt", "PM703")]
    assert sorted(found) == sorted([*names, (PAGE, "PM702"), (PAGE, "PM703")])


@pytest.mark.parametrize("name", ["photo.png", "deep/photo.png", "deep/er/photo.png"])
def test_metadata_that_is_silenced_is_silent(site_copy: Proved, name: str) -> None:
    copy = site_copy.site.parent / "incidents"
    shutil.copytree(site_copy.config.incidents, copy)
    for folder in (copy, site_copy.site / "incidents"):
        image = folder / ID / name
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(png(chunk(b"tEXt", b"Author\0A")))
    (site_copy.site / "other.png").write_bytes(png(chunk(b"tEXt", b"Author\0B")))
    config = dataclasses.replace(site_copy.config, incidents=copy)
    found = [(leak.path, leak.code) for leak in Proved(site_copy.site, config).leaks()]
    assert found == [(f"incidents/{ID}/{name}", "PM708"), ("other.png", "PM708")]
    source = copy / f"{ID}.md"
    text = source.read_text(encoding="utf-8")
    text = text.replace("graph.png)", f"graph.png) ![photo]({ID}/{name})")
    silence = f"silence:\n  - {{code: PM708, reason: old, text: {name}}}\n"
    source.write_text(text.replace("silence:\n", silence), encoding="utf-8")
    found = [(leak.path, leak.code) for leak in Proved(site_copy.site, config).leaks()]
    assert found == [("other.png", "PM708")]
