"""Earlier addresses: redirects that work everywhere, never leave the site, take nobody's place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest
from building import Built, build, short, write_site
from hypothesis import given
from hypothesis import strategies as st
from mkdocs_postmortem.addresses import (
    AddressError,
    Addresses,
    as_compared,
    is_of_the_build,
    redirect_file,
)
from mkdocs_postmortem.archive import check_together
from mkdocs_postmortem.incident_file import read_incident_text
from mkdocs_postmortem.options import Options
from playwright.sync_api import sync_playwright
from publishing import served

ROOT = Path(__file__).parent.parent
ID = "2024-02-20-api-errors"
QUIET = {"postmortem": {"rules": {"PM601": "off"}, "as_of": "2025-01-01"}}


def with_aliases(*aliases: str, **changes: str) -> str:
    listed = ", ".join(f'"{alias}"' for alias in aliases)
    return short(**changes).replace("timeline:", f"aliases: [{listed}]\ntimeline:")


def built_site(folder: Path, files: dict[str, str], *arguments: str, **changes: Any) -> Built:
    settings = {
        "plugins": ["search", QUIET],
        "site_url": "https://example.org/sub/",
        "theme": {"name": "mkdocs"},
        **changes,
    }
    return build(write_site(folder, files, settings), *arguments)


@pytest.mark.parametrize(("theme", "directory_urls"), [("material", True), ("mkdocs", False)])
def test_redirects(tmp_path: Path, theme: str, directory_urls: bool) -> None:
    other_form = f"incidents/{ID}.html" if directory_urls else f"incidents/{ID}/"
    aliases = ("old/path/", "old/page.html", "old", "blog/caf%C3%A9 1/", other_form)
    built = built_site(
        tmp_path,
        {f"docs/incidents/2024/{ID}.md": with_aliases(*aliases, title="API <errors> & more")},
        "--strict",
        use_directory_urls=directory_urls,
        theme={"name": theme},
    )
    assert built.code == 0, built.output
    page = f"incidents/{ID}/" if directory_urls else f"incidents/{ID}.html"
    assert "pm-header" in built.text(f"{page}index.html" if directory_urls else page)
    files = ["old/path/index.html", "old/page.html", "old/index.html", "blog/café 1/index.html"]
    files.append(f"{other_form}index.html" if other_form.endswith("/") else other_form)
    for file in files:
        text = built.text(file)
        links = re.findall(r'(?:href|url)="?=?([^"]+)"', text.replace("url=", 'url="'))
        canonical, refresh, visible = links
        assert canonical == f"https://example.org/sub/{page}"
        address = f"https://example.org/sub/{file.removesuffix('index.html')}"
        assert urljoin(address, refresh) == urljoin(address, visible) == canonical
        assert "<script" not in text
        assert "API &lt;errors&gt; &amp; more</a>" in text
    for listing in ("search/search_index.json", "sitemap.xml", "feed.json", "index.html"):
        if (built.site / listing).is_file():
            assert "old/pa" not in built.text(listing)


def test_a_browser_follows_under_a_sub_path(tmp_path: Path, chromium: str) -> None:
    files = {f"docs/incidents/{ID}.md": with_aliases("old/path/", "blog/caf%C3%A9.html")}
    built = built_site(tmp_path, files)
    content = {
        f"sub/{path.relative_to(built.site).as_posix()}": path.read_bytes()
        for path in built.site.rglob("*")
        if path.is_file()
    }
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    with served(content, tmp_path / "served") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(java_script_enabled=False)
        for old in ("old/path/", "old/path", "blog/café.html"):
            page.goto(f"{address}/sub/{old}")
            page.wait_for_url(f"{address}/sub/incidents/{ID}/")
            assert page.locator("h1").inner_text() == "API errors"
        browser.close()


def test_redirects_exist_for_what_the_audience_sees_alone(tmp_path: Path) -> None:
    files = {
        f"docs/incidents/{ID}.md": with_aliases("old/public/"),
        "docs/incidents/2024-03-01-b.md": with_aliases("old/draft/", visibility="draft"),
        "docs/incidents/2024-03-02-c.md": with_aliases(
            "old/withdrawn/", published="2024-03-03"
        ).replace("timeline:", "withdrawn: {date: 2024-06-01, reason: Wrong.}\ntimeline:"),
    }
    built = built_site(tmp_path, files)
    assert built.code == 0, built.output
    assert sorted(path.name for path in (built.site / "old").iterdir()) == ["public", "withdrawn"]
    assert "old/draft" not in built.everything().decode(errors="replace")


def test_nobody_takes_anothers_place(tmp_path: Path) -> None:
    files = {
        "docs/about.md": "# About\n",
        "docs/logo.png": "picture",
        f"docs/incidents/{ID}.md": with_aliases(
            "About/", "logo.png", "index.html", f"incidents/{ID}/", "Incidents/", "API/v2/x/", "ok/"
        ),
    }
    built = built_site(tmp_path, files)
    assert built.code == 1
    found = re.findall(r"api-errors\.md:8:\d+: error PM811 “([^”]*)”", built.output)
    assert found == [
        "About/",
        "logo.png",
        "index.html",
        f"incidents/{ID}/",
        "Incidents/",
        "API/v2/x/",
    ]
    assert "is the address of about.md already" in built.output
    assert not (built.site / "index.html").exists()


def test_silenced_ones_are_not_written_either(tmp_path: Path) -> None:
    files = {f"docs/incidents/{ID}.md": with_aliases("../../out/", "ok/")}
    plugin = {"postmortem": {"rules": {"PM601": "off", "PM810": "off"}, "as_of": "2025-01-01"}}
    built = built_site(tmp_path / "deep/er", files, plugins=["search", plugin])
    assert built.code == 0, built.output
    assert (built.site / "ok/index.html").is_file()
    assert not list(tmp_path.rglob("out"))


def test_nothing_is_written_over_an_incident(tmp_path: Path) -> None:
    files = {
        f"docs/incidents/2024/{ID}.md": short(),
        f"docs/incidents/2024/{ID}/INDEX.html": "mine",
        "docs/incidents/2024-03-01-b.md": short(published="2024-03-02"),
        "docs/incidents/2024-03-01-b/readme.txt": "beside it",
    }
    plugin = {"postmortem": {**QUIET["postmortem"], "trusted_bodies": True}}
    built = built_site(tmp_path, files, plugins=["search", plugin])
    assert built.code == 1
    assert re.findall(r"([\w-]+)\.md:2:1: error (PM812)", built.output) == [(ID, "PM812")]


def test_no_two_incidents_claim_one_address() -> None:
    def reading(id: str, *aliases: str, visibility: str = "public") -> Any:
        text = with_aliases(*aliases, visibility=visibility)
        return read_incident_text(f"{id}.md", text.encode(), Options(as_of="2025-01-01"))

    readings = [
        reading("2024-02-20-a", "old/a/", "old/shared/", "incidents/2024-02-20-a.html"),
        reading("2024-02-20-b", "Old/Shared", "incidents/2024-02-20-c/", visibility="draft"),
        reading("2024-02-20-c", "old/c.html", "old/c.html/below/", "old/c.html"),
        reading("2024-02-20-C"),
    ]
    found = sorted(check_together(readings), key=lambda one: (one.code, one.sort_key))
    assert [(d.path, d.code, d.message.split("”")[0]) for d in found if d.code != "PM804"] == [
        ("2024-02-20-C.md", "PM801", "2024-02-20-c.md has the same name, and so the same address"),
        ("2024-02-20-b.md", "PM811", "“Old/Shared"),
        ("2024-02-20-b.md", "PM811", "“incidents/2024-02-20-c/"),
        ("2024-02-20-c.md", "PM811", "“old/c.html/below/"),
        ("2024-02-20-c.md", "PM811", "“old/c.html"),
    ]


def test_what_every_build_makes_is_known_before(tmp_path: Path) -> None:
    """No alias may be the address of a file that the engine, its search or we write later."""
    files = {f"docs/incidents/{ID}.md": short()}
    plugin = {"postmortem": {**QUIET["postmortem"], "feed_id_base": "example.org,2024"}}
    for theme in ("material", "mkdocs"):
        built = built_site(
            tmp_path / theme, files, plugins=["search", plugin], theme={"name": theme}
        )
        made = [p.relative_to(built.site).as_posix() for p in built.site.rglob("*") if p.is_file()]
        pages = {"index.html", f"incidents/{ID}/index.html", "incidents/index.html"}
        pages |= {"action-items/index.html", "response-times/index.html"}
        # The theme's own files are known to the engine from the start.
        themes = ("css/", "js/", "img/", "webfonts/")
        later = {path for path in made if path not in pages and not path.startswith(themes)}
        assert len(later) > 20
        assert {path for path in later if not is_of_the_build(path)} == set()


@given(st.text(max_size=40) | st.text("./%2eEfF\\:~ a", max_size=12))
def test_a_redirect_never_leaves_the_site(alias: str) -> None:
    try:
        path = redirect_file(alias)
    except AddressError:
        return
    parts = path.split("/")
    assert all(part not in ("", ".", "..") and "\\" not in part for part in parts)
    assert path.endswith((".html", ".htm", ".HTML", ".HTM")) or path.lower().endswith("html")
    assert (Path("/site") / path).resolve().is_relative_to("/site")
    assert unquote(alias).strip("/").casefold()[:1] == path.casefold()[:1] or not alias.isascii()


@given(st.lists(st.text("abAB/", min_size=1).map(lambda text: text.strip("/") or "a"), max_size=8))
def test_claims_can_all_be_written(paths: list[str]) -> None:
    """What has been claimed can lie on one file system that ignores case."""
    paths = [re.sub("/+", "/", path) for path in paths]
    taken = Addresses()
    held = {path for number, path in enumerate(paths) if taken.claim(path, str(number)) is None}
    keys = [as_compared(path) for path in held]
    assert len(set(keys)) == len(keys)
    assert not any(one != other and other.startswith(f"{one}/") for one in keys for other in keys)
