"""Previews: left out by search engines, right under any path, without anything private."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from building import Built, build, short, write_site

ROOT = Path(__file__).parent.parent
UNDER = "https://reviews.example/project/preview/7/"
FILES = {
    "docs/incidents/2024-02-20-public.md": short("Seen by all").replace(
        "timeline:", "aliases: [old/path/]\ntimeline:"
    ),
    "docs/incidents/2024-03-01-internal.md": short("Canary internal", "internal", "2024-03-05"),
    "docs/incidents/2024-03-02-draft.md": short("Canary draft", "draft", "2024-03-05"),
}
PLUGIN = {"rules": {"PM601": "off"}, "as_of": "2025-01-01", "feed_id_base": "example.org,2024"}


def preview(folder: Path, theme: str = "mkdocs", **env: str) -> Built:
    settings: dict[str, Any] = {
        "plugins": ["search", {"postmortem": PLUGIN}],
        "site_url": "https://status.example.org/",
        "theme": {"name": theme},
    }
    write_site(folder, FILES, settings)
    path = folder / "mkdocs.yml"
    text = path.read_text(encoding="utf-8")
    variable = "site_url: !ENV [SITE_URL, https://status.example.org/]"
    path.write_text(text.replace("site_url: https://status.example.org/", variable), "utf-8")
    return build(folder, "--strict", env={"SITE_URL": UNDER, **env})


def pages(built: Built) -> dict[str, str]:
    return {
        path.relative_to(built.site).as_posix(): path.read_text(encoding="utf-8")
        for path in built.site.rglob("*.html")
    }


@pytest.mark.parametrize("theme", ["material", "mkdocs"])
def test_a_preview_keeps_to_itself(tmp_path: Path, theme: str) -> None:
    built = preview(tmp_path, theme, POSTMORTEM_PREVIEW="1")
    assert built.code == 0, built.output
    found = pages(built)
    assert {"404.html", "old/path/index.html", "index.html"} <= set(found)
    for path, text in found.items():
        assert text.count('<meta name="robots" content="noindex">') == 1, path
        head = text.partition("</head>")[0]
        assert "application/atom+xml" not in head, path
        assert not re.search(r'(?:href|content)="[^"]*(?:feed\.(?:xml|rss|json)|api/v2)', text), (
            path
        )
    assert "the published site has the feeds" in found["index.html"]
    assert b"Canary" not in built.everything()


def test_without_it_everything_is_offered(tmp_path: Path) -> None:
    built = preview(tmp_path, POSTMORTEM_PREVIEW="0")
    assert built.code == 0, built.output
    found = pages(built)
    assert not any("noindex" in text for text in found.values())
    assert "application/atom+xml" in found["index.html"]


def test_a_variable_that_is_neither_yes_nor_no_stops_the_build(tmp_path: Path) -> None:
    built = preview(tmp_path, POSTMORTEM_PREVIEW="maybe")
    assert built.code == 1
    assert "POSTMORTEM_PREVIEW is “maybe”: it takes 1 or 0" in built.output


def test_each_audience_has_a_preview(tmp_path: Path) -> None:
    seen = {}
    for audience in ("public", "internal", "drafts"):
        built = preview(tmp_path / audience, POSTMORTEM_PREVIEW="1", POSTMORTEM_AUDIENCE=audience)
        assert built.code == 0, built.output
        everything = built.everything()
        words = (b"Seen by all", b"Canary internal", b"Canary draft")
        seen[audience] = [word in everything for word in words]
    assert seen == {
        "public": [True, False, False],
        "internal": [True, True, False],
        "drafts": [True, True, True],
    }


def test_every_link_is_right_under_the_path_of_the_preview(tmp_path: Path) -> None:
    """The example site as a preview: each address in pages, feeds and API leads to a file of it."""
    site = tmp_path / "site"
    env = {"SITE_URL": UNDER, "POSTMORTEM_PREVIEW": "1"}
    built = build(ROOT, "--strict", "-d", str(site), env=env)
    assert built.code == 0, built.output
    checked, broken = 0, []
    for path in sorted(site.rglob("*")):
        if path.suffix not in (".html", ".xml", ".rss", ".json", ".ics", ".csv"):
            continue
        text = path.read_text(encoding="utf-8")
        # The schema has such an address as an example.
        assert "status.example.org/" not in text or "schema" in path.name, path
        here = urljoin(UNDER, path.relative_to(site).as_posix())
        if path.suffix == ".ics":
            # Its long lines are folded.
            text = text.replace("\n ", "")
        pattern = r'(?:href|src)="([^"]+)"'
        if path.suffix != ".html":
            pattern = rf'{re.escape(UNDER)}[^\s"<>\\,]*'
        found = re.findall(pattern, text)
        for link in found:
            address = urldefrag(urljoin(here, html.unescape(link))).url
            if urlsplit(address).netloc != urlsplit(UNDER).netloc:
                continue
            checked += 1
            file = site / unquote(address.removeprefix(UNDER))
            if not address.startswith(UNDER) or not (
                file.is_file() or (file / "index.html").is_file()
            ):
                broken.append((path.relative_to(site).as_posix(), link))
    assert checked > 1000
    assert broken == []
